//! Requests for a higher cap for a person at a terminal: a table per center.

use std::io::{self, Write};

use crate::model::Cap;
use crate::output::escape::Terminal;
use crate::output::explain::word;
use crate::output::requests::{Landing, Request};
use crate::output::words::{self, count_words};

use super::Style;
use super::style::Paint;

/// The widest that a column is made for the sake of alignment.
const WIDEST: usize = 40;
/// The most of a person's own words.
const REASON: usize = 240;

/// Writes requests, those of one center together.
pub fn requests(out: &mut impl Write, requests: &[Request], style: Style) -> io::Result<()> {
    for (place, group) in requests.chunk_by(|a, b| a.center == b.center).enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        if let Some(first) = group.first() {
            let waits = count_words(group.len(), "request", "requests");
            let title = format!("{}: {waits} for a higher cap", first.center);
            writeln!(out, "{}", style.paint(Paint::Title, &title))?;
        }
        table(out, group, style)?;
    }
    Ok(())
}

fn table(out: &mut impl Write, requests: &[Request], style: Style) -> io::Result<()> {
    const HEAD: [&str; 7] = ["id", "who", "pool", "files", "center", "asks for", "since"];
    let rows: Vec<[String; 7]> = requests.iter().map(row).collect();
    let mut widths = HEAD.map(|head| head.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count()).min(WIDEST);
        }
    }
    let line = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    writeln!(out, "  {}", style.paint(Paint::Faint, &line(&HEAD)))?;
    for (request, row) in requests.iter().zip(&rows) {
        writeln!(out, "  {}", line(&row.each_ref().map(String::as_str)))?;
        if let Some(reason) = &request.reason {
            let reason = words::shortened(reason, REASON);
            style.sentence(out, 6, Some(Paint::Faint), &format!("they say: {}", Terminal(&reason)))?;
        }
        if let Landing::Several(_) = request.landing {
            let pools: Vec<&str> = request.landing.pools().into_iter().map(crate::model::PoolId::as_str).collect();
            let why = format!("it may be about {}: say which with --pool", pools.join(" or "));
            style.sentence(out, 6, None, &why)?;
        }
        if !request.who.is_known() {
            style.sentence(out, 6, None, "the files do not know them: add them under `members:` first")?;
        }
    }
    Ok(())
}

fn row(request: &Request) -> [String; 7] {
    let Request { center: _, id, who, landing, now, asked, asked_period, reason: _, since } = request;
    let (pool, files) = match landing {
        Landing::Pool(right) => {
            let files = match word(&right.right) {
                (_, Some(Cap::Inherit)) => "the center's default".to_owned(),
                ("others", Some(cap)) => format!("{}, as others", words::cap_words(cap, right.period)),
                (_, Some(cap)) => words::cap_words(cap, right.period),
                ("not_started", None) => "not yet".to_owned(),
                (word, None) => word.to_owned(),
            };
            (right.pool.to_string(), files)
        }
        Landing::Several(several) => (format!("one of {}", several.len()), "?".to_owned()),
        Landing::Nowhere => ("none".to_owned(), "no pool of the files".to_owned()),
    };
    let now = match now {
        None => "not told".to_owned(),
        Some(Cap::Inherit) => "no cap of their own".to_owned(),
        Some(cap) => cap.to_string(),
    };
    let who = words::shortened(who.name(), words::NAME);
    [
        Terminal(id).to_string(),
        Terminal(&who).to_string(),
        pool,
        files,
        now,
        asked.map_or_else(|| "more".to_owned(), |asked| asked.to_string()) + words::per(*asked_period),
        since.map_or_else(String::new, |since| since.strftime("%Y-%m-%d %H:%M UTC").to_string()),
    ]
}
