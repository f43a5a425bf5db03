//! A base revision in the head's words: people and pools may have been renamed in the files in between, and what the
//! center has was read with the names that they have now.

use std::collections::BTreeMap;

use crate::model::{Desired, Grant, MemberId, Observed, PoolId, Roster, Subject, Target};

/// Brings what the files asked at a base revision into the names of the head. Both have been fitted ([`super::fit`] and
/// the center's own) before.
///
/// - A pool is the vendor's object that it stands for: one that was renamed keeps its grants, and one that now stands for
///   another object has no base.
/// - A person is who the center knows them as: a member who was renamed stays the same, and one who is no longer in the
///   files is the stranger that the center shows.
/// - Pools that the head does not have are left out.
pub fn in_terms_of(
    head: &Desired,
    head_roster: &Roster,
    observed: &Observed,
    base: Desired,
    base_roster: &Roster,
) -> Desired {
    let pools: BTreeMap<Target, &PoolId> = head
        .state
        .pools
        .iter()
        .map(|(id, pool)| (pool.target.object(), id))
        .chain(head.absent.iter().map(|(id, (target, _))| (target.object(), id)))
        .collect();
    let people = people(head_roster, observed, base_roster);
    let Desired { state, mut lapsed, mut outlived, absent, elsewhere: _, mut sources } = base;
    let mut renamed = Desired::default();
    for (old, mut pool) in state.pools {
        let Some(&id) = pools.get(&pool.target.object()) else { continue };
        pool.grants = pool
            .grants
            .into_iter()
            .map(|(subject, grant)| (subject_of(&people, subject), grant))
            .collect();
        if let Some(lapsed) = lapsed.remove(&old) {
            let of_pool = renamed.lapsed.entry(id.clone()).or_default();
            for (member, lapse) in lapsed {
                match subject_of(&people, Subject::Member(member)) {
                    Subject::Member(member) => drop(of_pool.insert(member, lapse)),
                    // A rule that granted nothing any more, and the edit takes the person out of the files: whatever
                    // they still hold goes with this edit, not because somebody added it outside review.
                    stranger @ Subject::Stranger(_) => drop(pool.grants.insert(stranger, Grant::default())),
                }
            }
        }
        if let Some(outlived) = outlived.remove(&old) {
            let of_pool = renamed.outlived.entry(id.clone()).or_default();
            for (member, ended) in outlived {
                if let Subject::Member(member) = subject_of(&people, Subject::Member(member)) {
                    of_pool.insert(member, ended);
                }
            }
        }
        if let Some(sources) = sources.remove(&old) {
            renamed.sources.insert(id.clone(), sources);
        }
        renamed.state.pools.insert(id.clone(), pool);
    }
    for (target, source) in absent.into_values() {
        if let Some(&id) = pools.get(&target.object())
            && !renamed.state.pools.contains_key(id)
        {
            renamed.absent.insert(id.clone(), (target, source));
        }
    }
    renamed
}

/// Who each member of the base is now.
fn people(head: &Roster, observed: &Observed, base: &Roster) -> BTreeMap<MemberId, Subject> {
    let mut people = BTreeMap::new();
    for (member, identity) in base.iter() {
        if let now @ Subject::Member(_) = head.subject(identity) {
            people.insert(member.clone(), now);
        }
    }
    for (now, identity) in head.iter() {
        if let Subject::Member(member) = base.subject(identity) {
            people.entry(member).or_insert_with(|| Subject::Member(now.clone()));
        }
    }
    let seen = observed.state.pools.values().flat_map(|pool| pool.grants.keys()).chain(&observed.roster);
    for stranger in seen {
        if let Subject::Stranger(name) = stranger
            && let Subject::Member(member) = base.subject(name)
        {
            people.entry(member).or_insert_with(|| stranger.clone());
        }
    }
    for (member, identity) in base.iter() {
        people.entry(member.clone()).or_insert_with(|| Subject::Stranger(identity.into()));
    }
    people
}

/// Somebody without an identity in the center keeps the name: the center holds nothing of them.
fn subject_of(people: &BTreeMap<MemberId, Subject>, subject: Subject) -> Subject {
    match &subject {
        Subject::Member(member) => people.get(member).cloned().unwrap_or(subject),
        Subject::Stranger(_) => subject,
    }
}
