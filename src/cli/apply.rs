//! `bursar apply`: make it so.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::apply::Approved;
use crate::plan::{Allow, Plan, seen};

use super::approval::{self, Standing};
use super::base::BaseArgs;
use super::keys::KeyFile;
use super::ledger::Recording;
use super::locking::LockArgs;
use super::session::{self, Selection};
use super::writing::Writing;
use super::{CommandResult, Context, Format, block_on, place};

/// Make the live centers what the files say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar apply                               plan, show, ask, apply
  bursar apply --yes                         without asking, as in CI
  bursar apply --yes --base HEAD             and refuse to revert what was done outside review
  bursar apply --yes --allow revocations=12  consent to exactly what the plan names
  bursar apply plan.json --yes               only what `bursar plan --out plan.json` saved
  bursar apply --yes --journal s3://bucket/runs/17
  bursar apply --runbook monday.md           where the steps for a person go
  bursar apply --yes --keys-to keys.jsonl    keys for whoever draws on a fallback and has none

Files and centers are read again for a saved plan too: it tells what was approved, and nothing
else is done. It holds no consent; that is given again, with the number that the saved plan named.
Without --base, what it calls drift is drift here too, and the guardrail holds.
Every write stands in the journal before it is sent, and its outcome after. What has to be done by
hand is written as a runbook, for a person and for `bursar confirm`.")]
pub(super) struct ApplyArgs {
    /// A saved plan, as a file or a URL: nothing is done that is not in it
    #[arg(value_name = "PLAN", conflicts_with_all = ["center", "pool"])]
    plan: Option<PathBuf>,
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
    /// Where to write the journal: a file, or an s3://, gs:// or az:// URL [default: .bursar/journals/TIME.jsonl]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where to write the runbook of manual changes, as FILE.md and FILE.html [default: .bursar/runbooks/TIME]
    #[arg(long, value_name = "FILE")]
    runbook: Option<PathBuf>,
    /// Make the keys that people lack for pools which a fallback holds, and write them to this new file, readable by you alone
    #[arg(long, value_name = "FILE")]
    keys_to: Option<PathBuf>,
    #[command(flatten)]
    lock: LockArgs,
}

pub(super) fn run(context: &Context, args: &ApplyArgs) -> CommandResult {
    let format = context.format("apply", &[Format::Text, Format::Json])?;
    let journal = place::of_journal(context, args.journal.as_deref())?;
    let saved = match &args.plan {
        Some(argument) => Some(Arc::new(block_on(place::read_plan(&place::at(context, argument)?))??)),
        None => None,
    };
    let mut session = session::open(context)?;
    let mut allows = args.allow.clone();
    if let Some(saved) = &saved {
        if let Some(unfit) = approval::before_reading(saved, &session) {
            return Err(unfit.refuse(context));
        }
        session.select(&Selection::from(&saved.selected))?;
        session.remember(saved);
        let seen = seen(&session.resolved.guardrails, &saved.changes);
        allows = allows.into_iter().map(|allow| allow.to_saved(&seen)).collect();
    } else {
        session.select(&args.selection)?;
    }
    session.compare(context, &args.base)?;
    // A place that cannot be written is found out before anything else is done.
    let keys = args.keys_to.as_deref().map(|given| KeyFile::create(context, given)).transpose()?;
    let writing = Writing {
        context,
        format,
        yes: args.yes,
        lock: &args.lock,
        allows: &allows,
        closes: false,
        recording: Recording {
            command: "apply",
            base: args.base.name(),
            approved: saved.as_deref().map(|saved| saved.hash.as_str()),
            resumes: None,
        },
        runbook: args.runbook.as_deref(),
        keys,
    };
    let fits = |plan: &Plan| match saved.as_deref().map(|saved| approval::standing(saved, plan)) {
        Some(Standing::Unfit(unfit)) => Err(unfit.refuse(context)),
        Some(Standing::Same | Standing::Part) | None => Ok(()),
    };
    let journal = async |plan: &Plan| place::create_journal(&journal, Approved::of(plan, &allows)).await;
    block_on(writing.run(session, fits, journal))?
}
