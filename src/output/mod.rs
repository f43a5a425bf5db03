//! One file per format; pure functions into a writer.

pub mod findings_json;
pub mod findings_text;
