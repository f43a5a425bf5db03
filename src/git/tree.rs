//! The files of a config in the tree of a commit, as the loader of working files would find them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use git2::{ErrorCode, ObjectType, Tree};

use super::{GitError, Text};

/// How many links are followed one after the other.
const MAX_LINKS: usize = 40;

/// What Git calls a symbolic link.
const LINK: i32 = 0o120_000;

/// Reads one tree.
pub(super) struct Reader<'r> {
    repository: &'r git2::Repository,
    tree: Tree<'r>,
    revision: &'r str,
}

/// Something in a tree, at the path where it really is.
enum Found {
    File(git2::Oid),
    Folder(PathBuf),
}

impl<'r> Reader<'r> {
    pub(super) fn new(repository: &'r git2::Repository, tree: Tree<'r>, revision: &'r str) -> Self {
        Self { repository, tree, revision }
    }

    pub(super) fn tree(&self) -> &Tree<'r> {
        &self.tree
    }

    /// The texts that a path stands for, sorted; none where nothing is there.
    pub(super) fn texts(&self, path: &Path) -> Result<Vec<Text>, GitError> {
        let mut texts = Vec::new();
        match self.find(path)? {
            None => {}
            Some(Found::File(blob)) => texts.push((path.to_owned(), self.bytes(path, blob)?)),
            Some(Found::Folder(real)) => {
                // A link to a folder may lead back to where it stands.
                let mut entered = BTreeSet::new();
                let mut folders = vec![(path.to_owned(), real)];
                while let Some((shown, real)) = folders.pop() {
                    if entered.insert(real.clone()) {
                        folders.extend(self.folder(&shown, &real, &mut texts)?);
                    }
                }
                texts.sort();
            }
        }
        Ok(texts)
    }

    /// Adds the texts right in a folder. Returns the folders in it, in the order in which the last is to be read first:
    /// real folders come before links, so that what is there under two names is shown under its own.
    fn folder(&self, shown: &Path, real: &Path, texts: &mut Vec<Text>) -> Result<Vec<(PathBuf, PathBuf)>, GitError> {
        let tree = match self.entry(real)? {
            None => self.tree.clone(),
            Some(entry) => self.object(real, entry.to_object(self.repository))?.peel_to_tree()?,
        };
        let mut inner = Vec::new();
        for entry in &tree {
            let name = super::path_from(entry.name_bytes());
            let (path, at) = (shown.join(&name), real.join(&name));
            let is_yaml = is_yaml(&name);
            let is_link = entry.filemode() == LINK;
            match entry.kind() {
                Some(ObjectType::Tree) => inner.push((false, path, at)),
                Some(ObjectType::Commit) => {
                    return Err(GitError::Submodule { path: display(&path), revision: self.revision.to_owned() });
                }
                _ if is_link => match self.find(&at) {
                    Ok(Some(Found::Folder(real))) => inner.push((true, path, real)),
                    Ok(Some(Found::File(blob))) if is_yaml => texts.push((path.clone(), self.bytes(&path, blob)?)),
                    // A link that leads nowhere matters only where it may stand for a part of the config.
                    Ok(None) if is_yaml => return Err(self.dead_link(&path, &at)),
                    Ok(_) => {}
                    Err(error) => return Err(error),
                },
                _ if is_yaml => texts.push((path.clone(), self.bytes(&path, entry.id())?)),
                _ => {}
            }
        }
        inner.sort();
        Ok(inner.into_iter().rev().map(|(_, path, real)| (path, real)).collect())
    }

    /// What a path leads to. Links are followed within the tree; one that leaves it is an error, because what is there
    /// now says nothing of what was there then.
    fn find(&self, path: &Path) -> Result<Option<Found>, GitError> {
        let mut left: Vec<PathBuf> = parts(path);
        let mut at = PathBuf::new();
        let mut links = 0;
        while let Some(part) = left.pop() {
            if part == Path::new("..") {
                if !at.pop() {
                    return Err(self.link(path, &path.to_string_lossy()));
                }
                continue;
            }
            at.push(&part);
            let Some(entry) = self.entry(&at)? else { return Ok(None) };
            if entry.kind() == Some(ObjectType::Commit) {
                return Err(GitError::Submodule { path: display(&at), revision: self.revision.to_owned() });
            }
            if entry.filemode() == LINK {
                links += 1;
                let target = super::path_from(&self.bytes(&at, entry.id())?);
                if links > MAX_LINKS || target.has_root() {
                    return Err(self.link(path, &target.to_string_lossy()));
                }
                at.pop();
                left.extend(parts(&target));
            } else if entry.kind() == Some(ObjectType::Blob) {
                return Ok(left.is_empty().then(|| Found::File(entry.id())));
            }
        }
        Ok(Some(Found::Folder(at)))
    }

    /// The entry at a path without links; nothing for the tree itself.
    fn entry(&self, path: &Path) -> Result<Option<git2::TreeEntry<'static>>, GitError> {
        if path.as_os_str().is_empty() {
            return Ok(None);
        }
        match self.tree.get_path(path) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn bytes(&self, path: &Path, blob: git2::Oid) -> Result<Vec<u8>, GitError> {
        Ok(self.object(path, self.repository.find_blob(blob))?.content().to_vec())
    }

    /// An object that the tree names: a partial clone may be without it.
    fn object<T>(&self, path: &Path, found: Result<T, git2::Error>) -> Result<T, GitError> {
        found.map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::Missing { path: display(path), revision: self.revision.to_owned() },
            _ => GitError::Other(error),
        })
    }

    fn link(&self, path: &Path, target: &str) -> GitError {
        GitError::Link { path: display(path), target: target.to_owned(), revision: self.revision.to_owned() }
    }

    fn dead_link(&self, path: &Path, at: &Path) -> GitError {
        let target = self
            .entry(at)
            .ok()
            .flatten()
            .and_then(|entry| self.bytes(at, entry.id()).ok())
            .unwrap_or_default();
        self.link(path, &String::from_utf8_lossy(&target))
    }
}

/// Whether a file of a folder is one of the config.
pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml"))
}

/// The parts of a path, the first one last.
fn parts(path: &Path) -> Vec<PathBuf> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(PathBuf::from(name)),
        Component::ParentDir => Some(PathBuf::from("..")),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(part).rev().collect()
}

fn display(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
