//! What people drew of a center's pools.

use std::collections::BTreeMap;

use super::{Amount, PoolId, Subject};

/// What was drawn of a pool in its running period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolDrawn {
    /// By everybody, where the center tells it.
    pub total: Option<Amount>,
    /// By each person of whom the center tells something.
    pub people: BTreeMap<Subject, Amount>,
}

/// What was drawn of the managed pools of a center, in their running periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// By pool.
    pub pools: BTreeMap<PoolId, PoolDrawn>,
    /// What a reader should be told: lags, numbers that are missing.
    pub notes: Vec<String>,
}
