//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use crate::centers::settle::{self, Sent, Shown, Standing, holds, object_in, unforeseen};
use crate::centers::{CenterError, Written};
use crate::model::Grant;
use crate::plan::{Change, Object};

use super::map::Seen;

/// Where a change stands, by a fresh read.
pub(super) fn standing(change: &Change, seen: Option<&Seen>) -> Standing {
    let now = current(change, seen);
    if satisfied(change.after.as_ref(), now.as_ref()) {
        Standing::Already
    } else if let Some(person) = seen.and_then(|seen| unforeseen(change, &seen.pool)) {
        Standing::Moved(format!("a team with {}, whom the plan did not name", person.name()))
    } else if now == change.before {
        Standing::Holds
    } else {
        Standing::Moved(words(now.as_ref()))
    }
}

/// The object of a change as it is.
fn current(change: &Change, seen: Option<&Seen>) -> Option<Object> {
    object_in(change, &seen?.pool)
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
fn satisfied(wanted: Option<&Object>, now: Option<&Object>) -> bool {
    match (wanted, now) {
        (Some(Object::Grant(wanted)), Some(Object::Grant(now))) => {
            let Grant { cap, period, expires } = wanted;
            holds(cap.as_ref(), now.cap.as_ref())
                && holds(period.as_ref(), now.period.as_ref())
                && holds(expires.as_ref(), now.expires.as_ref())
        }
        (Some(Object::Pool(wanted)), Some(Object::Pool(now))) => {
            let (budget, have) = (&wanted.budget, &now.budget);
            wanted.target == now.target
                && budget.unit == have.unit
                && holds(budget.period.as_ref(), have.period.as_ref())
                && holds(budget.limit.as_ref(), have.limit.as_ref())
                && holds(budget.when_exhausted.as_ref(), have.when_exhausted.as_ref())
                && holds(wanted.default_cap.as_ref(), now.default_cap.as_ref())
        }
        (wanted, now) => wanted == now,
    }
}

/// An object in words.
fn words(object: Option<&Object>) -> String {
    let said = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    match object {
        None => "not there".to_owned(),
        Some(Object::Grant(grant)) => {
            let cap = grant.cap.map_or_else(|| "a cap that is not known".to_owned(), |cap| format!("cap {cap}"));
            said(vec![Some(cap), grant.period.map(|period| period.to_string())])
        }
        Some(Object::Pool(pool)) => said(vec![
            Some(
                pool.budget
                    .limit
                    .map_or_else(|| "a limit that is not known".to_owned(), |limit| limit.to_string()),
            ),
            Some(
                pool.budget
                    .period
                    .map_or_else(|| "a period that is not known".to_owned(), |p| p.to_string()),
            ),
            pool.default_cap.map(|cap| format!("default cap {cap}")),
        ]),
        Some(Object::Alert(key, notify)) => {
            let names: Vec<String> = notify.iter().map(ToString::to_string).collect();
            format!("{key} to {}", names.join(", "))
        }
        Some(Object::Others(others)) => others.to_string(),
    }
}

/// What became of a change, by what was said and by what is there now: LiteLLM answers 200 to much that changes nothing.
pub(super) fn settle(change: &Change, sent: &Sent, after: Result<Option<&Seen>, &CenterError>) -> Written {
    let shown = after.map(|seen| {
        let now = current(change, seen);
        Shown { is_so: satisfied(change.after.as_ref(), now.as_ref()), is: words(now.as_ref()) }
    });
    settle::settle(sent, shown)
}

/// The outcome of a change whose object moved.
pub(super) fn moved(change: &Change, now: &str) -> Written {
    settle::moved(&words(change.before.as_ref()), now)
}
