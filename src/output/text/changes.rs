//! Changes as aligned lines, grouped by center and pool.

use std::io::{self, Write};

use crate::model::Subject;
use crate::output::drawn;
use crate::output::escape::Terminal;
use crate::output::words::{self, Cell, Row};
use crate::plan::{Change, Periods, Strike};

use super::Style;
use super::style::Paint;

/// The widest that a column is made for the sake of alignment.
const WIDEST_WHO: usize = 36;
const WIDEST_WHAT: usize = 52;
/// How many people are named where a change hits many.
const NAMES: usize = 10;

/// One line, escaped and without colour.
struct Line {
    sign: &'static str,
    who: String,
    what: String,
    tail: String,
}

/// A change as it is listed, with what else there is to say of it; all of that is escaped already.
pub(super) trait Listed {
    /// The change.
    fn change(&self) -> &Change;

    /// Which rule it comes through, where that is not the person's own.
    fn via(&self) -> Option<String> {
        None
    }

    /// Why it was asked for, and until when.
    fn remark(&self) -> Option<String> {
        None
    }
}

impl Listed for &Change {
    fn change(&self) -> &Change {
        self
    }
}

/// Writes changes grouped by center and pool; `shown` is how many of a group are written unless everything is.
pub(super) fn groups(
    out: &mut impl Write,
    style: Style,
    changes: &[impl Listed],
    periods: impl Fn(&Change) -> Periods,
    shown: usize,
) -> io::Result<()> {
    let pool = |listed: &_| {
        let change: &Change = Listed::change(listed);
        (change.center.clone(), change.pool.clone())
    };
    for group in changes.chunk_by(|a, b| pool(a) == pool(b)) {
        if let Some(first) = group.first().map(Listed::change) {
            writeln!(out, "  {} / {}", first.center, first.pool)?;
        }
        let limit = if style.verbose { group.len() } else { shown };
        lines(out, style, group.iter().take(limit), &periods)?;
        if group.len() > limit {
            let rest = group.len() - limit;
            writeln!(out, "    {}", style.paint(Paint::Faint, &format!("… and {rest} more; -v shows all")))?;
        }
    }
    Ok(())
}

fn lines<'a, L: Listed + 'a>(
    out: &mut impl Write,
    style: Style,
    changes: impl Iterator<Item = &'a L>,
    periods: &impl Fn(&Change) -> Periods,
) -> io::Result<()> {
    let all: Vec<(&L, Vec<Line>)> = changes
        .map(|listed| {
            let rows = words::rows(listed.change(), periods(listed.change()));
            (listed, rows.iter().enumerate().map(|(i, row)| line(listed, row, i == 0)).collect())
        })
        .collect();
    let widest = |pick: fn(&Line) -> &str, most: usize| {
        let lengths = all.iter().flat_map(|(_, lines)| lines).map(|line| pick(line).chars().count());
        lengths.filter(|length| *length <= most).max().unwrap_or(0)
    };
    let (who_width, what_width) = (widest(|line| &line.who, WIDEST_WHO), widest(|line| &line.what, WIDEST_WHAT));
    for (listed, lines) in &all {
        let change = listed.change();
        for Line { sign, who, what, tail } in lines {
            let pad_who = " ".repeat(who_width.saturating_sub(who.chars().count()));
            let sign = style.paint(Paint::Of(change.effect), sign);
            write!(out, "    {sign} {who}{pad_who}  {what}")?;
            if !tail.is_empty() {
                let pad_what = what_width.saturating_sub(what.chars().count());
                write!(out, "{:pad_what$}  {}", "", style.paint(Paint::Faint, tail))?;
            }
            writeln!(out)?;
        }
        if let Some(remark) = listed.remark() {
            style.sentence(out, 6, Some(Paint::Faint), &remark)?;
        }
        // Whoever keeps the right elsewhere is not hit.
        let people: Vec<Subject> = change.losing().cloned().collect();
        hits(out, style, &people)?;
        for (strike, text) in drawn::sentences(change, style.verbose, |name| Terminal(name).to_string()) {
            let paint = if strike == Strike::Takes { Paint::Of(change.effect) } else { Paint::Bad };
            style.sentence(out, 6, Some(paint), &text)?;
        }
        if let Some(place) = words::leaves(change) {
            style.sentence(out, 6, Some(Paint::Faint), &format!("moves here, and leaves {}", Terminal(&place)))?;
        }
        if let Some(record) = words::record(change) {
            style.sentence(out, 6, Some(Paint::Faint), &format!("the center's record: {}", Terminal(&record)))?;
        }
    }
    Ok(())
}

fn line(listed: &impl Listed, row: &Row, first: bool) -> Line {
    let change = listed.change();
    let who = cell(&row.who);
    let mut what = step(&row.before, &row.after);
    if let Some(worth) = &row.worth {
        what = format!("{what} ({worth})");
    }
    let mut tail = Vec::new();
    if first {
        tail.extend(words::why(change).map(str::to_owned));
        tail.extend(listed.via());
        tail.extend(row.stranger.then(|| "not in the files".to_owned()));
        tail.extend(change.source.as_ref().map(|source| Terminal(&source.to_string()).to_string()));
        tail.extend(words::written(change).map(|(commit, author)| match author {
            Some(author) => format!("{commit} {}", Terminal(&author)),
            None => commit,
        }));
    }
    Line { sign: words::sign(change.effect), who, what, tail: tail.join(", ") }
}

/// A cell, escaped for a terminal.
pub(super) fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Own(text) => text.clone(),
        Cell::Foreign(text) => Terminal(text).to_string(),
    }
}

/// `500 → 300 credits/month`: what both sides end with is said once.
pub(super) fn step(before: &Cell, after: &Cell) -> String {
    let (old, new) = (cell(before), cell(after));
    let number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let shared = new.find([' ', '/']).map_or("", |at| new.get(at..).unwrap_or(""));
    match old.strip_suffix(shared) {
        Some(short) if number(&old) && number(&new) && !short.contains(' ') => format!("{short} → {new}"),
        _ => format!("{old} → {new}"),
    }
}

/// Whom a change hits, where that is more than its subject.
fn hits(out: &mut impl Write, style: Style, people: &[Subject]) -> io::Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let limit = if style.verbose { people.len() } else { NAMES };
    let mut names: Vec<String> =
        people.iter().take(limit).map(|subject| Terminal(subject.name()).to_string()).collect();
    if people.len() > limit {
        names.push(format!("… and {} more; -v shows all", people.len() - limit));
    }
    let text = format!("hits {}: {}", words::people_words(people.len()), names.join(", "));
    style.sentence(out, 6, Some(Paint::Faint), &text)
}
