//! `bursar apply`: make it so.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::apply::lock::Locks;
use crate::apply::{Journal, Report};
use crate::output::{self, text::Style};
use crate::plan::Allow;

use super::locking::{self, LockArgs};
use super::running::{exit, print, sites, write};
use super::session::{self, Planned, Selection, Session};
use super::signals::Signal;
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
    #[command(flatten)]
    lock: LockArgs,
}

pub(super) fn run(context: &Context, args: &ApplyArgs) -> CommandResult {
    let format = context.format("apply", &[Format::Text, Format::Json])?;
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    block_on(async {
        // Nobody else is kept waiting while a person makes up their mind; afterwards everything is looked at again.
        let seen = if args.yes { None } else { Some(session.clone().plan(context, &args.allow).await?) };
        if let Some(planned) = &seen {
            show(context, args, planned)?;
            if let Some(exit) = done(context, format, planned)? {
                return Ok(exit);
            }
            ask(planned.plan.changes.len())?;
        }
        let hash = seen.map(|planned| planned.plan.hash);
        let locks = locking::lock(context, &session, &args.lock).await?;
        let outcome = locked(context, args, format, session, hash, &locks).await;
        locking::unlock(context, locks, outcome).await
    })?
}

/// Plans, and makes it so, while the locks are held. `seen` is the hash of the plan that somebody consented to.
async fn locked(
    context: &Context,
    args: &ApplyArgs,
    format: Format,
    session: Session,
    seen: Option<String>,
    locks: &Locks,
) -> CommandResult {
    let planned = locking::before_writing(session.plan(context, &args.allow)).await?;
    match seen {
        None => show(context, args, &planned)?,
        Some(hash) if hash == planned.plan.hash => {}
        Some(_) => {
            let error = CommandError::message("the center changed while you were asked, so nothing was written")
                .hint("run it again and look at the new plan");
            return Err(CommandError { exit: Exit::Stale, ..error });
        }
    }
    if let Some(exit) = done(context, format, &planned)? {
        return Ok(exit);
    }
    let journal = journal(context, args, &planned)?;
    let Planned { plan, centers, parts } = planned;
    let sites = sites(centers, &parts, &plan.changes)?;
    context.ui.say(&format!("journal: {}", journal.place()));
    let signal = Signal::default();
    let report = write(context, &plan.changes, &sites, journal, locks, &signal).await;
    let report = report.inspect_err(|_| locking::leave(context, locks))?;
    print(context, format, &plan, &report)?;
    Ok(exit(&report, &signal))
}

/// How the run ends where there is nothing to write.
fn done(context: &Context, format: Format, planned: &Planned) -> Result<Option<Exit>, CommandError> {
    if !planned.plan.refusals.is_empty() {
        return Ok(Some(Exit::Refused));
    }
    if planned.plan.is_empty() {
        print(context, format, &planned.plan, &Report { verified: true, ..Report::default() })?;
        return Ok(Some(Exit::Done));
    }
    Ok(None)
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
