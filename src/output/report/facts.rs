//! What a page is made from: one reading of every center, what the files ask, and how it was before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Resolved;
use crate::model::{Amount, CenterId, GroupId, PoolId, Rule};
use crate::plan::Plan;
use crate::usage::CenterUse;

/// What was drawn of a pool at some moments, the oldest first.
pub type Trend = Vec<(Timestamp, Amount)>;

/// One center, as it was read.
#[derive(Clone, Debug)]
pub struct ReadCenter {
    /// How its pools stand.
    pub usage: CenterUse,
    /// Why what was drawn is not in that, where the rest of the center could be read.
    pub unread: Option<String>,
    /// What it would take to bring it to what the files ask.
    pub plan: Plan,
}

/// One center of the page: what was read, or why nothing was.
#[derive(Clone, Debug)]
pub struct Center {
    /// Its name in the files.
    pub id: CenterId,
    /// Its provider.
    pub provider: String,
    /// The reading.
    pub read: Result<Box<ReadCenter>, String>,
}

/// The snapshots that a page draws its trends from.
#[derive(Clone, Debug, Default)]
pub struct Trends {
    /// How many there are.
    pub snapshots: usize,
    /// The pools that are in them.
    pub pools: BTreeMap<(CenterId, PoolId), Trend>,
}

/// Everything that a page says.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The path of the config.
    pub config: String,
    /// The day that the page is for.
    pub as_of: Date,
    /// When it was made; nothing where it is for a day that was named, so that the same input makes the same page.
    pub made_at: Option<Timestamp>,
    /// The commit that the files are from, and whether they differ from it.
    pub commit: Option<(String, bool)>,
    /// The revision that causes are told by.
    pub base: Option<&'a str>,
    /// What the page is about, where that is not everything.
    pub selected: Vec<String>,
    /// What the files ask.
    pub resolved: &'a Resolved,
    /// The rules of each pool.
    pub rules: BTreeMap<PoolId, Vec<Rule>>,
    /// How many people are in each group.
    pub groups: BTreeMap<GroupId, usize>,
    /// The centers, by name.
    pub centers: Vec<Center>,
    /// How the pools stood before, where a history was named.
    pub trends: Option<Trends>,
}
