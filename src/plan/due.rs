//! What falls due: rules that begin or end within a time from today on, and rules that have ended and still stand in the
//! files. The files alone tell it, and it is no part of what is approved.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::model::{Cap, CenterId, Others, Period, PoolId, Rule, RuleWho, Source};

use super::Selected;
use super::files::{Files, FilesCenter};

/// What happens to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Its last day has passed, and it still names its people.
    Ended,
    /// Its last day is near.
    Ends,
    /// Its first day is near.
    Begins,
}

/// What some of the people of a rule may draw without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instead {
    /// How many people.
    pub people: usize,
    /// The rule that grants it; nothing where none does.
    pub by: Option<RuleWho>,
    /// Its cap, or the pool's default cap where it says none; nothing where both say nothing.
    pub cap: Option<Cap>,
    /// Where that rule stands.
    pub source: Option<Source>,
}

/// One day of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// Whom the rule names.
    pub who: RuleWho,
    /// How many people that are.
    pub people: usize,
    /// What happens.
    pub what: What,
    /// Its last day; its first, where it begins.
    pub day: Date,
    /// How many days there are from today to that day; negative where it has passed.
    pub days: i32,
    /// The cap that the rule gives, or the pool's default cap where it says none; nothing where both say nothing.
    pub cap: Option<Cap>,
    /// When that cap starts again.
    pub period: Option<Period>,
    /// What its people may draw the day after its last day or the day before its first; today, where it has ended.
    pub instead: Vec<Instead>,
    /// What the pool says of everybody whom no rule names, which is whom a rule that has ended leaves when it is taken
    /// out of the file; nothing where they are left as they are.
    pub others: Option<Others>,
    /// Why the rule is there, as its author says.
    pub reason: Option<Arc<str>>,
    /// Where it stands.
    pub source: Source,
    /// Its position among the rules of the pool.
    #[serde(skip)]
    pub position: usize,
}

/// All that falls due, what has ended first and then by day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueList {
    /// The last day that counts as near.
    pub until: Date,
    /// The days of the rules.
    pub rules: Vec<Due>,
}

impl Serialize for DueList {
    /// The rules alone: until when was asked is known to whoever asked.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rules.serialize(serializer)
    }
}

impl DueList {
    /// Lists what falls due in the selected pools from today up to a day, and what has ended by today.
    pub fn of(files: &Files, selected: &Selected, today: Date, until: Date) -> Self {
        let mut rules = Vec::new();
        for (id, center) in &files.centers {
            let only = |wanted: Option<&str>, name: &str| wanted.is_none_or(|wanted| wanted == name);
            if !only(selected.center.as_ref().map(CenterId::as_str), id.as_str()) {
                continue;
            }
            for pool in center.desired.state.pools.keys() {
                if only(selected.pool.as_ref().map(PoolId::as_str), pool.as_str()) {
                    of_pool(files, id, center, pool, today, until, &mut rules);
                }
            }
        }
        rules.sort_by(|a, b| {
            (a.what != What::Ended, a.day, &a.center, &a.pool, &a.who, a.what, &a.source).cmp(&(
                b.what != What::Ended,
                b.day,
                &b.center,
                &b.pool,
                &b.who,
                b.what,
                &b.source,
            ))
        });
        Self { until, rules }
    }

    /// Those to which this happens.
    pub fn to(&self, what: What) -> impl Iterator<Item = &Due> {
        self.rules.iter().filter(move |due| due.what == what)
    }
}

fn of_pool(
    files: &Files,
    id: &CenterId,
    center: &FilesCenter,
    name: &PoolId,
    today: Date,
    until: Date,
    all: &mut Vec<Due>,
) {
    let Some(pool) = center.desired.state.pools.get(name) else { return };
    let cap = |rule: &Rule| rule.cap.or(pool.default_cap);
    let rules = files.rules.get(name).map_or(&[][..], Vec::as_slice);
    for (position, rule) in rules.iter().enumerate() {
        let near = |day: &Date| (today..=until).contains(day);
        let ended = rule.expires.filter(|last| *last < today).map(|last| (What::Ended, last, Some(today)));
        let ends = rule.expires.filter(near).map(|last| (What::Ends, last, last.tomorrow().ok()));
        let begins = rule.starts.filter(|first| near(first) && *first > today);
        let begins = begins.map(|first| (What::Begins, first, first.yesterday().ok()));
        for (what, day, other) in [ended, ends, begins].into_iter().flatten() {
            let mut instead: BTreeMap<Option<u32>, usize> = BTreeMap::new();
            for member in files.people(&rule.who) {
                let by = other.and_then(|other| files.granting(center, name, member, other));
                *instead.entry(by).or_default() += 1;
            }
            let people = instead.values().sum();
            let instead = instead.into_iter().map(|(by, people)| {
                let by = by.and_then(|by| rules.get(by as usize));
                Instead {
                    people,
                    by: by.map(|rule| rule.who.clone()),
                    cap: by.and_then(cap),
                    source: by.map(|rule| rule.source.clone()),
                }
            });
            all.push(Due {
                center: id.clone(),
                pool: name.clone(),
                who: rule.who.clone(),
                people,
                what,
                day,
                days: (day - today).get_days(),
                cap: cap(rule),
                period: pool.budget.period,
                instead: instead.collect(),
                others: pool.others,
                reason: rule.reason.clone(),
                source: rule.source.clone(),
                position,
            });
        }
    }
}
