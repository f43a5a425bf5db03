//! Runs that die: at every byte of the journal, at every step of the run, as a process; and how they are finished.

pub(crate) mod bytes;
pub(crate) mod harness;
mod journal;
mod kill;
mod process;
