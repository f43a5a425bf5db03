//! What became of an apply, for a person: what did not happen comes first, what is left and the money last.

use std::io::{self, Write};

use crate::apply::{Outcome, Report, Settled};
use crate::output::escape::Terminal;
use crate::output::runbook::{Placed, effort_of};
use crate::output::words;
use crate::plan::{Change, Plan};

use super::Style;
use super::changes::{cell, groups, step};
use super::plan::{money, numbered, steps};
use super::style::Paint;

/// How many changes of one outcome are shown.
const SHOWN: usize = 20;

/// Writes what became of a plan.
pub fn report(
    out: &mut impl Write,
    report: &Report,
    plan: &Plan,
    runbook: Option<&Placed>,
    style: Style,
) -> io::Result<()> {
    head(out, report, style)?;
    for (outcome, title) in [
        (Outcome::Failed, "Failed: the center said no"),
        (Outcome::Unknown, "Unknown: sent, and nothing tells whether it was made"),
        (Outcome::Refused, "Refused: no longer as the plan saw it, so nothing was written"),
        (Outcome::Skipped, "Skipped: not tried"),
        (Outcome::Manual, "By hand: a person has to do these"),
    ] {
        settled(out, report, plan, style, outcome, title)?;
    }
    if style.verbose {
        settled(out, report, plan, style, Outcome::Already, "Already so")?;
        settled(out, report, plan, style, Outcome::Applied, "Applied")?;
    }
    placed(out, runbook, style)?;
    remaining(out, report, plan, style)?;
    writeln!(out)?;
    let all_done = report
        .outcomes
        .iter()
        .all(|settled| matches!(settled.outcome, Outcome::Applied | Outcome::Already));
    money(
        out,
        &plan.summary.worst_case,
        style,
        if all_done { "worst case" } else { "worst case, once all of the plan is done" },
    )
}

fn head(out: &mut impl Write, report: &Report, style: Style) -> io::Result<()> {
    if report.interrupted {
        let sentence = if report.outcomes.iter().any(|settled| settled.outcome == Outcome::Unknown) {
            "Interrupted: the write in flight was not waited for any longer, the rest was not begun."
        } else {
            "Interrupted: the write in flight was finished, the rest was not begun."
        };
        writeln!(out, "{}", style.paint(Paint::Bad, sentence))?;
    }
    if report.outcomes.is_empty() {
        return writeln!(out, "{}", style.paint(Paint::Title, "Nothing was to be changed."));
    }
    let counts: Vec<String> = Outcome::ALL
        .into_iter()
        .filter_map(|outcome| {
            let count = report.outcomes.iter().filter(|settled| settled.outcome == outcome).count();
            (count > 0).then(|| format!("{count} {outcome}"))
        })
        .collect();
    let changes = words::count_words(report.outcomes.len(), "change", "changes");
    writeln!(out, "{}", style.paint(Paint::Title, &format!("{changes}: {}", counts.join(", "))))
}

fn settled(
    out: &mut impl Write,
    report: &Report,
    plan: &Plan,
    style: Style,
    outcome: Outcome,
    title: &str,
) -> io::Result<()> {
    let mut found: Vec<&Settled> = report.outcomes.iter().filter(|settled| settled.outcome == outcome).collect();
    if found.is_empty() {
        return Ok(());
    }
    if outcome == Outcome::Manual {
        found.sort_by(|a, b| steps(&a.change).cmp(steps(&b.change)));
    }
    writeln!(out, "\n{}", style.paint(Paint::Title, &format!("{title} ({})", found.len())))?;
    let limit = if style.verbose { found.len() } else { SHOWN };
    let not_effective = report.not_effective();
    for (i, Settled { change, outcome: _, message, request_id }) in found.iter().take(limit).enumerate() {
        sentence(out, plan, style, change)?;
        if not_effective.contains(&change.id()) {
            style.sentence(out, 6, None, words::NOT_EFFECTIVE)?;
        } else if outcome == Outcome::Manual {
            // Its title says it.
        } else if let Some(message) = message {
            // What was never sent has no words of the center's.
            let sent = !matches!(outcome, Outcome::Skipped | Outcome::Refused);
            let whose = if sent { "the center: " } else { "" };
            style.sentence(out, 6, None, &format!("{whose}{}", Terminal(message)))?;
        }
        if let Some(id) = request_id {
            writeln!(out, "      {}", style.paint(Paint::Faint, &format!("request {}", Terminal(id))))?;
        }
        // Changes that take the same steps stand together, and the steps follow once.
        let next = found.get(i + 1).filter(|_| i + 1 < limit);
        if outcome == Outcome::Manual
            && plan.steps.is_empty()
            && next.is_none_or(|next| steps(&next.change) != steps(change))
        {
            numbered(out, style, steps(change))?;
        }
    }
    if found.len() > limit {
        writeln!(out, "    … and {} more; -v shows all", found.len() - limit)?;
    }
    Ok(())
}

/// One change in one line, with its place.
fn sentence(out: &mut impl Write, plan: &Plan, style: Style, change: &Change) -> io::Result<()> {
    let rows = words::rows(change, words::periods(plan, change));
    let words: Vec<String> = rows
        .iter()
        .map(|row| format!("{}  {}", cell(&row.who), step(&row.before, &row.after)))
        .collect();
    let sign = style.paint(Paint::Of(change.effect), words::sign(change.effect));
    writeln!(out, "    {sign} {} / {}: {}", change.center, change.pool, words.join("; "))
}

/// The runbook, and what comes after it.
fn placed(out: &mut impl Write, runbook: Option<&Placed>, style: Style) -> io::Result<()> {
    let Some(Placed { markdown, html, confirm, steps, minutes }) = runbook else { return Ok(()) };
    let title = format!("The runbook: {}", effort_of(*steps, *minutes));
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    writeln!(out, "    {}", Terminal(markdown))?;
    writeln!(out, "    {}", Terminal(html))?;
    writeln!(out, "    next: {}", Terminal(confirm))
}

/// What is said where a center did not answer the last look.
const UNVERIFIED: &str = "Not verified: a center could not be read again.";

fn remaining(out: &mut impl Write, report: &Report, plan: &Plan, style: Style) -> io::Result<()> {
    writeln!(out)?;
    if report.remaining.is_empty() {
        let sentence = if report.verified && report.outcomes.is_empty() {
            "What was read is as the files ask."
        } else if report.is_seen() && report.count(Outcome::Manual) > 0 {
            "Verified as far as Bursar writes: the center was read again. What is done by hand shows in the next plan."
        } else if report.is_seen() {
            "Verified: the center was read again, and it is as the files ask."
        } else if report.verified {
            "Nothing was written to a center; what is done by hand shows in the next plan."
        } else {
            UNVERIFIED
        };
        return style.sentence(out, 0, None, sentence);
    }
    if !report.verified {
        style.sentence(out, 0, None, UNVERIFIED)?;
    }
    let title = format!("What is left ({})", report.remaining.len());
    writeln!(out, "{}", style.paint(Paint::Bad, &title))?;
    let mut changes: Vec<&Change> = report.remaining.iter().collect();
    changes.sort_by(|a, b| (&a.center, &a.pool).cmp(&(&b.center, &b.pool)));
    groups(out, style, &changes, |change| words::periods(plan, change), SHOWN)
}
