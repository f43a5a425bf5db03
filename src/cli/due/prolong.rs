//! `bursar grant --due`: gives every rule that soon ends another last day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::config::edit;
use crate::output::due::DueEdit;
use crate::plan::{Due, What};
use crate::usage::Snapshot;

use super::super::edited::{Edit, Meant};
use super::super::{CommandResult, Context, Exit, Format};
use super::{Days, Within, answer, named, place};

/// Prolongs the rules of one pool or of all of them whose last day is near. Those that have ended are not brought back.
pub(in crate::cli) fn prolong(
    context: &Context,
    known: Option<Snapshot>,
    within: Within,
    last_day: Date,
    only: Option<&str>,
    dry_run: bool,
) -> CommandResult {
    let format = context.format("grant --due", &[Format::Text, Format::Json, Format::Markdown])?;
    let days = Days::open(context, known, only, within)?;
    // A right is not cut short by what shall prolong it.
    let (rules, left): (Vec<Due>, Vec<Due>) = days.list.to(What::Ends).cloned().partition(|due| due.day < last_day);
    for due in &left {
        let (who, pool, day) = (named(due), &due.pool, due.day);
        context.ui.say(&format!("left as it is: {who} in {pool} until {day} ({})", place(due)));
    }
    let ended = days.list.to(What::Ended).count();
    if ended > 0 {
        let have = if ended == 1 { "1 rule has".to_owned() } else { format!("{ended} rules have") };
        context
            .ui
            .say(&format!("{have} ended already and are not prolonged; `bursar revoke --expired` takes them out"));
    }
    let answer = answer(format, &DueEdit { as_of: days.today, to: Some(last_day), rules: &rules, left: &left })?;
    if rules.is_empty() {
        context
            .ui
            .say(&format!("no rule ends by {} that could be prolonged; nothing was changed", days.list.until));
        context.ui.artefact(&answer)?;
        return Ok(Exit::Done);
    }
    let edit = edit(&days, &rules, last_day, answer);
    days.working.make(context, &edit, dry_run)
}

/// The edit that gives rules another last day.
fn edit(days: &Days, prolonged: &[Due], last_day: Date, answer: Vec<u8>) -> Edit {
    let files = days.by_file(prolonged);
    let texts = files.iter().map(|(file, pools)| {
        let positions = |rules: &Vec<&Due>| rules.iter().map(|due| due.position).collect();
        let rules = pools.iter().map(|(pool, rules)| (pool.as_str(), positions(rules))).collect();
        let text = edit::prolong(days.working.loaded.files.text(*file), &rules, &last_day.to_string())?;
        Some((*file, text))
    });
    let texts = texts.collect();
    let mut pools = BTreeMap::new();
    for (pool, those) in files.values().flatten() {
        let mut rules = days.working.files.rules.get(*pool).cloned().unwrap_or_default();
        let mut people = BTreeSet::new();
        for due in those {
            people.extend(days.working.files.people(&due.who).cloned());
            if let Some(rule) = rules.get_mut(due.position) {
                rule.expires = Some(last_day);
            }
        }
        pools.insert((*pool).clone(), Meant { rules, people });
    }
    let lines =
        days.lines(prolonged, |due| format!("{} in {}, was until {} ({})", named(due), due.pool, due.day, place(due)));
    let count = if prolonged.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", prolonged.len()) };
    let places: Vec<String> = prolonged.iter().map(place).collect();
    Edit {
        texts,
        pools,
        joins: None,
        by_hand: format!("write `expires: {last_day}` into the rules in {}", places.join(", ")),
        done: format!("prolonged: {count}, until {last_day}{lines}"),
        answer,
    }
}
