//! Making a plan so: in its order, with a journal, going on after failures, and looking again at the end.

mod fence;
mod history;
mod interrupt;
mod journal;
pub mod lock;
mod outcome;
mod run;

pub use fence::{Fence, Unfenced};
pub use history::{History, HistoryError, Looked, Unlike};
pub use interrupt::Interrupt;
pub use journal::{Approved, Journal, JournalError, OutcomeLine, SCHEMA as JOURNAL_SCHEMA};
pub use outcome::{Outcome, Report, Settled};
pub use run::{Controls, Progress, Site, run};
