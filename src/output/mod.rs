//! One file per format; pure functions that write what they are given into a writer, and print nothing.

pub mod artifacts;
pub mod centers;
pub mod confirm;
pub mod diff;
pub mod doctor;
pub mod due;
pub mod escape;
pub mod explain;
pub mod findings_json;
pub mod findings_text;
pub mod github;
pub mod import;
pub mod json;
pub mod markdown;
pub mod record;
pub mod requests;
pub mod runbook;
pub mod sarif;
mod sentence;
pub mod text;
mod words;
pub mod yaml;

pub use words::money;
