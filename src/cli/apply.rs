//! `bursar apply`: make it so.

use std::path::PathBuf;

use clap::Args;

use crate::apply::Approved;
use crate::plan::{Allow, seen};

use super::approval::{self, Standing};
use super::running::{ask, make, nothing, show};
use super::session::{self, Selection};
use super::{CommandResult, Context, Exit, Format, block_on, place};

/// Make the live centers what the files say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar apply                               plan, show, ask, apply
  bursar apply --yes                         without asking, as in CI
  bursar apply --yes --allow revocations=12  consent to exactly what the plan names
  bursar apply plan.json --yes               only what `bursar plan --out plan.json` saved

Files and centers are read again for a saved plan too: it tells what was approved, and nothing
else is done. It holds no consent; that is given again, with the number that the saved plan named.
Every write stands in the journal before it is sent, and its outcome after.")]
pub(super) struct ApplyArgs {
    /// A saved plan: nothing is done that is not in it
    #[arg(value_name = "PLAN", conflicts_with_all = ["center", "pool"])]
    plan: Option<PathBuf>,
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
    let saved = args.plan.as_deref().map(|place| place::read_plan(context, place)).transpose()?;
    let mut session = session::open(context)?;
    let mut allows = args.allow.clone();
    if let Some(saved) = &saved {
        if let Some(unfit) = approval::before_reading(saved, &session) {
            return Err(unfit.refuse(context));
        }
        session.select(&Selection::from(&saved.selected))?;
        let seen = seen(&session.resolved.guardrails, &saved.changes);
        allows = allows.into_iter().map(|allow| allow.to_saved(&seen)).collect();
    } else {
        session.select(&args.selection)?;
    }
    block_on(async {
        let planned = session.plan(context, &allows).await?;
        if let Some(saved) = &saved
            && let Standing::Unfit(unfit) = approval::standing(saved, &planned.plan)
        {
            return Err(unfit.refuse(context));
        }
        show(context, args.yes, &planned.plan)?;
        if !planned.plan.refusals.is_empty() {
            return Ok(Exit::Refused);
        }
        if planned.plan.is_empty() {
            return nothing(context, format, &planned.plan);
        }
        ask(args.yes, planned.plan.changes.len())?;
        let approved = Approved::of(&planned.plan, &allows);
        let journal = place::create_journal(context, args.journal.as_deref(), approved)?;
        make(context, format, planned, journal).await
    })?
}
