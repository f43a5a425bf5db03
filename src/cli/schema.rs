//! `bursar schema`: the JSON schemas.

use clap::{Args, ValueEnum};

use crate::{centers, config, output};

use super::{CommandResult, Context, Exit};

/// Print a JSON schema: of the files, or of an output
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bursar schema > bursar.v1.schema.json

Editors complete and check from it when the file begins with
  # yaml-language-server: $schema=./bursar.v1.schema.json")]
pub(super) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value = "bursar")]
    name: Name,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// The files.
    Bursar,
    /// `plan --format json`.
    Plan,
    /// `apply --format json`.
    Apply,
    /// `validate --format json`.
    Findings,
}

pub(super) fn run(context: &Context, args: &SchemaArgs) -> CommandResult {
    let text = match args.name {
        Name::Bursar => config::schema(&centers::providers()),
        Name::Plan => output::json::PLAN_SCHEMA.to_owned(),
        Name::Apply => output::json::APPLY_SCHEMA.to_owned(),
        Name::Findings => output::findings_json::SCHEMA.to_owned(),
    };
    context.ui.artefact(text.as_bytes())?;
    Ok(Exit::Done)
}
