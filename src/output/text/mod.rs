//! Plans and reports for a person at a terminal.

mod changes;
mod explain;
mod plan;
mod report;
mod stale;
mod style;

pub use explain::explain;
pub use plan::plan;
pub use report::report;
pub use stale::stale;
pub use style::Style;
