//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use crate::centers::settle::{self, Sent, Shown, holds};
use crate::centers::{CenterError, Written};
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
            holds(wanted.cap.as_ref(), now.cap.as_ref()) && holds(wanted.expires.as_ref(), now.expires.as_ref())
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

/// What became of a change, by what was said and by what is there now.
pub(super) fn settle(change: &Change, mut sent: Sent, after: &Result<Now, CenterError>, joined: bool) -> Written {
    let shown = after.as_ref().map(|now| {
        sent.note = sent.note.take().or_else(|| now.held.clone());
        Shown { is_so: satisfied(change.after.as_ref(), now.object.as_ref(), joined), is: words(now.object.as_ref()) }
    });
    settle::settle(&sent, shown)
}
