//! What the files ask, in GitHub's terms: full targets, one setting for alerts, ends only where GitHub keeps them.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::model::capability::Capabilities;
use crate::model::{
    AlertKey, AlertScope, Cap, Desired, Expiry, INCLUDED_USAGE, Limit, Others, Pool, PoolId, Recipient, Target,
    Threshold, WhenExhausted,
};

use super::api::Account;
use super::map::{SHARES, alerts, recipient};
use super::{COST_CENTER, ENTERPRISE, ORGANIZATION, PROVIDER};

/// The target in full: the whole account where the file names no cost center.
pub(super) fn full(account: &Account, target: &Target) -> Target {
    if target.get(COST_CENTER).is_some() {
        return target.clone();
    }
    let word = if account.is_enterprise() { ENTERPRISE } else { ORGANIZATION };
    Target::of(word, word)
}

/// Brings a desired state into GitHub's terms. Returns what the reader should be told.
pub(super) fn fit(account: &Account, table: &Capabilities, desired: &mut Desired, today: Date) -> Vec<String> {
    let mut notes = Vec::new();
    desired.absent.retain(|id, (target, _)| {
        let is_center = target.get(COST_CENTER).is_some();
        if !is_center {
            notes.push(format!("{id}: the whole account cannot go, so `ensure: absent` does nothing"));
        }
        is_center
    });
    for (target, _) in desired.absent.values_mut() {
        target.0.remove(INCLUDED_USAGE);
    }
    for (id, pool) in &mut desired.state.pools {
        pool.target = full(account, &pool.target);
        // GitHub has no field for it.
        pool.description = None;
        budget(id, pool, &mut notes);
        ends(table, id, pool, today, &mut notes);
        if pool.others == Some(Others::Cap(Cap::Inherit)) {
            // No rule for others is what an account without a budget of all users has.
            pool.others = None;
        }
        let sources = desired.sources.get_mut(id);
        let written = pool.alerts.take();
        if let Some(written) = written {
            let held = heard(id, pool, &written, &mut notes);
            // All three come from the first line that asks for one of them.
            if let Some(sources) = sources
                && let Some(source) = written.keys().find_map(|key| sources.alerts.get(key)).cloned()
            {
                sources.alerts.extend(held.keys().map(|key| (*key, source.clone())));
            }
            pool.alerts = Some(held);
        }
    }
    notes
}

/// A budget stops or does not: what else the files call it is the same to GitHub.
fn budget(id: &PoolId, pool: &mut Pool, notes: &mut Vec<String>) {
    let budget = &mut pool.budget;
    if budget.when_exhausted == Some(WhenExhausted::Alert) {
        budget.when_exhausted = Some(WhenExhausted::Overage);
    }
    if !matches!(budget.limit, Some(Limit::Amount(_))) {
        if budget.when_exhausted == Some(WhenExhausted::Block) {
            notes.push(format!(
                "{id}: without a `limit` there is no budget that could block, so `when_exhausted` is left to GitHub"
            ));
        }
        budget.when_exhausted = None;
    }
}

/// GitHub keeps the end of a user's own budget, and takes only days to come. Every other end is Bursar's own.
fn ends(table: &Capabilities, id: &PoolId, pool: &mut Pool, today: Date, notes: &mut Vec<String>) {
    let default = pool.default_cap;
    let center = table.keeps(&pool.target).default_cap;
    let mut own = 0_u32;
    for grant in pool.grants.values_mut() {
        let has_budget = matches!(grant.cap, Some(Cap::Amount(_)));
        match grant.expires {
            Some(Expiry::On(last)) if !has_budget || last <= today => {
                grant.expires = None;
                own += 1;
            }
            _ if !has_budget => grant.expires = None,
            _ => {}
        }
    }
    if own > 0 && center && default.is_none() {
        notes.push(format!(
            "{id}: GitHub keeps the end of a budget of the user's own only; {own} without one end with the first apply \
             after their last day"
        ));
    }
}

/// The alerts that GitHub keeps: one setting for all three shares, with logins.
fn heard(
    id: &PoolId,
    pool: &Pool,
    written: &std::collections::BTreeMap<AlertKey, crate::model::Alert>,
    notes: &mut Vec<String>,
) -> std::collections::BTreeMap<AlertKey, crate::model::Alert> {
    let mut notify: BTreeSet<Recipient> = BTreeSet::new();
    let mut shares = BTreeSet::new();
    for (key, alert) in written {
        let share = match (key.of, key.at) {
            (AlertScope::Budget, Threshold::Percent(share)) if SHARES.contains(&share) => share,
            _ => {
                notes.push(format!("{id}: GitHub does not watch {key}; bursar alerts does"));
                continue;
            }
        };
        let logins: BTreeSet<Recipient> = alert
            .notify
            .iter()
            .filter_map(|one| match one {
                Recipient::Login { provider, login } if provider == PROVIDER => Some(recipient(login)),
                _ => None,
            })
            .collect();
        if logins.len() < alert.notify.len() {
            notes.push(format!("{id}: at {key} GitHub tells GitHub logins only; bursar alerts tells the others"));
        }
        if !logins.is_empty() {
            shares.insert(share);
            notify.extend(logins);
        }
    }
    if notify.is_empty() {
        return std::collections::BTreeMap::new();
    }
    if !matches!(pool.budget.limit, Some(Limit::Amount(_))) {
        notes.push(format!("{id}: without a `limit` there is no budget of which GitHub could tell"));
        return std::collections::BTreeMap::new();
    }
    if shares.len() < SHARES.len() {
        notes.push(format!(
            "{id}: GitHub tells at 75, 90 and 100 % of the budget, all three or none; all three are set"
        ));
    }
    alerts(&notify)
}
