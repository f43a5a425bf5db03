//! Who came into a group or left it, and who is who: the people of two revisions.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{GroupId, MemberId, PoolId, RuleWho};

use super::centers::Pair;
use super::{Files, GroupEdit};

/// Every group that some rule names and that has other people in it now. One that was only renamed has the same people.
pub(super) fn compare(base: &Files, head: &Files, pairs: &[Pair<'_>]) -> Vec<GroupEdit> {
    let renamed = renamed(base, head);
    let called = |people: &BTreeSet<MemberId>| -> BTreeSet<MemberId> {
        people.iter().map(|id| renamed.get(id).map_or(id, |now| *now).clone()).collect()
    };
    let now_called: BTreeMap<&PoolId, &PoolId> =
        pairs.iter().flat_map(Pair::same_pools).map(|(now, then)| (then, now)).collect();
    let mut pools: BTreeMap<&GroupId, BTreeSet<PoolId>> = BTreeMap::new();
    let then = base
        .rules
        .iter()
        .map(|(pool, rules)| (now_called.get(pool).map_or(pool, |now| *now), rules));
    for (pool, rules) in then.chain(&head.rules) {
        for rule in rules {
            if let RuleWho::Group(group, _) = &rule.who {
                pools.entry(group).or_default().insert(pool.clone());
            }
        }
    }
    let came: BTreeSet<&BTreeSet<MemberId>> = head
        .groups
        .iter()
        .filter(|(id, _)| !base.groups.contains_key(*id))
        .map(|(_, people)| people)
        .collect();
    let went: BTreeSet<BTreeSet<MemberId>> = base
        .groups
        .iter()
        .filter(|(id, _)| !head.groups.contains_key(*id))
        .map(|(_, people)| called(people))
        .collect();
    let none = BTreeSet::new();
    pools
        .into_iter()
        .filter_map(|(group, pools)| {
            let (before, after) = (base.groups.get(group), head.groups.get(group));
            let then = before.map_or(Cow::Borrowed(&none), |people| Cow::Owned(called(people)));
            let is_renamed = match (before, after) {
                (None, Some(people)) => went.contains(people),
                (Some(_), None) => came.contains(&*then),
                _ => false,
            };
            let now = after.unwrap_or(&none);
            if is_renamed || *then == *now {
                return None;
            }
            let joined: BTreeSet<MemberId> = now.difference(&then).cloned().collect();
            let left: BTreeSet<MemberId> = then.difference(now).cloned().collect();
            let row = |member: &MemberId| head.rows.get(member).or_else(|| base.rows.get(member)).cloned();
            let people = || joined.iter().chain(&left);
            let rows = people().filter_map(|member| Some((member.clone(), row(member)?))).collect();
            Some(GroupEdit { group: group.clone(), joined, left, pools, rows })
        })
        .collect()
}

/// The members who are under another name what they were, by the name that they had.
pub(super) fn renamed<'a>(base: &'a Files, head: &'a Files) -> BTreeMap<&'a MemberId, &'a MemberId> {
    let known_by: BTreeMap<_, &MemberId> = head
        .members
        .iter()
        .filter(|(id, known_by)| !known_by.is_empty() && !base.members.contains_key(*id))
        .map(|(id, known_by)| (known_by, id))
        .collect();
    base.members
        .iter()
        .filter(|(id, _)| !head.members.contains_key(*id))
        .filter_map(|(id, then)| Some((id, *known_by.get(then)?)))
        .collect()
}
