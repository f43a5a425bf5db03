//! `bursar centers`: what every provider can do.

use std::io::Write as _;

use clap::Args;

use crate::centers;
use crate::output;

use super::{CommandResult, Context, Exit, Format};

/// Show what Bursar can read and write at every provider
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bursar centers --format markdown")]
pub(super) struct CentersArgs {}

pub(super) fn run(context: &Context, _args: &CentersArgs) -> CommandResult {
    let format = context.format("centers", &[Format::Text, Format::Json, Format::Markdown])?;
    let providers = centers::providers();
    context.ui.made(|out| match format {
        Format::Json => output::centers::json(out, &providers),
        Format::Markdown => out.write_all(output::centers::markdown(&providers).as_bytes()),
        _ => output::centers::text(out, &providers),
    })?;
    Ok(Exit::Done)
}
