//! Who is in which group, and which rules of a pool name whom.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use jiff::civil::Date;

use crate::model::{Lapse, Turn};

use super::file::{Cap, Config, Day, GroupItem, Overlap, Pool, Rule, Who};

/// What a group holds, by position in the sorted members or groups.
#[derive(Clone, Copy, Debug)]
enum Item {
    Member(u32),
    Group(u32),
}

/// The members and groups by position, with names that are not known left out.
#[derive(Debug)]
pub(super) struct Directory<'a> {
    members: HashMap<&'a str, u32>,
    groups: HashMap<&'a str, u32>,
    contents: Vec<Vec<Item>>,
    /// How many more items of groups may be looked at.
    left: Cell<usize>,
}

/// How many items of groups are looked at for all rules together. Rules about groups within groups name many more people
/// than the file has lines, and neither time nor memory may run out over them.
pub(super) const MAX_LOOKS: usize = 20_000_000;

/// The people whom the rules of a pool name: each with the positions of the rules, sorted.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// Member and rule, sorted by both.
    pairs: Vec<(u32, u32)>,
}

impl Named {
    /// Every person who is named, with their rules.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[(u32, u32)])> {
        self.pairs
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|chunk| chunk.first().map(|first| (first.0, chunk)))
    }

    /// How many people are named.
    pub(super) fn people(&self) -> usize {
        self.iter().count()
    }
}

fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl<'a> Directory<'a> {
    pub(super) fn new(config: &'a Config) -> Self {
        let members: HashMap<&str, u32> = config
            .members
            .iter()
            .enumerate()
            .map(|(i, entry)| (entry.name.as_str(), position(i)))
            .collect();
        let groups: HashMap<&str, u32> = config
            .groups
            .iter()
            .enumerate()
            .map(|(i, entry)| (entry.name.as_str(), position(i)))
            .collect();
        let item = |item: &GroupItem| match item {
            GroupItem::Member(id) => members.get(id.as_str()).map(|&index| Item::Member(index)),
            GroupItem::Group(id) => groups.get(id.as_str()).map(|&index| Item::Group(index)),
        };
        let contents = config
            .groups
            .iter()
            .map(|entry| entry.value.0.value.iter().filter_map(|spanned| item(&spanned.value)).collect())
            .collect();
        Self { members, groups, contents, left: Cell::new(MAX_LOOKS) }
    }

    /// Whether the rules name more people than can be looked at, so that nothing here is complete.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// The position of a member.
    pub(super) fn member(&self, id: &str) -> Option<u32> {
        self.members.get(id).copied()
    }

    /// Everybody in a group and in the groups within it, sorted, each once. Cycles are no obstacle.
    pub(super) fn people_of(&self, group: &str) -> Vec<u32> {
        let Some(&first) = self.groups.get(group) else { return Vec::new() };
        let mut people = Vec::new();
        let mut nested = false;
        let mut seen = HashSet::new();
        let mut next = vec![first];
        while let Some(group) = next.pop() {
            let items = self.contents.get(group as usize).map_or(&[][..], Vec::as_slice);
            self.left.set(self.left.get().saturating_sub(items.len() + 1));
            if self.is_exhausted() {
                return Vec::new();
            }
            for item in items {
                match *item {
                    Item::Member(member) => people.push(member),
                    Item::Group(inner) => {
                        if !nested {
                            nested = true;
                            seen.insert(first);
                        }
                        if seen.insert(inner) {
                            next.push(inner);
                        }
                    }
                }
            }
        }
        people.sort_unstable();
        people.dedup();
        people
    }

    /// The shortest way from a group to a member of it, through the groups within: their positions, the group first.
    /// Nothing where the member is not in it.
    pub(super) fn way(&self, group: &str, member: u32) -> Option<Vec<u32>> {
        let &first = self.groups.get(group)?;
        let mut from: HashMap<u32, Option<u32>> = HashMap::from([(first, None)]);
        let mut next = VecDeque::from([first]);
        while let Some(group) = next.pop_front() {
            let items = self.contents.get(group as usize).map_or(&[][..], Vec::as_slice);
            if items.iter().any(|item| matches!(item, Item::Member(found) if *found == member)) {
                let back = std::iter::successors(Some(group), |at| from.get(at).copied().flatten());
                let mut way: Vec<u32> = back.collect();
                way.reverse();
                return Some(way);
            }
            for item in items {
                if let Item::Group(inner) = *item
                    && !from.contains_key(&inner)
                {
                    from.insert(inner, Some(group));
                    next.push_back(inner);
                }
            }
        }
        None
    }

    /// The people whom a rule names: those of its group without the exceptions.
    pub(super) fn people_of_rule(&self, rule: &Rule) -> Vec<u32> {
        match rule.who.as_ref().map(|who| &who.value) {
            None => Vec::new(),
            Some(Who::Member(id)) => self.member(id.as_str()).into_iter().collect(),
            Some(Who::Group(id)) => {
                let mut people = self.people_of(id.as_str());
                if !rule.except().is_empty() {
                    let mut except: Vec<u32> = rule.except().iter().filter_map(|id| self.member(id.as_str())).collect();
                    except.sort_unstable();
                    people.retain(|member| except.binary_search(member).is_err());
                }
                people
            }
        }
    }

    /// Everybody whom the rules of a pool name.
    pub(super) fn named(&self, pool: &Pool) -> Named {
        let mut pairs = Vec::with_capacity(pool.rules().len());
        for (i, rule) in pool.rules().iter().enumerate() {
            match rule.who.as_ref().map(|who| &who.value) {
                Some(Who::Member(id)) => pairs.extend(self.member(id.as_str()).map(|member| (member, position(i)))),
                _ => pairs.extend(self.people_of_rule(rule).into_iter().map(|member| (member, position(i)))),
            }
        }
        if self.is_exhausted() {
            return Named::default();
        }
        pairs.sort_unstable();
        Named { pairs }
    }
}

/// What the rules that name a person come to on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The rule at this position grants.
    Granted(u32),
    /// No rule grants today; the one at this position names the person.
    Lapsed(u32, Lapse),
}

/// Why a rule grants nothing on a day, if it does not.
pub(super) fn lapse(rule: &Rule, as_of: Date) -> Option<Lapse> {
    if let Some(expires) = rule.expires()
        && expires.value.0 < as_of
    {
        return Some(Lapse::Expired(expires.value.0));
    }
    rule.starts()
        .filter(|starts| starts.value.0 > as_of)
        .map(|starts| Lapse::NotStarted(starts.value.0))
}

/// The cap that a rule comes to: its own, else the pool's default, else whatever the center says.
pub(super) fn effective(rule: &Rule, pool: &Pool) -> Cap {
    rule.cap.as_ref().or(pool.default_cap.as_ref()).map_or(Cap::Inherit, |cap| cap.value)
}

/// How far a cap reaches: the amount, or none for no limit that is known.
fn reach(cap: Cap, pool: &Pool) -> (bool, rust_decimal::Decimal) {
    match cap {
        Cap::Amount(amount) => (false, amount),
        Cap::Unlimited => (true, rust_decimal::Decimal::ZERO),
        Cap::Inherit => match pool.default_cap.map(|cap| cap.value) {
            Some(Cap::Amount(amount)) => (false, amount),
            _ => (true, rust_decimal::Decimal::ZERO),
        },
    }
}

/// Whether a rule is about one member rather than a group.
pub(super) fn is_own(rule: &Rule) -> bool {
    matches!(rule.who.as_ref().map(|who| &who.value), Some(Who::Member(_)))
}

/// How the caps of two rules stand to each other in a pool: the one that counts comes first.
pub(super) fn by_cap(pool: &Pool, a: &Rule, b: &Rule) -> Ordering {
    let caps = reach(effective(a, pool), pool).cmp(&reach(effective(b, pool), pool));
    if pool.overlap.is_some_and(|o| o.value == Overlap::Highest) { caps.reverse() } else { caps }
}

/// Which of two rules that name one person comes first on a day. A member's own rule beats those of groups; rules that
/// do not hold on this day decide only where no other does.
fn precedence(pool: &Pool, as_of: Date, a: &Rule, b: &Rule) -> Ordering {
    match (lapse(a, as_of), lapse(b, as_of)) {
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (None, None) => among_holding(pool, a, b),
        (Some(x), Some(y)) => {
            let order = |lapse: &Lapse| match lapse {
                Lapse::Expired(day) => (0, std::cmp::Reverse(Some(*day)), None),
                Lapse::NotStarted(day) => (1, std::cmp::Reverse(None), Some(*day)),
            };
            order(&x)
                .cmp(&order(&y))
                .then(is_own(b).cmp(&is_own(a)))
                .then_with(|| group_name(a).cmp(&group_name(b)))
        }
    }
}

fn group_name(rule: &Rule) -> String {
    match rule.who.as_ref().map(|who| &who.value) {
        Some(Who::Group(id)) => id.to_string(),
        _ => String::new(),
    }
}

/// Which of two rules that both hold comes first, whatever the day. Where caps are equal the longer right counts, and
/// then the name, so that no order of the file matters.
fn among_holding(pool: &Pool, a: &Rule, b: &Rule) -> Ordering {
    let end = |rule: &Rule| rule.expires().map_or((true, Date::MAX), |day| (false, day.value.0));
    is_own(b)
        .cmp(&is_own(a))
        .then_with(|| by_cap(pool, a, b))
        .then_with(|| end(b).cmp(&end(a)))
        .then_with(|| group_name(a).cmp(&group_name(b)))
}

/// What it comes to that a rule comes first.
fn verdict(rule: &Rule, index: u32, as_of: Date) -> Verdict {
    lapse(rule, as_of).map_or(Verdict::Granted(index), |lapse| Verdict::Lapsed(index, lapse))
}

/// Decides over a person whom these rules name.
pub(super) fn decide(pool: &Pool, named: &[(u32, u32)], as_of: Date) -> Option<Verdict> {
    let rule = |index: u32| pool.rules().get(index as usize);
    // A single rule, by far the most frequent case, needs no comparison.
    if let [(_, only)] = named {
        return rule(*only).map(|found| verdict(found, *only, as_of));
    }
    named
        .iter()
        .filter_map(|(_, index)| rule(*index).map(|found| (*index, found)))
        .min_by(|(_, a), (_, b)| precedence(pool, as_of, a, b))
        .map(|(index, found)| verdict(found, index, as_of))
}

/// The rules that name a person, the one that [`decide`]s first: the same order, told whole.
pub(super) fn ranked(pool: &Pool, named: &[(u32, u32)], as_of: Date) -> Vec<u32> {
    let mut rules: Vec<(u32, &Rule)> = named
        .iter()
        .filter_map(|(_, index)| pool.rules().get(*index as usize).map(|found| (*index, found)))
        .collect();
    rules.sort_by(|(_, a), (_, b)| precedence(pool, as_of, a, b));
    rules.into_iter().map(|(index, _)| index).collect()
}

/// The last of these rules to have ended: what it gave is gone, also where another rule still grants.
pub(super) fn ended<'a>(pool: &'a Pool, named: &[(u32, u32)], as_of: Date) -> Option<(&'a Rule, Date)> {
    let rules = named.iter().filter_map(|(_, index)| pool.rules().get(*index as usize));
    rules
        .filter_map(|rule| match lapse(rule, as_of) {
            Some(Lapse::Expired(day)) => Some((rule, day)),
            _ => None,
        })
        .max_by_key(|(_, day)| *day)
}

/// Which of these rules grants from which day on, as long as no file changes: today first, then every day on which that
/// becomes another rule or none. One sweep over the days, because a person may be named by very many rules.
pub(super) fn turns(pool: &Pool, named: &[(u32, u32)], as_of: Date) -> Vec<Turn> {
    let mut rules: Vec<(u32, &Rule)> = named
        .iter()
        .filter_map(|(_, index)| pool.rules().get(*index as usize).map(|found| (*index, found)))
        .collect();
    rules.sort_by(|(_, a), (_, b)| among_holding(pool, a, b));
    let mut days: BTreeMap<Date, Vec<(usize, bool)>> = BTreeMap::new();
    for (rank, (_, rule)) in rules.iter().enumerate() {
        let starts = rule.starts().map_or(as_of, |day| day.value.0.max(as_of));
        let expires = rule.expires().map(|day| day.value.0);
        if expires.is_some_and(|expires| expires < starts) {
            continue;
        }
        days.entry(starts).or_default().push((rank, true));
        if let Some(after) = expires.and_then(|expires| expires.tomorrow().ok()) {
            days.entry(after).or_default().push((rank, false));
        }
    }
    let mut holding = BTreeSet::new();
    let mut turns: Vec<Turn> = Vec::new();
    for (from, steps) in days {
        for (rank, begins) in steps {
            if begins {
                holding.insert(rank);
            } else {
                holding.remove(&rank);
            }
        }
        let rule = holding.first().and_then(|&rank| rules.get(rank)).map(|(index, _)| *index);
        if turns.last().is_none_or(|last| last.rule != rule) {
            turns.push(Turn { from, rule });
        }
    }
    turns
}

/// The most that a person may ever get from now on, of the rules that have not expired: no passing day makes it more.
pub(super) fn most(pool: &Pool, named: &[(u32, u32)], as_of: Date) -> Option<Cap> {
    let rules = pool.rules();
    let live = || {
        named
            .iter()
            .filter_map(|(_, index)| rules.get(*index as usize))
            .filter(|rule| !matches!(lapse(rule, as_of), Some(Lapse::Expired(_))))
    };
    let dated = |day: Option<super::file::Spanned<Day>>| day.is_some();
    if live().all(|rule| !dated(rule.starts()) && !dated(rule.expires())) {
        return match decide(pool, named, as_of)? {
            Verdict::Granted(index) => rules.get(index as usize).map(|rule| effective(rule, pool)),
            Verdict::Lapsed(..) => None,
        };
    }
    live().map(|rule| effective(rule, pool)).max_by_key(|cap| reach(*cap, pool))
}
