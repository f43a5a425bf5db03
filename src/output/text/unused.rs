//! The grants that nobody used, for a person at a terminal: those that are sure, and apart from them those of which
//! nobody can tell.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::model::window;
use crate::output::escape::Terminal;
use crate::output::unused::{Report, Unused};
use crate::output::words::{self, count_words};
use crate::usage::{Idle, Why};

use super::Style;
use super::style::Paint;

/// How many grants of a list are shown.
const SHOWN: usize = 20;

/// Writes a report of unused grants.
pub fn unused(out: &mut impl Write, report: &Report, style: Style) -> io::Result<()> {
    let (sure, unsure): (Vec<&Unused>, Vec<&Unused>) = report.grants.iter().partition(|grant| grant.is_sure());
    let days = count_words(usize::from(report.days), "day", "days");
    if sure.is_empty() {
        let title = format!("No grant is known to be unused for {days}.");
        writeln!(out, "{}", style.paint(Paint::Title, &title))?;
    } else {
        let title = format!("Unused for {days} or more ({})", sure.len());
        writeln!(out, "{}", style.paint(Paint::Title, &title))?;
        list(out, &sure, report.history, style)?;
    }
    if !unsure.is_empty() {
        let title = format!("Not known ({}): these may be in use", unsure.len());
        writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
        list(out, &unsure, report.history, style)?;
    }
    Ok(())
}

fn list(out: &mut impl Write, grants: &[&Unused], history: Option<Timestamp>, style: Style) -> io::Result<()> {
    let limit = if style.verbose { grants.len() } else { SHOWN };
    let shown: Vec<&&Unused> = grants.iter().take(limit).collect();
    for group in shown.chunk_by(|a, b| (&a.idle.center, &a.idle.pool) == (&b.idle.center, &b.idle.pool)) {
        if let Some(first) = group.first() {
            writeln!(out, "  {} / {}", first.idle.center, first.idle.pool)?;
        }
        for unused in group {
            one(out, unused, history, style)?;
        }
    }
    if grants.len() > limit {
        let rest = format!("… and {} more; -v shows all", grants.len() - limit);
        writeln!(out, "  {}", style.paint(Paint::Faint, &rest))?;
    }
    Ok(())
}

fn one(out: &mut impl Write, unused: &Unused, history: Option<Timestamp>, style: Style) -> io::Result<()> {
    let Unused { idle, source, granted } = unused;
    let name = words::shortened(idle.subject.name(), words::NAME);
    let cap = idle
        .cap
        .map_or_else(|| "a cap that is not known".to_owned(), |cap| words::cap_words(cap, idle.period));
    style.sentence(out, 4, None, &format!("{}: {cap}, {}", Terminal(&name), known(idle, history)))?;
    let mut place: Vec<String> = source.iter().map(|source| Terminal(&source.to_string()).to_string()).collect();
    place.extend(granted.map(|day| format!("written on {day}")));
    place.extend((!idle.subject.is_known()).then(|| "not in the files".to_owned()));
    if !place.is_empty() {
        style.sentence(out, 6, Some(Paint::Faint), &place.join(", "))?;
    }
    if let Some(revoke) = unused.revoke().filter(|_| unused.is_sure()) {
        style.sentence(out, 6, Some(Paint::Faint), &revoke)?;
    }
    Ok(())
}

/// What is known of somebody's use.
fn known(idle: &Idle, history: Option<Timestamp>) -> String {
    let days = count_words(idle.days as usize, "day", "days");
    match (idle.why, idle.last, idle.since) {
        (Why::NotTold, ..) | (_, None, None) => "and the center does not tell what they drew".to_owned(),
        (Why::Between(from, to), ..) => format!("drew between {from} and {to}"),
        (Why::Young(day), ..) => format!("granted on {day} and not used since"),
        // A lifetime began before everything.
        (_, None, Some(since)) if since.year() <= 1 => "never drew".to_owned(),
        (Why::Unused, Some(last), _) => format!("drew last on {last}, {days} ago"),
        (Why::Unused, None, Some(since)) => format!("drew nothing since {since}, for {days}"),
        (Why::Short, Some(last), since) if since == Some(last) => {
            format!("drew last on {last}, {days} ago as far as is told by now")
        }
        (Why::Short, _, since) => {
            let since = since.map_or_else(String::new, |day| format!(" since {day}"));
            let before = match (history, idle.since) {
                (Some(first), Some(day)) if window::day(first) >= day => "there is no snapshot of before".to_owned(),
                _ => "nothing is known of before".to_owned(),
            };
            format!("drew nothing{since}, and {before}: {days} at most")
        }
    }
}
