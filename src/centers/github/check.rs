//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use std::collections::BTreeSet;

use crate::centers::client::{HttpError, Reach};
use crate::centers::{CenterError, Verdict, Written};
use crate::model::{Cap, Expiry, Grant, INCLUDED_USAGE, Limit, Pool, Subject};
use crate::plan::{Change, Kind, Object, PoolObject};

/// Where a change stands before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The object is as the plan saw it.
    Holds,
    /// It is already as it shall be.
    Already,
    /// It is neither; in words, what it is.
    Moved(String),
}

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

/// Somebody who came into a cost center since a plan to delete it: nobody has consented to take it from them.
fn unforeseen<'a>(change: &Change, pool: &'a Pool) -> Option<&'a Subject> {
    if change.kind != Kind::PoolDelete {
        return None;
    }
    let named: BTreeSet<&Subject> = change.people.iter().collect();
    pool.grants.keys().find(|subject| !named.contains(subject))
}

/// The object of a change as it is.
fn current(change: &Change, pool: Option<&Pool>) -> Option<Object> {
    let pool = pool?;
    match change.kind {
        Kind::PoolCreate | Kind::PoolUpdate | Kind::PoolDelete => Some(Object::Pool(Box::new(PoolObject::from(pool)))),
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => {
            pool.grants.get(change.subject.as_ref()?).map(|grant| Object::Grant(*grant))
        }
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let key = change.alert?;
            let alert = pool.alerts.as_ref()?.get(&key)?;
            Some(Object::Alert(key, alert.notify.clone()))
        }
        Kind::OthersUpdate => pool.others.map(Object::Others),
    }
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
fn satisfied(change: &Change, now: Option<&Object>) -> bool {
    fn holds<T: PartialEq>(wanted: Option<&T>, now: Option<&T>) -> bool {
        wanted.is_none() || wanted == now
    }
    match (change.after.as_ref(), now) {
        (None, None) => true,
        (Some(Object::Grant(wanted)), Some(Object::Grant(now))) => {
            let Grant { cap, period: _, expires } = wanted;
            let never = |expires: Option<Expiry>| expires.unwrap_or(Expiry::Never);
            holds(cap.as_ref(), now.cap.as_ref())
                && (expires.is_none() || *cap == Some(Cap::Inherit) || never(*expires) == never(now.expires))
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

/// What was said to a change that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Said {
    /// It was carried out.
    #[default]
    Yes,
    /// It was not carried out, and why.
    No(String),
    /// An error of which nobody knows whether something was carried out before it.
    Fault(String),
    /// Nothing was said.
    Nothing(String),
}

/// What was said, and GitHub's id of the request.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// What was said; of several requests the worst.
    pub(super) said: Said,
    /// GitHub's own id of the last request.
    pub(super) request_id: Option<String>,
    /// What the reader should be told of it.
    pub(super) note: Option<String>,
}

impl Sent {
    /// Something that was refused before it was sent.
    pub(super) fn no(why: impl Into<String>) -> Self {
        Self { said: Said::No(why.into()), ..Self::default() }
    }

    /// One more request of the same change.
    pub(super) fn and(&mut self, next: Self) {
        if self.said == Said::Yes {
            self.said = next.said;
        }
        self.request_id = next.request_id.or(self.request_id.take());
        self.note = self.note.take().or(next.note);
    }
}

impl From<&HttpError> for Sent {
    fn from(error: &HttpError) -> Self {
        let words = match (&error.reach, &error.error) {
            (Reach::NoAnswer, CenterError::Unreachable { why, .. }) => why.clone(),
            (_, error) => error.to_string(),
        };
        let said = match error.reach {
            Reach::NotSent => Said::No(words),
            Reach::Answered(status) if status < 500 => Said::No(words),
            Reach::Answered(_) => Said::Fault(words),
            Reach::NoAnswer => Said::Nothing(words),
        };
        Self { said, request_id: error.request_id.clone(), note: None }
    }
}

/// What became of a change, by what was said and by what is there now. `after` is what answers told, or what was read.
pub(super) fn settle(change: &Change, sent: &Sent, after: Result<Option<&Pool>, &CenterError>) -> Written {
    let (verdict, message) = match (after, &sent.said) {
        (Ok(pool), said) => {
            let now = current(change, pool);
            let is = satisfied(change, now.as_ref());
            let now = words(now.as_ref());
            match said {
                Said::Yes if is => (Verdict::Applied, sent.note.clone()),
                Said::No(why) | Said::Fault(why) | Said::Nothing(why) if is => {
                    (Verdict::Applied, Some(format!("read back, it is so; before that: {why}")))
                }
                Said::Yes => {
                    (Verdict::Unknown, Some(format!("it was accepted, and GitHub shows something else: it is {now}")))
                }
                Said::No(why) => (Verdict::Failed, Some(why.clone())),
                Said::Fault(why) => (Verdict::Unknown, Some(format!("{why}; read back, it is {now}"))),
                Said::Nothing(why) => {
                    (Verdict::Unknown, Some(format!("no answer came ({why}); read back, it is {now}")))
                }
            }
        }
        (Err(_), Said::No(why)) => (Verdict::Failed, Some(why.clone())),
        (Err(error), Said::Yes) => {
            (Verdict::Unknown, Some(format!("it was accepted and could not be read back: {error}")))
        }
        (Err(error), Said::Fault(why) | Said::Nothing(why)) => {
            (Verdict::Unknown, Some(format!("{why}; it could not be read back: {error}")))
        }
    };
    Written { verdict, message, request_id: sent.request_id.clone() }
}

/// The outcome of a change whose object moved.
pub(super) fn moved(change: &Change, now: &str) -> Written {
    let was = words(change.before.as_ref());
    Written::because(Verdict::Refused, format!("changed since the plan: it was {was}, it is {now}"))
}
