//! What was confirmed, as the ledger keeps it. What was there before, nobody saw.

use std::sync::Arc;

use crate::apply::Outcome;
use crate::config::ResolvedCenter;
use crate::ledger::Made;
use crate::model::{Grant, Level, PoolSetting};
use crate::output::confirm::{Confirmation, Fate};
use crate::plan::{Cause, Change, Delivery, Effect, Kind, Object, Periods, PoolObject};

use super::super::session::Session;
use super::wanted::{Wanted, What};

/// Everything that is recorded now and was not before.
pub(super) fn told(session: &Session, wanted: &[Wanted], confirmation: &Confirmation<'_>) -> Vec<Made> {
    let recorded = wanted.iter().filter_map(|wanted| {
        let entry = confirmation.entries.get(wanted.place)?;
        (entry.fate == Fate::Recorded).then_some((wanted, entry))
    });
    recorded
        .filter_map(|(wanted, entry)| {
            let center = session.resolved.centers.get(&wanted.center)?;
            made(center, wanted, &entry.item.pool)
        })
        .collect()
}

fn made(center: &ResolvedCenter, wanted: &Wanted, id: &crate::model::PoolId) -> Option<Made> {
    let pool = center.desired.state.pools.get(id);
    let (kind, subject, fields, before, after) = match &wanted.what {
        What::Person(identity, level) => {
            let not_seen = Some(Object::Grant(Grant::default()));
            let subject = Some(center.scope.roster.subject(identity));
            match level {
                Level::Blocked => (Kind::GrantRevoke, subject, Vec::new(), not_seen, None),
                Level::Cap(cap) => {
                    let after = Object::Grant(Grant { cap: Some(*cap), ..Grant::default() });
                    (Kind::GrantUpdate, subject, vec!["cap"], not_seen, Some(after))
                }
            }
        }
        What::Pool(target, PoolSetting { limit, when_exhausted }) => {
            let mut budget = pool?.budget.clone();
            (budget.limit, budget.when_exhausted) = (None, None);
            let before = PoolObject { target: target.clone(), description: None, budget, default_cap: None };
            let mut after = before.clone();
            (after.budget.limit, after.budget.when_exhausted) = (*limit, *when_exhausted);
            let fields = [("budget.limit", limit.is_some()), ("budget.when_exhausted", when_exhausted.is_some())];
            let fields = fields.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect();
            let object = |pool| Some(Object::Pool(Box::new(pool)));
            (Kind::PoolUpdate, None, fields, object(before), object(after))
        }
    };
    let period = pool.and_then(|pool| pool.budget.period);
    let change = Change {
        center: wanted.center.clone(),
        pool: id.clone(),
        target: Arc::default(),
        kind,
        subject,
        alert: None,
        fields,
        before,
        after,
        // What it means for people depends on what was there before.
        effect: Effect::Neutral,
        cause: Cause::Unattributed,
        delivery: Delivery::Manual { steps: Vec::new() },
        etag: None,
        source: None,
        written: None,
        audit: None,
        drawn: Vec::new(),
        people: Vec::new(),
        kept: Vec::new(),
        moves_from: None,
    };
    Some(Made {
        change,
        periods: Periods { before: period, after: period },
        outcome: Outcome::Applied,
        effective: true,
    })
}
