//! The way between a center's JSON and our state, and how a change stands against what is there.

use std::collections::BTreeMap;

use crate::centers::embedded::{TARGET, whole_grant, whole_pool};
use crate::model::{
    Alert, AlertKey, Budget, Cap, Expiry, Grant, Limit, Others, Period, Pool, Subject, Target, WhenExhausted,
};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::wire::{AlertWire, BudgetWire, LimitWire, NoLimit, PoolWire, RightWire};

/// A pool without its grants, as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its name in the center.
    pub(super) name: String,
    /// Its version.
    pub(super) etag: String,
    /// The pool itself.
    pub(super) object: PoolObject,
    /// What everybody else may draw.
    pub(super) others: Others,
    /// Its alerts.
    pub(super) alerts: BTreeMap<AlertKey, Alert>,
}

impl Seen {
    /// A pool that is about to be made: others are blocked, and nobody is told anything.
    pub(super) fn new(name: &str, object: PoolObject) -> Self {
        Self { name: name.to_owned(), etag: String::new(), object, others: Others::Blocked, alerts: BTreeMap::new() }
    }

    /// The pool as it is sent.
    pub(super) fn wire(&self) -> PoolWire {
        let PoolObject { target: _, description, budget, default_cap } = self.object.clone();
        let limit = match budget.limit {
            Some(Limit::Amount(amount)) => LimitWire::Amount(amount),
            Some(Limit::None) | None => LimitWire::Word(NoLimit::None),
        };
        PoolWire {
            id: self.name.clone(),
            etag: self.etag.clone(),
            description: description.unwrap_or_default(),
            budget: BudgetWire {
                unit: budget.unit,
                period: budget.period.unwrap_or(Period::Monthly),
                limit,
                when_exhausted: budget.when_exhausted.unwrap_or(WhenExhausted::Block),
            },
            default_cap: default_cap.unwrap_or(Cap::Inherit),
            others: self.others,
            alerts: self
                .alerts
                .iter()
                .map(|(AlertKey { of, at }, alert)| AlertWire { of: *of, at: *at, notify: alert.notify.clone() })
                .collect(),
        }
    }

    /// The pool as our state.
    pub(super) fn pool(self, grants: BTreeMap<Subject, Grant>) -> Pool {
        let PoolObject { target, description, budget, default_cap } = self.object;
        Pool { target, description, budget, default_cap, others: Some(self.others), alerts: Some(self.alerts), grants }
    }

    /// Makes a change of the pool, of what holds for others, or of an alert.
    pub(super) fn make(&mut self, change: &Change) {
        match (&change.after, change.alert) {
            (Some(Object::Pool(pool)), _) => self.object = whole_pool(&self.name, pool),
            (Some(Object::Others(others)), _) => self.others = *others,
            (Some(Object::Alert(key, notify)), _) => {
                self.alerts.insert(*key, Alert { notify: notify.clone() });
            }
            (None, Some(key)) => {
                self.alerts.remove(&key);
            }
            (Some(Object::Grant(_)) | None, _) => {}
        }
    }
}

impl From<PoolWire> for Seen {
    fn from(wire: PoolWire) -> Self {
        let PoolWire { id, etag, description, budget, default_cap, others, alerts } = wire;
        let limit = match budget.limit {
            LimitWire::Amount(amount) => Limit::Amount(amount),
            LimitWire::Word(NoLimit::None) => Limit::None,
        };
        let object = PoolObject {
            target: Target::of(TARGET, &id),
            description: Some(description),
            budget: Budget {
                unit: budget.unit,
                period: Some(budget.period),
                limit: Some(limit),
                when_exhausted: Some(budget.when_exhausted),
            },
            default_cap: Some(default_cap),
        };
        let alerts = alerts
            .into_iter()
            .map(|AlertWire { of, at, notify }| (AlertKey { of, at }, Alert { notify }))
            .collect();
        Self { name: id, etag, object, others, alerts }
    }
}

/// A grant of ours.
pub(super) fn grant(right: RightWire) -> Grant {
    let RightWire { cap, expires } = right;
    Grant { cap: Some(cap), period: None, expires: Some(expires.map_or(Expiry::Never, Expiry::On)) }
}

/// A grant as it is sent.
fn right(grant: Grant) -> RightWire {
    let Grant { cap, period: _, expires } = whole_grant(grant);
    let expires = match expires {
        Some(Expiry::On(date)) => Some(date),
        Some(Expiry::Never) | None => None,
    };
    RightWire { cap: cap.unwrap_or(Cap::Inherit), expires }
}

/// The grant that an object is, as it is sent.
pub(super) fn right_of(object: Option<&Object>) -> Option<RightWire> {
    match object {
        Some(Object::Grant(grant)) => Some(right(*grant)),
        _ => None,
    }
}

/// How a change stands against what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be made.
    Holds,
    /// It is so already.
    Already,
    /// The object is no longer as the plan saw it; this is how it is.
    Moved(String),
}

fn compare<T: PartialEq>(
    now: Option<T>,
    before: Option<&T>,
    after: Option<&T>,
    show: impl Fn(T) -> String,
) -> Standing {
    if now.as_ref() == after {
        Standing::Already
    } else if now.as_ref() == before {
        Standing::Holds
    } else {
        Standing::Moved(now.map_or_else(|| "it is gone".to_owned(), show))
    }
}

/// How a change of a pool, of what holds for others or of an alert stands.
pub(super) fn standing(change: &Change, name: &str, now: Option<&Seen>) -> Standing {
    match change.kind {
        Kind::OthersUpdate => {
            let of = |object: &Option<Object>| match object {
                Some(Object::Others(others)) => Some(*others),
                _ => None,
            };
            let now = now.map(|seen| seen.others);
            compare(now, of(&change.before).as_ref(), of(&change.after).as_ref(), |now| format!("others are now {now}"))
        }
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let of = |object: &Option<Object>| match object {
                Some(Object::Alert(_, notify)) => Some(notify.clone()),
                _ => None,
            };
            let key = change.alert;
            let now = now.and_then(|seen| seen.alerts.get(&key?)).map(|alert| alert.notify.clone());
            compare(now, of(&change.before).as_ref(), of(&change.after).as_ref(), |_| {
                format!("other people hear of {}", key.map_or_else(String::new, |key| key.to_string()))
            })
        }
        _ => {
            let of = |object: &Option<Object>| match object {
                Some(Object::Pool(pool)) => Some(whole_pool(name, pool)),
                _ => None,
            };
            let now = now.map(|seen| seen.object.clone());
            compare(now, of(&change.before).as_ref(), of(&change.after).as_ref(), |_| match change.before {
                Some(_) => "the pool was changed".to_owned(),
                None => "a pool of that name was made".to_owned(),
            })
        }
    }
}

/// How a change of a grant stands.
pub(super) fn grant_standing(change: &Change, now: Option<Grant>) -> Standing {
    let of = |object: &Option<Object>| match object {
        Some(Object::Grant(grant)) => Some(whole_grant(*grant)),
        _ => None,
    };
    compare(now, of(&change.before).as_ref(), of(&change.after).as_ref(), |now| grant_words(change, now))
}

/// What a member's grant is now, in words.
pub(super) fn grant_words(change: &Change, now: Grant) -> String {
    let cap = now.cap.map_or_else(String::new, |cap| cap.to_string());
    let expires = now.expires.map_or_else(String::new, |expires| expires.to_string());
    let name = change.subject.as_ref().map_or("somebody", Subject::name);
    format!("the cap of {name} is now {cap}, the end {expires}")
}
