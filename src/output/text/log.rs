//! What the ledger tells, for a person at a terminal: what somebody has and since when, then change after change.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;

use crate::apply::Outcome;
use crate::git::Commit;
use crate::ledger::{Act, Right, Run, Standing, Who};
use crate::model::{Cap, Expiry, Grant, Origin, Others};
use crate::output::escape::Terminal;
use crate::output::explain;
use crate::output::log::{Check, Report};
use crate::output::words::{self, count_words};

use super::Style;
use super::changes::{cell, step};
use super::explain::verdict;
use super::style::Paint;

/// How many characters of a commit's first line are shown.
const SUBJECT: usize = 72;
/// How many characters of a URL or a path are shown.
const LONG: usize = 200;
/// The widest that a column is made for the sake of alignment.
const WIDEST: usize = 40;

/// Writes what a ledger tells.
pub fn log(out: &mut impl Write, report: &Report<'_>, style: Style) -> io::Result<()> {
    if let Some(name) = report.name {
        person(out, report, name, style)?;
    }
    for (place, group) in report.acts.chunk_by(|a, b| a.run == b.run && a.seq == b.seq).enumerate() {
        if place > 0 || report.name.is_some() {
            writeln!(out)?;
        }
        self::group(out, report, group, style)?;
    }
    if report.acts.is_empty() && report.name.is_none() {
        let sentence =
            if report.chain.entries() == 0 { "the ledger has no entry yet" } else { "the ledger tells of no change" };
        writeln!(out, "{sentence}")?;
    }
    if report.left_out > 0 {
        let rest = count_words(report.left_out, "older change", "older changes");
        writeln!(out, "\n{}", style.paint(Paint::Faint, &format!("… and {rest}; --limit shows more")))?;
    }
    Ok(())
}

/// What somebody has, by the ledger and by the files.
fn person(out: &mut impl Write, report: &Report<'_>, name: &str, style: Style) -> io::Result<()> {
    for standing in report.standings {
        let sentence = standing_words(report, standing);
        style.sentence(out, 0, None, &sentence)?;
        if let Some(unknown) = standing.unknown {
            let sentence =
                format!("what a run of {} sent after that is not known: entry {}", minute(unknown.at), unknown.seq);
            style.sentence(out, 2, Some(Paint::Bad), &sentence)?;
        }
    }
    if report.standings.is_empty() {
        let sentence = format!("the ledger has nothing that came about for {}", Terminal(name));
        style.sentence(out, 0, None, &sentence)?;
    }
    match &report.files {
        Some(files) => self::files(out, report, files, style),
        None => Ok(()),
    }
}

fn standing_words(report: &Report<'_>, standing: &Standing<'_>) -> String {
    let Standing { center, pool, subject, right, since, unknown: _ } = standing;
    let name = words::shortened(subject.name(), words::NAME);
    let rows = words::rows(&since.made.change, since.made.periods);
    let before = match (right, rows.first()) {
        (Right::Grant(..) | Right::NoGrant, Some(row)) => format!(" ({} before)", cell(&row.before)),
        _ => String::new(),
    };
    let how = report.runs.get(&since.run).map(|run| {
        let commit = commit_of(&run.who, report.commits).map(|commit| format!(", from {commit}"));
        format!(": entry {}, {}{}", since.seq, by(run), commit.unwrap_or_default())
    });
    let how = how.unwrap_or_else(|| format!(": entry {}", since.seq));
    let right = right_words(right);
    format!("{} has {right} of {pool} in {center} since {}{before}{how}", Terminal(&name), minute(since.at))
}

fn right_words(right: &Right) -> String {
    match right {
        Right::Grant(Grant { cap, period, expires }, of_pool) => {
            let cap = match cap {
                None => "a grant without a cap of its own".to_owned(),
                Some(Cap::Unlimited) => "no cap".to_owned(),
                Some(cap) => words::cap_words(*cap, period.or(*of_pool)),
            };
            match expires {
                Some(Expiry::On(day)) => format!("{cap}, until {day},"),
                Some(Expiry::Never) | None => cap,
            }
        }
        Right::NoGrant => "no grant".to_owned(),
        Right::NoPool => "nothing, as nobody has,".to_owned(),
        Right::Others(Others::Blocked, _) => "nothing, as everybody else,".to_owned(),
        Right::Others(Others::Cap(cap), period) => {
            format!("{}, as everybody else,", words::cap_words(*cap, *period))
        }
    }
}

/// The line of the files that decides, and who wrote it.
fn files(out: &mut impl Write, report: &Report<'_>, files: &explain::Report<'_>, style: Style) -> io::Result<()> {
    for right in &files.explanation.pools {
        let written = files.origins.and_then(|origins| origins.get(&right.decided_at));
        let written = match written.map(AsRef::as_ref) {
            None => String::new(),
            Some(Origin::NotCommitted) => ", not committed yet".to_owned(),
            Some(Origin::Commit { id, author: _, at }) => {
                let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
                format!(", written in {} on {day}", commit_words(id, report.commits))
            }
        };
        let verdict = verdict(files, right);
        let place = Terminal(&right.decided_at.to_string()).to_string();
        let sentence = format!("the files, {} / {}: {verdict}, by {place}{written}", right.center, right.pool);
        style.sentence(out, 0, None, &sentence)?;
    }
    Ok(())
}

/// A run, and the changes of it that were asked for.
fn group(out: &mut impl Write, report: &Report<'_>, acts: &[&Act], style: Style) -> io::Result<()> {
    let Some(first) = acts.first() else { return Ok(()) };
    let run = report.runs.get(&first.run);
    let title = match run {
        Some(run) if run.told => format!("{}  {} {}; it died", minute(first.at), run.command, by(run)),
        Some(run) => format!("{}  {} {}", minute(first.at), run.command, by(run)),
        None => format!("{}  a run whose beginning is missing", minute(first.at)),
    };
    style.sentence(out, 0, Some(Paint::Title), &title)?;
    let mut parts = vec![format!("entry {}", first.seq)];
    if let Some(Run { who, request, plan, .. }) = run {
        parts.extend(request.as_ref().map(|id| format!("request {}", Terminal(&words::shortened(id, LONG)))));
        parts.extend(plan.as_ref().map(|plan| format!("plan {}", Terminal(plan.get(..12).unwrap_or(plan)))));
        parts.extend(commit_of(who, report.commits));
        parts.extend(who.run_url.as_ref().map(|url| Terminal(&words::shortened(url, LONG)).to_string()));
    }
    style.sentence(out, 2, Some(Paint::Faint), &parts.join(" · "))?;
    // The order in which they were made.
    let rows: Vec<[String; 3]> = acts.iter().rev().flat_map(|act| rows(act)).collect();
    let widest = |column: usize| {
        let widths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (pools, people) = (widest(0), widest(1));
    for [pool, who, what] in &rows {
        writeln!(out, "    {pool:pools$}  {who:people$}  {what}")?;
    }
    Ok(())
}

/// What a change did, and what became of it.
fn rows(act: &Act) -> Vec<[String; 3]> {
    let made = &act.made;
    let pool = format!("{} / {}", made.change.center, made.change.pool);
    let fate = match made.outcome {
        Outcome::Applied if !made.effective => "; written but not effective",
        Outcome::Applied => "",
        Outcome::Already => "; it was so already",
        Outcome::Refused => "; refused, and not made",
        Outcome::Failed => "; failed, and not made",
        Outcome::Unknown => "; sent, and nobody knows whether it was made",
        Outcome::Manual => "; for a person to do",
        Outcome::Skipped => "; not tried",
    };
    let why = words::why(&made.change).map(|why| format!("; {why}")).unwrap_or_default();
    let rows = words::rows(&made.change, made.periods).into_iter().map(|row| {
        let what = format!("{}{fate}{why}", step(&row.before, &row.after));
        [pool.clone(), cell(&row.who), what]
    });
    rows.collect()
}

/// By whom, and by whose approval.
fn by(run: &Run) -> String {
    let name = |text: &str| Terminal(&words::shortened(text, words::NAME)).to_string();
    let Who { name: actor, rerun_by, approvers, .. } = &run.who;
    let again = rerun_by.as_ref().map(|by| format!(", run again by {}", name(by))).unwrap_or_default();
    let by = match &run.confirmed_by {
        Some(by) => format!("by {}, who set it by hand", name(by)),
        None => format!("by {}{again}", name(actor)),
    };
    if approvers.is_empty() {
        return format!("{by}, no approver recorded");
    }
    let approvers: Vec<String> = approvers.iter().map(|approver| name(approver)).collect();
    format!("{by}, approved by {}", approvers.join(" and "))
}

/// The commit of a run, and whether the files were as it has them.
fn commit_of(who: &Who, commits: &BTreeMap<String, Commit>) -> Option<String> {
    let commit = commit_words(who.commit.as_deref()?, commits);
    Some(if who.dirty { format!("{commit}, with changes that are in no commit") } else { commit })
}

/// A commit, with what Git knows of it here.
fn commit_words(id: &str, commits: &BTreeMap<String, Commit>) -> String {
    let short = Terminal(words::shortened_commit(id)).to_string();
    match commits.get(id) {
        Some(Commit { subject, author, .. }) => format!(
            "commit {short} by {}: \"{}\"",
            Terminal(&words::shortened(author, words::NAME)),
            Terminal(&words::shortened(subject, SUBJECT))
        ),
        None => format!("commit {short}"),
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Writes what a look at the chain tells.
pub fn check(out: &mut impl Write, check: &Check<'_>, style: Style) -> io::Result<()> {
    let Check { place, chain, expected, open } = check;
    let entries = count_words(chain.entries(), "entry", "entries");
    match (&chain.broken, expected) {
        (Some(broken), _) => {
            let sentence = format!("{}: {}", Terminal(place), Terminal(&broken.to_string()));
            style.sentence(out, 0, Some(Paint::Bad), &sentence)?;
            style.sentence(out, 2, None, "what it tells from there on may not be what was written")?;
        }
        (None, Some((hash, None))) => {
            let sentence = format!("{}: no entry has the hash {hash}: {entries}", Terminal(place));
            style.sentence(out, 0, Some(Paint::Bad), &sentence)?;
            style.sentence(out, 2, None, "what was written there was cut off, or written anew")?;
        }
        (None, Some((_, Some(entry)))) => writeln!(out, "entry {entry} is as it was; {entries}, {}", head(check))?,
        (None, None) if chain.entries() == 0 => writeln!(out, "the ledger has no entry yet")?,
        (None, None) => writeln!(out, "{entries}, {}", head(check))?,
    }
    for (_, run) in *open {
        let journal = run.journal.as_deref().unwrap_or_default();
        let sentence = format!(
            "the run of {}, entry {}, {}, has no end: if it is not under way, `bursar resume {}` finishes it",
            minute(run.at),
            run.seq,
            by(run),
            Terminal(&words::shortened(journal, LONG))
        );
        style.sentence(out, 0, None, &sentence)?;
    }
    Ok(())
}

fn head(check: &Check<'_>) -> String {
    format!("head {}", check.chain.head().unwrap_or_default())
}
