//! The order in which changes are made: nobody who keeps a right loses it for a moment on the way.

use std::collections::BTreeMap;

use crate::model::CenterId;
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

/// The phase in which each change is made, given all changes of a plan.
///
/// Where a vendor writes a pool and its alerts in one call, an alert comes with the change of its pool, if there is one.
pub fn phases(changes: &[Change], capabilities: impl Fn(&CenterId) -> Option<&'static Capabilities>) -> Vec<Phase> {
    let mut with_pool = BTreeMap::new();
    for change in changes {
        if matches!(change.kind, Kind::PoolCreate | Kind::PoolUpdate)
            && capabilities(&change.center).is_some_and(|capabilities| capabilities.alerts_with_pool)
        {
            with_pool.insert((&change.center, &change.pool), phase(change));
        }
    }
    changes
        .iter()
        .map(|change| match phase(change) {
            Phase::Alerts => with_pool.get(&(&change.center, &change.pool)).copied().unwrap_or(Phase::Alerts),
            own => own,
        })
        .collect()
}

/// Sorts changes into the order of an apply; within a phase by center, pool and object.
pub fn sort(changes: &mut Vec<Change>, capabilities: impl Fn(&CenterId) -> Option<&'static Capabilities>) {
    let phases = phases(changes, capabilities);
    let mut keyed: Vec<(Phase, Change)> = phases.into_iter().zip(changes.drain(..)).collect();
    keyed.sort_by(|(p, a), (q, b)| {
        (p, &a.center, &a.pool, a.kind, &a.subject, &a.alert)
            .cmp(&(q, &b.center, &b.pool, b.kind, &b.subject, &b.alert))
    });
    changes.extend(keyed.into_iter().map(|(_, change)| change));
}
