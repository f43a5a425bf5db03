//! Locks: one run at a time writes to a center, however many runners share it.
//!
//! A lock is a lease: a record beside the others of its place, with an end that its holder keeps moving on while it lives.
//! Who finds it released or run out takes it and raises its number, the token. Before each write a run looks whether the
//! record still says what it wrote there; where it does not, nothing more is sent. The record outlives its holder, so that
//! the token only ever grows.
//!
//! Every change of a record is conditional on what was read before (compare and swap), so two runs never both succeed. A
//! lease in an object store ends by the clock of the store, a lease in a folder by that of the machine; the clocks of two
//! machines are never compared. In a folder a run also shows that it lives (`alive`), so that the lease of one that was
//! killed need not run out first.

mod alive;
mod cell;
mod error;
mod lease;
mod local;
mod locks;
mod protocol;
mod remote;
#[cfg(test)]
mod tests;

pub use error::LockError;
pub use lease::{Lease, Runner};
pub use locks::{Locker, Locks, Terms};
