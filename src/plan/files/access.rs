//! Who may draw on what, before and after an edit of the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::capability::{CapScope, Capabilities, Control, Controls, Identity, Precision, Rates, Units};
use crate::model::{
    CenterId, Desired, GroupId, MemberId, Observed, Period, PoolId, Roster, Rule, RuleWho, Subject, WhenExhausted,
};
use crate::plan::{CenterPart, Change, Counts, Money, Summary};

use super::super::{applied, check, diff, fit, in_terms_of, periods_of, sort, worst_cases};
use super::{Edit, Files, FilesCenter, FilesDiff, GroupEdit, Released, Terms, Upcoming, limits, settings};

const IN_THE_FILES: Control = Control::api("as the files have it");

/// The files as if they were a center: they hold everything that can be written in them, as one setting where it is
/// written as one.
const FILES: Capabilities = Capabilities {
    provider: "files",
    title: "What the files ask",
    controls: Controls {
        pool: IN_THE_FILES,
        budget: IN_THE_FILES,
        grant: IN_THE_FILES,
        cap_amount: IN_THE_FILES,
        cap_zero: IN_THE_FILES,
        cap_unlimited: IN_THE_FILES,
        cap_inherit: IN_THE_FILES,
        default_cap: IN_THE_FILES,
        others: IN_THE_FILES,
        alert: IN_THE_FILES,
        expiry: IN_THE_FILES,
        usage: IN_THE_FILES,
        roster: IN_THE_FILES,
    },
    cap_scope: CapScope::Pool,
    single_membership: false,
    native_default_cap: true,
    native_others: true,
    grant_period: false,
    alerts_with_pool: false,
    units: Units::Any,
    precision: Precision { decimals: 28, digits: 28 },
    periods: &Period::ALL,
    when_exhausted: &WhenExhausted::ALL,
    identity: Identity::Id,
    settings: &[],
    targets: &[],
    batch: 1,
    concurrency: 1,
    rates: Rates::NONE,
};

/// Compares the files at two revisions.
pub fn make(base: &Files, head: &Files, terms: Terms<'_>) -> FilesDiff {
    let nothing = Desired::default();
    let nobody = Roster::default();
    let centers: BTreeSet<&CenterId> = base.centers.keys().chain(head.centers.keys()).collect();
    let mut parts = BTreeMap::new();
    let mut changes = Vec::new();
    let mut released = Vec::new();
    let mut periods = BTreeMap::new();
    let mut money = Money::default();
    for id in centers {
        let (old, new) = (base.centers.get(id), head.centers.get(id));
        let (then, their) = old.map_or((&nothing, &nobody), |center| (&center.desired, &center.roster));
        let (now, our) = new.map_or((&nothing, &nobody), |center| (&center.desired, &center.roster));
        released.extend(let_go(id, then, now, their, our));
        let part = part(then, now, their, our);
        let found = diff(id, &FILES, &part.desired, &part.observed);
        if !found.is_empty() {
            periods.insert(id.clone(), periods_of(&part, &found));
        }
        changes.extend(found);
        worst_cases(&part, &mut money);
        parts.insert(id.clone(), part);
    }
    sort(&mut changes, |_| Some(&FILES));
    let refusals = check(&head.guardrails, terms.allows, &changes, &parts, &money.after);
    let summary = Summary { counts: Counts::of(&changes), worst_case: money };
    released.sort();
    FilesDiff {
        base: base.revision.clone(),
        head: head.revision.clone(),
        edits: changes.into_iter().map(|change| with_rule(change, head)).collect(),
        upcoming: upcoming(base, head, terms),
        released,
        groups: groups(base, head),
        guardrails: limits::compare(&base.guardrails, &head.guardrails),
        notify: settings::notify(&base.notify, &head.notify),
        settings: settings::compare(base, head),
        refusals,
        periods,
        summary,
    }
}

/// Both sides of a center as a plan looks at them: what was asked is what is there.
fn part(then: &Desired, now: &Desired, their: &Roster, our: &Roster) -> CenterPart {
    let (mut before, mut desired) = (then.clone(), now.clone());
    fit(&mut before, &FILES);
    fit(&mut desired, &FILES);
    // Somebody who is no longer in the files keeps the name that they had, unless it is somebody else's now.
    let mut everybody = our.clone();
    for (member, identity) in their.iter() {
        let taken = our.iter().any(|(id, _)| id == member);
        if !taken && !our.subject(identity).is_known() {
            everybody.insert(member.clone(), identity);
        }
    }
    let nothing = Observed::default();
    let before = in_terms_of(&desired, &everybody, &nothing, before, their);
    let mut state = applied(&FILES, &before, &nothing);
    // What the files do not manage is nobody's business here; but a pool that is to go has to be there to go.
    state
        .pools
        .retain(|id, _| desired.state.pools.contains_key(id) || desired.absent.contains_key(id));
    let roster = everybody.iter().map(|(member, _)| Subject::Member(member.clone())).collect();
    CenterPart {
        capabilities: &FILES,
        desired,
        base: None,
        observed: Observed { state, roster, ..Observed::default() },
        notes: Vec::new(),
    }
}

/// What the files no longer decide over.
fn let_go(center: &CenterId, then: &Desired, now: &Desired, their: &Roster, our: &Roster) -> Vec<Released> {
    let mut released = Vec::new();
    let targets: BTreeMap<_, _> = now.state.pools.iter().map(|(id, pool)| (&pool.target, id)).collect();
    let absent: BTreeSet<_> = now.absent.values().map(|(target, _)| target).collect();
    for (old, pool) in &then.state.pools {
        let Some(&id) = targets.get(&pool.target) else {
            if !absent.contains(&pool.target) {
                released.push(Released { center: center.clone(), pool: old.clone(), subject: None });
            }
            continue;
        };
        let Some(after) = now.state.pools.get(id).filter(|pool| pool.others.is_none()) else { continue };
        let lapsed = now.lapsed.get(id);
        for subject in pool.grants.keys() {
            let same = their.identity(subject).map(|identity| our.subject(identity));
            let same = same.filter(Subject::is_known).unwrap_or_else(|| subject.clone());
            let named = after.grants.contains_key(&same)
                || matches!(&same, Subject::Member(member) if lapsed.is_some_and(|lapsed| lapsed.contains_key(member)));
            if !named {
                let subject = Some(subject.clone());
                released.push(Released { center: center.clone(), pool: id.clone(), subject });
            }
        }
    }
    released
}

fn with_rule(mut change: Change, head: &Files) -> Edit {
    change.cause = crate::plan::Cause::Config;
    let deciding = |center: &FilesCenter, member: &MemberId| {
        let sources = center.desired.sources.get(&change.pool)?;
        sources.deciding.get(member).copied()
    };
    let rule = match &change.subject {
        Some(Subject::Member(member)) => head
            .centers
            .get(&change.center)
            .and_then(|center| deciding(center, member))
            .and_then(|index| head.rules.get(&change.pool)?.get(index as usize).cloned()),
        _ => None,
    };
    Edit { change, rule }
}

/// The rules that begin after the day of the comparison and that only one side has.
fn upcoming(base: &Files, head: &Files, terms: Terms<'_>) -> Vec<Upcoming> {
    let of = |files: &Files| {
        let mut found = Vec::new();
        for (center, files_center) in &files.centers {
            for pool in files_center.desired.state.pools.keys() {
                for rule in files.rules.get(pool).into_iter().flatten() {
                    if let Some(from) = rule.starts.filter(|starts| *starts > terms.as_of) {
                        found.push((center.clone(), pool.clone(), from, rule.clone()));
                    }
                }
            }
        }
        found
    };
    let key = |(center, pool, from, rule): &(CenterId, PoolId, jiff::civil::Date, Rule)| {
        (center.clone(), pool.clone(), *from, rule.who.clone(), rule.cap.map(|cap| format!("{cap:?}")), rule.expires)
    };
    let (then, now) = (of(base), of(head));
    let mut left: BTreeMap<_, usize> = BTreeMap::new();
    for rule in &then {
        *left.entry(key(rule)).or_default() += 1;
    }
    let mut all = Vec::new();
    let entry = |(center, pool, from, rule): (CenterId, PoolId, jiff::civil::Date, Rule), added, files: &Files| {
        let people = people_of(&rule, files);
        Upcoming { center, pool, added, from, rule, people }
    };
    for rule in now {
        match left.get_mut(&key(&rule)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => all.push(entry(rule, true, head)),
        }
    }
    for rule in then.into_iter().rev() {
        if let Some(count) = left.get_mut(&key(&rule)).filter(|count| **count > 0) {
            *count -= 1;
            all.push(entry(rule, false, base));
        }
    }
    all.sort_by(|a, b| {
        (a.from, &a.center, &a.pool, &a.rule.who, a.added).cmp(&(b.from, &b.center, &b.pool, &b.rule.who, b.added))
    });
    all
}

fn people_of(rule: &Rule, files: &Files) -> usize {
    match &rule.who {
        RuleWho::Member(_) => 1,
        RuleWho::Group(group, except) => files
            .groups
            .get(group)
            .map_or(0, |people| people.iter().filter(|id| !except.contains(*id)).count()),
    }
}

fn groups(base: &Files, head: &Files) -> Vec<GroupEdit> {
    let names: BTreeSet<&GroupId> = base.groups.keys().chain(head.groups.keys()).collect();
    let none = BTreeSet::new();
    let edits = names.into_iter().filter_map(|group| {
        let (then, now) = (base.groups.get(group).unwrap_or(&none), head.groups.get(group).unwrap_or(&none));
        let joined: BTreeSet<MemberId> = now.difference(then).cloned().collect();
        let left: BTreeSet<MemberId> = then.difference(now).cloned().collect();
        if joined.is_empty() && left.is_empty() {
            return None;
        }
        let rules = base.rules.iter().chain(&head.rules);
        let pools = rules
            .filter(|(_, rules)| rules.iter().any(|rule| matches!(&rule.who, RuleWho::Group(id, _) if id == group)));
        let pools = pools.map(|(pool, _)| pool.clone()).collect();
        Some(GroupEdit { group: group.clone(), joined, left, pools })
    });
    edits.collect()
}
