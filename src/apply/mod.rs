//! Making a plan so: in its order, with a journal, going on after failures, and looking again at the end.

mod journal;
mod outcome;
mod run;

pub use journal::{Journal, JournalError, OutcomeLine, SCHEMA as JOURNAL_SCHEMA};
pub use outcome::{Outcome, Report, Settled};
pub use run::{Interrupt, Progress, Site, run};
