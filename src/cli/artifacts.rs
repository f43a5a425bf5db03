//! The files as GitHub names them: from the root of the repository or of the workflow's folder.

use std::path::{Path, PathBuf};

use crate::config::Loaded;
use crate::git::Repository;
use crate::output::artifacts::{Artifact, Artifacts};

use super::Context;

/// The files from the root of their repository; without one, from where Bursar was started for.
pub(super) fn of_repository(context: &Context, loaded: &Loaded) -> Artifacts {
    from(&roots(context, loaded), loaded)
}

/// The files from the folder of the workflow, where one runs and they are in it, else as [`of_repository`].
pub(super) fn of_workspace(context: &Context, loaded: &Loaded) -> Artifacts {
    let mut roots = roots(context, loaded);
    let workspace = std::env::var_os("GITHUB_WORKSPACE").filter(|path| !path.is_empty());
    roots.splice(0..0, workspace.and_then(|path| Path::new(&path).canonicalize().ok()));
    from(&roots, loaded)
}

/// Where paths may begin, the best first.
fn roots(context: &Context, loaded: &Loaded) -> Vec<PathBuf> {
    let folder = loaded.files.iter().find_map(|file| loaded.files.path(file)?.parent().map(Path::to_owned));
    let folder = folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| PathBuf::from("."));
    // Findings are shown whether or not there is a repository, and whatever state it is in.
    let repository = Repository::discover(&folder).ok().map(|repository| repository.root().to_owned());
    repository.into_iter().chain(context.global.directory.canonicalize()).collect()
}

fn from(roots: &[PathBuf], loaded: &Loaded) -> Artifacts {
    let artifact = |path: &Path| {
        let real = real(path);
        let within = roots.iter().find_map(|root| real.strip_prefix(root).ok());
        let path = within.unwrap_or(&real).to_string_lossy();
        Artifact { path: path.replace(std::path::MAIN_SEPARATOR, "/"), inside: within.is_some() }
    };
    loaded
        .files
        .iter()
        .filter_map(|file| Some((file, artifact(loaded.files.path(file)?))))
        .collect()
}

/// A path without links on the way; one at its end is a file of the repository itself.
fn real(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (parent.canonicalize(), path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}
