//! Why each change is there: this edit of the files, something done in the center outside review, or a day that came.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::capability::Capabilities;
use crate::model::{CenterId, Desired, Observed};

use super::{Cause, Change, Kind, applied, diff};

/// Says of every change why it is there. Nothing else about the changes is touched.
///
/// What an edit of the files does is what it would do to a center that is exactly as `base` asks: those changes are what
/// a reviewer of the edit can see. A change among them comes from the edit, every other one from the center, or from the
/// calendar.
///
/// - A change that takes something, where the edit takes nothing from that object, is drift: its reviewer saw a raise,
///   and the center would see a cut.
/// - So is a change of a pool or of what holds for others, where undoing what was done outside review takes something
///   from people from whom the edit takes nothing, or lowers what the edit leaves alone.
/// - What `base` asks to end by now has expired, whatever the edit says of it; an end that the edit itself brings is
///   the edit's.
/// - A pool that `base` does not have is the edit's as a whole.
pub fn attribute(
    center: &CenterId,
    capabilities: &Capabilities,
    base: &Desired,
    head: &Desired,
    observed: &Observed,
    changes: &mut [Change],
) {
    if changes.is_empty() {
        return;
    }
    let as_base = Observed {
        state: applied(capabilities, base, observed),
        roster: observed.roster.clone(),
        scopes: observed.scopes.clone(),
        memberships: observed.memberships.clone(),
        inherited: observed.inherited.clone(),
        ..Observed::default()
    };
    let intended = by_object(diff(center, capabilities, head, &as_base));
    let undone = by_object(diff(center, capabilities, base, observed));
    for change in changes {
        let object = change.object();
        let undone = undone.get(&object);
        change.cause = match intended.get(&object) {
            Some(intended) if takes_more(change, intended, undone) => Cause::Drift,
            Some(_) => Cause::Config,
            None if change.cause == Cause::Expiry || undone.is_some_and(|undone| undone.cause == Cause::Expiry) => {
                Cause::Expiry
            }
            None => Cause::Drift,
        };
    }
}

fn by_object(changes: Vec<Change>) -> BTreeMap<String, Change> {
    changes.into_iter().map(|change| (change.object(), change)).collect()
}

/// Whether a change takes something that the edit of the files does not take.
fn takes_more(change: &Change, intended: &Change, undone: Option<&Change>) -> bool {
    if !change.takes() {
        return false;
    }
    if !intended.takes() {
        return true;
    }
    let shared = matches!(change.kind, Kind::PoolUpdate | Kind::OthersUpdate);
    shared
        && undone.filter(|undone| undone.takes()).is_some_and(|undone| {
            let seen: BTreeSet<_> = intended.people.iter().collect();
            let unseen = undone.people.iter().any(|person| !seen.contains(person));
            // A limit that comes back may hit nobody by name.
            let elsewhere = || undone.fields.iter().any(|field| !intended.fields.contains(field));
            unseen || (undone.people.is_empty() && elsewhere())
        })
}
