//! How what is left to be done differs from a saved plan, for a person.

use std::io::{self, Write};

use crate::model::Subject;
use crate::output::escape::Terminal;
use crate::output::words;
use crate::plan::{Change, Difference, How, Periods};

use super::Style;
use super::changes::{cell, step};

/// How many changes are shown.
const SHOWN: usize = 5;
/// How many people are named.
const NAMES: usize = 5;

/// Writes the changes that were not approved as they are now, a line each.
pub fn stale(out: &mut impl Write, differences: &[Difference<'_>], style: Style) -> io::Result<()> {
    let shown = if style.verbose { differences.len() } else { SHOWN };
    for difference in differences.iter().take(shown) {
        let Difference { change, approved, how } = difference;
        let text = format!("{}: {}", Terminal(&change.id()), sentence(change, *approved, how));
        style.sentence(out, 2, None, &text)?;
    }
    if differences.len() > shown {
        writeln!(out, "  … and {} more; -v shows all", differences.len() - shown)?;
    }
    Ok(())
}

fn sentence(change: &Change, approved: Option<&Change>, how: &How) -> String {
    let then = approved.map(steps).unwrap_or_default();
    match how {
        How::New => format!("not in the saved plan; now {}", steps(change)),
        How::Target => "about another object of the center than in the saved plan".to_owned(),
        How::After | How::Before => format!("in the saved plan {then}; now {}", steps(change)),
        How::Moves => match &change.moves_from {
            Some(membership) => format!("would now take them out of {}", Terminal(&membership.name)),
            None => "would no longer take them out of anything".to_owned(),
        },
        How::People(people) => format!("would now hit also {}", names(people)),
    }
}

fn names(people: &[Subject]) -> String {
    let mut names: Vec<String> = people.iter().take(NAMES).map(|person| Terminal(person.name()).to_string()).collect();
    if people.len() > NAMES {
        names.push(format!("{} more", people.len() - NAMES));
    }
    names.join(", ")
}

/// What a change does, without whom it is about: the id says that.
fn steps(change: &Change) -> String {
    let rows = words::rows(change, Periods::default());
    let alone = change.subject.is_some() || rows.len() == 1;
    let words: Vec<String> = rows
        .iter()
        .map(|row| {
            let step = step(&row.before, &row.after);
            if alone { step } else { format!("{} {step}", cell(&row.who)) }
        })
        .collect();
    words.join(", ")
}
