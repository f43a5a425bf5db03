//! The plan for a person: what takes something away comes first, the money comes last.

use std::io::{self, Write};

use crate::output::escape::Terminal;
use crate::output::runbook::effort;
use crate::output::words;
use crate::plan::{Change, Delivery, Effect, Money, Plan, Refusal};

use super::Style;
use super::changes::groups;
use super::due::due;
use super::style::Paint;

/// How many changes of a group are shown: more of those that take something away.
pub(super) const SHOWN: usize = 10;
pub(super) const SHOWN_LOSSES: usize = 40;

/// Writes a plan.
pub fn plan(out: &mut impl Write, plan: &Plan, style: Style) -> io::Result<()> {
    head(out, plan, style)?;
    refusals(out, &plan.refusals, style)?;
    for effect in Effect::ALL {
        section(out, plan, style, effect)?;
    }
    manual(out, plan, style)?;
    asserts(out, plan, style)?;
    unmanaged(out, plan, style)?;
    due(out, plan.due.as_ref(), style)?;
    notes(out, plan, style)?;
    if !plan.is_empty() {
        writeln!(out)?;
        let calls = words::calls(plan, str::to_owned).join("; ");
        if !calls.is_empty() {
            style.sentence(out, 0, Some(Paint::Faint), &format!("Requests: {calls}"))?;
        }
        let hash = if style.verbose { plan.hash.as_str() } else { plan.hash.get(..12).unwrap_or(&plan.hash) };
        writeln!(out, "{}", style.paint(Paint::Faint, &format!("Plan {hash}")))?;
    }
    refusals(out, &plan.refusals, style)?;
    writeln!(out)?;
    money(out, &plan.summary.worst_case, style, "worst case")
}

/// The money under a title, one line per unit.
pub(super) fn money(out: &mut impl Write, money: &Money, style: Style, title: &str) -> io::Result<()> {
    for line in words::money(money) {
        writeln!(out, "{}", style.paint(Paint::Title, &format!("{title}: {line}")))?;
    }
    Ok(())
}

fn head(out: &mut impl Write, plan: &Plan, style: Style) -> io::Result<()> {
    let centers = words::centers(plan, |text| Terminal(text).to_string()).join(", ");
    if plan.is_empty() {
        let sentence = if plan.asserts.is_empty() { "Nothing to change" } else { "Nothing that Bursar could change" };
        writeln!(out, "{}", style.paint(Paint::Title, &format!("{sentence}.")))?;
        let sentence =
            if centers.is_empty() { "No center was looked at.".to_owned() } else { format!("Looked: {centers}.") };
        return style.sentence(out, 0, None, &sentence);
    }
    let changes = words::count_words(plan.changes.len(), "change", "changes");
    let title = format!("{changes}: {}", words::counts_words(&plan.summary.counts));
    writeln!(out, "{}", style.paint(Paint::Title, &title))?;
    style.sentence(out, 0, None, &format!("For {centers}."))?;
    match words::causes(plan) {
        Some(causes) => style.sentence(out, 0, None, &format!("Causes: {causes}.")),
        None => Ok(()),
    }
}

/// The limits that the plan goes over, with the exact consent.
pub(super) fn refusals(out: &mut impl Write, refusals: &[Refusal], style: Style) -> io::Result<()> {
    if refusals.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Paint::Bad, "Refused"))?;
    for refusal in refusals {
        style.sentence(out, 2, None, &Terminal(&refusal.message).to_string())?;
        let way = match &refusal.allow {
            Some(allow) => format!("to consent to exactly this: --allow {}", Terminal(allow)),
            None => words::no_consent(refusal).to_owned(),
        };
        style.sentence(out, 4, Some(Paint::Title), &way)?;
    }
    Ok(())
}

fn by_pool(changes: &mut [&Change]) {
    changes.sort_by(|a, b| {
        (&a.center, &a.pool, a.effect, a.kind, &a.subject, &a.alert)
            .cmp(&(&b.center, &b.pool, b.effect, b.kind, &b.subject, &b.alert))
    });
}

fn section(out: &mut impl Write, plan: &Plan, style: Style, effect: Effect) -> io::Result<()> {
    let mut changes: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| change.effect == effect && !matches!(change.delivery, Delivery::Manual { .. }))
        .collect();
    if changes.is_empty() {
        return Ok(());
    }
    by_pool(&mut changes);
    let title = format!("{} ({})", words::title(effect), changes.len());
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    let shown = if matches!(effect, Effect::Revokes | Effect::Cuts) { SHOWN_LOSSES } else { SHOWN };
    groups(out, style, &changes, |change| words::periods(plan, change), shown)
}

/// The steps that a person takes for a change.
pub(super) fn steps(change: &Change) -> &[String] {
    match &change.delivery {
        Delivery::Manual { steps } => steps,
        Delivery::Api | Delivery::Assert => &[],
    }
}

/// Writes steps with their numbers.
pub(super) fn numbered(out: &mut impl Write, style: Style, steps: &[String]) -> io::Result<()> {
    for (i, step) in steps.iter().enumerate() {
        style.sentence(out, 4, None, &format!("{}. {}", i + 1, Terminal(step)))?;
    }
    Ok(())
}

/// What a person has to do: the changes with the same steps together, the steps once.
fn manual(out: &mut impl Write, plan: &Plan, style: Style) -> io::Result<()> {
    let mut changes: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| matches!(change.delivery, Delivery::Manual { .. }))
        .collect();
    if changes.is_empty() {
        return Ok(());
    }
    by_pool(&mut changes);
    if plan.steps.is_empty() {
        changes.sort_by(|a, b| steps(a).cmp(steps(b)));
    }
    let title = format!("By hand ({}): the center has no way for Bursar to write these", changes.len());
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    for group in changes.chunk_by(|a, b| !plan.steps.is_empty() || steps(a) == steps(b)) {
        groups(out, style, group, |change| words::periods(plan, change), SHOWN_LOSSES)?;
        if let Some(first) = group.first().filter(|_| plan.steps.is_empty()) {
            numbered(out, style, steps(first))?;
        }
    }
    for group in plan.steps.chunk_by(|a, b| a.center == b.center) {
        if let Some(first) = group.first() {
            let line = format!("{}: {}; `bursar apply` writes the runbook", first.center, effort(group));
            style.sentence(out, 2, None, &line)?;
        }
    }
    Ok(())
}

fn asserts(out: &mut impl Write, plan: &Plan, style: Style) -> io::Result<()> {
    if plan.asserts.is_empty() {
        return Ok(());
    }
    let mut changes: Vec<&Change> = plan.asserts.iter().collect();
    by_pool(&mut changes);
    let title = format!("Differences that can only be seen ({}): the center cannot be written there", changes.len());
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    groups(out, style, &changes, |change| words::periods(plan, change), SHOWN)
}

fn unmanaged(out: &mut impl Write, plan: &Plan, style: Style) -> io::Result<()> {
    if plan.unmanaged.is_empty() {
        return Ok(());
    }
    let title = format!("Unmanaged pools ({}), never touched", plan.unmanaged.len());
    writeln!(out, "\n{}", style.paint(Paint::Title, &title))?;
    for group in plan.unmanaged.chunk_by(|a, b| a.center == b.center) {
        let limit = if style.verbose { group.len() } else { SHOWN };
        let mut names: Vec<String> = group.iter().take(limit).map(|pool| Terminal(&pool.pool).to_string()).collect();
        if group.len() > limit {
            names.push(format!("… and {} more; -v shows all", group.len() - limit));
        }
        if let Some(first) = group.first() {
            style.sentence(out, 2, None, &format!("{}: {}", first.center, names.join(", ")))?;
        }
    }
    Ok(())
}

fn notes(out: &mut impl Write, plan: &Plan, style: Style) -> io::Result<()> {
    if plan.notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Paint::Title, "Notes"))?;
    let limit = if style.verbose { plan.notes.len() } else { SHOWN };
    for note in plan.notes.iter().take(limit) {
        style.sentence(out, 2, None, &format!("{}: {}", note.center, Terminal(&note.message)))?;
    }
    if plan.notes.len() > limit {
        writeln!(out, "  … and {} more; -v shows all", plan.notes.len() - limit)?;
    }
    Ok(())
}
