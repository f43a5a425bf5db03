//! Where a pool with a fallback is held, and how it gets there and back. Everything is told from the files and the two
//! centers: there is no state in between, so that a run that died is simply made again.

use std::collections::BTreeSet;

use crate::model::{Desired, Fallback, Observed, Offered, Others, PoolId, Subject};

use super::{CenterPart, Change, Delivery, diff};

/// Takes a pool from what its own center shall hold: nothing is planned for it there, and what its people have is
/// not taken for anybody else's.
pub fn leave(home: &mut Desired, pool: &PoolId) {
    // The sources stay: they name the people of the pool, whom no other pool's `others` is to hit.
    home.state.pools.remove(pool);
    home.lapsed.remove(pool);
    home.outlived.remove(pool);
}

/// Adds a pool to what its fallback center shall hold.
pub fn hold(fallback: &Fallback, there: &mut Desired) {
    let Desired { state, lapsed, outlived, absent: _, elsewhere: _, sources } = fallback.desired.clone();
    there.state.pools.extend(state.pools);
    there.lapsed.extend(lapsed);
    there.outlived.extend(outlived);
    there.sources.extend(sources);
}

/// How the way back stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// The pool's own center does not show all of it yet; so many changes are to go.
    Stays(usize),
    /// It does, and the fallback lets go of the pool. These keep their right at home.
    Goes(BTreeSet<Subject>),
}

/// Whether a pool that is back at home may go from its fallback: only when its own center shows it exactly as the files
/// ask, with everybody in it who is to be. What cannot be set there is no reason to stay.
pub fn way_back(pool: &PoolId, home: &CenterPart, center: &crate::model::CenterId) -> Return {
    let open = |change: &&Change| change.pool == *pool && change.delivery != Delivery::Assert;
    let changes = diff(center, home.capabilities, &home.desired, &home.observed);
    let mut left = changes.iter().filter(open).count();
    let Some(seen) = home.observed.state.pools.get(pool) else { return Return::Stays(left.max(1)) };
    if let Some(desired) = home.desired.state.pools.get(pool) {
        // Where only a look can tell, the look has to.
        let listed: BTreeSet<_> = changes.iter().filter(open).filter_map(|change| change.subject.as_ref()).collect();
        let missing = desired.grants.keys().filter(|subject| !seen.grants.contains_key(*subject));
        left += missing.filter(|subject| !listed.contains(subject)).count();
    }
    if left > 0 {
        return Return::Stays(left);
    }
    let drawing = seen.grants.iter().filter(|(_, grant)| !grant.is_nothing());
    let mut keep: BTreeSet<Subject> = drawing.map(|(subject, _)| subject.clone()).collect();
    if matches!(seen.others, Some(Others::Cap(_))) {
        let named = |subject: &&Subject| seen.grants.contains_key(*subject);
        keep.extend(home.observed.roster.iter().filter(|subject| !named(subject)).cloned());
    }
    // A name that only a center knows is nobody in another one.
    keep.retain(Subject::is_known);
    Return::Goes(keep)
}

/// Lets a fallback center give up a pool.
pub fn give_up(fallback: &Fallback, pool: &PoolId, keep: BTreeSet<Subject>, there: &mut Desired) {
    leave(there, pool);
    there.sources.remove(pool);
    there.absent.insert(pool.clone(), (fallback.target.clone(), fallback.source.clone()));
    there.elsewhere.insert(pool.clone(), keep);
}

/// Whether a center holds a pool for another one.
pub fn holds(observed: &Observed, pool: &PoolId) -> bool {
    observed.state.pools.contains_key(pool)
}

/// Why a pool is not in its own center, as a list of what it lacks: `cap: amount (since 2026-11-20: why)`.
pub fn reasons(missing: &[Offered]) -> String {
    let reason = |offer: &Offered| match (offer.since, offer.why.as_str()) {
        (Some(since), "") => format!("{} (since {since})", offer.control),
        (Some(since), why) => format!("{} (since {since}: {why})", offer.control),
        (None, _) => format!("{} ({})", offer.control, offer.availability),
    };
    missing.iter().map(reason).collect::<Vec<_>>().join(" and ")
}
