//! Whom a pool decides over although no rule grants them anything today: those whose rule does not hold, and the others.

use std::collections::BTreeMap;

use crate::model::capability::Capabilities;
use crate::model::{Amount, Cap, Grant, Lapse, MemberId, Observed, Others, Pool, PoolId, Subject};

use super::reach;

/// A rule that does not hold today still names its people. Where the center would take them for others, and others may
/// draw, a cap of nothing keeps each of them from it.
pub(crate) fn kept_from_others(
    capabilities: &Capabilities,
    desired: &Pool,
    observed: Option<&Pool>,
    lapsed: Option<&BTreeMap<MemberId, Lapse>>,
) -> BTreeMap<Subject, Grant> {
    let others = desired.others.or_else(|| observed.and_then(|pool| pool.others));
    let keeps = capabilities.keeps(&desired.target);
    // Where there is nothing to join, whoever has no setting of their own any more is one of the others.
    let draw = keeps.others && !keeps.own_setting && matches!(others, Some(Others::Cap(_)));
    let period = desired.budget.period.filter(|_| capabilities.grant_period);
    let nothing = Grant { cap: Some(Cap::Amount(Amount::zero(desired.budget.unit))), period, expires: None };
    let lapsed = lapsed.filter(|_| draw).into_iter().flat_map(BTreeMap::keys);
    lapsed.map(|member| (Subject::Member(member.clone()), nothing)).collect()
}

/// The grants of those whom no rule names, where there is nothing to join and the center keeps no rule for them: a cap
/// for others is then a setting of each, also of those who hold none yet.
pub(crate) fn everybody_else(
    capabilities: &Capabilities,
    desired: &Pool,
    id: &PoolId,
    observed: &Observed,
    lapsed: Option<&BTreeMap<MemberId, Lapse>>,
) -> BTreeMap<Subject, Grant> {
    let keeps = capabilities.keeps(&desired.target);
    let Some(Others::Cap(cap)) = desired.others.filter(|_| keeps.others_by_roster && !keeps.others) else {
        return BTreeMap::new();
    };
    let period = cap.amount().and(desired.budget.period).filter(|_| capabilities.grant_period);
    let has_lapsed = |subject: &Subject| match subject {
        Subject::Member(id) => lapsed.is_some_and(|lapsed| lapsed.contains_key(id)),
        Subject::Stranger(_) => false,
    };
    let others = observed
        .scope(id)
        .iter()
        .filter(|subject| !desired.grants.contains_key(*subject) && !has_lapsed(subject));
    others
        .map(|subject| (subject.clone(), Grant { cap: Some(cap), period, expires: None }))
        .collect()
}

/// Those of the others whom the center knows, where others may draw.
pub(super) fn drawing_others<'a>(
    capabilities: &Capabilities,
    id: &PoolId,
    observed: &'a Observed,
    pool: &'a Pool,
) -> impl Iterator<Item = Subject> + 'a {
    let draw = capabilities.keeps(&pool.target).others
        && pool.others.is_some_and(|others| {
            reach::of_others(others, pool.default_cap, pool.budget.period).is_none_or(|reach| !reach.is_nothing())
        });
    let everybody = draw.then_some(observed.scope(id)).into_iter().flatten();
    everybody.filter(|subject| !pool.grants.contains_key(*subject)).cloned()
}
