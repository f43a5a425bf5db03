//! `bursar verify`: is this saved plan still exactly what would be done?

use std::path::PathBuf;

use clap::Args;

use crate::output::{self, json::Verified};
use crate::plan::Difference;

use super::approval::{self, Standing, Unfit};
use super::session::{self, Selection};
use super::{CommandError, CommandResult, Context, Exit, Format, block_on, place};

/// Tell whether a saved plan is still exactly what would be done
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bursar verify plan.json                    in a merge queue, before `bursar apply plan.json`

0 when exactly what was approved would be done, 2 when a part of it is done already and the rest
would be done as approved, 5 when the plan is stale, foreign or expired. Nothing is written; a token
that may read is enough.")]
pub(super) struct VerifyArgs {
    /// The saved plan: a file, or an s3://, gs:// or az:// URL
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> CommandResult {
    let format = context.format("verify", &[Format::Text, Format::Json])?;
    let saved = block_on(place::read_plan(&place::at(context, &args.plan)?))??;
    let mut session = session::open(context)?;
    let tell = |standing: &Standing<'_>, left: Option<usize>| {
        let (verdict, exit, sentence) = match standing {
            Standing::Same => ("same", Exit::Done, "the saved plan is exactly what would be done".to_owned()),
            Standing::Part => ("part", Exit::Changes, partly(saved.changes.len(), left.unwrap_or(0))),
            Standing::Unfit(unfit) => (unfit.as_str(), Exit::Stale, unfit.sentence()),
        };
        let mut out = Vec::new();
        if format == Format::Json {
            let differing: &[Difference<'_>] = match standing {
                Standing::Unfit(Unfit::Stale(differences)) => differences,
                _ => &[],
            };
            let verified = Verified { verdict, hash: &saved.hash, left, differing };
            output::json::verified(&mut out, &verified).map_err(CommandError::failed)?;
        } else {
            out.extend_from_slice(format!("{sentence}\n").as_bytes());
            if let Standing::Unfit(unfit) = standing {
                out.extend(unfit.details(context, context.ui.stdout_color)?.bytes());
            }
        }
        context.ui.artefact(&out)?;
        Ok(exit)
    };
    if let Some(unfit) = approval::before_reading(&saved, &session) {
        return tell(&Standing::Unfit(unfit), None);
    }
    session.select(&Selection::from(&saved.selected))?;
    let plan = block_on(session.plan(context, &[]))??.plan;
    tell(&approval::standing(&saved, &plan), Some(plan.changes.len()))
}

fn partly(approved: usize, left: usize) -> String {
    match left {
        0 => "all of the saved plan is done already".to_owned(),
        left => {
            let done = approved - left;
            let of = |count: usize| if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
            format!(
                "a part of the saved plan is done already: {done} of {}; the rest would be done as approved",
                of(approved)
            )
        }
    }
}
