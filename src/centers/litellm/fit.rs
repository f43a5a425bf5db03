//! What the files ask, in LiteLLM's terms: full targets, one alert as an absolute amount, no default cap of 0.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::centers::client::number;
use crate::model::{
    Alert, AlertKey, AlertScope, Amount, Cap, Desired, Limit, Pool, PoolId, Recipient, Target, Threshold,
};

/// The team that a pool is: what its target says, else its own name.
pub(super) fn team<'a>(pool: &'a PoolId, target: &'a Target) -> &'a str {
    target.get("team").unwrap_or(pool.as_str())
}

/// Brings a desired state into LiteLLM's terms. Returns what the reader should be told.
pub(super) fn fit(desired: &mut Desired) -> Vec<String> {
    let mut notes = Vec::new();
    for (id, (target, _)) in &mut desired.absent {
        *target = Target::of("team", team(id, target));
    }
    for (id, pool) in &mut desired.state.pools {
        pool.target = Target::of("team", team(id, &pool.target));
        // A team has no field for it.
        pool.description = None;
        zero_default(id, pool, &mut notes);
        let Some(alerts) = pool.alerts.take() else { continue };
        let (kept, told) = one_alert(id, pool.budget.limit, alerts);
        notes.extend(told);
        let mut held = BTreeMap::new();
        if let Some((written, key, alert)) = kept {
            if let Some(sources) = desired.sources.get_mut(id)
                && let Some(source) = sources.alerts.get(&written).cloned()
            {
                sources.alerts.insert(key, source);
            }
            held.insert(key, alert);
        }
        pool.alerts = Some(held);
    }
    notes
}

/// LiteLLM takes a default cap of 0 for no cap at all, and a member's own 0 for nothing. So a default of 0 is written
/// member by member.
fn zero_default(id: &PoolId, pool: &mut Pool, notes: &mut Vec<String>) {
    let Some(Cap::Amount(zero)) = pool.default_cap.filter(|cap| cap.amount().is_some_and(|amount| amount.is_zero()))
    else {
        return;
    };
    pool.default_cap = None;
    for grant in pool.grants.values_mut() {
        if matches!(grant.cap, Some(Cap::Inherit) | None) {
            grant.cap = Some(Cap::Amount(zero));
            grant.period = pool.budget.period;
        }
    }
    notes.push(format!("{id}: LiteLLM takes a default cap of 0 for no cap, so it is written member by member"));
}

/// An alert that the center can hold, under the key that the file gave it and the one that the center gives it.
type Held = (AlertKey, AlertKey, Alert);

/// The one alert that LiteLLM can hold: of the budget, by e-mail, below the limit, the lowest.
fn one_alert(id: &PoolId, limit: Option<Limit>, alerts: BTreeMap<AlertKey, Alert>) -> (Option<Held>, Vec<String>) {
    let mut held: Vec<Held> = Vec::new();
    let mut dropped = Vec::new();
    for (written, alert) in alerts {
        let emails = alert.notify.iter().any(|recipient| matches!(recipient, Recipient::Email(_)));
        match threshold(&written, limit) {
            Some(at) if emails => {
                held.push((written, AlertKey { of: AlertScope::Budget, at: Threshold::Amount(at) }, alert));
            }
            _ => dropped.push(written),
        }
    }
    held.sort_by_key(|(written, key, _)| (key.at, *written));
    let mut held = held.into_iter();
    let mut kept = held.next();
    dropped.extend(held.map(|(written, _, _)| written));
    dropped.sort();
    let mut notes: Vec<String> = dropped
        .iter()
        .map(|key| format!("{id}: the center cannot watch the alert at {key}; bursar alerts does"))
        .collect();
    if let Some((written, _, alert)) = &mut kept {
        let before = alert.notify.len();
        alert.notify.retain(|recipient| matches!(recipient, Recipient::Email(_)));
        if alert.notify.len() < before {
            notes.push(format!(
                "{id}: at {written} the center tells e-mail addresses only; bursar alerts tells the others"
            ));
        }
    }
    (kept, notes)
}

/// A threshold of the budget as an amount that `soft_budget` can hold.
fn threshold(key: &AlertKey, limit: Option<Limit>) -> Option<Amount> {
    let limit = limit.filter(|_| key.of == AlertScope::Budget)?;
    let at = match (key.at, limit) {
        (Threshold::Amount(at), _) => at,
        (Threshold::Percent(percent), Limit::Amount(limit)) => {
            let share = limit.value().checked_mul(Decimal::new(i64::from(percent), 2))?;
            Amount::new(share, limit.unit()).ok()?
        }
        (Threshold::Percent(_), Limit::None) => return None,
    };
    let below = match limit {
        Limit::Amount(limit) => at < limit,
        Limit::None => true,
    };
    (below && number(at).is_some()).then_some(at)
}
