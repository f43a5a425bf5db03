//! Plans and reports for a person at a terminal.

mod changes;
mod plan;
mod report;
mod style;

pub use plan::plan;
pub use report::report;
pub use style::Style;
