//! What the files ask, in Claude's terms: full targets, and nothing of what Claude does not keep.

use std::collections::BTreeMap;

use crate::model::{Amount, Cap, Desired, Grant, Lapse, MemberId, Others, Pool, PoolId, Subject};

use super::object::{full, is_whole};
use super::{Flavor, map};

/// Brings a desired state into Claude's terms. `people` is how many the organization has. Returns what the reader should
/// be told.
pub(super) fn fit(flavor: Flavor, desired: &mut Desired, people: usize) -> Vec<String> {
    let mut notes = Vec::new();
    for (target, _) in desired.absent.values_mut() {
        *target = full(target);
    }
    let none = BTreeMap::new();
    for (id, pool) in &mut desired.state.pools {
        pool.target = full(&pool.target);
        // Nothing has a field for it.
        pool.description = None;
        match flavor {
            Flavor::Enterprise => enterprise(id, pool, desired.lapsed.get(id).unwrap_or(&none), people, &mut notes),
            Flavor::Console => console(id, pool, &mut notes),
            Flavor::Gateway => gateway(id, pool, &mut notes),
        }
        if pool.budget.limit.is_none() && flavor != Flavor::Console {
            pool.budget.when_exhausted = None;
        }
    }
    notes
}

fn enterprise(
    id: &PoolId,
    pool: &mut Pool,
    lapsed: &BTreeMap<MemberId, Lapse>,
    people: usize,
    notes: &mut Vec<String>,
) {
    let nothing = Cap::Amount(Amount::zero(pool.budget.unit));
    if !is_whole(&pool.target) {
        if pool.budget.limit.take().is_some() {
            notes.push(format!("{id}: a group has no budget of its own; its limit in the file is held to nothing"));
        }
        return;
    }
    if pool.others == Some(Others::Blocked) {
        // Who holds no limit of their own draws what their group, seat or organization lets them.
        pool.others = Some(Others::Cap(nothing));
        let others = people.saturating_sub(pool.grants.len());
        // Without a limit of their own, those whose rule ended would draw as well.
        for member in lapsed.keys() {
            let nothing = Grant { cap: Some(nothing), ..Grant::default() };
            pool.grants.entry(Subject::Member(member.clone())).or_insert(nothing);
        }
        notes.push(format!(
            "{id}: Claude keeps no rule for others, so `others: blocked` is a limit of 0 for each of {others} people, one \
             call each"
        ));
    }
}

fn console(id: &PoolId, pool: &mut Pool, notes: &mut Vec<String>) {
    pool.default_cap = None;
    for grant in pool.grants.values_mut() {
        grant.cap = None;
    }
    if is_whole(&pool.target) && pool.others.take().is_some() {
        notes.push(format!(
            "{id}: everybody of the organization can draw; whoever shall not leaves it, which Bursar does not do to them"
        ));
    }
}

fn gateway(id: &PoolId, pool: &mut Pool, notes: &mut Vec<String>) {
    pool.budget.limit = None;
    if is_whole(&pool.target) {
        pool.others = pool.others.map(|others| match others {
            Others::Cap(cap) => map::others(cap),
            Others::Blocked => Others::Blocked,
        });
    } else if pool.others.take().is_some() {
        notes.push(format!(
            "{id}: who is in a group, the identity provider decides; what others may draw is set for the organization"
        ));
    }
}
