//! How many requests changes take: what the writer does, and the look after it, counted.

use std::collections::BTreeSet;

use crate::model::{Cap, Grant};
use crate::plan::{Change, Cost, Kind, Object};

use super::api::PAGE;
use super::fit::Last;
use super::{GROUP, GROUP_ID};

/// What it takes to write these batches, in their order, and to look again.
pub(super) fn count(batches: &[&[Change]], last: &Last) -> Cost {
    let mut cost = Cost::default();
    let mut names = BTreeSet::new();
    let mut members = last.members.clone();
    for change in batches.iter().flat_map(|batch| *batch) {
        if let Some(name) = change.target.get(GROUP)
            && names.insert(name)
        {
            // A name is looked up once, in the list of groups.
            cost.reads += pages(last.all_groups);
        }
        let (reads, writes) = requests(change, last);
        cost.reads += reads;
        cost.writes += writes;
        if let Some(count) = members.get_mut(&change.pool) {
            match change.kind {
                Kind::GrantAdd => *count += 1,
                Kind::GrantRevoke => *count = count.saturating_sub(1),
                _ => {}
            }
        }
    }
    // The workspace, its groups and its people; of each group that is a pool, the group and its members.
    cost.look = 1 + pages(last.all_groups) + pages(last.users);
    cost.look += members.values().map(|count| 1 + pages(*count)).sum::<u64>();
    cost
}

/// A list has a first page also where there is nothing on it.
fn pages(rows: usize) -> u64 {
    u64::try_from(rows.div_ceil(PAGE).max(1)).unwrap_or(u64::MAX)
}

/// The requests of one change: those that read and those that write.
fn requests(change: &Change, last: &Last) -> (u64, u64) {
    let group = change.target.get(GROUP).or(change.target.get(GROUP_ID)).is_some();
    let own = |object: Option<&Object>| {
        let limit = |grant: &Grant| matches!(grant.cap, Some(Cap::Amount(_) | Cap::Unlimited));
        matches!(object, Some(Object::Grant(grant)) if limit(grant))
    };
    match change.kind {
        // The person and the groups that they are in, before and after; a limit of their own is a write more.
        Kind::GrantAdd if group => {
            // A limit that they bring along is left as it is.
            let held = change.subject.as_ref().is_some_and(|subject| last.holders.contains(subject));
            (4, 1 + u64::from(own(change.after.as_ref()) && !held))
        }
        Kind::GrantRevoke if group => (4, 1 + u64::from(own(change.before.as_ref()))),
        Kind::GrantUpdate if group => (4, 1),
        _ => (2, 1),
    }
}
