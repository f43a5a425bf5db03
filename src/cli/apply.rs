//! `bursar apply`: make it so.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::apply::{Journal, Report, Unfenced};
use crate::output::{self, text::Style};
use crate::plan::Allow;

use super::base::BaseArgs;
use super::running::{exit, print, sites, write};
use super::session::{self, Planned, Selection};
use super::signals::Signal;
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on};

/// Make the live centers what the files say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar apply                               plan, show, ask, apply
  bursar apply --yes                         without asking, as in CI
  bursar apply --yes --base HEAD             and refuse to revert what was done outside review
  bursar apply --yes --allow revocations=12  consent to exactly what the plan names

Every write stands in the journal before it is sent, and its outcome after.")]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    base: BaseArgs,
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
    session.compare(context, &args.base)?;
    block_on(async {
        let planned = session.plan(context, &args.allow).await?;
        show(context, args, &planned)?;
        if !planned.plan.refusals.is_empty() {
            return Ok(Exit::Refused);
        }
        if planned.plan.is_empty() {
            print(context, format, &planned.plan, &Report { verified: true, ..Report::default() })?;
            return Ok(Exit::Done);
        }
        if !args.yes {
            ask(planned.plan.changes.len())?;
        }
        let journal = journal(context, args, &planned)?;
        let Planned { plan, centers, parts } = planned;
        let sites = sites(centers, &parts, &plan.changes)?;
        context.ui.say(&format!("journal: {}", journal.place()));
        let signal = Signal::default();
        let report = write(context, &plan.changes, &sites, journal, &Unfenced, &signal).await?;
        print(context, format, &plan, &report)?;
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
