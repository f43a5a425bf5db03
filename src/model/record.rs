//! The record: what people confirmed that they set by hand, by whom and when. Data under review, not trust: what the
//! center shows later counts more.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Cap, CenterId, ControlName, Limit, Target, WhenExhausted};

/// What somebody confirmed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed<T> {
    /// What was set.
    pub value: T,
    /// Who says so.
    pub by: String,
    /// When they said it.
    pub at: Timestamp,
    /// The plan that it was done for, as the first twelve digits of its hash; nothing where there was none.
    pub plan: Option<String>,
    /// The fingerprint of what the center showed when that plan was made ([`super::Observed::basis`]).
    pub basis: Option<String>,
}

/// What a person was set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They may not draw from the pool.
    Blocked,
    /// They may, up to this cap.
    Cap(Cap),
}

/// What a pool was set to. `None` says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolSetting {
    /// The pool's limit.
    pub limit: Option<Limit>,
    /// What happens when it is used up.
    pub when_exhausted: Option<WhenExhausted>,
}

/// What was confirmed of one center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CenterRecord {
    /// Which account it was.
    pub identity: Option<String>,
    /// What each person was set to, by the identity that the center knows them by, in lower case.
    pub people: BTreeMap<String, Confirmed<Level>>,
    /// What each pool was set to, by its target.
    pub pools: BTreeMap<Target, Confirmed<PoolSetting>>,
    /// Controls that somebody looked for in the console and did not find.
    pub missing: BTreeMap<ControlName, Confirmed<()>>,
}

/// What was confirmed, by center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The centers.
    pub centers: BTreeMap<CenterId, CenterRecord>,
}
