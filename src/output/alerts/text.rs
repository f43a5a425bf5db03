//! The report for a terminal.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::alerts::{Reading, Unevaluated};
use crate::output::escape::Terminal;
use crate::usage::percent;

use super::{ByCenter, Message, Reached, Recovered, Report, Status, Told, message};

/// Writes a report. `verbose` also tells what could not be evaluated.
pub fn text(out: &mut impl Write, report: &Report, verbose: bool) -> io::Result<()> {
    for Reached { reading, told } in &report.reached {
        writeln!(out, "{}", Terminal(&matter(reading)))?;
        let width = told
            .iter()
            .map(|told| told.recipient.to_string().chars().count())
            .max()
            .unwrap_or(0)
            .min(48);
        for Told { recipient, level, status } in told {
            let (level, recipient) = (level.to_string(), Terminal(&recipient.to_string()).to_string());
            writeln!(out, "  {level:<4}  {recipient:<width$}  {}", Terminal(&said(status)))?;
        }
    }
    for Recovered { reading, recipient, from } in &report.recovered {
        let place = format!("{} / {}{}", reading.center, reading.matter.pool, who(reading));
        let line = format!("{place}: below {from} again, since more may be drawn; {recipient} had been told");
        writeln!(out, "recovered: {}", Terminal(&line))?;
    }
    if report.dry_run {
        messages(out, &report.messages)?;
    }
    for ByCenter { center, pool, alert, recipient } in &report.by_center {
        let line = format!("{center} / {pool}: of {alert} the center itself tells {recipient}");
        writeln!(out, "{}", Terminal(&line))?;
    }
    if verbose {
        for Unevaluated { center, pool, subject, why } in &report.left_out {
            let who = subject.as_ref().map_or(String::new(), |subject| format!(" / {}", subject.name()));
            writeln!(out, "not evaluated: {}", Terminal(&format!("{center} / {pool}{who}: {why}")))?;
        }
    }
    for (center, why) in &report.unread {
        writeln!(out, "not read: {}", Terminal(&format!("{center}: {why}")))?;
    }
    writeln!(out, "{}", sum(report, verbose))
}

fn messages(out: &mut impl Write, messages: &[Message]) -> io::Result<()> {
    for Message { to, id: _, status, rendered } in messages {
        writeln!(out, "\nto {}: {}", Terminal(&message::name(to)), Terminal(&said(status)))?;
        if let Some(subject) = &rendered.subject {
            writeln!(out, "  {}", Terminal(subject))?;
        }
        for line in rendered.text.lines() {
            writeln!(out, "  | {}", Terminal(line))?;
        }
    }
    if messages.is_empty() { Ok(()) } else { writeln!(out) }
}

/// One matter: `local / ai: 450 of 500 credits drawn (90%)`.
fn matter(reading: &Reading) -> String {
    let Reading { center, matter, drawn, at_least, limit, .. } = reading;
    let least = if *at_least { "at least " } else { "" };
    let drawn = match limit {
        Some(limit) => {
            let share = percent(*drawn, *limit).map_or(String::new(), |share| format!(" ({share}%)"));
            format!("{} of {limit} drawn{share}", drawn.grouped())
        }
        None => format!("{drawn} drawn"),
    };
    format!("{center} / {}{}: {least}{drawn}, {}", matter.pool, who(reading), message::period(&reading.window))
}

fn who(reading: &Reading) -> String {
    reading.subject.as_ref().map_or(String::new(), |subject| format!(" / {}", subject.name()))
}

/// Whether somebody knows, in words.
pub(super) fn said(status: &Status) -> String {
    match status {
        Status::Before => "told before".to_owned(),
        Status::Waits(until) => {
            let until = until.strftime("%Y-%m-%d %H:%M UTC");
            format!("may have been told a moment ago; not told again before {until}")
        }
        Status::Would => "would be told".to_owned(),
        Status::Sent => "told".to_owned(),
        Status::Failed(why) => format!("not told: {why}"),
        Status::Unknown(why) => format!("maybe told: {why}; told again in an hour"),
        Status::Unreachable(why) => format!("cannot be told: {why}"),
        Status::Stranger => "not told: the files do not know this person".to_owned(),
    }
}

/// What the run comes to.
pub(super) fn sum(report: &Report, verbose: bool) -> String {
    let mut parts = Vec::new();
    if report.reached.is_empty() {
        parts.push("no level is reached that anybody is to hear of".to_owned());
    }
    let count = |word: &str| report.messages.iter().filter(|message| message.status.word() == word).count();
    for (word, of) in
        [("sent", "sent"), ("would", "to be sent"), ("failed", "failed"), ("unknown", "without an answer")]
    {
        match count(word) {
            0 => {}
            1 => parts.push(format!("1 message {of}")),
            number => parts.push(format!("{number} messages {of}")),
        }
    }
    let told = || report.reached.iter().flat_map(|reached| &reached.told);
    let unreachable: BTreeSet<_> = told()
        .filter(|told| matches!(told.status, Status::Unreachable(_)))
        .map(|told| &told.recipient)
        .collect();
    match unreachable.len() {
        0 if report.messages.is_empty() && !report.reached.is_empty() => parts.push("nobody had to be told".to_owned()),
        0 => {}
        1 => parts.push("1 recipient cannot be told".to_owned()),
        number => parts.push(format!("{number} recipients cannot be told")),
    }
    if !report.left_out.is_empty() {
        let hint = if verbose { "" } else { " (-v says why)" };
        parts.push(format!("{} not evaluated{hint}", report.left_out.len()));
    }
    parts.join("; ")
}
