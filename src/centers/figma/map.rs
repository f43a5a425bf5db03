//! The export and the record, as the state of the account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::model::{
    Amount, Budget, Cap, Confirmed, Grant, Inventory, Level, MemberId, Observed, Period, Person, Pool, PoolId, Scope,
    Subject, Target, Unit, alike,
};

use super::export::{Access, Row, Rows};
use super::{BILLING_GROUP, PLAN};

/// How many notes of one kind are told in full.
const SHOWN: usize = 20;

fn grant(access: Access) -> Option<Grant> {
    let cap = match access {
        Access::Full => Some(Cap::Unlimited),
        Access::Custom(Some(limit)) => Amount::new(Decimal::from(limit), Unit::Credits).ok().map(Cap::Amount),
        Access::None => return None,
        Access::Custom(None) | Access::Unknown => None,
    };
    Some(Grant { cap, ..Grant::default() })
}

/// A confirmed level as a grant. A limit of nothing is no access.
fn granted(level: Level) -> Option<Grant> {
    match level {
        Level::Blocked => None,
        Level::Cap(cap) if cap.amount().is_some_and(|amount| amount.is_zero()) => None,
        Level::Cap(cap) => Some(Grant { cap: Some(cap), ..Grant::default() }),
    }
}

/// A pool of which nothing is known but its object.
pub(super) fn pool(target: &Target) -> Pool {
    Pool {
        target: target.clone(),
        description: None,
        budget: Budget { unit: Unit::Credits, period: Some(Period::Monthly), limit: None, when_exhausted: None },
        default_cap: None,
        others: None,
        alerts: None,
        grants: BTreeMap::new(),
    }
}

/// Notes of several kinds, of which each kind has a bound.
#[derive(Default)]
struct Notes {
    differs: Vec<String>,
    gone: Vec<String>,
    absent: Vec<String>,
    outside: Vec<String>,
}

impl Notes {
    fn all(self) -> impl Iterator<Item = String> {
        let Self { differs, gone, absent, outside } = self;
        let kinds = [
            (differs, "differences between export and record"),
            (gone, "people of the record who are not in the export"),
            (absent, "people with a grant who are not in the export"),
            (outside, "people with a grant in a billing group that is not theirs"),
        ];
        kinds.into_iter().flat_map(|(mut notes, what)| {
            let more = notes.len().saturating_sub(SHOWN);
            notes.truncate(SHOWN);
            if more > 0 {
                notes.push(format!("and {more} more {what}"));
            }
            notes
        })
    }
}

/// The day of a confirmation.
fn day<T>(confirmed: &Confirmed<T>) -> Date {
    confirmed.at.to_zoned(TimeZone::UTC).date()
}

/// Whether what was confirmed counts more than the export: it was done for a plan over this very file, or after the day
/// on which the file was exported.
fn counts_more<T>(confirmed: &Confirmed<T>, rows: &Rows) -> bool {
    confirmed.basis.as_deref() == Some(rows.fingerprint.as_str())
        || rows.taken.is_some_and(|taken| taken < day(confirmed))
}

/// The words of a level, as the console has them.
fn level_words(level: Level) -> String {
    match granted(level).map(|grant| grant.cap) {
        None => Access::None.to_string(),
        Some(Some(Cap::Amount(amount))) => format!("a limit of {}", amount.number()),
        Some(_) => Access::Full.to_string(),
    }
}

/// What a person has: by the record where it counts more, or where the export does not tell; else by the export.
fn seen(row: &Row, rows: &Rows, scope: &Scope, notes: &mut Notes) -> Option<Grant> {
    let Some(confirmed) = scope.record.people.get(&row.email.to_ascii_lowercase()) else { return grant(row.access) };
    if row.access == Access::Unknown || counts_more(confirmed, rows) {
        return granted(confirmed.value);
    }
    let exported = grant(row.access);
    if exported != granted(confirmed.value) {
        let of = rows.taken.map(|taken| format!(" of {taken}")).unwrap_or_default();
        notes.differs.push(format!(
            "the export{of} shows {} for {}, the record says {}, confirmed by {} on {}",
            row.access,
            row.email,
            level_words(confirmed.value),
            confirmed.by,
            day(confirmed)
        ));
    }
    exported
}

/// A pool with the budget that somebody confirmed for it, since no export tells.
fn budgeted(target: &Target, scope: &Scope) -> Pool {
    let mut state = pool(target);
    if let Some(set) = scope.record.pools.get(target) {
        state.budget.limit = set.value.limit;
        state.budget.when_exhausted = set.value.when_exhausted;
    }
    state
}

/// The managed pools as the export and the record show them.
pub(super) fn observed(rows: &Rows, pools: &[(&PoolId, Target)], scope: &Scope) -> Observed {
    let mut notes = Notes::default();
    let managed: BTreeSet<&str> = pools.iter().filter_map(|(_, target)| target.get(BILLING_GROUP)).collect();
    let mut people: BTreeMap<Subject, (Option<Grant>, Option<&str>)> = BTreeMap::new();
    let mut emails: BTreeSet<String> = BTreeSet::new();
    for row in &rows.people {
        let seen = seen(row, rows, scope, &mut notes);
        people.insert(scope.roster.subject(&row.email), (seen, row.billing_group.as_deref()));
        emails.insert(row.email.to_ascii_lowercase());
    }
    for (email, confirmed) in &scope.record.people {
        if !emails.contains(email) && !counts_more(confirmed, rows) {
            let when = day(confirmed);
            notes
                .gone
                .push(format!("{email}, confirmed by {} on {when}, is not in the newer export", confirmed.by));
        }
    }
    let mut observed = Observed { basis: Some(rows.fingerprint.clone()), ..Observed::default() };
    for (id, target) in pools {
        let mut state = budgeted(target, scope);
        let own = target.get(BILLING_GROUP);
        let inside = |group: Option<&str>| match own {
            Some(own) => group == Some(own),
            None => group.is_none_or(|group| !managed.contains(group)),
        };
        let mut decides = BTreeSet::new();
        for (subject, (seen, group)) in &people {
            if inside(*group) {
                decides.insert(subject.clone());
                state.grants.extend(seen.map(|grant| (subject.clone(), grant)));
            }
        }
        // Somebody's one setting shows in every pool that names them.
        for (member, holds) in scope.named.get(*id).into_iter().flatten() {
            let subject = Subject::Member(member.clone());
            match people.get(&subject) {
                Some((seen, group)) => {
                    state.grants.extend(seen.map(|grant| (subject, grant)));
                    if let Some(own) = own.filter(|own| *holds && *group != Some(*own)) {
                        notes.outside.push(outside(member, own, *group));
                    }
                }
                None if *holds => {
                    // Each look at everybody costs; those who are only counted get none.
                    let looks = notes.absent.len() < SHOWN;
                    let strangers = people.keys().filter(|subject| looks && !subject.is_known()).map(Subject::name);
                    notes.absent.push(absent(
                        member,
                        scope,
                        &alike(scope.roster.identity(&subject).unwrap_or(""), strangers),
                    ));
                }
                None => {}
            }
        }
        observed.scopes.insert((*id).clone(), decides);
        observed.state.pools.insert((*id).clone(), state);
    }
    observed.roster = people.into_keys().collect();
    observed.notes = rows.told();
    observed.notes.extend(notes.all());
    observed
}

fn outside(member: &MemberId, own: &str, group: Option<&str>) -> String {
    let now = group.map_or_else(|| "in none".to_owned(), |group| format!("in {group}"));
    format!(
        "{member} is not in billing group {own} but {now}: move them in Admin > People or by SCIM, since a cap moves nobody"
    )
}

/// `near` are the addresses of the export that may be meant.
fn absent(member: &MemberId, scope: &Scope, near: &[&str]) -> String {
    let subject = Subject::Member(member.clone());
    let email = scope.roster.identity(&subject).unwrap_or_default();
    let knows = if near.is_empty() { String::new() } else { format!(", which knows {}", near.join(", ")) };
    format!("{member} ({email}) is not in the export{knows}: give them a seat in Figma, or export it again")
}

/// Everybody of the export who may draw: in one pool that is the plan, or, where every row has a billing group, in a
/// pool for each group.
pub(super) fn inventory(rows: &Rows, scope: &Scope, groups: bool) -> Inventory {
    let mut notes = Notes::default();
    let by_group = groups && !rows.people.is_empty() && rows.people.iter().all(|row| row.billing_group.is_some());
    let mut pools: BTreeMap<&str, Pool> = BTreeMap::new();
    let mut people = Vec::new();
    for row in &rows.people {
        let (name, target) = match row.billing_group.as_deref().filter(|_| by_group) {
            Some(group) => (group, Target::of(BILLING_GROUP, group)),
            None => (PLAN, Target::of(PLAN, PLAN)),
        };
        let state = pools.entry(name).or_insert_with(|| budgeted(&target, scope));
        if let Some(grant) = seen(row, rows, scope, &mut notes) {
            let subject = scope.roster.subject(&row.email);
            state.grants.insert(subject.clone(), grant);
            people.push(Person { subject, email: Some(row.email.to_ascii_lowercase()), vendor_id: None });
        }
    }
    if pools.is_empty() {
        pools.insert(PLAN, budgeted(&Target::of(PLAN, PLAN), scope));
    }
    people.sort();
    let pools = pools.into_iter().map(|(name, pool)| (name.to_owned(), pool)).collect();
    let mut told = rows.told();
    told.extend(notes.all());
    Inventory { pools, people, notes: told, ..Inventory::default() }
}

#[cfg(test)]
mod tests;
