//! Pages for a pull request or a job summary, for people who know the colleague and not the YAML. Everything from files
//! and centers stands in code spans, and a page never outgrows its budget: it is cut from the end, says what it cut, and
//! is then no approval record.

mod budget;
mod diff;
mod due;
mod edits;
mod frame;
mod people;
mod plan;
mod sheet;
mod sources;

pub use diff::diff;
pub use due::edit as due_edit;
pub use frame::{COMMENT_BYTES, Frame, SUMMARY_BYTES};
pub use plan::plan;
