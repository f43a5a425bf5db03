//! Changes against what is there: does a change still hold, is it so already, and what became of it.

use crate::centers::settle::{self, Said, Sent, Shown, Standing, holds};
use crate::centers::{CenterError, Verdict, Written};
use crate::model::Grant;
use crate::plan::{Change, Kind, Object};

/// Where a change stands, with its object as it is now. Whoever is to leave a group is there or is not: their cap is the
/// business of every pool that they are in, and another one may have changed it meanwhile.
pub(super) fn standing(change: &Change, now: Option<&Object>, joined: bool) -> Standing {
    let leaves = joined && change.kind == Kind::GrantRevoke;
    if satisfied(change.after.as_ref(), now) {
        Standing::Already
    } else if now == change.before.as_ref() || (leaves && now.is_some() && change.before.is_some()) {
        Standing::Holds
    } else {
        Standing::Moved(words(now))
    }
}

/// Whether an object is as it shall be: what the wanted one does not say may be anything.
fn satisfied(wanted: Option<&Object>, now: Option<&Object>) -> bool {
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

/// What became of a change, by what was said and by what is there now. What is there counts.
pub(super) fn settle(change: &Change, sent: &Sent, after: Result<Option<&Object>, &CenterError>) -> Written {
    let shown = after.map(|now| Shown { is_so: satisfied(change.after.as_ref(), now), is: words(now) });
    match (&sent.said, &shown) {
        // Somebody else was there first, or the answer to an earlier try was lost.
        (Said::No(_), Ok(Shown { is_so: true, .. })) => {
            Written { request_id: sent.request_id.clone(), ..Written::plain(Verdict::Already) }
        }
        _ => settle::settle(sent, shown),
    }
}

/// The outcome of a change whose object moved.
pub(super) fn moved(change: &Change, now: Option<&Object>) -> Written {
    settle::moved(&words(change.before.as_ref()), &words(now))
}
