//! Everything that is in a center, for a file to be made from.

use super::{Pool, Subject};

/// A person whom a center knows, for `import`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// The person as [`Pool::grants`] names them.
    pub subject: Subject,
    /// Their e-mail address, where the center shows one.
    pub email: Option<String>,
    /// The center's own id of them, where it differs from what it is known by.
    pub vendor_id: Option<String>,
}

/// Everything that is in a center.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Which account this is.
    pub identity: String,
    /// Every pool, with the center's own name for it.
    pub pools: Vec<(String, Pool)>,
    /// Everybody who has a grant in one of the pools.
    pub people: Vec<Person>,
    /// What a reader should be told.
    pub notes: Vec<String>,
}
