//! Before a commit: the config, exactly as it is staged.

use std::path::PathBuf;

use crate::centers;
use crate::cli::{CommandError, CommandResult, Context, Exit, files};
use crate::config::{self, Loaded};
use crate::diagnostics::Severity;
use crate::git::{HookName, Repository, Staged, Text};
use crate::output::findings_text;

pub(super) fn run(context: &Context, name: HookName) -> CommandResult {
    let (repository, places) = files::wherever(context)?;
    let staged = repository.staged()?;
    let is_changed = staged.is_changed(&places)?;
    if !is_changed && !staged.changes_csv()? {
        return Ok(Exit::Done);
    }
    let mut texts = staged.texts(&places)?;
    if is_changed && texts.is_empty() {
        texts = moved(context, &staged, &places)?;
    }
    let loaded = files::load_staged(&repository, &staged, texts);
    // Only a CSV of people is a part of the config, and only the files say which one is.
    if !is_changed && !names_changed(&repository, &staged, &loaded)? {
        return Ok(Exit::Done);
    }
    let findings = config::check(&loaded, &centers::providers(), context.today());
    let mut text = Vec::new();
    findings_text::write(&mut text, &loaded.files, &findings, context.ui.stderr_color).map_err(CommandError::failed)?;
    if !text.is_empty() {
        context.ui.always(&String::from_utf8_lossy(&text));
    }
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(CommandError::message("there are errors in the config as it is staged, so nothing was committed")
            .hint(format!("correct them and `git add` the files; to commit them nevertheless: {}", name.skip())));
    }
    Ok(Exit::Done)
}

/// Whether the commit changes a CSV that the config names.
fn names_changed(repository: &Repository, staged: &Staged<'_>, loaded: &Loaded) -> Result<bool, CommandError> {
    for table in loaded.tables() {
        let within = table.strip_prefix(repository.root()).unwrap_or(table);
        if staged.is_changed(&[within.to_owned()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The texts of a config that the commit moves away; none where it deletes it.
fn moved(context: &Context, staged: &Staged<'_>, places: &[PathBuf]) -> Result<Vec<Text>, CommandError> {
    let moved = staged.moved_from(places)?;
    if moved.is_empty() {
        context.ui.warn(
            "this commit deletes the config; its pools stay in their centers as they are, and nobody manages them any \
             more",
        );
        return Ok(Vec::new());
    }
    let to: Vec<String> = moved.iter().map(|path| path.display().to_string()).collect();
    context.ui.warn(&format!(
        "this commit moves the config to {}; this hook will not look there until it is installed again, with --config",
        to.join(" and ")
    ));
    Ok(staged.texts_of(&moved)?)
}
