//! `bursar validate`: every finding of every file in one run, with no credentials and no network.

use std::path::PathBuf;

use clap::Args;

use crate::centers;
use crate::config::{self, LoadError, Loaded};
use crate::diagnostics::Severity;
use crate::model::is_record;
use crate::output::{findings_json, findings_text, github, sarif};

use super::{CommandError, CommandResult, Context, Exit, Format, artifacts, files, record};

/// Check the files: form and meaning, all findings in one run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar validate
  bursar validate --strict bursar.yaml
  bursar validate --staged                          exactly what the next commit will hold
  bursar validate --format json | jq .summary
  bursar validate --format sarif > bursar.sarif     for code scanning
  bursar validate --format github                   annotations of a workflow")]
pub(super) struct ValidateArgs {
    /// Files and folders to check together as one config, instead of the default
    paths: Vec<PathBuf>,
    /// Check what is staged in Git instead of the working files
    #[arg(long)]
    staged: bool,
    /// Exit with 1 for warnings too
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(context: &Context, args: &ValidateArgs) -> CommandResult {
    let format = context.format("validate", &[Format::Text, Format::Json, Format::Sarif, Format::Github])?;
    let loaded = load(context, args)?;
    let findings = config::check(&loaded, &centers::providers(), context.today());
    context.ui.made(|out| match format {
        Format::Json => findings_json::write(out, &loaded.files, &findings),
        Format::Sarif => sarif::write(out, &loaded.files, &artifacts::of_repository(context, &loaded), &findings),
        Format::Github => github::write(out, &loaded.files, &artifacts::of_workspace(context, &loaded), &findings),
        _ => findings_text::write(out, &loaded.files, &findings, context.ui.stdout_color),
    })?;
    let errors = findings.iter().any(|finding| finding.severity == Severity::Error);
    if errors || (args.strict && !findings.is_empty()) {
        return Ok(Exit::Failed);
    }
    if findings.is_empty() {
        let files = loaded.files.iter().count();
        let staged = if args.staged { "staged " } else { "" };
        let what = if files == 1 { format!("1 {staged}file") } else { format!("{files} {staged}files") };
        context.ui.say(&format!("{what}, no findings"));
    }
    Ok(Exit::Done)
}

fn load(context: &Context, args: &ValidateArgs) -> Result<Loaded, CommandError> {
    let (directory, explicit) = (&context.global.directory, context.global.config.as_deref());
    if explicit.is_some() && !args.paths.is_empty() {
        return Err(CommandError::usage("give the files either with --config or as arguments, not both"));
    }
    if args.staged {
        return staged(context, &args.paths);
    }
    let (records, paths): (Vec<_>, Vec<_>) = args.paths.iter().cloned().partition(|path| is_record(path));
    let mut loaded =
        if args.paths.is_empty() { config::load(directory, explicit)? } else { config::load_paths(directory, &paths)? };
    if records.is_empty() {
        record::check(context, &mut loaded, |path| Ok(config::record::bytes(path)?))?;
    }
    for path in records {
        let path = directory.join(path);
        let Some(bytes) = config::record::bytes(&path)? else { return Err(LoadError::NotFound(path).into()) };
        record::add(context, &mut loaded, &path, None, bytes);
    }
    Ok(loaded)
}

/// The files as they are staged. Their paths are those of the repository.
fn staged(context: &Context, paths: &[PathBuf]) -> Result<Loaded, CommandError> {
    let (repository, places) = files::wherever(context)?;
    let staged = repository.staged()?;
    let (records, paths): (Vec<_>, Vec<_>) = paths.iter().partition(|path| is_record(path));
    let named = |path: &PathBuf| repository.path_of(&context.global.directory.join(path));
    let texts = if paths.is_empty() && records.is_empty() {
        staged.texts(&places)?
    } else {
        staged.texts_of(&paths.into_iter().map(named).collect::<Result<Vec<_>, _>>()?)?
    };
    let whole = records.is_empty();
    if texts.is_empty() && whole {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        let places = places.join(" and no ");
        return Err(CommandError::message(format!("no config is staged: there would be no {places} in the commit"))
            .hint("`git add` it, or name another place with --config PATH"));
    }
    let mut loaded = files::load_staged(&repository, &staged, texts);
    if whole {
        record::check(context, &mut loaded, |path| {
            let texts = staged.texts(&[repository.path_of(path)?])?;
            Ok(texts.into_iter().next().map(|(_, bytes)| bytes))
        })?;
    }
    for path in records {
        for (path, bytes) in staged.texts_of(&[named(path)?])? {
            record::add(context, &mut loaded, &repository.root().join(path), None, bytes);
        }
    }
    Ok(loaded)
}
