//! How many requests changes take: what the writer does, and the look after it, counted.

use std::collections::BTreeMap;

use crate::model::{Cap, MemberId, PoolId, Subject};
use crate::plan::{Change, Cost, Kind, Object};

use super::Flavor;
use super::api::PAGE;
use super::object;

/// What of the last look counts for the next requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// How many requests it took.
    pub(super) reads: u64,
    /// How many people the organization has.
    pub(super) users: usize,
    /// How many groups, or workspaces, it has.
    pub(super) places: usize,
    /// How many people are in the group or workspace of a pool.
    pub(super) members: BTreeMap<PoolId, usize>,
    /// How many rows of limits there are, by kind of scope.
    pub(super) rows: BTreeMap<String, usize>,
    /// The caps that people of a group have of their own, by pool.
    pub(super) own: BTreeMap<PoolId, BTreeMap<Subject, Cap>>,
    /// Whether the organization itself is a pool of the files.
    pub(super) has_whole: bool,
    /// Whom each pool names, and whether it grants them something today.
    pub(super) named: BTreeMap<PoolId, BTreeMap<MemberId, bool>>,
}

impl Last {
    /// Whether another pool than this decides over somebody's cap.
    fn is_decided_elsewhere(&self, pool: &PoolId, subject: &Subject) -> bool {
        if self.has_whole {
            return true;
        }
        let Subject::Member(member) = subject else { return false };
        self.named.iter().any(|(other, named)| other != pool && named.get(member) == Some(&true))
    }
}

/// How many pages so many rows have. A list has a first page also where there is nothing on it.
fn pages(rows: usize) -> u64 {
    u64::try_from(rows.div_ceil(PAGE).max(1)).unwrap_or(u64::MAX)
}

/// What it takes to write these batches, in their order, and to look again.
pub(super) fn count(flavor: Flavor, batches: &[&[Change]], last: &Last) -> Cost {
    let mut cost = Cost { look: last.reads, ..Cost::default() };
    let changes = || batches.iter().flat_map(|batch| *batch);
    // The look comes after the changes, and its lists are as long as they are then.
    let rows: usize = last.rows.values().sum();
    cost.look = cost.look + pages(after(rows, changes(), has_row)) - pages(rows);
    for (pool, members) in &last.members {
        let here = changes().filter(|change| change.pool == *pool);
        cost.look = cost.look + pages(after(*members, here, |grant| grant.is_some())) - pages(*members);
    }
    let (mut knows_people, mut knows_places) = (flavor == Flavor::Gateway, flavor == Flavor::Gateway);
    for batch in batches {
        let Some(first) = batch.first() else { continue };
        if !knows_places && !object::is_whole(&first.target) {
            cost.reads += pages(last.places);
            knows_places = true;
        }
        let rows = |kind: &str| pages(last.rows.get(kind).copied().unwrap_or(0));
        let is_grant = matches!(first.kind, Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke);
        if is_grant {
            if !knows_people {
                cost.reads += pages(last.users);
                knows_people = true;
            }
            cost.reads += match flavor {
                Flavor::Enterprise => 1,
                Flavor::Gateway => rows("user"),
                Flavor::Console => 0,
            };
            if flavor != Flavor::Gateway && !object::is_whole(&first.target) {
                cost.reads += pages(last.members.get(&first.pool).copied().unwrap_or(0));
            }
            cost.writes += batch.iter().map(|change| writes(flavor, change, last)).sum::<u64>();
        } else if matches!(first.kind, Kind::PoolUpdate | Kind::OthersUpdate) {
            let each = match (flavor, object::is_whole(&first.target)) {
                (_, true) => rows("organization"),
                (Flavor::Console, false) => 1,
                _ => rows("rbac_group"),
            };
            let changes = u64::try_from(batch.len()).unwrap_or(u64::MAX);
            cost.reads += each * changes;
            cost.writes += changes;
        }
    }
    cost
}

/// How many there are of something after changes of grants.
fn after<'a>(now: usize, changes: impl Iterator<Item = &'a Change>, counts: impl Fn(Option<&Object>) -> bool) -> usize {
    let grants = changes.filter(|change| matches!(change.kind, Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke));
    let (mut came, mut went) = (0, 0);
    for change in grants {
        match (counts(change.before.as_ref()), counts(change.after.as_ref())) {
            (false, true) => came += 1,
            (true, false) => went += 1,
            _ => {}
        }
    }
    (now + came).saturating_sub(went)
}

/// Whether a grant has a row of limits of its own.
fn has_row(grant: Option<&Object>) -> bool {
    matches!(grant, Some(Object::Grant(grant)) if grant.cap.is_some_and(|cap| cap != Cap::Inherit))
}

/// The calls of one change of a grant.
fn writes(flavor: Flavor, change: &Change, last: &Last) -> u64 {
    let is_group = flavor == Flavor::Enterprise && !object::is_whole(&change.target);
    let Some(subject) = change.subject.as_ref().filter(|_| is_group) else { return 1 };
    match (change.kind, &change.before, &change.after) {
        (Kind::GrantAdd, _, Some(Object::Grant(grant))) => {
            let own = last
                .own
                .get(&change.pool)
                .and_then(|own| own.get(subject))
                .copied()
                .unwrap_or(Cap::Inherit);
            1 + u64::from(grant.cap.is_some_and(|cap| cap != own))
        }
        (Kind::GrantRevoke, Some(Object::Grant(grant)), _) => {
            let has_own = grant.cap.is_some_and(|cap| cap != Cap::Inherit);
            1 + u64::from(has_own && !last.is_decided_elsewhere(&change.pool, subject))
        }
        _ => 1,
    }
}
