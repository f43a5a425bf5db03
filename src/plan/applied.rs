//! What a center holds once everything that the files ask has been done, and nothing else.

use crate::model::capability::Capabilities;
use crate::model::{Desired, Grant, Observed, Others, Pool, PoolId, State, Subject};

use super::change::PoolObject;
use super::diff::overlay;
use super::others::{everybody_else, kept_from_others};

/// The managed pools of a center once the desired state has been laid over the observed one: a [`diff`](super::diff())
/// against it is empty.
pub fn applied(capabilities: &Capabilities, desired: &Desired, observed: &Observed) -> State {
    let mut state = State::default();
    for (id, pool) in &observed.state.pools {
        if !desired.state.pools.contains_key(id) && !desired.absent.contains_key(id) {
            state.pools.insert(id.clone(), pool.clone());
        }
    }
    for (id, wanted) in &desired.state.pools {
        let after = self::pool(capabilities, desired, id, wanted, observed);
        state.pools.insert(id.clone(), after);
    }
    state
}

/// One pool as it will be when its changes are made.
pub(super) fn pool(capabilities: &Capabilities, all: &Desired, id: &PoolId, desired: &Pool, seen: &Observed) -> Pool {
    let observed = seen.state.pools.get(id);
    let PoolObject { target, description, budget, default_cap } = overlay(desired, observed);
    let keeps = capabilities.keeps(&target);
    let mut grants = desired.grants.clone();
    let lapsed = all.lapsed.get(id).filter(|_| !(keeps.own_setting && keeps.others));
    let has_lapsed = |subject: &Subject| match subject {
        Subject::Member(member) => lapsed.is_some_and(|lapsed| lapsed.contains_key(member)),
        Subject::Stranger(_) => false,
    };
    for (subject, grant) in observed.into_iter().flat_map(|pool| &pool.grants) {
        if let Some(own) = grants.get_mut(subject) {
            if own.cap.is_none() {
                (own.cap, own.period) = (grant.cap, own.period.or(grant.period));
            }
            own.expires = own.expires.or(grant.expires);
        } else if !has_lapsed(subject) {
            match desired.others {
                None => {
                    grants.insert(subject.clone(), *grant);
                }
                Some(Others::Cap(cap)) if !keeps.others => {
                    let own = cap.amount().and(desired.budget.period).filter(|_| capabilities.grant_period);
                    let period = own.or(grant.period.filter(|_| cap.amount().is_some()));
                    grants.insert(subject.clone(), Grant { cap: Some(cap), period, ..*grant });
                }
                Some(_) => {}
            }
        }
    }
    for (subject, grant) in everybody_else(capabilities, desired, id, seen, lapsed) {
        grants.entry(subject).or_insert(grant);
    }
    grants.extend(kept_from_others(capabilities, desired, observed, lapsed));
    grants.retain(|_, grant| keeps.holds(grant));
    let others = if keeps.others { desired.others.or_else(|| observed.and_then(|pool| pool.others)) } else { None };
    let alerts = desired.alerts.clone().or_else(|| observed.and_then(|pool| pool.alerts.clone()));
    Pool { target, description, budget, default_cap, others, alerts, grants }
}
