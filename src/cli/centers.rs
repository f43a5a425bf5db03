//! `bursar centers`: what every provider can do.

use std::io::Write as _;

use clap::Args;

use crate::centers;
use crate::output;

use super::{CommandError, CommandResult, Context, Exit, Format};

/// Show what Bursar can read and write at every provider
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bursar centers --format markdown")]
pub(super) struct CentersArgs {}

pub(super) fn run(context: &Context, _args: &CentersArgs) -> CommandResult {
    let format = context.format("centers", &[Format::Text, Format::Json, Format::Markdown])?;
    let providers = centers::providers();
    let mut out = Vec::new();
    match format {
        Format::Json => output::centers::json(&mut out, &providers),
        Format::Markdown => out.write_all(output::centers::markdown(&providers).as_bytes()),
        _ => output::centers::text(&mut out, &providers),
    }
    .map_err(CommandError::failed)?;
    context.ui.artefact(&out)?;
    Ok(Exit::Done)
}
