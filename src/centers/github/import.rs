//! Everything in the account, for a file.

use std::collections::BTreeMap;

use crate::model::{INCLUDED_USAGE, Inventory, Person, Pool, Scope, Subject, Target, Unit};

use super::live::Live;
use super::{COST_CENTER, map};

/// Everything that is in the account. People in a cost center stand there with their own budgets, and nowhere else.
pub(super) fn inventory(
    live: &Live,
    identity: &str,
    account: &Target,
    mut notes: Vec<String>,
    scope: &Scope,
) -> Inventory {
    let roster = &scope.roster;
    notes.extend(live.notes.iter().cloned());
    let mut pools = Vec::new();
    let mut people: BTreeMap<Subject, Person> = BTreeMap::new();
    if let Some(mut pool) = map::pool(live, account, Unit::USD, roster) {
        pool.grants
            .retain(|subject, _| roster.identity(subject).is_none_or(|login| live.home(login).is_none()));
        let name = account.0.keys().next().cloned().unwrap_or_default();
        pools.push((name, pool));
    }
    for center in live.centers.values() {
        let mut target = Target::of(COST_CENTER, &center.name);
        if center.pool == Some(true) {
            target.0.insert(INCLUDED_USAGE.to_owned(), "true".to_owned());
        }
        if let Some(pool) = map::pool(live, &target, Unit::USD, roster) {
            pools.push((center.name.clone(), pool));
        }
        if !center.shared.is_empty() {
            notes.push(format!(
                "cost center {}: {} draw on it too, which a file cannot say; Bursar leaves them there",
                center.name.escape_debug(),
                center
                    .shared
                    .iter()
                    .map(|one| one.escape_debug().to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
    }
    for (name, pool) in &mut pools {
        silent(name, pool, &mut notes);
        for subject in pool.grants.keys() {
            let login = roster.identity(subject).unwrap_or_default().to_ascii_lowercase();
            let seat = live.seats.as_ref().and_then(|seats| seats.get(&login));
            let email = seat.and_then(|seat| seat.email.clone()).map(|email| email.to_ascii_lowercase());
            let person = Person { subject: subject.clone(), email, vendor_id: None };
            people.entry(subject.clone()).or_insert(person);
        }
    }
    pools.sort_by(|a, b| (&a.0, &a.1.target).cmp(&(&b.0, &b.1.target)));
    Inventory { identity: identity.to_owned(), pools, people: people.into_values().collect(), notes }
}

/// Alerts of which nobody hears cannot stand in a file.
fn silent(name: &str, pool: &mut Pool, notes: &mut Vec<String>) {
    let nobody = |alerts: &BTreeMap<_, crate::model::Alert>| alerts.values().any(|alert| alert.notify.is_empty());
    if pool.alerts.as_ref().is_some_and(nobody) {
        pool.alerts = None;
        notes.push(format!("{}: its alerts are on and nobody hears of them; they are left alone", name.escape_debug()));
    }
}
