//! The account as our state: a cost center or the whole account is a pool, a user's own budget a cap.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, Expiry, Grant, INCLUDED_USAGE, Limit, Others, Period, Pool,
    Recipient, Roster, Subject, Target, Threshold, Unit, WhenExhausted,
};

use super::live::{self, Found, Live, Of};
use super::wire::Alerting;
use super::{COST_CENTER, PROVIDER};

/// The shares of a budget at which GitHub tells, all three or none [D].
pub(super) const SHARES: [u32; 3] = [75, 90, 100];

/// An amount of USD in the unit of a pool: 1 credit is 0.01 USD [D].
pub(super) fn in_unit(usd: Decimal, unit: Unit) -> Option<Amount> {
    let value = match unit {
        Unit::Credits => usd.checked_mul(Decimal::ONE_HUNDRED)?,
        _ => usd,
    };
    Amount::new(value, unit).ok()
}

/// An amount in whole USD, as GitHub takes it; nothing where it is no whole number of them.
pub(super) fn in_dollars(amount: Amount) -> Option<i64> {
    let usd = match amount.unit() {
        Unit::Credits => amount.value().checked_div(Decimal::ONE_HUNDRED)?,
        _ => amount.value(),
    };
    usd.is_integer().then(|| i64::try_from(usd).ok()).flatten()
}

/// Three alerts of which GitHub keeps one setting.
pub(super) fn alerts(notify: &BTreeSet<Recipient>) -> BTreeMap<AlertKey, Alert> {
    let alert = |share| {
        let key = AlertKey { of: AlertScope::Budget, at: Threshold::Percent(share) };
        (key, Alert { notify: notify.clone() })
    };
    SHARES.into_iter().map(alert).collect()
}

/// A login as a recipient; logins are compared without case.
pub(super) fn recipient(login: &str) -> Recipient {
    Recipient::Login { provider: PROVIDER.to_owned(), login: login.to_ascii_lowercase() }
}

fn heard(alerting: &Alerting) -> BTreeMap<AlertKey, Alert> {
    if !alerting.will_alert {
        return BTreeMap::new();
    }
    alerts(&alerting.alert_recipients.iter().map(|login| recipient(login)).collect())
}

/// A cap as the pool counts.
fn cap(budget: &live::Budget, unit: Unit) -> Option<Cap> {
    in_unit(budget.amount?.value(), unit).map(Cap::Amount)
}

/// Somebody's own budget as a grant; `None` in it is what nobody can tell, because there are two of them.
fn own(live: &Live, login: &str, unit: Unit) -> Option<Grant> {
    match live.budget(&Of::User(login.to_owned())) {
        Found::None => None,
        Found::One(budget) => {
            let expires = budget.expires.map_or(Expiry::Never, Expiry::On);
            Some(Grant { cap: cap(budget, unit), period: None, expires: Some(expires) })
        }
        Found::Several(_) => Some(Grant::default()),
    }
}

/// The limit and what happens when it is used up. Without a budget, paid use goes on.
fn limit(found: &Found<'_>, unit: Unit) -> (Option<Limit>, Option<WhenExhausted>) {
    match found {
        Found::None => (Some(Limit::None), Some(WhenExhausted::Overage)),
        Found::One(budget) => {
            let limit = budget.amount.and_then(|usd| in_unit(usd.value(), unit)).map(Limit::Amount);
            let when = if budget.block { WhenExhausted::Block } else { WhenExhausted::Overage };
            (limit, Some(when))
        }
        Found::Several(_) => (None, None),
    }
}

/// The pool that a target names, as the account has it; nothing where there is no such cost center.
pub(super) fn pool(live: &Live, target: &Target, unit: Unit, roster: &Roster) -> Option<Pool> {
    match target.get(COST_CENTER) {
        Some(name) => center(live, name, target, unit, roster),
        None => Some(account(live, target, unit, roster)),
    }
}

/// What of a budget shows in a pool, whatever it is of.
fn budget(found: &Found<'_>, unit: Unit) -> (Budget, Option<BTreeMap<AlertKey, Alert>>) {
    let (limit, when_exhausted) = limit(found, unit);
    let alerts = match found {
        Found::None => Some(BTreeMap::new()),
        Found::One(budget) => Some(heard(&budget.alerting)),
        Found::Several(_) => None,
    };
    (Budget { unit, period: Some(Period::Monthly), limit, when_exhausted }, alerts)
}

fn account(live: &Live, target: &Target, unit: Unit, roster: &Roster) -> Pool {
    let (budget, alerts) = budget(&live.budget(&Of::Account), unit);
    let others = match live.budget(&Of::Everybody) {
        // Without a budget of all users, whoever has none of their own has no limit.
        Found::None => Some(Cap::Unlimited),
        Found::One(budget) => cap(budget, unit),
        Found::Several(_) => None,
    };
    let others = others.map(|cap| match cap {
        Cap::Amount(amount) if amount.is_zero() => Others::Blocked,
        cap => Others::Cap(cap),
    });
    let grants = live
        .users()
        .filter_map(|login| Some((roster.subject(login), own(live, login, unit)?)))
        .collect();
    Pool { target: target.clone(), description: None, budget, default_cap: None, others, alerts, grants }
}

fn center(live: &Live, name: &str, target: &Target, unit: Unit, roster: &Roster) -> Option<Pool> {
    let center = live.centers.get(name)?;
    let (budget, alerts) = budget(&live.budget(&Of::Center(center.id.clone())), unit);
    let default_cap = match live.budget(&Of::Members(center.id.clone())) {
        Found::None => Some(Cap::Inherit),
        Found::One(budget) => cap(budget, unit),
        Found::Several(_) => None,
    };
    let inherit = Grant { cap: Some(Cap::Inherit), period: None, expires: None };
    let grants = center
        .users
        .keys()
        .map(|login| (roster.subject(login), own(live, login, unit).unwrap_or(inherit)))
        .collect();
    let mut target = target.clone();
    if target.get(INCLUDED_USAGE).is_some() {
        let enabled = center.pool.unwrap_or_default();
        target.0.insert(INCLUDED_USAGE.to_owned(), enabled.to_string());
    }
    Some(Pool { target, description: None, budget, default_cap, others: None, alerts, grants })
}

/// The people of a cost center, without those whose budget is told twice.
pub(super) fn members(live: &Live, name: &str, roster: &Roster) -> BTreeSet<Subject> {
    let center = live.centers.get(name);
    center
        .into_iter()
        .flat_map(|center| center.users.keys())
        .map(|login| roster.subject(login))
        .collect()
}
