//! What people have drawn already of what a change takes, in words.

use std::fmt::Write as _;

use crate::model::{Period, Subject};
use crate::plan::{Change, Drew, Strike};

/// How many people a change names who have drawn.
const NAMED: usize = 10;

/// The sentences of a change, without full stops, the gravest first, and whether each is about somebody who is blocked.
/// Names are escaped by whoever asks.
pub(super) fn sentences(change: &Change, whole: bool, name: impl Fn(&str) -> String) -> Vec<(Strike, String)> {
    let mut all: Vec<&Drew> = change.drawn.iter().collect();
    all.sort_by(|a, b| (a.strike, &a.subject).cmp(&(b.strike, &b.subject)));
    let shown = if whole { all.len() } else { NAMED };
    let mut sentences: Vec<(Strike, String)> =
        all.iter().take(shown).map(|drew| (drew.strike, sentence(drew, &name))).collect();
    if let Some(next) = all.get(shown) {
        let rest = all.len() - shown;
        let (who, verb) = if rest == 1 { ("1 more person", "has") } else { ("more people", "have") };
        let count = if rest == 1 { String::new() } else { format!("{rest} ") };
        sentences.push((next.strike, format!("… and {count}{who} who {verb} drawn")));
    }
    sentences
}

/// The sentences of a change for whoever escapes them as a whole.
pub fn plain(change: &Change) -> Vec<String> {
    sentences(change, false, str::to_owned)
        .into_iter()
        .map(|(_, sentence)| sentence)
        .collect()
}

/// What was drawn of one change by one person, or by everybody.
fn sentence(drew: &Drew, name: impl Fn(&str) -> String) -> String {
    let who = drew.subject.as_ref().map(Subject::name).map_or_else(|| "everybody".to_owned(), name);
    let least = if drew.at_least { "at least " } else { "" };
    let during = during(drew);
    match (drew.strike, drew.drawn, drew.of) {
        (Strike::Blocks, Some(drawn), Some(of)) => {
            format!("blocks {who} at once: {least}{} of {of} drawn{during}", drawn.grouped())
        }
        (Strike::UsesUp, Some(drawn), Some(of)) => {
            format!("is used up at once: {least}{} of {of} drawn{during}", drawn.grouped())
        }
        (_, Some(drawn), _) => {
            let mut text = format!("{who} drew {drawn}{during}");
            if let Some(last) = drew.last {
                let _ = write!(text, ", last on {last}");
            }
            text
        }
        (_, None, _) => match drew.last {
            Some(day) => format!("{who} used it on {day}"),
            None => format!("{who} used it lately"),
        },
    }
}

/// When it was drawn.
fn during(drew: &Drew) -> String {
    match (drew.period, drew.window) {
        (Some(Period::Daily), _) => " today".to_owned(),
        (Some(Period::Weekly), _) => " this week".to_owned(),
        (Some(Period::Monthly), _) => " this month".to_owned(),
        (Some(Period::Quarterly), _) => " this quarter".to_owned(),
        (Some(Period::Yearly), _) => " this year".to_owned(),
        (None, Some(window)) => format!(" since {}", window.since),
        (Some(Period::Lifetime), _) | (None, None) => " so far".to_owned(),
    }
}
