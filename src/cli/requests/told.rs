//! A request that was granted, as the ledger keeps it. What is in force then is known without a plan, and no plan would
//! tell it later on: the next one finds center and files alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::apply::Outcome;
use crate::centers::{CapRequest, CenterError, Settlement};
use crate::config::explain::PoolRight;
use crate::ledger::{Approved, Made, What, Who};
use crate::model::{Amount, Cap, Grant};
use crate::plan::{Cause, Change, Delivery, Effect, Kind, Object, Periods};

use super::Waiting;

/// What an answer of the vendor made of the cap; nothing where it was not taken.
pub(super) fn outcome(answer: &Result<Settlement, CenterError>) -> Option<Outcome> {
    match answer {
        Ok(Settlement::Done) => Some(Outcome::Applied),
        Ok(Settlement::Unknown(_)) => Some(Outcome::Unknown),
        Ok(Settlement::NotPending(_)) | Err(_) => None,
    }
}

/// The line of the ledger.
pub(super) fn told(
    (waiting, identity): (&Waiting, String),
    request: &CapRequest,
    right: &PoolRight,
    cap: Amount,
    outcome: Outcome,
) -> impl FnOnce(Who) -> What {
    let object = |cap| Some(Object::Grant(Grant { cap, period: request.period, expires: None }));
    let effect = match request.now {
        Some(Cap::Amount(now)) if now < cap => Effect::Raises,
        Some(Cap::Amount(now)) if now == cap => Effect::Neutral,
        Some(Cap::Amount(_) | Cap::Unlimited) => Effect::Cuts,
        // What it means depends on what was there before, which the vendor did not say.
        Some(Cap::Inherit) | None => Effect::Neutral,
    };
    let change = Change {
        center: waiting.id.clone(),
        pool: right.pool.clone(),
        target: Arc::default(),
        kind: Kind::GrantUpdate,
        subject: Some(request.who.clone()),
        alert: None,
        fields: vec!["cap"],
        before: object(request.now),
        after: object(Some(Cap::Amount(cap))),
        effect,
        // The line of the files is in no commit yet.
        cause: Cause::Unattributed,
        delivery: Delivery::Api,
        etag: None,
        source: None,
        written: None,
        audit: None,
        people: Vec::new(),
        kept: Vec::new(),
        moves_from: None,
        drawn: Vec::new(),
    };
    let periods = Periods { before: right.period, after: right.period };
    let outcomes = vec![Made { change, periods, outcome, effective: true }];
    let (request, centers) = (request.id.clone(), BTreeMap::from([(waiting.id.clone(), identity)]));
    move |who| What::Approved(Box::new(Approved { request, who, centers, outcomes }))
}
