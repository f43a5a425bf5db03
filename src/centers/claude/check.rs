//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use crate::centers::client::{HttpError, Reach, Reply};
use crate::centers::{CenterError, Verdict, Written};
use crate::model::{Grant, Subject};
use crate::plan::{Change, Kind, Object};

/// Where a change stands before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The object is as the plan saw it.
    Holds,
    /// It is already as it shall be.
    Already,
    /// It is neither.
    Moved,
}

/// Where a change stands, with its object as it is now. Whoever is to leave a group is there or is not: their cap is the
/// business of every pool that they are in, and another one may have changed it meanwhile.
pub(super) fn standing(change: &Change, now: Option<&Object>, joined: bool) -> Standing {
    let leaves = joined && change.kind == Kind::GrantRevoke;
    if satisfied(change.after.as_ref(), now) {
        Standing::Already
    } else if now == change.before.as_ref() || (leaves && now.is_some() && change.before.is_some()) {
        Standing::Holds
    } else {
        Standing::Moved
    }
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
fn satisfied(wanted: Option<&Object>, now: Option<&Object>) -> bool {
    fn holds<T: PartialEq>(wanted: Option<&T>, now: Option<&T>) -> bool {
        wanted.is_none() || wanted == now
    }
    match (wanted, now) {
        (Some(Object::Grant(wanted)), Some(Object::Grant(now))) => holds(wanted.cap.as_ref(), now.cap.as_ref()),
        // Where nothing is to be joined, somebody without a setting of their own is as one who inherits.
        (Some(Object::Grant(Grant { cap: Some(crate::model::Cap::Inherit), .. })), None) => true,
        (Some(Object::Pool(wanted)), Some(Object::Pool(now))) => {
            holds(wanted.budget.limit.as_ref(), now.budget.limit.as_ref())
                && holds(wanted.default_cap.as_ref(), now.default_cap.as_ref())
        }
        (wanted, now) => wanted == now,
    }
}

/// An object in words.
fn words(object: Option<&Object>) -> String {
    match object {
        None => "not there".to_owned(),
        Some(Object::Grant(grant)) => grant.cap.map_or_else(|| "there".to_owned(), |cap| format!("cap {cap}")),
        Some(Object::Pool(pool)) => {
            let limit = pool.budget.limit.map(|limit| limit.to_string());
            let default = pool.default_cap.map(|cap| format!("default cap {cap}"));
            let said: Vec<String> = limit.into_iter().chain(default).collect();
            if said.is_empty() { "without a limit".to_owned() } else { said.join(", ") }
        }
        Some(Object::Others(others)) => others.to_string(),
        Some(Object::Alert(key, _)) => key.to_string(),
    }
}

/// What was said to a change that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It was carried out.
    Yes,
    /// It was not carried out, and why.
    No(String),
    /// Nobody knows whether it was carried out.
    Unsure(String),
}

/// What was said, and the center's id of the request.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// What was said.
    pub(super) said: Said,
    /// The center's own id of the request.
    pub(super) request_id: Option<String>,
    /// The status of the answer, where it was a refusal.
    pub(super) status: Option<u16>,
}

impl Sent {
    /// Something that was refused before it was sent.
    pub(super) fn no(why: impl Into<String>) -> Self {
        Self { said: Said::No(why.into()), request_id: None, status: None }
    }

    /// Whether the account or the token forbids every such write.
    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }

    /// Whether it surely changed nothing and says nothing of what is there: it was never sent, or is forbidden.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.said, Said::No(_)) && (self.status.is_none() || self.is_forbidden())
    }
}

impl From<&Result<Reply, HttpError>> for Sent {
    fn from(result: &Result<Reply, HttpError>) -> Self {
        let error = match result {
            Ok(reply) => return Self { said: Said::Yes, request_id: reply.request_id.clone(), status: None },
            Err(error) => error,
        };
        let words = match (&error.reach, &error.error) {
            (Reach::NoAnswer, CenterError::Unreachable { why, .. }) => format!("no answer came ({why})"),
            (_, error) => error.to_string(),
        };
        let said = match error.reach {
            Reach::NotSent => Said::No(words),
            Reach::Answered(status) if status < 500 => Said::No(words),
            Reach::Answered(_) | Reach::NoAnswer => Said::Unsure(words),
        };
        let status = match error.reach {
            Reach::Answered(status) => Some(status),
            Reach::NotSent | Reach::NoAnswer => None,
        };
        Self { said, request_id: error.request_id.clone(), status }
    }
}

/// What became of a change, by what was said and by what is there now. What is there counts.
pub(super) fn settle(change: &Change, sent: &Sent, after: Result<Option<&Object>, &CenterError>) -> Written {
    let (verdict, message) = match (after, &sent.said) {
        (Ok(now), said) => {
            let is_so = satisfied(change.after.as_ref(), now);
            match said {
                Said::Yes if is_so => (Verdict::Applied, None),
                // Somebody else was there first, or the answer to an earlier try was lost.
                Said::No(_) if is_so => (Verdict::Already, None),
                Said::Unsure(why) if is_so => {
                    (Verdict::Applied, Some(format!("read back, it is so; before that: {why}")))
                }
                Said::Yes => {
                    let now = words(now);
                    (Verdict::Unknown, Some(format!("it was accepted, and it is not effective: it is {now}")))
                }
                Said::No(why) => (Verdict::Failed, Some(why.clone())),
                Said::Unsure(why) => (Verdict::Unknown, Some(format!("{why}; read back, it is {}", words(now)))),
            }
        }
        (Err(_), Said::No(why)) => (Verdict::Failed, Some(why.clone())),
        (Err(error), Said::Yes) => {
            (Verdict::Unknown, Some(format!("it was accepted and could not be read back: {error}")))
        }
        (Err(error), Said::Unsure(why)) => {
            (Verdict::Unknown, Some(format!("{why}; it could not be read back: {error}")))
        }
    };
    Written { verdict, message, request_id: sent.request_id.clone() }
}

/// The outcome of a change whose object moved.
pub(super) fn moved(change: &Change, now: Option<&Object>) -> Written {
    let was = words(change.before.as_ref());
    Written::because(Verdict::Refused, format!("changed since the plan: it was {was}, it is {}", words(now)))
}

/// The name of a person in sentences.
pub(super) fn name(subject: Option<&Subject>) -> &str {
    subject.map_or("somebody", Subject::name)
}
