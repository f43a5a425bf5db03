//! `bursar apply`: make it so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::Args;
use jiff::Timestamp;

use crate::apply::{self, Interrupt, Journal, Outcome, Report, Site};
use crate::centers;
use crate::model::CenterId;
use crate::output::{self, text::Style};
use crate::plan::{Allow, Change, Delivery};

use super::session::{self, Center, Planned, Selection};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on};

/// Make the live centers what the files say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar apply                               plan, show, ask, apply
  bursar apply --yes                         without asking, as in CI
  bursar apply --yes --allow revocations=12  consent to exactly what the plan names

Every write stands in the journal before it is sent, and its outcome after.")]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    selection: Selection,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Consent to exactly this number, such as revocations=12
    #[arg(long, value_name = "NAME=N")]
    allow: Vec<Allow>,
    /// Where to write the journal [default: .bursar/journals/TIME.jsonl]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &ApplyArgs) -> CommandResult {
    let format = context.format("apply", &[Format::Text, Format::Json])?;
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    block_on(async {
        let planned = session.plan(context, &args.allow).await?;
        show(context, args, &planned)?;
        if !planned.plan.refusals.is_empty() {
            return Ok(Exit::Refused);
        }
        if planned.plan.is_empty() {
            print(context, format, &planned, &Report { verified: true, ..Report::default() })?;
            return Ok(Exit::Done);
        }
        if !args.yes {
            ask(planned.plan.changes.len())?;
        }
        let journal = journal(context, args, &planned)?;
        let Planned { plan, centers, parts } = planned;
        let sites = sites(centers, &parts, &plan.changes)?;
        context.ui.say(&format!("journal: {}", journal.path().display()));
        let signal = Signal::default();
        let place = journal.path().to_owned();
        let Some(report) = write(context, &plan.changes, &sites, journal, &signal).await? else {
            return Err(abandoned(&place, &signal));
        };
        let planned = Planned { plan, centers: BTreeMap::new(), parts };
        print(context, format, &planned, &report)?;
        Ok(exit(&report, &signal))
    })?
}

/// Shows the plan to whoever watches; the artefact of an apply is its report.
fn show(context: &Context, args: &ApplyArgs, planned: &Planned) -> Result<(), CommandError> {
    let refused = !planned.plan.refusals.is_empty();
    // Nobody can say yes to what they do not see.
    let asks = !args.yes && !planned.plan.is_empty();
    if context.ui.quiet && !refused && !asks {
        return Ok(());
    }
    let style = Style { color: context.ui.stderr_color, width: Ui::width(), verbose: context.ui.verbose };
    let mut text = Vec::new();
    output::text::plan(&mut text, &planned.plan, style).map_err(CommandError::failed)?;
    context.ui.always(&String::from_utf8_lossy(&text));
    Ok(())
}

fn ask(changes: usize) -> Result<(), CommandError> {
    if !Ui::can_ask() {
        return Err(CommandError::usage("there is no terminal to ask on, so nothing was changed")
            .hint("look at the plan above, then run again with --yes"));
    }
    let what = if changes == 1 { "this change".to_owned() } else { format!("these {changes} changes") };
    if Ui::confirm(&format!("Make {what}?")) {
        return Ok(());
    }
    Err(CommandError::message("not confirmed, so nothing was changed"))
}

fn journal(context: &Context, args: &ApplyArgs, planned: &Planned) -> Result<Journal, CommandError> {
    let path = args.journal.clone().unwrap_or_else(|| {
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ").to_string();
        PathBuf::from(format!(".bursar/journals/{now}.jsonl"))
    });
    let here = context.global.directory == Path::new(".");
    let path = if here { path } else { context.global.directory.join(path) };
    Ok(Journal::create(&path, &planned.plan.hash)?)
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

/// The signal that ended a run, as the number of its exit code less 128; 0 for none.
#[derive(Clone, Default)]
struct Signal(Arc<AtomicU8>);

/// Makes the changes. No report where a second signal ended the waiting.
async fn write(
    context: &Context,
    changes: &[Change],
    sites: &BTreeMap<CenterId, Site>,
    mut journal: Journal,
    signal: &Signal,
) -> Result<Option<Report>, CommandError> {
    let interrupt = Arc::new(Interrupt::default());
    let progress = context.ui.progress(changes.len(), "applying");
    let mut listener = listen(context.ui, Arc::clone(&interrupt), signal.clone())?;
    let report = tokio::select! {
        report = apply::run(changes, sites, &mut journal, &interrupt, &progress) => Some(report),
        _ = &mut listener => None,
    };
    listener.abort();
    Ok(report)
}

/// The end of a run whose last write was not waited for. What it was is in the journal: an intent without an outcome.
fn abandoned(journal: &Path, signal: &Signal) -> CommandError {
    let why = "interrupted again: nobody waited for the last write, so it may have been made or not";
    let journal = journal.display();
    let error = CommandError::message(why)
        .hint(format!("its intent is in {journal}; `bursar apply` looks what is there and goes on from it"));
    let exit = if signal.0.load(Ordering::SeqCst) == 15 { Exit::Terminated } else { Exit::Interrupted };
    CommandError { exit, ..error }
}

/// Waits for SIGINT and SIGTERM: the write in flight is finished, nothing new is begun. Ends with the second signal: a
/// center that makes one wait for minutes shall not need a kill.
fn listen(ui: Ui, interrupt: Arc<Interrupt>, signal: Signal) -> Result<tokio::task::JoinHandle<()>, CommandError> {
    let mut signals = Signals::new().map_err(CommandError::failed)?;
    Ok(tokio::spawn(async move {
        loop {
            signal.0.store(signals.next().await, Ordering::SeqCst);
            if interrupt.is_raised() {
                return;
            }
            interrupt.raise();
            ui.say("interrupted: finishing what is under way, beginning nothing new; once more to wait for nothing");
        }
    }))
}

/// The signals that end a run.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    /// The number of the next one.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.0.recv() => 2,
            _ = self.1.recv() => 15,
        }
    }
}

/// Where there is no SIGTERM, Ctrl-C ends a run.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}

fn print(context: &Context, format: Format, planned: &Planned, report: &Report) -> Result<(), CommandError> {
    let mut out = Vec::new();
    if format == Format::Json {
        output::json::report(&mut out, report)
    } else {
        let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
        output::text::report(&mut out, report, &planned.plan, style)
    }
    .map_err(CommandError::failed)?;
    context.ui.artefact(&out)
}

fn exit(report: &Report, signal: &Signal) -> Exit {
    match signal.0.load(Ordering::SeqCst) {
        2 => Exit::Interrupted,
        15 => Exit::Terminated,
        _ if report.is_complete() => Exit::Done,
        // "In part" means that something was done, or may have been; where surely nothing was, the run failed.
        _ if [Outcome::Applied, Outcome::Already, Outcome::Unknown].map(|outcome| report.count(outcome)) == [0; 3] => {
            Exit::Failed
        }
        _ => Exit::Partial,
    }
}
