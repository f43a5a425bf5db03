//! The files of the config in another state than the working one: at a revision of Git.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::centers;
use crate::config::file::Member;
use crate::config::{self, Loaded};
use crate::diagnostics::Severity;
use crate::git::{Beside, GitError, Repository, Revision, Staged, Text};
use crate::model::Guardrails;
use crate::output::findings_text;
use crate::plan;
use crate::plan::files::{Files, FilesCenter};
use crate::table::{MAX_BYTES, Unread};

use super::base::account;
use super::{CommandError, Context};

/// The repository of the config as it is now, and the paths in it where the config may be, in the order in which it is
/// looked for: which of two is in force at a revision is not for the working files to say.
pub(super) fn repository(context: &Context) -> Result<(Repository, Vec<PathBuf>), CommandError> {
    let places = config::places(&context.global.directory, context.global.config.as_deref());
    let now = places.iter().find(|place| place.exists()).or(places.first());
    in_git(context, now, &places)
}

/// The repository of the config, and the paths in it where the config may be, in the order in which it is looked for. The
/// working files are not asked.
pub(super) fn wherever(context: &Context) -> Result<(Repository, Vec<PathBuf>), CommandError> {
    let places = config::places(&context.global.directory, context.global.config.as_deref());
    in_git(context, places.first(), &places)
}

fn in_git(
    context: &Context,
    place: Option<&PathBuf>,
    places: &[PathBuf],
) -> Result<(Repository, Vec<PathBuf>), CommandError> {
    let repository = Repository::discover(folder(place.unwrap_or(&context.global.directory)))?;
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
    sound_texts(context, repository, revision, repository.texts_at(revision, places)?)
}

/// The same of a base, whose config may have gone by a name that only the edit up to `later` tells.
pub(super) fn before(
    context: &Context,
    repository: &Repository,
    places: &[PathBuf],
    revision: &Revision,
    later: &Revision,
) -> Result<Option<Loaded>, CommandError> {
    sound_texts(context, repository, revision, repository.texts_before(revision, places, later)?)
}

fn sound_texts(
    context: &Context,
    repository: &Repository,
    revision: &Revision,
    texts: Vec<Text>,
) -> Result<Option<Loaded>, CommandError> {
    if texts.is_empty() {
        return Ok(None);
    }
    let loaded = load_at(repository, revision, texts);
    sound(context, &loaded, &format!("as they are at `{}`", revision.name()), "name a revision whose files are sound")?;
    Ok(Some(loaded))
}

/// Puts the texts of a revision together, with the CSVs that they name there.
pub(super) fn load_at(repository: &Repository, revision: &Revision, texts: Vec<Text>) -> Loaded {
    let fetch = |folder: &Path, path: &Path| repository.file_beside(revision, folder, path, MAX_BYTES);
    config::load_with(repository.root(), texts, &mut beside(repository, fetch))
}

/// The same of what is staged.
pub(super) fn load_staged(repository: &Repository, staged: &Staged<'_>, texts: Vec<Text>) -> Loaded {
    let fetch = |folder: &Path, path: &Path| staged.file_beside(folder, path, MAX_BYTES);
    config::load_with(repository.root(), texts, &mut beside(repository, fetch))
}

/// Reads a CSV that a config names out of what Git keeps.
fn beside(
    repository: &Repository,
    fetch: impl Fn(&Path, &Path) -> Result<Beside, GitError>,
) -> impl FnMut(&Path, &Path) -> Result<Vec<u8>, Unread> {
    let root = repository.root();
    move |folder, path| match fetch(folder.strip_prefix(root).unwrap_or(folder), path) {
        Ok(Beside::File(bytes)) => Ok(bytes),
        Ok(Beside::Nothing) => Err(Unread::Missing),
        Ok(Beside::Link) => Err(Unread::Link),
        Err(error) => Err(Unread::Other(error.to_string())),
    }
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
pub(super) fn side(context: &Context, loaded: &Loaded, revision: plan::files::Revision) -> Files {
    let providers = centers::providers();
    let resolved = config::resolve(&loaded.config, &loaded.files, &providers, context.today());
    let center = |center: config::ResolvedCenter| {
        let config::ResolvedCenter { settings, capabilities, desired, scope } = center;
        let account = account(&settings);
        FilesCenter::new(settings, account, capabilities, desired, scope.roster)
    };
    Files {
        revision,
        centers: resolved.centers.into_iter().map(|(id, resolved)| (id, center(resolved))).collect(),
        members: loaded
            .config
            .members
            .iter()
            .map(|entry| (entry.name.value.clone(), known_by(&entry.value)))
            .collect(),
        rows: config::rows(&loaded.config, &loaded.files),
        rules: config::rules(&loaded.config, &loaded.files, &providers),
        turns: config::turns(&loaded.config, context.today()),
        groups: config::groups(&loaded.config),
        guardrails: resolved.guardrails,
        notify: resolved.notify,
        lock: loaded.config.lock.as_ref().map(|lock| lock.value.as_str().to_owned()),
        fallbacks: loaded.config.fallbacks(),
        rates: resolved.rates,
    }
}

/// One side of a comparison on which there is no config.
pub(super) fn none(revision: plan::files::Revision) -> Files {
    Files {
        revision,
        centers: BTreeMap::new(),
        rules: BTreeMap::new(),
        turns: BTreeMap::new(),
        members: BTreeMap::new(),
        rows: BTreeMap::new(),
        groups: BTreeMap::new(),
        guardrails: Guardrails::default(),
        notify: BTreeMap::new(),
        lock: None,
        fallbacks: BTreeMap::new(),
        rates: BTreeMap::new(),
    }
}

/// What a member is known by, by the key that says where.
fn known_by(member: &Member) -> BTreeMap<&'static str, String> {
    let Member { span: _, email, aliases, logins, row: _ } = member;
    let email = email.iter().map(|email| ("email", email.value.to_string()));
    // The order in which they are written means nothing.
    let aliases: BTreeSet<String> = aliases.iter().map(|alias| alias.to_lowercase()).collect();
    let aliases = aliases.into_iter().collect::<Vec<_>>().join(", ");
    email
        .chain((!aliases.is_empty()).then_some(("aliases", aliases)))
        .chain(logins.iter().map(|login| (login.provider, login.name.value.to_string())))
        .collect()
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
