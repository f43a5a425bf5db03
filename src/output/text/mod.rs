//! Plans, diffs of the files and reports for a person at a terminal.

mod changes;
mod confirm;
mod due;
mod explain;
mod files;
mod log;
mod plan;
mod report;
mod requests;
mod stale;
mod style;
mod total;
mod unused;
mod usage;

pub use confirm::confirm;
pub use explain::explain;
pub use files::diff;
pub use log::{check, log};
pub use plan::plan;
pub use report::report;
pub use requests::requests;
pub use stale::stale;
pub use style::Style;
pub(in crate::output) use style::{Paint, wrap};
pub use unused::unused;
pub use usage::usage;
