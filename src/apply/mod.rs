//! Making a plan so, and what became of each of its changes.

mod outcome;

pub use outcome::{Outcome, Report, Settled};
