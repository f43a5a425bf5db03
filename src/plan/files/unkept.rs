//! What the files no longer decide over, and what therefore stays as it is.

use std::collections::BTreeSet;

use crate::model::{Budget, Cap, CenterId, Desired, Grant, Pool, PoolId, Subject};
use crate::plan::CenterPart;

use super::centers::Pair;
use super::{Released, Unkept};

/// The pools and people whom nothing decides over any more. `before` is what was asked, in the names of the head.
pub(super) fn released(pair: &Pair<'_>, part: &CenterPart, before: &Desired) -> Vec<Released> {
    let targets = pair.targets();
    let mut released = Vec::new();
    if let Some((center, base)) = pair.base {
        let gone = base.desired.state.pools.iter().filter(|(_, pool)| !targets.contains_key(&pool.target));
        released.extend(gone.map(|(pool, _)| Released { center: center.clone(), pool: pool.clone(), subject: None }));
    }
    let Some((center, _)) = pair.head else { return released };
    for (id, after) in part.desired.state.pools.iter().filter(|(_, pool)| pool.others.is_none()) {
        let lapsed = part.desired.lapsed.get(id);
        let named = |subject: &Subject| {
            after.grants.contains_key(subject)
                || matches!(subject, Subject::Member(member) if lapsed.is_some_and(|all| all.contains_key(member)))
        };
        let then = before.state.pools.get(id).into_iter().flat_map(|pool| pool.grants.keys());
        released.extend(then.filter(|subject| !named(subject)).map(|subject| Released {
            center: center.clone(),
            pool: id.clone(),
            subject: Some(subject.clone()),
        }));
    }
    released
}

/// The settings and caps that the files asked for and ask for no longer.
pub(super) fn unkept(center: &CenterId, desired: &Desired, before: &Desired) -> Vec<Unkept> {
    let mut all = Vec::new();
    for (id, after) in &desired.state.pools {
        let Some(then) = before.state.pools.get(id) else { continue };
        let mut push = |subject: Option<&Subject>, field, before: String| {
            all.push(Unkept { center: center.clone(), pool: id.clone(), subject: subject.cloned(), field, before });
        };
        for (field, before) in fields(then, after) {
            push(None, field, before);
        }
        for (subject, grant) in &after.grants {
            // Whoever followed the default cap follows it still.
            let kept = then.grants.get(subject).and_then(|then| then.cap).filter(|cap| *cap != Cap::Inherit);
            if let (Grant { cap: None, .. }, Some(cap)) = (grant, kept) {
                push(Some(subject), "cap", cap.to_string());
            }
        }
    }
    all
}

/// The settings of a pool that are no longer written, with what was.
fn fields(then: &Pool, now: &Pool) -> Vec<(&'static str, String)> {
    fn words<T: ToString>(then: Option<T>, written: bool) -> Option<String> {
        then.filter(|_| !written).map(|then| then.to_string())
    }
    let Pool { target: _, description, budget, default_cap, others, alerts, grants: _ } = now;
    let Budget { unit: _, period, limit, when_exhausted } = budget;
    let told = then.alerts.as_ref().filter(|alerts| !alerts.is_empty()).map(|alerts| {
        let at: BTreeSet<String> = alerts.keys().map(ToString::to_string).collect();
        at.into_iter().collect::<Vec<_>>().join(", ")
    });
    let fields = [
        ("budget.limit", words(then.budget.limit, limit.is_some())),
        ("budget.period", words(then.budget.period, period.is_some())),
        ("budget.when_exhausted", words(then.budget.when_exhausted, when_exhausted.is_some())),
        ("default_cap", words(then.default_cap, default_cap.is_some())),
        ("others", words(then.others, others.is_some())),
        ("alerts", words(told, alerts.is_some())),
        ("description", words(then.description.as_deref(), description.is_some())),
    ];
    fields.into_iter().filter_map(|(field, before)| Some((field, before?))).collect()
}

/// The pools of both sides that are the same, by their names in the base.
pub(super) fn pool_now<'a>(pair: &Pair<'a>, then: &PoolId) -> Option<&'a PoolId> {
    let (_, center) = pair.base?;
    let pool = center.desired.state.pools.get(then)?;
    pair.targets().get(&pool.target).copied()
}
