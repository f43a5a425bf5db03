//! One file per format; pure functions that write what they are given into a writer, and print nothing.

pub mod centers;
pub mod diff;
pub mod escape;
pub mod findings_json;
pub mod findings_text;
pub mod import;
pub mod json;
pub mod markdown;
pub mod text;
mod words;
pub mod yaml;

pub use words::money;
