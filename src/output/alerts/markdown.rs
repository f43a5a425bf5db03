//! The report for a job summary.

use std::io::{self, Write};

use crate::alerts::Reading;
use crate::output::escape::{Markdown, MarkdownSentence};
use crate::usage::percent;

use super::text::{said, sum};
use super::{Reached, Recovered, Report, Told};

/// How many lines of a kind stand in a summary.
const MOST_ROWS: usize = 200;

/// Writes a report as a page of Markdown.
pub fn markdown(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "## Alerts\n\n{}\n", MarkdownSentence(&sum(report, true)))?;
    let rows: Vec<(&Reading, &Told)> = report
        .reached
        .iter()
        .flat_map(|Reached { reading, told }| told.iter().map(move |told| (reading, told)))
        .collect();
    if !rows.is_empty() {
        writeln!(
            out,
            "| center | pool | who | drawn | of | level | recipient | |\n| --- | --- | --- | --: | --: | --: | --- | --- |"
        )?;
    }
    for (reading, Told { recipient, level, status }) in rows.iter().take(MOST_ROWS) {
        let Reading { center, matter, subject, drawn, limit, .. } = reading;
        let who = subject.as_ref().map_or("the budget".to_owned(), |who| Markdown(who.name()).to_string());
        let of = limit.map_or("no limit".to_owned(), |limit| {
            let share = percent(*drawn, limit).map_or(String::new(), |share| format!(" ({share}%)"));
            format!("{limit}{share}")
        });
        let (center, pool, recipient) = (center.as_str(), matter.pool.as_str(), recipient.to_string());
        let said = said(status).replace('|', "/");
        writeln!(
            out,
            "| {} | {} | {who} | {} | {of} | {level} | {} | {} |",
            Markdown(center),
            Markdown(pool),
            drawn.grouped(),
            Markdown(&recipient),
            MarkdownSentence(&said)
        )?;
    }
    if rows.len() > MOST_ROWS {
        writeln!(out, "\n… and {} more", rows.len() - MOST_ROWS)?;
    }
    for Recovered { reading, recipient, from } in report.recovered.iter().take(MOST_ROWS) {
        let who = reading
            .subject
            .as_ref()
            .map_or(String::new(), |who| format!(", {}", Markdown(who.name())));
        let (center, pool) = (reading.center.as_str(), reading.matter.pool.as_str());
        let (center, pool, recipient) = (Markdown(center), Markdown(pool), recipient.to_string());
        writeln!(out, "\n{pool} in {center}{who}: below {from} again; {} had been told", Markdown(&recipient))?;
    }
    for (center, why) in &report.unread {
        writeln!(out, "\n{} was not read: {}", Markdown(center.as_str()), MarkdownSentence(why))?;
    }
    writeln!(out)
}
