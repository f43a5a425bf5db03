//! How many requests changes take: what the writer does, and the look after it, counted.

use std::collections::BTreeSet;

use crate::model::{Cap, Grant};
use crate::plan::{Change, Cost, Kind, Object};

use super::api::PAGE;
use super::members::steps;
use super::teams;

/// What of the last look counts for the next requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// How many teams there were.
    pub(super) teams: usize,
    /// How many of them are pools of the files.
    pub(super) managed: usize,
    /// The teams with a default cap: clearing a member's cap there takes one request more.
    pub(super) defaults: BTreeSet<String>,
}

/// What it takes to write these batches, in their order, and to look again.
pub(super) fn count(batches: &[&[Change]], last: &Last) -> Cost {
    let mut defaults = last.defaults.clone();
    let mut cost = Cost::default();
    for batch in batches {
        let (reads, writes) = requests(batch, &mut defaults);
        cost.reads += reads;
        cost.writes += writes;
    }
    let of = |kind| batches.iter().flat_map(|batch| *batch).filter(|change| change.kind == kind).count();
    let then = |before: usize| {
        let after = (before + of(Kind::PoolCreate)).saturating_sub(of(Kind::PoolDelete));
        u64::try_from(after).unwrap_or(u64::MAX)
    };
    // The list has a first page also where there is nothing on it.
    cost.look = then(last.teams).div_ceil(PAGE).max(1) + then(last.managed);
    cost
}

/// The requests of one batch: those that read and those that write.
fn requests(batch: &[Change], defaults: &mut BTreeSet<String>) -> (u64, u64) {
    let team = batch.first().and_then(|change| change.target.get("team")).unwrap_or_default();
    for change in batch {
        if let (Kind::PoolCreate | Kind::PoolUpdate, Some(Object::Pool(pool))) = (change.kind, &change.after) {
            match pool.default_cap {
                Some(Cap::Amount(_)) => defaults.insert(team.to_owned()),
                Some(_) => defaults.remove(team),
                None => false,
            };
        }
    }
    let grants = || batch.iter().filter_map(grant);
    // The row that members share stands in no answer, so it is read back where it is written.
    let shared = u64::from(batch.iter().any(teams::writes_default));
    match batch.first().map(|change| change.kind) {
        // Of a new team there is nothing to look at before; its caller is taken out of it.
        Some(Kind::PoolCreate) => (shared, 2),
        Some(Kind::GrantAdd) => (1, u64::try_from(steps(grants()).requests()).unwrap_or(u64::MAX)),
        Some(Kind::GrantUpdate) => {
            let clears = grants().any(|grant| grant.cap == Some(Cap::Inherit));
            let relinks = u64::from(clears && defaults.contains(team));
            (1 + relinks, 1 + relinks)
        }
        _ => (1 + shared, 1),
    }
}

fn grant(change: &Change) -> Option<&Grant> {
    match &change.after {
        Some(Object::Grant(grant)) => Some(grant),
        _ => None,
    }
}
