//! `bursar report`: how things stand, for people who would rather look than read.

mod html;
mod unused;

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::base::BaseArgs;
use super::session::Selection;
use super::{CommandError, CommandResult, Context};

/// Report how things stand: a page to look at, or the grants that nobody uses
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true),
    after_help = "\
Examples:
  bursar report --html report.html               one page: pools, people, differences, a picture
  bursar report --html report.html --history usage
                                                 with the trend from the snapshots of `bursar usage --history usage`
  bursar report --html report.html --base origin/main
                                                 tell drift from edits of the files
  bursar report --unused                         grants that nobody used for 60 days
  bursar report --unused=30 --history usage      by the snapshots in this folder too"
)]
pub(super) struct ReportArgs {
    /// Write the page to this file, over an earlier page
    #[arg(long, value_name = "FILE", group = "what")]
    html: Option<PathBuf>,
    /// Which grants nobody used for so many days
    #[arg(long, value_name = "DAYS", group = "what", num_args = 0..=1, require_equals = true, default_missing_value = "60")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    unused: Option<u16>,
    /// The folder with the snapshots that `bursar usage --history DIR` stored
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    base: BaseArgs,
}

pub(super) fn run(context: &Context, args: &ReportArgs) -> CommandResult {
    match &args.html {
        Some(file) => html::run(context, args, file),
        None if args.base.name().is_some() => {
            Err(CommandError::usage("`--base` says nothing of grants that nobody uses")
                .hint("leave it out, or ask for the page with `--html FILE`"))
        }
        None => unused::run(context, args, args.unused.unwrap_or(60)),
    }
}
