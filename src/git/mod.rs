//! The files of a config in Git: as they were at a revision, as they are staged or pushed, and who last wrote a line.
//! No network, and nothing is written but hooks.

mod blame;
mod commit;
mod error;
mod hooks;
mod pushed;
mod renamed;
mod staged;
mod tree;

use std::path::{Component, Path, PathBuf};

use git2::{ErrorClass, ErrorCode, Oid, RepositoryOpenFlags};

pub use blame::{Blamed, Deadline};
pub use commit::Commit;
pub use error::GitError;
pub use hooks::{Call, HookError, HookName, Hooks, Installed, Uninstalled};
pub use pushed::{Base, Pushed};
pub use staged::Staged;
pub use tree::Beside;

/// A file of a revision: its path as the repository names it, and its bytes.
pub type Text = (PathBuf, Vec<u8>);

/// A clone with working files.
pub struct Repository {
    inner: git2::Repository,
    /// Where the working files are, without links.
    root: PathBuf,
}

/// A commit, with the name that somebody gave it.
#[derive(Clone, Debug)]
pub struct Revision {
    name: String,
    commit: Oid,
}

impl Revision {
    /// The name that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The commit's id, in hexadecimal.
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }
}

impl Repository {
    /// The repository that holds a folder. In a hook, and wherever else `GIT_DIR` says which, it is that one.
    pub fn discover(folder: &Path) -> Result<Self, GitError> {
        let told = std::env::var_os("GIT_DIR").is_some();
        let opened = if told {
            git2::Repository::open_from_env()
        } else {
            git2::Repository::open_ext(existing(folder), RepositoryOpenFlags::FROM_ENV, std::iter::empty::<&Path>())
        };
        let inner = opened.map_err(|error| match (error.code(), error.class()) {
            (ErrorCode::NotFound, _) => GitError::NoRepository(canonical(folder)),
            (ErrorCode::Owner, _) => GitError::NotOwned(canonical(folder)),
            (_, ErrorClass::Repository) => GitError::Unsupported(error.message().to_owned()),
            _ => GitError::Other(error),
        })?;
        // Whoever writes the files can put a repository among them that tells another history. `.git` nobody can commit.
        let found = canonical(inner.path());
        if !told && canonical(folder).starts_with(&found) && !found.iter().any(|name| name == ".git") {
            return Err(GitError::Bare(found));
        }
        // Git says it to a hook as it is seen from there, and the library takes that as seen from the Git folder.
        if let Some(files) = std::env::var_os("GIT_WORK_TREE").filter(|files| !files.is_empty()) {
            inner.set_workdir(&canonical(Path::new(&files)), false)?;
        }
        let root = inner.workdir().map(canonical).ok_or_else(|| GitError::Bare(inner.path().to_owned()))?;
        Ok(Self { inner, root })
    }

    /// Where the working files are.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What somebody who commits here is called (`user.name`); nothing where nobody said.
    pub fn user_name(&self) -> Option<String> {
        let name = self.inner.config().ok()?.snapshot().ok()?.get_string("user.name").ok()?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// The commit behind a name: whatever `git rev-parse` takes.
    pub fn revision(&self, name: &str) -> Result<Revision, GitError> {
        if name.starts_with('-') {
            return Err(GitError::Flag(name.to_owned()));
        }
        let unknown = |_| GitError::Unknown { name: name.to_owned(), shallow: self.inner.is_shallow() };
        let object = self.inner.revparse_single(name).map_err(unknown)?;
        let commit = object.peel_to_commit().map_err(unknown)?.id();
        Ok(Revision { name: name.to_owned(), commit })
    }

    /// The commit at which two histories parted.
    pub fn merge_base(&self, one: &Revision, other: &Revision) -> Result<Revision, GitError> {
        let names = || (one.name.clone(), other.name.clone());
        let commit = self.inner.merge_base(one.commit, other.commit).map_err(|error| match error.code() {
            ErrorCode::NotFound => {
                let (one, other) = names();
                GitError::NoMergeBase { one, other, shallow: self.inner.is_shallow() }
            }
            _ => GitError::Other(error),
        })?;
        let (one, other) = names();
        Ok(Revision { name: format!("the merge base of {one} and {other}"), commit })
    }

    /// A path as the repository names it. A link at its end is kept; those on the way are followed.
    pub fn path_of(&self, path: &Path) -> Result<PathBuf, GitError> {
        let real = match (path.parent(), path.components().next_back()) {
            (Some(parent), Some(Component::Normal(name))) if !parent.as_os_str().is_empty() => {
                canonical(parent).join(name)
            }
            (_, Some(Component::Normal(name))) => canonical(Path::new(".")).join(name),
            _ => canonical(path),
        };
        let within = |path: &Path| path.strip_prefix(&self.root).map(Path::to_owned);
        // A link may lead to the working files themselves.
        within(&real)
            .or_else(|_| within(&canonical(path)))
            .map_err(|_| GitError::Outside { path: path.to_owned(), repository: self.root.clone() })
    }

    /// The texts of a config at a revision, sorted: a file, or every YAML file below a folder, as the loader of working
    /// files takes them. One that goes by another name there is found as Git finds renames. Nothing where there was
    /// none.
    ///
    /// `places` are the paths to look at, as the repository names them, in the order in which a config is looked for.
    pub fn texts_at(&self, revision: &Revision, places: &[PathBuf]) -> Result<Vec<Text>, GitError> {
        let texts = self.texts_named(revision, places)?;
        let is_now = |place: &&PathBuf| self.root.join(place).exists();
        match places.iter().find(is_now).or(places.first()) {
            Some(now) if texts.is_empty() => {
                self.reading(revision, |tree, reader| renamed::texts(&self.inner, revision, tree, reader, now))
            }
            _ => Ok(texts),
        }
    }

    /// The same, where a config that is at none of these places went by the name that led to the one at `later`.
    pub fn texts_before(
        &self,
        revision: &Revision,
        places: &[PathBuf],
        later: &Revision,
    ) -> Result<Vec<Text>, GitError> {
        let texts = self.texts_named(revision, places)?;
        if !texts.is_empty() {
            return Ok(texts);
        }
        let then = self.inner.find_commit(later.commit)?.tree()?;
        for place in places {
            if !self.texts_named(later, std::slice::from_ref(place))?.is_empty() {
                return self
                    .reading(revision, |tree, reader| renamed::texts_between(&self.inner, tree, &then, reader, place));
            }
        }
        self.texts_at(revision, places)
    }

    /// As [`Self::texts_at`], but a config that goes by another name there is not looked for.
    pub fn texts_named(&self, revision: &Revision, places: &[PathBuf]) -> Result<Vec<Text>, GitError> {
        self.reading(revision, |_, reader| {
            for place in places {
                let texts = reader.texts(place)?;
                if !texts.is_empty() {
                    return Ok(texts);
                }
            }
            Ok(Vec::new())
        })
    }

    /// A file that the config names at a revision: the folder of the file that names it, as the repository names it, and
    /// the path from there. No more than `most` bytes are read.
    pub fn file_beside(&self, revision: &Revision, folder: &Path, path: &Path, most: u64) -> Result<Beside, GitError> {
        self.reading(revision, |_, reader| reader.below(folder, path, most))
    }

    /// Whether two revisions have other CSVs.
    pub fn differ_in_csv(&self, base: &Revision, head: &Revision) -> Result<bool, GitError> {
        let tree = |revision: &Revision| self.inner.find_commit(revision.commit)?.tree();
        let diff = self.inner.diff_tree_to_tree(Some(&tree(base)?), Some(&tree(head)?), None)?;
        Ok(tree::has_csv(&diff))
    }

    /// Reads the tree of a revision.
    fn reading<T>(
        &self,
        revision: &Revision,
        read: impl FnOnce(&git2::Tree<'_>, &tree::Reader<'_>) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        let tree = self.inner.find_commit(revision.commit)?.tree()?;
        let at = at(revision);
        let committed = tree::Committed { repository: &self.inner, tree: &tree, at: &at };
        read(&tree, &tree::Reader::new(&self.inner, &committed, &at))
    }
}

/// Which state is meant, for errors.
fn at(revision: &Revision) -> String {
    format!("at `{}`", revision.name)
}

/// The folder, or the nearest one above it that is there.
fn existing(folder: &Path) -> &Path {
    folder
        .ancestors()
        .find(|path| path.is_dir())
        .unwrap_or_else(|| if folder.has_root() { folder } else { Path::new(".") })
}

/// A path without links. Of one that is not there, the part that is.
fn canonical(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut at = path;
    loop {
        let here = if at.as_os_str().is_empty() { Path::new(".") } else { at };
        if let Ok(real) = here.canonicalize() {
            return rest.iter().rev().fold(real, |path, name| path.join(name));
        }
        let (Some(parent), Some(name)) = (at.parent(), at.file_name()) else { return path.to_owned() };
        rest.push(name);
        at = parent;
    }
}

/// A path from the bytes that Git keeps.
#[cfg(unix)]
fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path from the bytes that Git keeps.
#[cfg(not(unix))]
fn path_from(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
