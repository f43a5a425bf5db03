//! How many requests changes take: what the writer does, counted.

use std::collections::BTreeSet;

use crate::model::{Cap, Grant};
use crate::plan::{Change, Kind, Object};

use super::members::steps;

/// The reads around every write: what is there before, and what is there after.
const READS: u64 = 2;

/// How many requests it takes to write these batches, in their order. `defaults` are the teams with a default cap.
pub(super) fn count(batches: &[&[Change]], defaults: &BTreeSet<String>) -> u64 {
    let mut defaults = defaults.clone();
    batches.iter().map(|batch| requests(batch, &mut defaults)).sum()
}

fn requests(batch: &[Change], defaults: &mut BTreeSet<String>) -> u64 {
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
    READS
        + match batch.first().map(|change| change.kind) {
            Some(Kind::GrantAdd) => u64::try_from(steps(grants()).requests()).unwrap_or(u64::MAX),
            Some(Kind::GrantUpdate) => {
                let clears = grants().any(|grant| grant.cap == Some(Cap::Inherit));
                1 + u64::from(clears && defaults.contains(team))
            }
            // A new team needs no look before, but its caller is taken out of it.
            _ => 1,
        }
}

fn grant(change: &Change) -> Option<&Grant> {
    match &change.after {
        Some(Object::Grant(grant)) => Some(grant),
        _ => None,
    }
}
