//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use crate::centers::settle::{self, Sent, Shown, Standing, holds, object_in, unforeseen};
use crate::centers::{CenterError, Written};
use crate::model::{Cap, Expiry, Grant, INCLUDED_USAGE, Limit, Pool};
use crate::plan::{Change, Object};

use super::COST_CENTER;

/// Where a change stands, by a fresh read.
pub(super) fn standing(change: &Change, pool: Option<&Pool>) -> Standing {
    let now = current(change, pool);
    if satisfied(change, now.as_ref()) {
        Standing::Already
    } else if let Some(person) = pool.and_then(|pool| unforeseen(change, pool)) {
        Standing::Moved(format!("a cost center with {}, whom the plan did not name", person.name()))
    } else if as_seen(change, now.as_ref()) {
        Standing::Holds
    } else {
        Standing::Moved(words(now.as_ref()))
    }
}

/// The object of a change as it is.
fn current(change: &Change, pool: Option<&Pool>) -> Option<Object> {
    object_in(change, pool?)
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
fn satisfied(change: &Change, now: Option<&Object>) -> bool {
    match (change.after.as_ref(), now) {
        (None, None) => true,
        (Some(Object::Grant(wanted)), Some(Object::Grant(now))) => {
            let Grant { cap, period: _, expires } = wanted;
            let never = |expires: Option<Expiry>| expires.unwrap_or(Expiry::Never);
            holds(cap.as_ref(), now.cap.as_ref())
                && (expires.is_none() || *cap == Some(Cap::Inherit) || never(*expires) == never(now.expires))
        }
        // In the whole account there is nothing to join: who has no budget of their own follows the others.
        (Some(Object::Grant(wanted)), None) if change.target.get(COST_CENTER).is_none() => {
            matches!(wanted.cap, None | Some(Cap::Inherit))
        }
        (Some(Object::Pool(wanted)), Some(Object::Pool(now))) => {
            let (budget, have) = (&wanted.budget, &now.budget);
            let included = wanted.target.get(INCLUDED_USAGE);
            // Without a budget nothing stops anybody, and nothing more can be said of it.
            let no_budget = budget.limit == Some(Limit::None) && have.limit == Some(Limit::None);
            (included.is_none() || included == now.target.get(INCLUDED_USAGE))
                && holds(budget.limit.as_ref(), have.limit.as_ref())
                && (no_budget || holds(budget.when_exhausted.as_ref(), have.when_exhausted.as_ref()))
                && holds(wanted.default_cap.as_ref(), now.default_cap.as_ref())
        }
        (wanted, now) => wanted == now,
    }
}

/// Whether an object is as the plan saw it.
fn as_seen(change: &Change, now: Option<&Object>) -> bool {
    match (change.before.as_ref(), now) {
        // What the plan saw before it knows nothing of what the answers to the same batch changed since.
        (Some(Object::Pool(was)), Some(Object::Pool(now))) => {
            was.budget == now.budget && was.default_cap == now.default_cap && was.target == now.target
        }
        (was, now) => was == now,
    }
}

/// An object in words.
fn words(object: Option<&Object>) -> String {
    match object {
        None => "not there".to_owned(),
        Some(Object::Grant(grant)) => {
            let cap = grant.cap.map_or_else(|| "a cap that is not known".to_owned(), |cap| format!("cap {cap}"));
            match grant.expires {
                Some(Expiry::On(last)) => format!("{cap} until {last}"),
                _ => cap,
            }
        }
        Some(Object::Pool(pool)) => {
            let limit = pool
                .budget
                .limit
                .map_or_else(|| "a limit that is not known".to_owned(), |l| l.to_string());
            let when = pool.budget.when_exhausted.map(|when| format!(", then {when}")).unwrap_or_default();
            let default = pool.default_cap.map(|cap| format!(", default cap {cap}")).unwrap_or_default();
            format!("{limit}{when}{default}")
        }
        Some(Object::Alert(key, notify)) => {
            let names: Vec<String> = notify.iter().map(ToString::to_string).collect();
            format!("{key} to {}", names.join(", "))
        }
        Some(Object::Others(others)) => others.to_string(),
    }
}

/// What became of a change, by what was said and by what is there now. `after` is what answers told, or what was read.
pub(super) fn settle(change: &Change, sent: &Sent, after: Result<Option<&Pool>, &CenterError>) -> Written {
    let shown = after.map(|pool| {
        let now = current(change, pool);
        Shown { is_so: satisfied(change, now.as_ref()), is: words(now.as_ref()) }
    });
    settle::settle(sent, shown)
}

/// The outcome of a change whose object moved.
pub(super) fn moved(change: &Change, now: &str) -> Written {
    settle::moved(&words(change.before.as_ref()), now)
}
