//! The order in which changes are made: nobody who keeps a right loses it for a moment on the way.

use crate::model::capability::Capabilities;

use super::{Change, Effect, Kind};

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

/// Sorts changes into the order of an apply; within a phase by center, pool and object.
///
/// Where a vendor writes a pool and its alerts in one call, an alert comes with the change of its pool, if there is one.
pub fn sort(changes: &mut [Change], capabilities: impl Fn(&Change) -> Option<&'static Capabilities>) {
    let mut with_pool = std::collections::BTreeMap::new();
    for change in changes.iter() {
        if matches!(change.kind, Kind::PoolCreate | Kind::PoolUpdate)
            && capabilities(change).is_some_and(|capabilities| capabilities.alerts_with_pool)
        {
            with_pool.insert((change.center.clone(), change.pool.clone()), phase(change));
        }
    }
    // An alert that travels with its pool stands right behind it, before whatever else is in that phase.
    let place = |change: &Change| {
        let own = phase(change);
        if own != Phase::Alerts || with_pool.is_empty() {
            return (own, change.kind);
        }
        let pool = with_pool.get(&(change.center.clone(), change.pool.clone()));
        pool.map_or((own, change.kind), |phase| (*phase, Kind::PoolUpdate))
    };
    changes.sort_by(|a, b| {
        let ((a_phase, a_kind), (b_phase, b_kind)) = (place(a), place(b));
        (a_phase, &a.center, &a.pool, a_kind, a.kind, &a.subject, &a.alert)
            .cmp(&(b_phase, &b.center, &b.pool, b_kind, b.kind, &b.subject, &b.alert))
    });
}
