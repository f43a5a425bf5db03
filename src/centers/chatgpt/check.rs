//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use crate::centers::client::{HttpError, Reach, Reply};
use crate::centers::{CenterError, Verdict, Written};
use crate::model::{Cap, Grant};
use crate::plan::{Change, Object};

/// An object as it is now.
#[derive(Clone, Debug, Default)]
pub(super) struct Now {
    /// The object; `None` where there is none.
    pub(super) object: Option<Object>,
    /// What in it is not understood, so that it must not be written over.
    pub(super) odd: Option<String>,
    /// What holds for the person and where it comes from, where that is worth a sentence.
    pub(super) held: Option<String>,
}

/// Where a change stands before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The object is as the plan saw it.
    Holds,
    /// It is already as it shall be.
    Already,
    /// It must not be written; why.
    Refused(String),
}

/// A limit that says nothing of its own is none.
fn plain(object: Option<&Object>) -> Option<&Object> {
    object.filter(|object| !matches!(object, Object::Grant(Grant { cap: Some(Cap::Inherit), .. })))
}

/// Where a change stands, by a fresh read. `joined` says whether there is something to join, so that somebody without a
/// limit of their own is in it all the same.
pub(super) fn standing(change: &Change, now: &Now, joined: bool) -> Standing {
    if satisfied(change.after.as_ref(), now.object.as_ref(), joined) {
        Standing::Already
    } else if let Some(odd) = &now.odd {
        Standing::Refused(format!("not written over: {odd}; change it in the admin console"))
    } else if same(change.before.as_ref(), now.object.as_ref(), joined) {
        Standing::Holds
    } else {
        let (was, is) = (words(change.before.as_ref()), words(now.object.as_ref()));
        Standing::Refused(format!("changed since the plan: it was {was}, it is {is}"))
    }
}

fn same(before: Option<&Object>, now: Option<&Object>, joined: bool) -> bool {
    match (before, now) {
        // The budget is in no answer, so only the default cap is compared.
        (Some(Object::Pool(before)), Some(Object::Pool(now))) => before.default_cap == now.default_cap,
        (before, now) if joined => before == now,
        (before, now) => plain(before) == plain(now),
    }
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
pub(super) fn satisfied(wanted: Option<&Object>, now: Option<&Object>, joined: bool) -> bool {
    let (wanted, now) = if joined { (wanted, now) } else { (plain(wanted), plain(now)) };
    match (wanted, now) {
        (Some(Object::Grant(wanted)), Some(Object::Grant(now))) => {
            let cap = wanted.cap.is_none() || wanted.cap == now.cap;
            cap && (wanted.expires.is_none() || wanted.expires == now.expires)
        }
        (Some(Object::Pool(wanted)), Some(Object::Pool(now))) => wanted.default_cap == now.default_cap,
        (wanted, now) => wanted == now,
    }
}

/// An object in words.
pub(super) fn words(object: Option<&Object>) -> String {
    let cap = |cap: Option<Cap>| cap.map_or_else(|| "not known".to_owned(), |cap| cap.to_string());
    match object {
        None => "not set".to_owned(),
        Some(Object::Grant(grant)) => {
            let ends = match grant.expires {
                Some(expiry @ crate::model::Expiry::On(_)) => format!(" until {expiry}"),
                _ => String::new(),
            };
            format!("cap {}{ends}", cap(grant.cap))
        }
        Some(Object::Pool(pool)) => format!("default cap {}", cap(pool.default_cap)),
        Some(Object::Others(others)) => format!("others {others}"),
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
    /// Nobody knows, and what there was instead of an answer: an error of the server's own, or nothing.
    Unsure(String),
}

/// What was said, and the vendor's id of the request.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// What was said.
    pub(super) said: Said,
    /// The vendor's own id of the request.
    pub(super) request_id: Option<String>,
}

impl From<&Result<Reply, HttpError>> for Sent {
    fn from(result: &Result<Reply, HttpError>) -> Self {
        match result {
            Ok(reply) => Self { said: Said::Yes, request_id: reply.request_id.clone() },
            Err(error) => {
                let words = match (&error.reach, &error.error) {
                    (Reach::NoAnswer, CenterError::Unreachable { why, .. }) => format!("no answer came ({why})"),
                    (_, error) => error.to_string(),
                };
                let said = match error.reach {
                    Reach::NotSent => Said::No(words),
                    Reach::Answered(status) if status < 500 => Said::No(words),
                    Reach::Answered(_) | Reach::NoAnswer => Said::Unsure(words),
                };
                Self { said, request_id: error.request_id.clone() }
            }
        }
    }
}

/// What became of a change, by what was said and by what is there now.
pub(super) fn settle(change: &Change, sent: &Sent, after: &Result<Now, CenterError>, joined: bool) -> Written {
    let (verdict, message) = match after {
        Ok(now) if satisfied(change.after.as_ref(), now.object.as_ref(), joined) => match &sent.said {
            Said::Yes => (Verdict::Applied, now.held.clone()),
            Said::No(why) | Said::Unsure(why) => {
                (Verdict::Applied, Some(format!("read back, it is so; before that: {why}")))
            }
        },
        Ok(now) => {
            let is = words(now.object.as_ref());
            match &sent.said {
                Said::Yes => (Verdict::Unknown, Some(format!("it was accepted, and it is not effective: it is {is}"))),
                Said::No(why) => (Verdict::Failed, Some(why.clone())),
                Said::Unsure(why) => (Verdict::Unknown, Some(format!("{why}; read back, it is {is}"))),
            }
        }
        Err(error) => match &sent.said {
            Said::No(why) => (Verdict::Failed, Some(why.clone())),
            Said::Yes => (Verdict::Unknown, Some(format!("it was accepted and could not be read back: {error}"))),
            Said::Unsure(why) => (Verdict::Unknown, Some(format!("{why}; it could not be read back: {error}"))),
        },
    };
    Written { verdict, message, request_id: sent.request_id.clone() }
}
