//! Who has drawn what for a person at a terminal: a head and a table per pool.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::model::{Amount, Cap, Limit, Subject, Unit};
use crate::output::escape::Terminal;
use crate::output::usage::{as_of, remarks, unsure};
use crate::output::words;
use crate::usage::{CapFrom, CenterUse, PersonUse, PoolUse};

use super::Style;
use super::style::Paint;

/// How many people of a pool are shown.
const SHOWN: usize = 20;
/// The widest that a column is made for the sake of alignment.
const WIDEST: usize = 40;

/// Writes what was drawn, center after center.
pub fn usage(out: &mut impl Write, centers: &[CenterUse], style: Style) -> io::Result<()> {
    for (place, center) in centers.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        of_center(out, center, style)?;
    }
    Ok(())
}

fn of_center(out: &mut impl Write, center: &CenterUse, style: Style) -> io::Result<()> {
    let title = format!("{} ({})", center.center, Terminal(&center.identity));
    writeln!(out, "{}", style.paint(Paint::Title, &title))?;
    if !center.told {
        style.sentence(out, 2, None, "The center does not show what people drew.")?;
    } else if center.pools.is_empty() {
        style.sentence(out, 2, None, "The files have no pool there.")?;
    } else {
        style.sentence(out, 2, Some(Paint::Faint), &as_of(center.read_at, center.lag))?;
    }
    for remark in remarks(center) {
        style.sentence(out, 2, Some(Paint::Faint), &remark)?;
    }
    if center.told {
        for pool in &center.pools {
            writeln!(out)?;
            of_pool(out, center, pool, style)?;
        }
    }
    Ok(())
}

fn of_pool(out: &mut impl Write, center: &CenterUse, pool: &PoolUse, style: Style) -> io::Result<()> {
    writeln!(out, "  {}", style.paint(Paint::Title, pool.pool.as_str()))?;
    if !pool.exists {
        style.sentence(out, 4, None, "It is not in the center yet.")?;
    }
    let used_up = pool
        .drawn
        .zip(pool.budget())
        .is_some_and(|(drawn, budget)| drawn.unit() == budget.unit() && drawn.value() >= budget.value());
    style.sentence(out, 4, used_up.then_some(Paint::Bad), &drawn(center, pool))?;
    if let Some(period) = period(center, pool) {
        style.sentence(out, 4, None, &period)?;
    }
    if let Some(forecast) = pool.forecast {
        let more = if pool.at_least { "at least " } else { "" };
        let end = match forecast.exhausted {
            _ if used_up => ", and it is used up".to_owned(),
            Some(day) => format!(", used up on {day}"),
            None if pool.budget().is_some() => ", so that it lasts".to_owned(),
            None => String::new(),
        };
        style.sentence(out, 4, None, &format!("straight on: {more}{} at its end{end}", forecast.at_end))?;
    }
    if pool.people.is_empty() {
        return style.sentence(out, 4, None, "nobody has a grant, and nobody is known to have drawn");
    }
    table(out, center, pool, style)
}

/// What was drawn of the budget.
fn drawn(center: &CenterUse, pool: &PoolUse) -> String {
    let per = words::per(pool.period);
    let then = match (pool.limit, pool.when_exhausted) {
        (Some(Limit::Amount(_)), Some(when)) => format!(", then {when}"),
        _ => String::new(),
    };
    let Some(drawn) = pool.drawn else {
        let budget = match pool.limit {
            Some(Limit::Amount(limit)) => format!("; the budget is {limit}{per}{then}"),
            Some(Limit::None) => "; there is no limit".to_owned(),
            None => String::new(),
        };
        return format!("drawn: not told{budget}");
    };
    let least = if pool.at_least { "at least " } else { "" };
    let number = if unsure(center, pool.drawn) { "0?".to_owned() } else { drawn.grouped() };
    let share = pool.share().map_or_else(String::new, |share| format!(" ({least}{share}%)"));
    let of = match pool.limit {
        Some(Limit::Amount(limit)) if limit.unit() == drawn.unit() => format!("{number} of {limit}{per}{share}{then}"),
        Some(Limit::Amount(limit)) => format!("{number} {}, the budget is {limit}{per}{then}", drawn.unit()),
        Some(Limit::None) => format!("{number} {}, without a limit", drawn.unit()),
        None => format!("{number} {}, of a budget that is not known", drawn.unit()),
    };
    let seat = pool.seat.map_or_else(String::new, |seat| format!("; {seat} of seats beside it"));
    format!("drawn: {least}{of}{seat}")
}

/// The running period.
fn period(center: &CenterUse, pool: &PoolUse) -> Option<String> {
    let window = pool.window?;
    let Some(until) = window.until else { return Some("in all, since it does not start again".to_owned()) };
    let last = until.yesterday().unwrap_or(until);
    Some(match pool.days_left(center.read_at) {
        Some(0) | None => format!("{} to {last}, which is over", window.since),
        Some(days) => {
            format!("{} to {last}, {} left", window.since, words::count_words(days as usize, "day", "days"))
        }
    })
}

/// The columns, and whether their cells stand at the right.
const HEAD: [(&str, bool); 9] = [
    ("member", false),
    ("drawn", true),
    ("cap", true),
    ("share", true),
    ("at the end", true),
    ("used up on", false),
    ("seat", true),
    ("last", false),
    ("", false),
];

type Row = [String; HEAD.len()];

fn table(out: &mut impl Write, center: &CenterUse, pool: &PoolUse, style: Style) -> io::Result<()> {
    let mut people: Vec<(&Subject, &PersonUse)> = pool.people.iter().collect();
    people.sort_by_key(|(subject, person)| {
        (Reverse(person.share()), Reverse(person.drawn.map(|drawn| drawn.value())), *subject)
    });
    let limit = if style.verbose { people.len() } else { SHOWN };
    let rows: Vec<Row> = people
        .iter()
        .take(limit)
        .map(|(subject, person)| row(center, pool, subject, person))
        .collect();
    let used: Vec<usize> = (0..HEAD.len())
        .filter(|&column| {
            matches!(column, 0..3) || rows.iter().any(|row| !row.get(column).is_none_or(String::is_empty))
        })
        .collect();
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            let head = HEAD.get(column).map_or(0, |(name, _)| name.chars().count());
            cells.chain([head]).filter(|width| *width <= WIDEST).max().unwrap_or(0)
        })
        .collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        let cells = used.iter().map(|&column| {
            let (cell, width) = (cell(column), widths.get(column).copied().unwrap_or(0));
            if HEAD.get(column).is_some_and(|(_, right)| *right) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:width$}")
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head = line(&|column| HEAD.get(column).map_or("", |(name, _)| *name).to_owned());
    writeln!(out, "    {}", style.paint(Paint::Faint, &head))?;
    for row in &rows {
        writeln!(out, "    {}", line(&|column| row.get(column).cloned().unwrap_or_default()))?;
    }
    if people.len() > limit {
        let rest = format!("… and {} more; -v shows all", people.len() - limit);
        writeln!(out, "    {}", style.paint(Paint::Faint, &rest))?;
    }
    Ok(())
}

/// An amount in the pool's unit without it, and any other with its own.
fn amount(amount: Amount, unit: Unit) -> String {
    if amount.unit() == unit { amount.grouped() } else { amount.to_string() }
}

fn row(center: &CenterUse, pool: &PoolUse, subject: &Subject, person: &PersonUse) -> Row {
    let name = words::shortened(subject.name(), words::NAME);
    let drawn = match person.drawn {
        None => "?".to_owned(),
        Some(_) if unsure(center, person.drawn) => "0?".to_owned(),
        Some(drawn) => amount(drawn, pool.unit),
    };
    let cap = match person.cap {
        None => "?".to_owned(),
        Some(Cap::Amount(cap)) => amount(cap, pool.unit),
        Some(cap @ (Cap::Unlimited | Cap::Inherit)) => cap.to_string(),
    };
    let forecast = person.forecast(pool, center.counted());
    let mut remarks = Vec::new();
    if !subject.is_known() {
        remarks.push("not in the files".to_owned());
    }
    remarks.extend(match person.cap_from {
        Some(CapFrom::Default) => Some("the default cap".to_owned()),
        Some(CapFrom::Others) => Some("as everybody else".to_owned()),
        Some(CapFrom::Files) => Some("the cap of the files".to_owned()),
        Some(CapFrom::Own) | None => None,
    });
    if !person.granted && person.cap_from != Some(CapFrom::Others) {
        remarks.push("no grant".to_owned());
    }
    if let Some(until) = person.window.and_then(|window| window.until) {
        remarks.push(format!("starts again on {until}"));
    }
    [
        Terminal(&name).to_string(),
        drawn,
        cap,
        person.share().map_or_else(String::new, |share| format!("{share}%")),
        forecast.map_or_else(String::new, |forecast| amount(forecast.at_end, pool.unit)),
        forecast
            .and_then(|forecast| forecast.exhausted)
            .map_or_else(String::new, |day| day.to_string()),
        person.seat.map_or_else(String::new, |seat| amount(seat, pool.unit)),
        person.last.map_or_else(String::new, |day| day.to_string()),
        remarks.join(", "),
    ]
}
