//! The rules that begin after the day of the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{Cap, CenterId, MemberId, Period, PoolId, Rule, RuleWho, Subject};

use super::centers::Pair;
use super::{Files, Upcoming};

type Rules<'a> = BTreeMap<&'a PoolId, Vec<Arc<Rule>>>;

/// What makes two rules that begin later the same, in the names of the head.
type Key = (CenterId, PoolId, Date, RuleWho, Option<Cap>, Option<Date>);

/// Those that only one side has.
pub(super) fn compare(
    base: &Files,
    head: &Files,
    pairs: &[Pair<'_>],
    then: &Rules<'_>,
    now: &Rules<'_>,
    as_of: Date,
) -> Vec<Upcoming> {
    let mut all = Vec::new();
    for pair in pairs {
        let targets = pair.targets();
        let mut left: BTreeMap<Key, Vec<Upcoming>> = BTreeMap::new();
        if let (Some((_, center)), Some(name)) = (pair.base, pair.id()) {
            for (id, pool) in &center.desired.state.pools {
                let called = targets.get(&pool.target).map_or(id, |now| *now);
                for rule in later(then.get(id), as_of) {
                    let entry = upcoming(name, called, rule, false, base, pool.budget.period);
                    let who = who_now(pair, &rule.who);
                    left.entry(key(&entry, who)).or_default().push(entry);
                }
            }
        }
        if let Some((name, center)) = pair.head {
            for (id, pool) in &center.desired.state.pools {
                for rule in later(now.get(id), as_of) {
                    let entry = upcoming(name, id, rule, true, head, pool.budget.period);
                    let same = left.get_mut(&key(&entry, rule.who.clone())).and_then(Vec::pop);
                    if same.is_none() {
                        all.push(entry);
                    }
                }
            }
        }
        all.extend(left.into_values().flatten());
    }
    all.sort_by(|a, b| {
        (a.from, &a.center, &a.pool, &a.rule.who, a.added).cmp(&(b.from, &b.center, &b.pool, &b.rule.who, b.added))
    });
    all
}

fn later(rules: Option<&Vec<Arc<Rule>>>, as_of: Date) -> impl Iterator<Item = &Arc<Rule>> {
    rules
        .into_iter()
        .flatten()
        .filter(move |rule| rule.starts.is_some_and(|starts| starts > as_of))
}

fn upcoming(
    center: &CenterId,
    pool: &PoolId,
    rule: &Arc<Rule>,
    added: bool,
    files: &Files,
    period: Option<Period>,
) -> Upcoming {
    Upcoming {
        center: center.clone(),
        pool: pool.clone(),
        added,
        from: rule.starts.unwrap_or(Date::MIN),
        rule: Arc::clone(rule),
        period,
        people: people_of(rule, files),
    }
}

fn key(entry: &Upcoming, who: RuleWho) -> Key {
    (entry.center.clone(), entry.pool.clone(), entry.from, who, entry.rule.cap, entry.rule.expires)
}

/// Whom a rule of the base names, in the names of the head.
fn who_now(pair: &Pair<'_>, who: &RuleWho) -> RuleWho {
    let now = |member: &MemberId| {
        let subject = Subject::Member(member.clone());
        let identity = pair.base.and_then(|(_, center)| center.roster.identity(&subject));
        let known = identity.and_then(|identity| pair.head.map(|(_, center)| center.roster.subject(identity)));
        match known {
            Some(Subject::Member(now)) => now,
            Some(Subject::Stranger(_)) | None => member.clone(),
        }
    };
    match who {
        RuleWho::Member(member) => RuleWho::Member(now(member)),
        RuleWho::Group(group, except) => RuleWho::Group(group.clone(), except.iter().map(now).collect::<BTreeSet<_>>()),
    }
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
