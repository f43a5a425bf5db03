//! The order in which changes are made: nobody who keeps a right loses it for a moment on the way.

use std::collections::BTreeMap;

use crate::model::capability::Capabilities;
use crate::model::{Budget, Cap, CenterId, Others};

use super::reach::{of_cap, of_others};
use super::{Change, Effect, Kind, Object};

/// The steps of an apply, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Pools come into being.
    CreatePools,
    /// Budgets and default caps grow.
    RaiseBudgets,
    /// People get more, or get something at all.
    GrantsAndRaises,
    /// Somebody gets less.
    Cuts,
    /// Somebody gets nothing.
    Revocations,
    /// Alerts change.
    Alerts,
    /// Pools go.
    DeletePools,
}

/// The phase of one change.
pub fn phase(change: &Change) -> Phase {
    match (change.kind, change.effect) {
        (Kind::PoolCreate, _) => Phase::CreatePools,
        (Kind::PoolDelete, _) => Phase::DeletePools,
        (Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove, _) => Phase::Alerts,
        // A grant that goes while others keep a cap goes last, so that the cap of others is there before.
        (Kind::GrantRevoke, _) | (_, Effect::Revokes) => Phase::Revocations,
        (_, Effect::Cuts) => Phase::Cuts,
        (Kind::PoolUpdate, _) => Phase::RaiseBudgets,
        (_, Effect::Raises | Effect::Grants | Effect::Neutral) => Phase::GrantsAndRaises,
    }
}

/// When a change is made among those of its pool and phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    First,
    ByKind,
    Last,
}

/// Where a change stands among those of its pool: the phase, when in it, and the kind that it goes with.
type Place = (Phase, Turn, Kind);

/// The phase in which each change is made, given all changes of a plan.
///
/// - Where a vendor writes a pool and its alerts in one call, an alert comes with the change of its pool, if there is one.
/// - Who is to follow the pool's default cap waits for it: the change of the pool may come late for another reason, such
///   as a smaller limit, and until then the default may be nothing at all.
pub fn phases(changes: &[Change], capabilities: impl Fn(&CenterId) -> Option<&'static Capabilities>) -> Vec<Phase> {
    places(changes, capabilities).into_iter().map(|(phase, ..)| phase).collect()
}

fn places(changes: &[Change], capabilities: impl Fn(&CenterId) -> Option<&'static Capabilities>) -> Vec<Place> {
    let own = |change: &Change| {
        let phase = phase(change);
        let taken = phase == Phase::Revocations;
        let falls_back =
            || capabilities(&change.center).is_some_and(|capabilities| capabilities.keeps(&change.target).own_setting);
        let turn = match change.kind {
            // Where a pool's own change takes something away, whoever is to fall back on something else does so before.
            Kind::PoolUpdate if taken => Turn::Last,
            // Whoever loses a setting of their own draws what others do: that comes first, or it would be more for a moment.
            Kind::OthersUpdate if taken && falls_back() => Turn::First,
            _ => Turn::ByKind,
        };
        (phase, turn, change.kind)
    };
    let mut pools = BTreeMap::new();
    for change in changes.iter().filter(|change| matches!(change.kind, Kind::PoolCreate | Kind::PoolUpdate)) {
        let together = capabilities(&change.center).is_some_and(|capabilities| capabilities.alerts_with_pool);
        let default = change.fields.contains(&"default_cap");
        pools.insert((&change.center, &change.pool), (own(change), together, default.then_some(change)));
    }
    let others: BTreeMap<_, _> = changes
        .iter()
        .filter(|change| change.kind == Kind::OthersUpdate)
        .map(|change| ((&change.center, &change.pool), change))
        .collect();
    // Whether the others will be able to draw less than the default cap, or just as much.
    let others_get_less = |change: &Change, pool: &Change| match (&change.after, &pool.after) {
        (Some(Object::Others(others)), Some(Object::Pool(pool))) => {
            let Budget { period, .. } = pool.budget;
            of_others(*others, pool.default_cap, period) <= of_cap(Some(Cap::Inherit), pool.default_cap, period)
        }
        _ => true,
    };
    let in_plan = |change: &Change| {
        let (phase, turn, kind) = own(change);
        let (waits, leaves) = (follows_default(change), leaves_default(change));
        if !waits && !leaves && phase != Phase::Alerts {
            return (phase, turn, kind);
        }
        let key = (&change.center, &change.pool);
        match pools.get(&key) {
            // They shall have what others may draw, and not what is left of the default cap for a moment. Where that is
            // the same, others have to wait for it too.
            Some(((Phase::Cuts, ..), _, Some(_))) if leaves && change.kind == Kind::GrantRevoke => {
                let wait = others.get(&key).is_some_and(|others| follows_default(others));
                if wait { (phase, turn, kind) } else { (Phase::Cuts, Turn::First, kind) }
            }
            // Whoever is to follow the default cap instead of that of the others does so before theirs gets less than it.
            Some(((Phase::Cuts, ..), _, Some(pool)))
                if leaves && change.kind == Kind::OthersUpdate && others_get_less(change, pool) =>
            {
                (phase, turn, kind)
            }
            Some(((pool, ..), ..)) if waits => (phase.max(*pool), turn, kind),
            // The default cap may become less than the cap of their own that they are to have.
            Some(((Phase::Cuts, ..), _, Some(_))) if leaves && phase == Phase::Cuts => (phase, Turn::First, kind),
            // Right behind its pool, before whatever else is in that phase.
            Some((pool, true, _)) if phase == Phase::Alerts => *pool,
            _ => (phase, turn, kind),
        }
    };
    changes.iter().map(in_plan).collect()
}

/// Sorts changes into the order of an apply; within a phase by center, pool and object.
pub fn sort(changes: &mut [Change], capabilities: impl Fn(&CenterId) -> Option<&'static Capabilities>) {
    let places = places(changes, capabilities);
    let mut order: Vec<usize> = (0..changes.len()).collect();
    let key = |i: usize| {
        let change = changes.get(i)?;
        let (phase, turn, kind) = places.get(i)?;
        Some((phase, &change.center, &change.pool, turn, kind, change.kind, &change.subject, &change.alert))
    };
    order.sort_by(|a, b| key(*a).cmp(&key(*b)));
    bring(changes, &order);
}

/// Brings what stands at `order[i]` to place `i`, without a second copy: there may be 100,000.
fn bring<T>(items: &mut [T], order: &[usize]) {
    let mut goes_to = vec![0; order.len()];
    for (to, from) in order.iter().enumerate() {
        goes_to[*from] = to;
    }
    for i in 0..items.len() {
        while goes_to[i] != i {
            let to = goes_to[i];
            items.swap(i, to);
            goes_to.swap(i, to);
        }
    }
}

/// Whether somebody who draws as much as the pool's default cap says, or may do so as one of the others, gets something
/// else: a cap of their own, or what others may draw.
fn leaves_default(change: &Change) -> bool {
    let inherits = |object: Option<&Object>| match object {
        Some(Object::Grant(grant)) => grant.cap == Some(Cap::Inherit),
        Some(Object::Others(others)) => *others == Others::Cap(Cap::Inherit),
        Some(Object::Pool(_) | Object::Alert(..)) | None => false,
    };
    match change.kind {
        Kind::GrantUpdate | Kind::OthersUpdate => inherits(change.before.as_ref()) && !inherits(change.after.as_ref()),
        Kind::GrantRevoke => inherits(change.before.as_ref()) && change.effect != Effect::Revokes,
        Kind::GrantAdd => !inherits(change.after.as_ref()),
        _ => false,
    }
}

/// Whether somebody will be able to draw as much as the pool's default cap says.
fn follows_default(change: &Change) -> bool {
    match &change.after {
        Some(Object::Grant(grant)) => grant.cap == Some(Cap::Inherit),
        Some(Object::Others(others)) => *others == Others::Cap(Cap::Inherit),
        Some(Object::Pool(_) | Object::Alert(..)) | None => false,
    }
}
