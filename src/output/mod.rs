//! One file per format; pure functions that write what they are given into a writer, and print nothing.

pub mod alerts;
pub mod artifacts;
pub mod centers;
pub mod confirm;
pub mod diff;
pub mod doctor;
mod drawn;
pub mod due;
pub mod escape;
pub mod explain;
pub mod findings_json;
pub mod findings_text;
pub mod github;
mod html;
pub mod import;
pub mod json;
pub mod log;
pub mod markdown;
pub mod record;
pub mod report;
pub mod requests;
pub mod runbook;
pub mod sarif;
mod sentence;
pub mod text;
pub mod unused;
pub mod usage;
mod words;
pub mod yaml;

pub use drawn::plain as drawn;
pub use words::money;
