//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use std::collections::BTreeSet;

use crate::centers::client::{HttpError, Reach, Reply};
use crate::centers::{CenterError, Verdict, Written};
use crate::model::{Grant, Subject};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::map::Seen;

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
pub(super) fn standing(change: &Change, seen: Option<&Seen>) -> Standing {
    let now = current(change, seen);
    if satisfied(change.after.as_ref(), now.as_ref()) {
        Standing::Already
    } else if let Some(person) = seen.and_then(|seen| unforeseen(change, seen)) {
        Standing::Moved(format!("a team with {}, whom the plan did not name", person.name()))
    } else if now == change.before {
        Standing::Holds
    } else {
        Standing::Moved(words(now.as_ref()))
    }
}

/// Somebody who came into a team since a plan to delete it: nobody has consented to take it from them.
fn unforeseen<'a>(change: &Change, seen: &'a Seen) -> Option<&'a Subject> {
    if change.kind != Kind::PoolDelete {
        return None;
    }
    let named: BTreeSet<&Subject> = change.people.iter().collect();
    seen.pool.grants.keys().find(|subject| !named.contains(subject))
}

/// The object of a change as it is.
fn current(change: &Change, seen: Option<&Seen>) -> Option<Object> {
    let pool = &seen?.pool;
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
        Kind::OthersUpdate => None,
    }
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
fn satisfied(wanted: Option<&Object>, now: Option<&Object>) -> bool {
    fn holds<T: PartialEq>(wanted: Option<&T>, now: Option<&T>) -> bool {
        wanted.is_none() || wanted == now
    }
    match (wanted, now) {
        (None, None) => true,
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

/// What was said to a change that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It was carried out.
    Yes,
    /// It was not carried out, and why.
    No(String),
    /// An error of which nobody knows whether something was carried out before it.
    Fault(String),
    /// Nothing was said.
    Nothing(String),
}

/// What was said, and the center's id of the request.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// What was said.
    pub(super) said: Said,
    /// The center's own id of the request.
    pub(super) request_id: Option<String>,
}

impl Sent {
    /// The same, said to something of which an earlier try may have been carried out: a refusal is no longer one.
    pub(super) fn after(mut self, doubt: Option<&str>) -> Self {
        if let (Said::No(why), Some(doubt)) = (&self.said, doubt) {
            self.said = Said::Fault(format!("{why}; before that: {doubt}"));
        }
        self
    }

    /// Something that was refused before it was sent.
    pub(super) fn no(why: impl Into<String>) -> Self {
        Self { said: Said::No(why.into()), request_id: None }
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
        Self { said, request_id: error.request_id.clone() }
    }
}

impl From<&Result<Reply, HttpError>> for Sent {
    fn from(result: &Result<Reply, HttpError>) -> Self {
        match result {
            Ok(reply) => Self { said: Said::Yes, request_id: reply.request_id.clone() },
            Err(error) => error.into(),
        }
    }
}

/// What became of a change, by what was said and by what is there now. What is there counts: LiteLLM answers 200 to
/// much that changes nothing.
pub(super) fn settle(change: &Change, sent: &Sent, after: Result<Option<&Seen>, &CenterError>) -> Written {
    let (verdict, message) = match (after, &sent.said) {
        (Ok(seen), said) => {
            let now = current(change, seen);
            match said {
                Said::Yes if satisfied(change.after.as_ref(), now.as_ref()) => (Verdict::Applied, None),
                Said::No(why) | Said::Fault(why) | Said::Nothing(why)
                    if satisfied(change.after.as_ref(), now.as_ref()) =>
                {
                    (Verdict::Applied, Some(format!("read back, it is so; before that: {why}")))
                }
                // It may have changed nothing, or the look came too early: a cache on the way answers as it was before.
                Said::Yes => {
                    let now = words(now.as_ref());
                    (Verdict::Unknown, Some(format!("it was accepted, and it is not effective: it is {now}")))
                }
                Said::No(why) => (Verdict::Failed, Some(why.clone())),
                // Likewise: the error may have come after the deed.
                Said::Fault(why) => {
                    (Verdict::Unknown, Some(format!("{why}; read back, it is {}", words(now.as_ref()))))
                }
                Said::Nothing(why) => {
                    let now = words(now.as_ref());
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

/// The name of a person in sentences.
pub(super) fn name(subject: Option<&Subject>) -> &str {
    subject.map_or("somebody", Subject::name)
}
