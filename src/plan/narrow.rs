//! What of a center's people belongs to which pool, where one setting of a person shows in all of them.

use std::collections::BTreeSet;

use crate::model::capability::{CapScope, Capabilities};
use crate::model::{Desired, MemberId, Observed, PoolId, Subject};

/// Leaves in each pool those whom it decides over: whom it names, and of the others those of its scope whom no other
/// pool names. Where a person has one setting in the whole center, a pool's `others` must not undo what another pool
/// grants, and nobody is to be counted twice.
pub fn narrow(desired: &Desired, capabilities: &Capabilities, observed: &mut Observed) {
    if capabilities.cap_scope != CapScope::Center || !capabilities.others_by_roster {
        return;
    }
    // The sources name every pool, also those that a selection left out. Somebody whose rule ended is named all the same.
    let named: BTreeSet<&MemberId> = desired.sources.values().flat_map(|sources| sources.deciding.keys()).collect();
    let owns = |pool: &PoolId, subject: &Subject| match subject {
        Subject::Member(member) => {
            desired.sources.get(pool).is_some_and(|sources| sources.deciding.contains_key(member))
        }
        Subject::Stranger(_) => false,
    };
    // Named, and not by this pool: then by another one.
    let elsewhere = |pool: &PoolId, subject: &Subject| match subject {
        Subject::Member(member) => named.contains(member) && !owns(pool, subject),
        Subject::Stranger(_) => false,
    };
    let pools: Vec<PoolId> = observed.state.pools.keys().chain(desired.state.pools.keys()).cloned().collect();
    for pool in pools.into_iter().collect::<BTreeSet<_>>() {
        let mut scope = match observed.scopes.remove(&pool) {
            Some(scope) => scope,
            None => observed.roster.clone(),
        };
        scope.retain(|subject| !elsewhere(&pool, subject));
        if let Some(state) = observed.state.pools.get_mut(&pool) {
            state.grants.retain(|subject, _| owns(&pool, subject) || scope.contains(subject));
        }
        observed.scopes.insert(pool, scope);
    }
}
