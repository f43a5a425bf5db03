//! A run of changes, as `apply` and whatever else writes share it: writers opened, signals heard, the report shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::apply::lock::Locks;
use crate::apply::{self, Controls, Fence, Interrupt, Journal, Outcome, Report, Site};
use crate::centers;
use crate::model::CenterId;
use crate::output::{self, runbook::Placed, text::Style};
use crate::plan::{Change, Delivery, Plan};

use super::ledger::Running;
use super::locking;
use super::session::{Center, Planned};
use super::signals::{Signal, Signals, listen};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui};

/// Asks whether to make the changes of a plan.
pub(super) fn ask(plan: &Plan) -> Result<(), CommandError> {
    if !Ui::can_ask() {
        return Err(CommandError::usage("there is no terminal to ask on, so nothing was changed")
            .hint("look at the plan above, then run again with --yes"));
    }
    if Ui::confirm(&question(plan)) {
        return Ok(());
    }
    Err(CommandError::message("not confirmed, so nothing was changed"))
}

/// What a yes is to.
fn question(plan: &Plan) -> String {
    let these = |count: usize| if count == 1 { "this change".to_owned() } else { format!("these {count} changes") };
    let manual = plan.manual().count();
    match plan.changes.len() - manual {
        0 => format!("Write the runbook for {}?", these(manual)),
        made if manual == 0 => format!("Make {}?", these(made)),
        made => format!("Make {made} of {}, and write the runbook for the other {manual}?", these(made + manual)),
    }
}

/// Shows the plan to whoever watches; the artefact of a run is its report.
pub(super) fn show(context: &Context, yes: bool, plan: &Plan) -> Result<(), CommandError> {
    // Nobody can say yes to what they do not see.
    let asks = !yes && !plan.is_empty();
    if context.ui.quiet && plan.refusals.is_empty() && !asks {
        return Ok(());
    }
    let style = Style { color: context.ui.stderr_color, width: Ui::width(), verbose: context.ui.verbose };
    let mut text = Vec::new();
    output::text::plan(&mut text, plan, style).map_err(CommandError::failed)?;
    context.ui.always(&String::from_utf8_lossy(&text));
    Ok(())
}

/// Makes what was planned, and shows what became of it.
pub(super) async fn make(
    context: &Context,
    format: Format,
    planned: Planned,
    (journal, running, runbook): (Journal, Running<'_>, Option<&Placed>),
    locks: &Locks,
    signals: Signals,
) -> CommandResult {
    let Planned { plan, centers, parts, held: _ } = planned;
    let sites = sites(centers, &parts, &plan.changes)?;
    context.ui.say(&format!("journal: {}", journal.place()));
    let (signal, place) = (Signal::default(), journal.place().to_owned());
    let listener = |interrupt| listen(context.ui, interrupt, signal.clone(), signals);
    let report = write(context, &plan.changes, &sites, journal, locks, listener).await;
    let report = report.ok_or_else(|| abandoned(&place, &signal));
    let report = report.inspect_err(|_| locking::leave(context, locks))?;
    let printed = print(context, format, &plan, (&report, runbook));
    let exit = exit(&report, &signal);
    // What was done is told whether or not anybody could be shown it.
    running.end(&plan, &report, exit).await;
    printed.map(|()| exit)
}

/// The report where there is nothing to make.
pub(super) fn nothing(context: &Context, format: Format, plan: &Plan) -> CommandResult {
    print(context, format, plan, (&Report { verified: true, ..Report::default() }, None))?;
    Ok(Exit::Done)
}

/// Opens a writer for each center that has something to write.
fn sites(
    centers: BTreeMap<CenterId, Center>,
    parts: &BTreeMap<CenterId, crate::plan::CenterPart>,
    changes: &[Change],
) -> Result<BTreeMap<CenterId, Site>, CommandError> {
    let mut sites = BTreeMap::new();
    for (id, Center { settings, reader, scope }) in centers {
        let written = changes.iter().any(|change| change.center == id && change.delivery == Delivery::Api);
        let Some(part) = parts.get(&id).filter(|_| written) else { continue };
        let writer = centers::writer(&settings, &scope)
            .map_err(|error| CommandError::from(error).context(format!("center {id}")))?;
        sites.insert(id, Site { reader, writer, desired: part.desired.clone(), scope });
    }
    Ok(sites)
}

/// Makes the changes. `None` where a second signal ended the waiting.
async fn write(
    context: &Context,
    changes: &[Change],
    sites: &BTreeMap<CenterId, Site>,
    mut journal: Journal,
    fence: &dyn Fence,
    listen: impl FnOnce(Arc<Interrupt>) -> JoinHandle<()>,
) -> Option<Report> {
    let interrupt = Arc::new(Interrupt::default());
    let progress = context.ui.progress(changes.len(), "applying");
    let mut listener = listen(Arc::clone(&interrupt));
    let controls = Controls { interrupt: &interrupt, fence, progress: &progress };
    let report = tokio::select! {
        report = apply::run(changes, sites, &mut journal, controls) => Some(report),
        _ = &mut listener => None,
    };
    listener.abort();
    report
}

/// The end of a run whose last write was not waited for. What it was is in the journal: an intent without an outcome.
fn abandoned(journal: &str, signal: &Signal) -> CommandError {
    let why = "interrupted again: nobody waited for the last write, so it may have been made or not";
    let error = CommandError::message(why).hint(format!(
        "its intent is in the journal: `bursar resume {journal}` looks what is there and goes on from it"
    ));
    CommandError { exit: signal.exit().unwrap_or(Exit::Interrupted), ..error }
}

/// Shows what became of a plan.
fn print(
    context: &Context,
    format: Format,
    plan: &Plan,
    (report, runbook): (&Report, Option<&Placed>),
) -> Result<(), CommandError> {
    context.ui.made(|out| {
        if format == Format::Json {
            output::json::report(out, report, runbook)
        } else {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::report(out, report, plan, runbook, style)
        }
    })
}

/// How a run ends.
fn exit(report: &Report, signal: &Signal) -> Exit {
    match signal.exit() {
        Some(exit) => exit,
        None if report.is_complete() => Exit::Done,
        // "In part" means that something was done, or may have been; where surely nothing was, the run failed.
        None if [Outcome::Applied, Outcome::Already, Outcome::Unknown].map(|outcome| report.count(outcome))
            == [0; 3] =>
        {
            Exit::Failed
        }
        None => Exit::Partial,
    }
}
