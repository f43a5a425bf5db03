//! `bursar revoke --expired`: takes rules that have ended out of the files.
//!
//! A rule that has ended still names its people, and what the pool says of `others` is not for them. Without it that
//! decides. Where others are blocked nothing changes by that. Where they may draw, somebody would gain a right by a day
//! that took one away; and where they are unmanaged, a right that no apply has taken yet would stay for good, since
//! nothing decides over it any more. Such a rule stays in the files until somebody says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::edit;
use crate::config::file;
use crate::model::{Cap, MemberId, Others, Rule, RuleWho};
use crate::output::due::DueEdit;
use crate::plan::files::Files;
use crate::plan::{Due, What};
use crate::usage::Snapshot;

use super::super::edited::{Edit, Meant};
use super::super::{CommandResult, Context, Exit, Format};
use super::{Days, Within, answer, named, place};

/// How many people are named of those whom a rule keeps from what others have.
const NAMES: usize = 10;

/// Takes every rule that has ended out of one pool or of all of them.
pub(in crate::cli) fn take_out(
    context: &Context,
    known: Option<Snapshot>,
    only: Option<&str>,
    yes: bool,
    dry_run: bool,
) -> CommandResult {
    let format = context.format("revoke --expired", &[Format::Text, Format::Json, Format::Markdown])?;
    let days = Days::open(context, known, only, Within(0))?;
    let freed = freed(&days);
    let (left, gone): (Vec<Due>, Vec<Due>) = days
        .list
        .to(What::Ended)
        .cloned()
        .partition(|due| !yes && !freed_by(&days.working.files, due, &freed).is_empty());
    for due in if yes { &gone } else { &left } {
        tell(context, &days, due, &freed, yes);
    }
    if !left.is_empty() {
        context.ui.say("--yes takes these rules out all the same");
    }
    let answer = answer(format, &DueEdit { as_of: days.today, to: None, rules: &gone, left: &left })?;
    if gone.is_empty() {
        let nothing = if left.is_empty() { "no rule has expired" } else { "no other rule has expired" };
        context.ui.say(&format!("{nothing}; nothing was changed"));
        context.ui.artefact(&answer)?;
        return Ok(Exit::Done);
    }
    let edit = edit(&days, &gone, answer);
    days.working.make(context, &edit, dry_run)
}

/// The people of each pool whom a rule names today and whom none would without those that have ended, and to whom that
/// would make a difference.
fn freed(days: &Days) -> BTreeMap<&str, BTreeSet<&MemberId>> {
    let files = &days.working.files;
    let mut freed: BTreeMap<&str, BTreeSet<&MemberId>> = BTreeMap::new();
    for due in days.list.to(What::Ended) {
        let pool = due.pool.as_str();
        if freed.contains_key(pool) {
            continue;
        }
        // What others have of a pool without a unit is not known, so the files are asked rather than what they come to.
        let written = days.working.loaded.config.pools.get(pool).and_then(|entry| entry.value.others.as_ref());
        let harmless = match written.map(|others| &others.value) {
            Some(file::Others::Blocked) => true,
            Some(file::Others::Cap(cap)) => matches!(cap.value, file::Cap::Amount(amount) if amount.is_zero()),
            Some(file::Others::Unmanaged) | None => false,
        };
        let rules = files.rules.get(&due.pool).map_or(&[][..], Vec::as_slice);
        let (ended, rest): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| rule.has_ended(days.today));
        let mut people: BTreeSet<&MemberId> = if harmless { BTreeSet::new() } else { all(files, &ended) };
        if !people.is_empty() {
            let kept = all(files, &rest);
            people.retain(|member| !kept.contains(*member));
        }
        freed.insert(pool, people);
    }
    freed
}

/// Everybody whom rules name.
fn all<'a>(files: &'a Files, rules: &[&'a Rule]) -> BTreeSet<&'a MemberId> {
    rules.iter().flat_map(|rule| files.people(&rule.who)).collect()
}

/// Those of a rule's people over whom others would decide without it.
fn freed_by<'a>(
    files: &'a Files,
    due: &'a Due,
    freed: &BTreeMap<&str, BTreeSet<&'a MemberId>>,
) -> BTreeSet<&'a MemberId> {
    let Some(freed) = freed.get(due.pool.as_str()).filter(|freed| !freed.is_empty()) else { return BTreeSet::new() };
    files.people(&due.who).filter(|member| freed.contains(member)).collect()
}

/// Says what a rule would leave people to, or leaves them to.
fn tell(context: &Context, days: &Days, due: &Due, freed: &BTreeMap<&str, BTreeSet<&MemberId>>, yes: bool) {
    let people = freed_by(&days.working.files, due, freed);
    if people.is_empty() {
        return;
    }
    let shown = if context.ui.verbose { people.len() } else { NAMES };
    let mut names: Vec<String> = people.iter().take(shown).map(ToString::to_string).collect();
    if people.len() > shown {
        names.push(format!("{} more", people.len() - shown));
    }
    let names = names.join(", ");
    let Due { pool, day, .. } = due;
    let place = place(due);
    let whose = match &due.who {
        RuleWho::Member(_) => "the rule".to_owned(),
        RuleWho::Group(group, _) => format!("the rule of the group {group}"),
    };
    let become_others = match due.others {
        Some(Others::Cap(Cap::Amount(amount))) => format!("`others` of {pool} lets {names} draw {amount}"),
        Some(Others::Cap(_) | Others::Blocked) => format!("`others` of {pool} lets {names} draw"),
        None => format!("`others` of {pool} is `unmanaged`, so {names} would keep what the center still holds"),
    };
    context.ui.warn(&if yes {
        format!("without {whose} in {place}, which ended with {day}: {}", become_others.replace("would keep", "keep"))
    } else {
        format!("{whose} in {place} ended with {day} and stays: without it {become_others}")
    });
}

/// The edit that takes rules out.
fn edit(days: &Days, gone: &[Due], answer: Vec<u8>) -> Edit {
    let files = days.by_file(gone);
    let texts = files.iter().map(|(file, pools)| {
        let about = |due: &Due| match &due.who {
            RuleWho::Member(id) => id.to_string(),
            RuleWho::Group(id, _) => id.to_string(),
        };
        let names: BTreeMap<&str, BTreeMap<usize, String>> = pools
            .iter()
            .map(|(pool, rules)| (pool.as_str(), rules.iter().map(|due| (due.position, about(due))).collect()))
            .collect();
        let rules = names
            .iter()
            .map(|(pool, rules)| (*pool, rules.iter().map(|(at, name)| (*at, name.as_str())).collect()))
            .collect();
        let text = edit::take_out(days.working.loaded.files.text(*file), &rules)?;
        Some((*file, text))
    });
    let texts = texts.collect();
    let pools = files.values().flatten().map(|(pool, rules)| {
        let gone: BTreeSet<usize> = rules.iter().map(|due| due.position).collect();
        let before = days.working.files.rules.get(*pool).map_or(&[][..], Vec::as_slice);
        let rest = before.iter().enumerate().filter(|(at, _)| !gone.contains(at));
        // Nobody's right changes: whoever is named by these rules alone had none.
        ((*pool).clone(), Meant { rules: rest.map(|(_, rule)| rule.clone()).collect(), people: BTreeSet::new() })
    });
    let pools = pools.collect();
    let lines = days.lines(gone, |due| format!("{} in {}, until {} ({})", named(due), due.pool, due.day, place(due)));
    let count = if gone.len() == 1 { "1 rule that has".to_owned() } else { format!("{} rules that have", gone.len()) };
    let places: Vec<String> = gone.iter().map(place).collect();
    Edit {
        texts,
        pools,
        joins: None,
        by_hand: format!("take out the rules in {}", places.join(", ")),
        done: format!("taken out: {count} expired{lines}"),
        answer,
    }
}
