//! The bodies of the calls that make and change a team.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::centers::client::number;
use crate::model::{Amount, Cap, Limit, Period, Recipient, Threshold};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::map::{EMAILS, Seen};
use super::period::duration;

/// The JSON number of an amount, or why there is none.
pub(super) fn written(amount: Amount) -> Result<Value, String> {
    number(amount).ok_or_else(|| format!("LiteLLM cannot hold {amount} exactly"))
}

/// The duration of a period, or why there is none.
pub(super) fn lasting(period: Period) -> Result<Value, String> {
    duration(period).ok_or_else(|| format!("LiteLLM has no {period} period"))
}

/// The body that makes a team with its alert.
pub(super) fn create(team: &str, pool: &Change, alerts: &[&Change]) -> Result<Value, String> {
    let Some(Object::Pool(after)) = &pool.after else { return Err("there is no pool to make".to_owned()) };
    let mut body = Map::new();
    body.insert("team_id".to_owned(), team.into());
    body.insert("team_alias".to_owned(), pool.pool.as_str().into());
    limit(&mut body, after)?;
    if let Some(period) = after.budget.period {
        body.insert("budget_duration".to_owned(), lasting(period)?);
    }
    if writes_default(pool) {
        default_cap(&mut body, after, None)?;
    }
    alert(&mut body, alerts)?;
    // A new team has nothing that null would clear.
    body.retain(|_, value| !value.is_null());
    Ok(Value::Object(body))
}

/// The body that changes a team and its alert: `soft_budget` and `max_budget` in one request, because each is checked
/// against the other.
pub(super) fn update(changes: &[&Change], seen: &Seen) -> Result<Value, String> {
    let mut body = Map::new();
    for change in changes.iter().filter(|change| change.kind == Kind::PoolUpdate) {
        let Some(Object::Pool(after)) = &change.after else { continue };
        let differs = |field: &str| change.fields.contains(&field);
        if differs("budget.limit") {
            limit(&mut body, after)?;
        }
        if differs("budget.period")
            && let Some(period) = after.budget.period
        {
            body.insert("budget_duration".to_owned(), lasting(period)?);
        }
        if writes_default(change) {
            default_cap(&mut body, after, seen.duration.as_deref())?;
        }
    }
    let alerts: Vec<&Change> = changes.iter().copied().filter(|change| change.kind != Kind::PoolUpdate).collect();
    alert(&mut body, &alerts)?;
    Ok(Value::Object(body))
}

/// Whether a change of a pool writes its default cap.
pub(super) fn writes_default(change: &Change) -> bool {
    let Some(Object::Pool(after)) = &change.after else { return false };
    let capped = matches!(after.default_cap, Some(Cap::Amount(_)));
    match change.kind {
        // Without a default cap there must be no row for one.
        Kind::PoolCreate => capped,
        // It starts again with the budget, so it moves with the budget's period.
        _ => change.fields.contains(&"default_cap") || (capped && change.fields.contains(&"budget.period")),
    }
}

fn limit(body: &mut Map<String, Value>, after: &PoolObject) -> Result<(), String> {
    if let Some(limit) = after.budget.limit {
        let value = match limit {
            Limit::None => Value::Null,
            Limit::Amount(amount) => written(amount)?,
        };
        body.insert("max_budget".to_owned(), value);
    }
    Ok(())
}

fn default_cap(body: &mut Map<String, Value>, after: &PoolObject, current: Option<&str>) -> Result<(), String> {
    let (cap, lasts) = match after.default_cap {
        // 0 would mean no cap.
        Some(Cap::Amount(amount)) if amount.is_zero() => {
            return Err("LiteLLM takes a default cap of 0 for no cap".to_owned());
        }
        Some(Cap::Amount(amount)) => (written(amount)?, after.budget.period.map_or(Ok(json!(current)), lasting)?),
        Some(Cap::Inherit) => (Value::Null, Value::Null),
        Some(Cap::Unlimited) => return Err("LiteLLM has no unlimited default cap".to_owned()),
        None => return Ok(()),
    };
    body.insert("team_member_budget".to_owned(), cap);
    // Said always: left out, a new row takes the budget's duration and an old one keeps its own.
    body.insert("team_member_budget_duration".to_owned(), lasts);
    Ok(())
}

fn alert(body: &mut Map<String, Value>, changes: &[&Change]) -> Result<(), String> {
    if changes.is_empty() {
        return Ok(());
    }
    let kept = changes.iter().find_map(|change| match &change.after {
        Some(Object::Alert(key, notify)) => Some((key, notify)),
        _ => None,
    });
    let (soft, emails) = match kept {
        None => (Value::Null, Value::Null),
        Some((key, notify)) => match key.at {
            Threshold::Amount(amount) => (written(amount)?, addresses(notify)?),
            Threshold::Percent(_) => return Err("LiteLLM holds thresholds as amounts only".to_owned()),
        },
    };
    body.insert("soft_budget".to_owned(), soft);
    body.insert("metadata".to_owned(), json!({ EMAILS: emails }));
    Ok(())
}

fn addresses(notify: &BTreeSet<Recipient>) -> Result<Value, String> {
    notify
        .iter()
        .map(|recipient| match recipient {
            Recipient::Email(address) => Ok(Value::from(address.as_str())),
            other => Err(format!("LiteLLM tells e-mail addresses only, not {other}")),
        })
        .collect()
}
