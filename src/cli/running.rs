//! A run of changes, as `apply` and whatever else writes share it: writers opened, signals heard, the report shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::apply::{self, Controls, Fence, Interrupt, Journal, Outcome, Report, Site};
use crate::centers;
use crate::model::CenterId;
use crate::output::{self, text::Style};
use crate::plan::{Change, Delivery, Plan};

use super::session::Center;
use super::signals::{Signal, listen};
use super::{CommandError, Context, Exit, Format, Ui};

/// Opens a writer for each center that has something to write.
pub(super) fn sites(
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

/// Makes the changes. An error where a second signal ended the waiting.
pub(super) async fn write(
    context: &Context,
    changes: &[Change],
    sites: &BTreeMap<CenterId, Site>,
    mut journal: Journal,
    fence: &dyn Fence,
    signal: &Signal,
) -> Result<Report, CommandError> {
    let interrupt = Arc::new(Interrupt::default());
    let progress = context.ui.progress(changes.len(), "applying");
    let mut listener = listen(context.ui, Arc::clone(&interrupt), signal.clone())?;
    let controls = Controls { interrupt: &interrupt, fence, progress: &progress };
    let report = tokio::select! {
        report = apply::run(changes, sites, &mut journal, controls) => Some(report),
        _ = &mut listener => None,
    };
    listener.abort();
    report.ok_or_else(|| abandoned(journal.place(), signal))
}

/// The end of a run whose last write was not waited for. What it was is in the journal: an intent without an outcome.
fn abandoned(journal: &str, signal: &Signal) -> CommandError {
    let why = "interrupted again: nobody waited for the last write, so it may have been made or not";
    let error = CommandError::message(why)
        .hint(format!("its intent is in {journal}; `bursar apply` looks what is there and goes on from it"));
    CommandError { exit: signal.exit().unwrap_or(Exit::Interrupted), ..error }
}

/// Shows what became of a plan.
pub(super) fn print(context: &Context, format: Format, plan: &Plan, report: &Report) -> Result<(), CommandError> {
    let mut out = Vec::new();
    if format == Format::Json {
        output::json::report(&mut out, report)
    } else {
        let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
        output::text::report(&mut out, report, plan, style)
    }
    .map_err(CommandError::failed)?;
    context.ui.artefact(&out)
}

/// How a run ends.
pub(super) fn exit(report: &Report, signal: &Signal) -> Exit {
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
