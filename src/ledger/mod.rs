//! The ledger: who changed what, when, by whose approval and from which commit. It is one file of the store that all
//! runners of a config share, and every line of it names the line before, so that nobody changes one unseen.

mod append;
mod chain;
mod entry;
mod made;
mod standing;
mod story;

pub use append::{LedgerError, Tail, append};
pub use chain::{Broken, Chain, Wrong, walk};
pub use entry::{Approved, Begun, Confirmed, Ended, Entry, SCHEMA, What, Who};
pub use made::Made;
pub use standing::{Right, Standing, standings};
pub use story::{Act, Filter, Person, Run, Story};

/// The name of the ledger in its store.
pub const NAME: &str = "ledger.jsonl";
