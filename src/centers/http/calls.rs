//! How many requests changes take: what the writer does, and the look after it, counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::centers::embedded::pool_name;
use crate::plan::{Change, Cost, Kind};

use super::api::PAGE;

/// What of the last look counts for the next requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// How many pools there were.
    pub(super) pools: usize,
    /// How many grants each pool of the files had, by the center's name of the pool.
    pub(super) grants: BTreeMap<String, usize>,
    /// Whom the center knew, in lower case.
    pub(super) members: BTreeSet<String>,
}

/// What it takes to write these batches, in their order, and to look again.
pub(super) fn count(batches: &[&[Change]], last: &Last) -> Cost {
    let mut then = last.clone();
    // Of a pool that this run wrote the writer knows how it is.
    let mut known = BTreeSet::new();
    let mut cost = Cost::default();
    for batch in batches {
        let Some(first) = batch.first() else { continue };
        let name = pool_name(&first.target, &first.pool);
        cost.writes += 1;
        match first.kind {
            Kind::PoolCreate => {
                then.pools += 1;
                then.grants.insert(name.to_owned(), 0);
                known.insert(name);
            }
            Kind::PoolUpdate | Kind::OthersUpdate | Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
                cost.reads += u64::from(known.insert(name));
            }
            // It is read with its grants, so that nobody goes with it whom the plan does not name.
            Kind::PoolDelete => {
                cost.reads += 1 + then.grants.remove(name).map_or(1, pages);
                then.pools = then.pools.saturating_sub(1);
            }
            Kind::GrantAdd => {
                *then.grants.entry(name.to_owned()).or_default() += batch.len();
                // Whoever is granted something is entered there.
                let people = batch.iter().filter_map(|change| change.subject.as_ref());
                then.members.extend(people.map(|subject| subject.name().to_ascii_lowercase()));
            }
            Kind::GrantUpdate => {}
            Kind::GrantRevoke => {
                let grants = then.grants.entry(name.to_owned()).or_default();
                *grants = grants.saturating_sub(batch.len());
            }
        }
    }
    // Which center it is, its pools, its members, and the grants of each pool of the files.
    cost.look =
        1 + pages(then.pools) + pages(then.members.len()) + then.grants.values().copied().map(pages).sum::<u64>();
    cost
}

/// How many pages a list has; also an empty one has its first.
fn pages(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX).div_ceil(PAGE).max(1)
}
