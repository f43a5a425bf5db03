//! The files of the config in another state than the working one: at a revision of Git.

use std::path::{Path, PathBuf};

use crate::centers;
use crate::config::{self, Loaded};
use crate::diagnostics::Severity;
use crate::git::{Repository, Revision};
use crate::output::findings_text;
use crate::plan::files::{Files, FilesCenter};

use super::{CommandError, Context};

/// The repository of the config, and the paths in it where the config may be: where it is now first.
pub(super) fn repository(context: &Context) -> Result<(Repository, Vec<PathBuf>), CommandError> {
    let mut places = config::places(&context.global.directory, context.global.config.as_deref());
    // Where the config is now comes first.
    places.sort_by_key(|place| !place.exists());
    in_git(context, &places)
}

/// The repository of the config, and the paths in it where the config may be, in the order in which it is looked for. The
/// working files are not asked.
pub(super) fn wherever(context: &Context) -> Result<(Repository, Vec<PathBuf>), CommandError> {
    in_git(context, &config::places(&context.global.directory, context.global.config.as_deref()))
}

fn in_git(context: &Context, places: &[PathBuf]) -> Result<(Repository, Vec<PathBuf>), CommandError> {
    let first = places.first().unwrap_or(&context.global.directory);
    let repository = Repository::discover(folder(first))?;
    let within = places.iter().map(|place| repository.path_of(place)).collect::<Result<Vec<_>, _>>()?;
    Ok((repository, within))
}

/// Reads the files at a revision; nothing where there was no config. An error in them ends the command.
pub(super) fn at(
    context: &Context,
    repository: &Repository,
    places: &[PathBuf],
    revision: &Revision,
) -> Result<Option<Loaded>, CommandError> {
    let texts = repository.texts_at(revision, places)?;
    if texts.is_empty() {
        return Ok(None);
    }
    let loaded = config::load_texts(repository.root(), texts);
    sound(context, &loaded, &format!("as they are at `{}`", revision.name()), "name a revision whose files are sound")?;
    Ok(Some(loaded))
}

/// Ends the command where the files have an error, and shows what is wrong.
pub(super) fn sound(context: &Context, loaded: &Loaded, which: &str, help: &str) -> Result<(), CommandError> {
    let mut findings = config::check(loaded, &centers::providers(), context.today());
    findings.retain(|finding| finding.severity == Severity::Error);
    if findings.is_empty() {
        return Ok(());
    }
    let mut text = Vec::new();
    findings_text::write(&mut text, &loaded.files, &findings, context.ui.stderr_color).map_err(CommandError::failed)?;
    context.ui.always(&String::from_utf8_lossy(&text));
    let what = if findings.len() == 1 { "there is an error" } else { "there are errors" };
    Err(CommandError::message(format!("{what} in the files {which}, so nothing was read or changed")).hint(help))
}

/// The files as one side of a comparison, resolved on the day of the run.
pub(super) fn side(context: &Context, loaded: &Loaded, revision: crate::plan::files::Revision) -> Files {
    let providers = centers::providers();
    let resolved = config::resolve(&loaded.config, &loaded.files, &providers, context.today());
    let center = |center: config::ResolvedCenter| FilesCenter {
        settings: center.settings,
        desired: center.desired,
        roster: center.scope.roster,
    };
    Files {
        revision,
        centers: resolved.centers.into_iter().map(|(id, resolved)| (id, center(resolved))).collect(),
        rules: config::rules(&loaded.config, &loaded.files, &providers),
        groups: config::groups(&loaded.config),
        guardrails: resolved.guardrails,
        notify: resolved.notify,
        lock: loaded.config.lock.as_ref().map(|lock| lock.value.as_str().to_owned()),
    }
}

/// The folder to look for a repository from.
fn folder(place: &Path) -> &Path {
    if place.is_dir() {
        return place;
    }
    match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
