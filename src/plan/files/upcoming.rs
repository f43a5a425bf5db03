//! What begins after the day of the comparison: the rules that do, and those that take over from one that ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{Cap, CenterId, MemberId, Period, Pool, PoolId, Roster, Rule, RuleWho, Subject};

use super::centers::Pair;
use super::{Files, FilesCenter, Upcoming};

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
        let (then, now) = (Side::of(pair.base, base, then), Side::of(pair.head, head, now));
        let name = |then: &PoolId, target| targets.get(target).map_or_else(|| then.clone(), |now| (*now).clone());
        let Some(center) = pair.id() else { continue };
        let told: BTreeSet<*const Rule> = all.iter().map(|entry| Arc::as_ptr(&entry.rule)).collect();
        for (side, other, added) in [(&then, &now, false), (&now, &then, true)] {
            for turn in taken_over(side, other, as_of) {
                // Where the rule itself is said to begin then, it is said already.
                if turn.rule.starts.is_some_and(|starts| starts > as_of) && told.contains(&Arc::as_ptr(turn.rule)) {
                    continue;
                }
                let member = if added { turn.member.clone() } else { member_now(pair, turn.member) };
                let rule = Rule { who: RuleWho::Member(member), starts: Some(turn.from), ..Rule::clone(turn.rule) };
                let pool = name(turn.pool, &turn.of.target);
                all.push(upcoming(center, &pool, &Arc::new(rule), added, side.files, turn.of.budget.period));
            }
        }
    }
    all.sort_by(|a, b| {
        (a.from, &a.center, &a.pool, &a.rule.who, a.added).cmp(&(b.from, &b.center, &b.pool, &b.rule.who, b.added))
    });
    all
}

/// One side of an account.
struct Side<'a> {
    center: Option<&'a FilesCenter>,
    files: &'a Files,
    rules: &'a Rules<'a>,
}

/// A rule that takes over from another one.
struct TakenOver<'a> {
    pool: &'a PoolId,
    of: &'a Pool,
    member: &'a MemberId,
    from: Date,
    rule: &'a Arc<Rule>,
}

impl<'a> Side<'a> {
    fn of(side: Option<(&'a CenterId, &'a FilesCenter)>, files: &'a Files, rules: &'a Rules<'a>) -> Self {
        Self { center: side.map(|(_, center)| center), files, rules }
    }

    fn rule(&self, pool: &PoolId, index: u32) -> Option<&'a Arc<Rule>> {
        self.rules.get(pool)?.get(index as usize)
    }

    /// The pool of this side that stands for what a pool of the other stands for.
    fn pool(&self, of: &Pool) -> Option<&'a PoolId> {
        let mut pools = self.center?.desired.state.pools.iter();
        pools.find(|(_, pool)| pool.target == of.target).map(|(id, _)| id)
    }

    /// The rule that grants a person something on a later day.
    fn granting(&self, pool: &PoolId, member: &MemberId, day: Date) -> Option<&'a Arc<Rule>> {
        self.rule(pool, self.files.granting(self.center?, pool, member, day)?)
    }
}

/// The rules of one side that some day take over a person from another rule, where the other side gives them something
/// else on that day. No rule begins or ends there by the edit, so nothing else tells.
fn taken_over<'a>(side: &Side<'a>, other: &Side<'a>, as_of: Date) -> Vec<TakenOver<'a>> {
    let nobody = Roster::default();
    let roster = |side: &Side<'a>| side.center.map_or(&nobody, |center| &center.roster);
    let mut all = Vec::new();
    for (id, of) in side.center.iter().flat_map(|center| &center.desired.state.pools) {
        let Some(turning) = side.files.turns.get(id).filter(|turning| !turning.is_empty()) else { continue };
        let there = other.pool(of);
        for (member, turns) in turning {
            let called = renamed(roster(side), roster(other), member);
            for turn in turns.iter().filter(|turn| turn.from > as_of) {
                let Some(rule) = turn.rule.and_then(|index| side.rule(id, index)) else { continue };
                let differs = there
                    .and_then(|pool| other.granting(pool, &called, turn.from))
                    .is_none_or(|same| (same.cap, same.expires) != (rule.cap, rule.expires));
                if differs {
                    all.push(TakenOver { pool: id, of, member, from: turn.from, rule });
                }
            }
        }
    }
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
    let now = |member: &MemberId| member_now(pair, member);
    match who {
        RuleWho::Member(member) => RuleWho::Member(now(member)),
        RuleWho::Group(group, except) => RuleWho::Group(group.clone(), except.iter().map(now).collect::<BTreeSet<_>>()),
    }
}

fn member_now(pair: &Pair<'_>, member: &MemberId) -> MemberId {
    match (pair.base, pair.head) {
        (Some((_, base)), Some((_, head))) => renamed(&base.roster, &head.roster, member),
        _ => member.clone(),
    }
}

/// What a member of one roster is called in another.
fn renamed(from: &Roster, to: &Roster, member: &MemberId) -> MemberId {
    let subject = Subject::Member(member.clone());
    match from.identity(&subject).map(|identity| to.subject(identity)) {
        Some(Subject::Member(called)) => called,
        Some(Subject::Stranger(_)) | None => member.clone(),
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
