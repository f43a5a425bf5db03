//! Making a plan so: in its order, with a journal, going on after failures, and looking again at the end.

mod fence;
mod journal;
pub mod lock;
mod outcome;
mod run;

pub use fence::{Fence, Unfenced};
pub use journal::{Journal, JournalError, OutcomeLine, SCHEMA as JOURNAL_SCHEMA, Sink};
pub use outcome::{Outcome, Report, Settled};
pub use run::{Controls, Interrupt, Progress, Site, run};
