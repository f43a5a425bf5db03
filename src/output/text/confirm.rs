//! What a confirmation came to, for a person at a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::{Cap, CenterId, Level};
use crate::output::confirm::{Absence, Confirmation, Entry, Fate, name};
use crate::output::escape::Terminal;
use crate::plan::Sets;

use super::Style;
use super::style::Paint;

/// How many names one line has.
const NAMES: usize = 10;

/// Writes what a confirmation came to.
pub fn confirm(out: &mut impl Write, confirmation: &Confirmation<'_>, style: Style) -> io::Result<()> {
    let mut centers: Vec<&CenterId> = Vec::new();
    let absences = confirmation.missing.iter().chain(&confirmation.found);
    let of_items = confirmation.entries.iter().map(|entry| &entry.step.center);
    for center in of_items.chain(absences.map(|absence| &absence.center)) {
        if !centers.contains(&center) {
            centers.push(center);
        }
    }
    for center in centers {
        writeln!(out, "{}", style.paint(Paint::Title, center.as_str()))?;
        for (label, fate) in [("recorded", Fate::Recorded), ("already", Fate::Already)] {
            for (what, names) in grouped(confirmation, center, |entry| entry.fate == fate) {
                style.labelled(out, label, &format!("{what}: {}", listed(&names, style)))?;
            }
        }
        for entry in confirmation.entries.iter().filter(|entry| entry.step.center == *center) {
            if let Fate::Refused(why) = &entry.fate {
                style.labelled(out, "refused", &format!("{}: {}", Terminal(name(entry.item)), Terminal(why)))?;
            }
        }
        absent(out, "missing", center, &confirmation.missing, style)?;
        absent(out, "found", center, &confirmation.found, style)?;
        let mut steps: BTreeMap<u32, (&str, Vec<&str>)> = BTreeMap::new();
        let stays = |entry: &&Entry<'_>| entry.fate == Fate::Stays && entry.step.center == *center;
        for entry in confirmation.entries.iter().filter(stays) {
            let (_, names) = steps.entry(entry.step.number).or_insert((&entry.step.title, Vec::new()));
            names.push(name(entry.item));
        }
        for (number, (title, names)) in steps {
            let text = format!("step {number}, {}: {}", Terminal(title), listed(&names, style));
            style.labelled(out, "stays", &text)?;
        }
    }
    Ok(())
}

fn absent(out: &mut impl Write, label: &str, center: &CenterId, absences: &[Absence], style: Style) -> io::Result<()> {
    let controls: Vec<&str> = absences
        .iter()
        .filter(|absence| absence.center == *center)
        .map(|absence| absence.control.label())
        .collect();
    if controls.is_empty() { Ok(()) } else { style.labelled(out, label, &controls.join(", ")) }
}

/// The items of a center by what they set, in the order of the runbook.
fn grouped<'a>(
    confirmation: &Confirmation<'a>,
    center: &CenterId,
    wanted: impl Fn(&Entry<'_>) -> bool,
) -> Vec<(String, Vec<&'a str>)> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for entry in confirmation.entries.iter().filter(|entry| entry.step.center == *center && wanted(entry)) {
        let what = sets(&entry.item.sets);
        let place = *places.entry(what.clone()).or_insert_with(|| {
            groups.push((what, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, names)) = groups.get_mut(place) {
            names.push(name(entry.item));
        }
    }
    groups
}

/// What an item sets, in words.
fn sets(sets: &Sets) -> String {
    match sets {
        Sets::Person { level, .. } => match level.parse() {
            Ok(Level::Blocked) => "no access".to_owned(),
            Ok(Level::Cap(Cap::Amount(amount))) => amount.to_string(),
            _ => Terminal(level).to_string(),
        },
        Sets::Pool { limit, when_exhausted, .. } => {
            // A number stands as it does for people.
            let limit = limit.as_ref().map(|limit| match limit.parse() {
                Ok(Level::Cap(Cap::Amount(amount))) => format!("limit {amount}"),
                _ => format!("limit {}", Terminal(limit)),
            });
            let when = when_exhausted.map(|when| format!("{when} when used up"));
            limit.into_iter().chain(when).collect::<Vec<_>>().join(", ")
        }
    }
}

fn listed(names: &[&str], style: Style) -> String {
    let most = if style.verbose { names.len() } else { NAMES };
    let shown: Vec<String> = names.iter().take(most).map(|name| Terminal(name).to_string()).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
