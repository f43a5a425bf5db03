//! How many requests changes take: what the writer does, and the look after it, counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Cap, Grant, INCLUDED_USAGE, Limit, MemberId, PoolId, Scope, Subject};
use crate::plan::{Change, Cost, Kind, Object, PoolObject};

use super::COST_CENTER;
use super::api::PAGE;
use super::people::AT_ONCE;

/// What of the last look counts for the next requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// How many budgets there were, of any kind.
    pub(super) budgets: usize,
    /// How many of them were of single users.
    pub(super) users: usize,
    /// How many were of all users of a cost center, and whether that was asked.
    pub(super) of_members: usize,
    pub(super) asks_members: bool,
    /// Whether there are cost centers to list.
    pub(super) centers: bool,
    /// How many resources each managed cost center had, by name.
    pub(super) members: BTreeMap<String, usize>,
    /// How many rows the list of seats had.
    pub(super) seats: usize,
    /// Who is granted something by which pools.
    pub(super) elsewhere: BTreeMap<MemberId, BTreeSet<PoolId>>,
    /// What is to be said of what was read.
    pub(super) notes: Vec<String>,
}

/// Who is granted something by which pools.
pub(super) fn elsewhere(scope: &Scope) -> BTreeMap<MemberId, BTreeSet<PoolId>> {
    let mut all: BTreeMap<MemberId, BTreeSet<PoolId>> = BTreeMap::new();
    for (pool, named) in &scope.named {
        for member in named.iter().filter_map(|(member, granted)| granted.then_some(member)) {
            all.entry(member.clone()).or_default().insert(pool.clone());
        }
    }
    all
}

fn pages(rows: usize) -> u64 {
    // A list has a first page also where there is nothing on it.
    u64::try_from(rows).unwrap_or(u64::MAX).div_ceil(PAGE).max(1)
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// What it takes to write these batches, in their order, and to look again.
///
/// `left` tells of the budget of somebody's own that a look found though their grant was not there, as a cost center that
/// went leaves them: whether it is as the change asks.
pub(super) fn count(batches: &[&[Change]], last: &Last, left: &dyn Fn(&Change) -> Option<bool>) -> Cost {
    let mut last = last.clone();
    let mut cost = Cost::default();
    for batch in batches {
        let (reads, writes) = requests(batch, &mut last, left);
        cost.reads += reads;
        cost.writes += writes;
    }
    cost.look = look(&last);
    cost
}

/// The requests of one look.
fn look(last: &Last) -> u64 {
    let members: u64 = last.members.values().map(|count| pages(*count)).sum();
    let of_members = if last.asks_members { pages(last.of_members) } else { 0 };
    // A full last page of seats does not tell that it is the last.
    let seats = number(last.seats) / PAGE + 1;
    u64::from(last.centers) + members + pages(last.budgets) + of_members + seats
}

/// The requests of one batch: those that read and those that write. Remembers what it leaves.
fn requests(batch: &[Change], last: &mut Last, left: &dyn Fn(&Change) -> Option<bool>) -> (u64, u64) {
    let Some(first) = batch.first() else { return (0, 0) };
    let center = first.target.get(COST_CENTER);
    let one = u64::from(center.is_some());
    let members = |last: &Last| pages(last.of_members) + pages(last.members.len());
    match first.kind {
        Kind::PoolCreate => {
            let (writes, own, of_members) = made(pool(first.after.as_ref()));
            last.budgets += own + of_members;
            last.of_members += of_members;
            last.asks_members = true;
            last.members.insert(center.unwrap_or_default().to_owned(), 0);
            (one, 1 + writes)
        }
        Kind::PoolUpdate | Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let reads = if center.is_some() { one + members(last) } else { 1 };
            (reads, updates(batch, last))
        }
        Kind::PoolDelete => {
            let reads = one + members(last);
            let (writes, own, of_members) = made(pool(first.before.as_ref()));
            last.budgets = last.budgets.saturating_sub(own + of_members);
            last.of_members = last.of_members.saturating_sub(of_members);
            last.members.remove(center.unwrap_or_default());
            last.asks_members &= !last.members.is_empty();
            (reads, 1 + writes)
        }
        Kind::OthersUpdate => {
            last.budgets += usize::from(first.before.is_none());
            (1, 1)
        }
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => people(batch, first, one, last, left),
    }
}

/// The requests that bring people to their grants.
fn people(
    batch: &[Change],
    first: &Change,
    one: u64,
    last: &mut Last,
    left: &dyn Fn(&Change) -> Option<bool>,
) -> (u64, u64) {
    let reads = one + pages(last.users);
    let own = |object: Option<&Object>| matches!(grant(object), Some(Grant { cap: Some(Cap::Amount(_)), .. }));
    let stays = |change: &Change, last: &Last| {
        let Some(Subject::Member(member)) = &change.subject else { return false };
        one > 0
            && last
                .elsewhere
                .get(member)
                .is_some_and(|pools| pools.iter().any(|pool| *pool != change.pool))
    };
    let mut writes = 0;
    for change in batch {
        let (had, has) = (own(change.before.as_ref()), own(change.after.as_ref()));
        let left = if had || !has { None } else { left(change) };
        match (had, has) {
            (false, true) if left.is_some() => writes += u64::from(left == Some(false)),
            (_, true) => {
                writes += 1;
                last.users += usize::from(!had);
                last.budgets += usize::from(!had);
            }
            (true, false) if !stays(change, last) => {
                writes += 1;
                last.users = last.users.saturating_sub(1);
                last.budgets = last.budgets.saturating_sub(1);
            }
            _ => {}
        }
    }
    if one > 0 && first.kind != Kind::GrantUpdate {
        writes += number(batch.len().div_ceil(AT_ONCE));
        let count = last
            .members
            .entry(first.target.get(COST_CENTER).unwrap_or_default().to_owned())
            .or_default();
        *count = if first.kind == Kind::GrantAdd { *count + batch.len() } else { count.saturating_sub(batch.len()) };
    }
    (reads, writes)
}

/// The requests that change a pool, and what they leave.
fn updates(batch: &[Change], last: &mut Last) -> u64 {
    let update = batch.iter().find(|change| change.kind == Kind::PoolUpdate);
    let has = |name: &str| update.is_some_and(|change| change.fields.contains(&name));
    let toggles = u64::from(has(INCLUDED_USAGE));
    let own = has("budget.limit") || has("budget.when_exhausted") || batch.iter().any(|c| c.alert.is_some());
    let limit =
        |object: Option<&Object>| matches!(pool(object).and_then(|pool| pool.budget.limit), Some(Limit::Amount(_)));
    if let Some(change) = update {
        match (limit(change.before.as_ref()), limit(change.after.as_ref())) {
            (false, true) => last.budgets += 1,
            (true, false) => last.budgets = last.budgets.saturating_sub(1),
            _ => {}
        }
        let default =
            |object: Option<&Object>| matches!(pool(object).and_then(|pool| pool.default_cap), Some(Cap::Amount(_)));
        match (default(change.before.as_ref()), default(change.after.as_ref())) {
            (false, true) => {
                last.budgets += 1;
                last.of_members += 1;
            }
            (true, false) => {
                last.budgets = last.budgets.saturating_sub(1);
                last.of_members = last.of_members.saturating_sub(1);
            }
            _ => {}
        }
    }
    toggles + u64::from(own) + u64::from(has("default_cap"))
}

/// How many requests the budgets of a whole pool take, and how many budgets of each kind that are.
fn made(pool: Option<&PoolObject>) -> (u64, usize, usize) {
    let own = usize::from(matches!(pool.and_then(|pool| pool.budget.limit), Some(Limit::Amount(_))));
    let members = usize::from(matches!(pool.and_then(|pool| pool.default_cap), Some(Cap::Amount(_))));
    (number(own + members), own, members)
}

fn pool(object: Option<&Object>) -> Option<&PoolObject> {
    match object {
        Some(Object::Pool(pool)) => Some(pool),
        _ => None,
    }
}

fn grant(object: Option<&Object>) -> Option<&Grant> {
    match object {
        Some(Object::Grant(grant)) => Some(grant),
        _ => None,
    }
}
