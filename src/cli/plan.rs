//! `bursar plan`: observed against desired.

use clap::Args;

use crate::output::{self, text::Style};
use crate::plan::{Allow, Plan};

use super::base::BaseArgs;
use super::session::{self, Planned, Selection};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on};

/// How large a Markdown plan may grow: what GitHub takes as a comment, less room for a frame around it.
const MARKDOWN_BYTES: usize = 60_000;

/// Show what would change in the live centers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar plan
  bursar plan --center gateway --format markdown
  bursar plan --detailed-exitcode            2 when there are changes
  bursar plan --base origin/main             why is each change there, and who wrote its line?
  bursar plan --allow revocations=12         would this consent let it through?

A plan that a guardrail refuses is shown whole, and the exit code is 3.")]
pub(super) struct PlanArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    base: BaseArgs,
    /// Consent to exactly this number, such as revocations=12
    #[arg(long, value_name = "NAME=N")]
    allow: Vec<Allow>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) fn run(context: &Context, args: &PlanArgs) -> CommandResult {
    let format = context.format("plan", &[Format::Text, Format::Json, Format::Markdown, Format::Diff])?;
    let mut session = session::open(context)?;
    session.select(&args.selection)?;
    session.compare(context, &args.base)?;
    let planned = block_on(session.plan(context, &args.allow))??;
    let mut out = Vec::new();
    match format {
        Format::Text => {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::plan(&mut out, &planned.plan, style)
        }
        Format::Json => output::json::plan(&mut out, &planned.plan),
        Format::Markdown => output::markdown::plan(&mut out, &planned.plan, MARKDOWN_BYTES),
        Format::Diff => output::diff::diff(&mut out, &planned.parts),
    }
    .map_err(CommandError::failed)?;
    context.ui.artefact(&out)?;
    let Planned { plan, .. } = planned;
    Ok(exit(&plan, args.detailed_exitcode))
}

fn exit(plan: &Plan, detailed: bool) -> Exit {
    if !plan.refusals.is_empty() {
        Exit::Refused
    } else if detailed && !plan.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    }
}
