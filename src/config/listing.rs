//! The rules and the groups as they are written, for those who explain them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::diagnostics::Files;
use crate::model::capability::Capabilities;
use crate::model::{GroupId, MemberId, PoolId, Rule, RuleWho, Source, Turn, Unit};

use super::directory::{Directory, turns as turns_of};
use super::file::{self, Config};
use super::resolve::{cap_of, unit_of};

/// Every rule of every pool, in the order of the file: the same as in [`PoolSources`](crate::model::PoolSources).
pub fn rules(config: &Config, files: &Files, providers: &[&'static Capabilities]) -> BTreeMap<PoolId, Vec<Rule>> {
    let mut all = BTreeMap::new();
    for entry in &config.pools {
        let pool = &entry.value;
        let center = pool.center.as_ref().and_then(|center| config.centers.get(center.as_str()));
        let unit = center
            .and_then(|center| center.value.capabilities(providers))
            .and_then(|capabilities| unit_of(pool, capabilities));
        let rules = pool.rules().iter().filter_map(|rule| written(rule, unit, files));
        all.insert(entry.name.value.clone(), rules.collect());
    }
    all
}

/// A rule as it is written, in the unit of its pool.
pub(super) fn written(rule: &file::Rule, unit: Option<Unit>, files: &Files) -> Option<Rule> {
    let who = match &rule.who.as_ref()?.value {
        file::Who::Member(member) => RuleWho::Member(member.clone()),
        file::Who::Group(group) => {
            RuleWho::Group(group.clone(), rule.except().iter().map(|id| id.value.clone()).collect())
        }
    };
    Some(Rule {
        who,
        cap: rule.cap.and_then(|cap| cap_of(cap.value, unit?)),
        reason: rule.reason().map(|reason| reason.to_string().into()),
        starts: rule.starts().map(|day| day.value.0),
        expires: rule.expires().map(|day| day.value.0),
        source: Source { file: files.shown(rule.span.file), line: files.line(rule.span) },
    })
}

/// How the rules of each pool take turns over those people for whom another one than today's will decide some day.
pub fn turns(config: &Config, as_of: Date) -> BTreeMap<PoolId, BTreeMap<MemberId, Vec<Turn>>> {
    let directory = Directory::new(config);
    let mut all = BTreeMap::new();
    for entry in &config.pools {
        let pool = &entry.value;
        if pool.rules().iter().all(|rule| rule.starts().is_none() && rule.expires().is_none()) {
            continue;
        }
        let several = directory.named(pool);
        let several = several.iter().filter(|(_, rules)| rules.len() > 1);
        let turning = several.filter_map(|(member, rules)| {
            let turns = turns_of(pool, rules, as_of);
            let member = config.members.at(member as usize)?.name.value.clone();
            turns.iter().any(|turn| turn.from > as_of).then_some((member, turns))
        });
        all.insert(entry.name.value.clone(), turning.collect());
    }
    all
}

/// Where the row of a CSV stands that is about a member.
pub fn rows(config: &Config, files: &Files) -> BTreeMap<MemberId, Source> {
    let row = |entry: &file::Entry<MemberId, file::Member>| {
        let span = entry.value.row.as_deref()?.span;
        Some((entry.name.value.clone(), Source { file: files.shown(span.file), line: files.line(span) }))
    };
    config.members.iter().filter_map(row).collect()
}

/// Everybody in each group, through the groups within it.
pub fn groups(config: &Config) -> BTreeMap<GroupId, BTreeSet<MemberId>> {
    let directory = Directory::new(config);
    let people = |group: &GroupId| {
        let positions = directory.people_of(group.as_str());
        positions
            .into_iter()
            .filter_map(|at| config.members.at(at as usize).map(|entry| entry.name.value.clone()))
            .collect()
    };
    config
        .groups
        .iter()
        .map(|entry| (entry.name.value.clone(), people(&entry.name.value)))
        .collect()
}
