//! What of a center's people belongs to which pool, where one setting of a person shows in all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::capability::{CapScope, Capabilities};
use crate::model::{Desired, Observed, PoolId, Subject};

/// Leaves in each pool those whom it decides over: whom it names, and of the others those of its scope whom no other
/// pool names. Where a person has one setting in the whole center, a pool's `others` must not undo what another pool
/// grants, and nobody is to be counted twice.
pub fn narrow(desired: &Desired, capabilities: &Capabilities, observed: &mut Observed) {
    if capabilities.cap_scope != CapScope::Center || !capabilities.others_by_roster {
        return;
    }
    // The sources name every pool, also those that a selection left out.
    let named: BTreeMap<&PoolId, BTreeSet<Subject>> = desired
        .sources
        .iter()
        .map(|(pool, sources)| (pool, sources.deciding.keys().cloned().map(Subject::Member).collect()))
        .collect();
    let pools: Vec<PoolId> = observed.state.pools.keys().cloned().collect();
    for pool in pools {
        let own = |subject: &Subject| named.get(&pool).is_some_and(|people| people.contains(subject));
        let elsewhere = |subject: &Subject| {
            named.iter().any(|(other, people)| **other != pool && people.contains(subject)) && !own(subject)
        };
        let scope: BTreeSet<Subject> =
            observed.scope(&pool).iter().filter(|subject| !elsewhere(subject)).cloned().collect();
        if let Some(state) = observed.state.pools.get_mut(&pool) {
            state.grants.retain(|subject, _| own(subject) || scope.contains(subject));
        }
        observed.scopes.insert(pool, scope);
    }
}
