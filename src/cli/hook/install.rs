//! `bursar hook install` and `bursar hook uninstall`.

use std::path::{Path, PathBuf};

use crate::cli::{CommandError, CommandResult, Context, Exit};
use crate::config::{self, LoadError};
use crate::git::{Call, GitError, HookError, HookName, Hooks, Installed, Repository, Uninstalled};
use crate::output::escape::Terminal;

pub(super) fn install(context: &Context, names: &[HookName]) -> CommandResult {
    let repository = Repository::discover(&context.global.directory)?;
    let call = Call { program: program()?, arguments: arguments(context, &repository)? };
    let hooks = repository.hooks()?;
    for name in names {
        let what = match hooks.install(*name, &call)? {
            Installed::Fresh => "installed".to_owned(),
            Installed::Already => "installed already".to_owned(),
            Installed::Anew => "installed anew".to_owned(),
            Installed::Before(kept) => {
                let kept = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!("installed; the hook that was there is {} now and comes first", Terminal(&kept))
            }
        };
        context.ui.say(&format!("{name}: {what}"));
    }
    context.ui.say(&format!("in {}", shown(&repository, &hooks)));
    if hooks.folder().ends_with(".husky/_") {
        context.ui.warn(
            "husky writes this folder anew whenever it is installed: put `bursar hook run NAME -- \"$@\"` into .husky/NAME \
             to keep the hooks",
        );
    }
    Ok(Exit::Done)
}

pub(super) fn uninstall(context: &Context, names: &[HookName]) -> CommandResult {
    let repository = Repository::discover(&context.global.directory)?;
    let hooks = repository.hooks()?;
    for name in names {
        let what = match hooks.uninstall(*name)? {
            Uninstalled::Gone => "uninstalled",
            Uninstalled::Restored => "uninstalled; the hook that was there before is back",
            Uninstalled::None => "there is none of Bursar's",
        };
        context.ui.say(&format!("{name}: {what}"));
    }
    Ok(Exit::Done)
}

/// This binary.
fn program() -> Result<PathBuf, CommandError> {
    std::env::current_exe()
        .map_err(|error| CommandError::failed(anyhow::Error::new(error).context("where this binary is cannot be told")))
}

/// How the config is named in a hook: Git starts it where the working files are.
fn arguments(context: &Context, repository: &Repository) -> Result<Vec<PathBuf>, CommandError> {
    let (directory, explicit) = (&context.global.directory, context.global.config.as_deref());
    // A hook that looks for something that never was would look for ever, and say nothing.
    if !config::places(directory, explicit).iter().any(|place| place.exists()) {
        return Err(match explicit {
            Some(path) => LoadError::NotFound(directory.join(path)),
            None => LoadError::NoConfig(directory.clone()),
        }
        .into());
    }
    if let Some(path) = explicit {
        let place = directory.join(path);
        let named = within(repository, &place)?;
        // A submodule has commits and hooks of its own.
        if Repository::discover(place.parent().unwrap_or(directory))?.root() != repository.root() {
            return Err(GitError::Outside { path: path.to_owned(), repository: repository.root().to_owned() }.into());
        }
        return Ok(vec![format!("--config=./{named}").into()]);
    }
    let folder = within(repository, directory)?;
    Ok(if folder.is_empty() { Vec::new() } else { vec!["-C".into(), format!("./{folder}").into()] })
}

/// A path as it is seen from the working files, in a form that a script can hold.
fn within(repository: &Repository, path: &Path) -> Result<String, CommandError> {
    let path = repository.path_of(path)?;
    match path.to_str() {
        Some(text) if !text.chars().any(char::is_control) => Ok(text.replace(std::path::MAIN_SEPARATOR, "/")),
        _ => Err(HookError::Unwritable(path).into()),
    }
}

/// The folder of the hooks, as it is seen from the working files.
fn shown(repository: &Repository, hooks: &Hooks) -> String {
    let folder = hooks.folder();
    let folder: &Path = folder.strip_prefix(repository.root()).unwrap_or(folder);
    Terminal(&folder.to_string_lossy()).to_string()
}
