//! `bursar validate`: every finding of every file in one run, with no credentials and no network.

use std::path::PathBuf;

use clap::Args;

use crate::centers;
use crate::config;
use crate::diagnostics::Severity;
use crate::output::{findings_json, findings_text, github, sarif};

use super::{CommandError, CommandResult, Context, Exit, Format, artifacts};

/// Check the files: form and meaning, all findings in one run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar validate
  bursar validate --strict bursar.yaml
  bursar validate --format json | jq .summary
  bursar validate --format sarif > bursar.sarif     for code scanning
  bursar validate --format github                   annotations of a workflow")]
pub(super) struct ValidateArgs {
    /// Files and folders to check together as one config, instead of the default
    paths: Vec<PathBuf>,
    /// Exit with 1 for warnings too
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(context: &Context, args: &ValidateArgs) -> CommandResult {
    let format = context.format("validate", &[Format::Text, Format::Json, Format::Sarif, Format::Github])?;
    let directory = &context.global.directory;
    let loaded = if args.paths.is_empty() {
        config::load(directory, context.global.config.as_deref())?
    } else if context.global.config.is_some() {
        return Err(CommandError::usage("give the files either with --config or as arguments, not both"));
    } else {
        config::load_paths(directory, &args.paths)?
    };
    let findings = config::check(&loaded, &centers::providers(), context.today());
    let mut out = Vec::new();
    match format {
        Format::Json => findings_json::write(&mut out, &loaded.files, &findings),
        Format::Sarif => sarif::write(&mut out, &loaded.files, &artifacts::of_repository(context, &loaded), &findings),
        Format::Github => github::write(&mut out, &loaded.files, &artifacts::of_workspace(context, &loaded), &findings),
        _ => findings_text::write(&mut out, &loaded.files, &findings, context.ui.stdout_color),
    }
    .map_err(CommandError::failed)?;
    context.ui.artefact(&out)?;
    let errors = findings.iter().any(|finding| finding.severity == Severity::Error);
    if errors || (args.strict && !findings.is_empty()) {
        return Ok(Exit::Failed);
    }
    if findings.is_empty() {
        let files = loaded.files.iter().count();
        let what = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        context.ui.say(&format!("{what}, no findings"));
    }
    Ok(Exit::Done)
}
