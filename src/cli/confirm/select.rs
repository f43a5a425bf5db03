//! Which items of a runbook are meant.

use std::collections::BTreeSet;

use crate::output::confirm::name;
use crate::output::escape::Terminal;
use crate::plan::runbook::read::Position;
use crate::plan::{Item, Runbook};

use super::CommandError;

/// How many names an error lists.
const LISTED: usize = 12;

/// Everything.
pub(super) fn all(runbook: &Runbook) -> BTreeSet<Position> {
    items(runbook).map(|(position, _)| position).collect()
}

fn items(runbook: &Runbook) -> impl Iterator<Item = (Position, &Item)> {
    let steps = runbook.steps.iter().enumerate();
    steps.flat_map(|(s, step)| step.items.iter().enumerate().map(move |(i, item)| ((s, i), item)))
}

/// What the words name: a step by its number, an item by its member's id or by what the console calls it.
pub(super) fn only(runbook: &Runbook, words: &[String]) -> Result<BTreeSet<Position>, CommandError> {
    let mut done = BTreeSet::new();
    for word in words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        let step = word.parse::<u32>().ok();
        let step = step.and_then(|number| runbook.steps.iter().position(|step| step.number == number));
        let named: Vec<(Position, &Item)> = items(runbook).filter(|(_, item)| is_called(item, word)).collect();
        let meant: BTreeSet<&str> = named.iter().map(|(_, item)| name(item)).collect();
        let shown = Terminal(word);
        match (step, meant.len()) {
            (Some(s), 0) => {
                let items = runbook.steps.get(s).map_or(0, |step| step.items.len());
                done.extend((0..items).map(|i| (s, i)));
            }
            (None, 1) => done.extend(named.into_iter().map(|(position, _)| position)),
            (None, 0) => return Err(unknown(runbook, word)),
            (Some(_), _) => {
                let error = CommandError::usage(format!("`{shown}` is a step, and a name of {}", listed(&meant)));
                return Err(error.hint("name the person as the console shows them"));
            }
            (None, _) => {
                let error = CommandError::usage(format!("`{shown}` is a name of {}", listed(&meant)));
                return Err(error.hint("name the person as the console shows them"));
            }
        }
    }
    if done.is_empty() {
        return Err(CommandError::usage("--only names nothing").hint("name steps by number, and people"));
    }
    Ok(done)
}

fn is_called(item: &Item, word: &str) -> bool {
    let member = item.member.as_ref().is_some_and(|member| member.as_str() == word);
    member || item.name.eq_ignore_ascii_case(word) || name(item).eq_ignore_ascii_case(word)
}

fn listed(names: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| Terminal(name).to_string()).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn unknown(runbook: &Runbook, word: &str) -> CommandError {
    let error = CommandError::usage(format!("`{}` is no step of the runbook, and nobody in it", Terminal(word)));
    let names: BTreeSet<&str> = items(runbook).map(|(_, item)| name(item)).collect();
    let near = names
        .iter()
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, name)) => error.hint(format!("did you mean `{}`?", Terminal(name))),
        None => error.hint(format!("it has {} steps, and {}", runbook.steps.len(), listed(&names))),
    }
}
