//! `bursar plan`: observed against desired.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use crate::model::Place;
use crate::output::{self, markdown::Frame, text::Style};
use crate::plan::files::Revision;
use crate::plan::{Allow, DueList, Plan};
use crate::{centers, config};

use super::base::BaseArgs;
use super::due::{self, Within};
use super::page::{Page, PageArgs};
use super::session::{self, Planned, Selection, Session};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on, files, place, using};

/// Show what would change in the live centers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar plan
  bursar plan --center gateway --format markdown
  bursar plan --detailed-exitcode            2 when there are changes
  bursar plan --base origin/main             why is each change there, and who wrote its line?
  bursar plan --allow revocations=12         would this consent let it through?
  bursar plan --due 14d                      and which rights end within two weeks?
  bursar plan --out plan.json                save it, for `bursar apply plan.json`
  bursar plan --out s3://bucket/plan.json    save it where every runner finds it

A plan that a guardrail refuses is shown whole, and the exit code is 3.")]
pub(super) struct PlanArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    base: BaseArgs,
    /// Consent to exactly this number, such as revocations=12
    #[arg(long, value_name = "NAME=N")]
    allow: Vec<Allow>,
    /// Save the plan to this file or s3://, gs:// or az:// URL too, for `bursar apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    page: PageArgs,
    /// List beside the plan which rules begin or end within this time, such as 14d or 2w, and which have ended
    #[arg(long, value_name = "TIME", value_parser = due::within)]
    due: Option<Within>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) fn run(context: &Context, args: &PlanArgs) -> CommandResult {
    let format = context.format("plan", &[Format::Text, Format::Json, Format::Markdown, Format::Diff])?;
    let saved = args.out.as_deref().map(|argument| place::at(context, argument)).transpose()?;
    let loaded = session::checked(context)?;
    // With their reasons, where a page will tell them.
    let rules = if format == Format::Markdown || args.page.wanted() {
        config::rules(&loaded.config, &loaded.files, &centers::providers())
    } else {
        BTreeMap::new()
    };
    let mut session = Session::of(context, &loaded)?;
    let days = args.due.map(|within| {
        let files = files::side(context, &loaded, Revision { name: None, commit: None });
        (files, within.until(context.today()))
    });
    drop(loaded);
    session.select(&args.selection)?;
    session.compare(context, &args.base)?;
    let mut planned = block_on(session.plan(context, &args.allow))??;
    // The diff of the states says nothing of it.
    if format != Format::Diff {
        block_on(using::tell(context, &mut planned))?;
    }
    let Planned { mut plan, parts, .. } = planned;
    // What was read is needed for the difference of the states alone, and many changes as text take room.
    let parts = Some(parts).filter(|_| format == Format::Diff).unwrap_or_default();
    plan.due = days.map(|(files, until)| DueList::of(&files, &plan.selected, context.today(), until));
    let page = Page::of(context);
    let told = |frame| Frame { base: args.base.name(), rules: Some(&rules), ..frame };
    if let Some(frame) = args.page.frame(&page) {
        let mut summary = Vec::new();
        output::markdown::plan(&mut summary, &plan, &told(frame)).map_err(CommandError::failed)?;
        args.page.add(&summary)?;
    }
    context.ui.made(|out| match format {
        Format::Text => {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::plan(out, &plan, style)
        }
        Format::Json => output::json::plan(out, &plan),
        Format::Markdown => output::markdown::plan(out, &plan, &told(page.comment())),
        _ => output::diff::diff(out, &parts),
    })?;
    if let Some(place) = &saved {
        save(context, place, &plan)?;
    }
    Ok(exit(&plan, args.detailed_exitcode))
}

fn save(context: &Context, place: &Place, plan: &Plan) -> Result<(), CommandError> {
    let mut text = Vec::new();
    output::json::plan(&mut text, plan).map_err(CommandError::failed)?;
    block_on(place::write_plan(place, &text))??;
    let (shown, until) = (place::shown(place), plan.expires_at);
    context.ui.say(&format!("saved: {shown}, which may be applied until {until:.0}"));
    Ok(())
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
