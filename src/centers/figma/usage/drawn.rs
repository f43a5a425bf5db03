//! Figma's count as what was drawn of the pools.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::model::{Amount, Drawn, PersonDrawn, PoolDrawn, PoolId, Scope, Subject, Target, Unit, Window};

use super::super::BILLING_GROUP;
use super::super::evidence::names;
use super::Usage;

/// Figma counts 5 to 6 hours behind [D].
const LAG: SignedDuration = SignedDuration::from_hours(6);

/// What was drawn of the managed pools, by people as the export calls them.
///
/// Paid credits are the pool's, and what somebody has as their limit counts all of theirs, whatever billing group they
/// were in. People are in the pool of the group of their last row; in that of the plan are all others, and whom it names.
pub(in crate::centers::figma) fn drawn(usage: &Usage, scope: &Scope, by_email: &BTreeMap<String, Subject>) -> Drawn {
    let mut drawn = Drawn { lag: Some(LAG), notes: usage.notes.clone(), ..Drawn::default() };
    // Without days that Figma tells of there is nothing to add up.
    let Some(until) = usage.until else { return drawn };
    let window = Some(Window { since: usage.since, until: Some(until) });
    let managed: BTreeSet<&str> = scope.pools.values().filter_map(|target| target.get(BILLING_GROUP)).collect();
    let emails: BTreeSet<&String> = usage.people.keys().chain(usage.seats.keys()).collect();
    for (id, target) in &scope.pools {
        let own = target.get(BILLING_GROUP);
        let mut pool = PoolDrawn { window, total: total(usage, own), ..PoolDrawn::default() };
        for &email in &emails {
            let who = by_email.get(email).cloned().unwrap_or_else(|| scope.roster.subject(email));
            let group = usage.places.get(email).map(String::as_str);
            let inside = match own {
                Some(own) => group == Some(own),
                None => group.is_none_or(|group| !managed.contains(group)) || names(scope, id, &who),
            };
            if let Some(one) = person(usage, email).filter(|_| inside) {
                pool.add(who, one);
            }
        }
        let seats: Option<Vec<Amount>> = pool.people.values().map(|one| one.seat).collect();
        pool.seat = seats.and_then(|seats| seats.into_iter().try_fold(Amount::zero(Unit::Credits), Amount::plus));
        if own.is_none() {
            for (user, paid) in usage.nameless.iter().filter(|(user, _)| !user.is_empty()) {
                if let Some(paid) = credits(*paid) {
                    pool.add(Subject::Stranger(user.as_str().into()), PersonDrawn::of(paid));
                }
            }
        }
        drawn.pools.insert(id.clone(), pool);
    }
    drawn.notes.extend(within(scope, &managed));
    drawn
}

/// That what groups drew is in two pools.
fn within(scope: &Scope, managed: &BTreeSet<&str>) -> Option<String> {
    let plan = |(_, target): &(&PoolId, &Target)| target.get(BILLING_GROUP).is_none();
    let (id, _) = scope.pools.iter().find(plan).filter(|_| !managed.is_empty())?;
    Some(format!("{id}: what billing groups drew of the credits set aside for them is counted here too"))
}

/// What was drawn in all: of a billing group, else of the plan.
fn total(usage: &Usage, group: Option<&str>) -> Option<Amount> {
    if let Some(group) = group {
        return credits(usage.groups.get(group).copied().unwrap_or_default());
    }
    let mut sums = usage.people.values().flat_map(BTreeMap::values).chain(usage.nameless.values());
    credits(sums.try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one))?)
}

fn person(usage: &Usage, email: &str) -> Option<PersonDrawn> {
    let days = usage.people.get(email);
    let paid = days
        .into_iter()
        .flat_map(BTreeMap::values)
        .try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one))?;
    let last = days.and_then(|days| days.iter().rfind(|(_, paid)| **paid > Decimal::ZERO));
    let last: Option<Date> = last.map(|(day, _)| *day);
    let seat = credits(usage.seats.get(email).copied().unwrap_or_default());
    Some(PersonDrawn { seat, last, ..PersonDrawn::of(credits(paid)?) })
}

/// A sum of credits; one below zero took back more than was counted, and nothing is left of it.
fn credits(sum: Decimal) -> Option<Amount> {
    Amount::new(sum.max(Decimal::ZERO).normalize(), Unit::Credits).ok()
}
