//! The export and the record, as the state of the account.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::model::{
    Amount, Budget, Cap, Grant, Inventory, Level, Observed, Period, Person, Pool, PoolId, Roster, Scope, Target, Unit,
};

use super::export::{Access, Rows};
use super::{BILLING_GROUP, PLAN};

fn grant(access: &Access) -> Option<Grant> {
    let cap = match access {
        Access::Full => Some(Cap::Unlimited),
        Access::Custom(limit) => Amount::new(Decimal::from(*limit), Unit::Credits).ok().map(Cap::Amount),
        Access::None => return None,
        Access::Unknown => None,
    };
    Some(Grant { cap, ..Grant::default() })
}

fn pool(target: &Target) -> Pool {
    Pool {
        target: target.clone(),
        description: None,
        budget: Budget { unit: Unit::Credits, period: Some(Period::Monthly), limit: None, when_exhausted: None },
        default_cap: None,
        others: None,
        alerts: None,
        grants: std::collections::BTreeMap::new(),
    }
}

/// The managed pools as the export and the record show them.
pub(super) fn observed(rows: Rows, pools: &[(&PoolId, Target)], scope: &Scope) -> Observed {
    let mut observed = Observed { basis: Some(rows.fingerprint), notes: rows.notes, ..Observed::default() };
    let managed: BTreeSet<&str> = pools.iter().filter_map(|(_, target)| target.get(BILLING_GROUP)).collect();
    for (id, target) in pools {
        let mut state = pool(target);
        if let Some(set) = scope.record.pools.get(target) {
            state.budget.limit = set.value.limit;
            state.budget.when_exhausted = set.value.when_exhausted;
        }
        let mut decides = BTreeSet::new();
        for row in &rows.people {
            let subject = scope.roster.subject(&row.email);
            let inside = match target.get(BILLING_GROUP) {
                Some(group) => row.billing_group.as_deref() == Some(group),
                None => row.billing_group.as_deref().is_none_or(|group| !managed.contains(group)),
            };
            let confirmed = scope.record.people.get(&row.email.to_ascii_lowercase());
            let seen = match confirmed {
                Some(confirmed) if confirmed.basis == observed.basis || row.access == Access::Unknown => {
                    match confirmed.value {
                        Level::Blocked => None,
                        Level::Cap(cap) => Some(Grant { cap: Some(cap), ..Grant::default() }),
                    }
                }
                _ => grant(&row.access),
            };
            if inside {
                decides.insert(subject.clone());
            }
            // Somebody's one setting shows in every pool that may name them.
            if let Some(seen) = seen.filter(|_| inside || subject.is_known()) {
                state.grants.insert(subject.clone(), seen);
            }
            observed.roster.insert(subject);
        }
        observed.scopes.insert((*id).clone(), decides);
        observed.state.pools.insert((*id).clone(), state);
    }
    observed
}

/// Everybody of the export, in one pool that is the plan.
pub(super) fn inventory(rows: Rows, roster: &Roster) -> Inventory {
    let mut plan = pool(&Target::of(PLAN, PLAN));
    let mut inventory = Inventory { notes: rows.notes, ..Inventory::default() };
    for row in &rows.people {
        let subject = roster.subject(&row.email);
        if let Some(grant) = grant(&row.access) {
            plan.grants.insert(subject.clone(), grant);
        }
        inventory
            .people
            .push(Person { subject, email: Some(row.email.to_ascii_lowercase()), vendor_id: None });
    }
    inventory.people.sort();
    inventory.pools.push((PLAN.to_owned(), plan));
    inventory
}
