//! The files of a config in one state that Git keeps, a commit or what is staged, as the loader of working files would
//! find them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, Tree, TreeEntry};

use crate::model::is_record;

use super::{GitError, Text};

/// How many links are followed one after the other.
const MAX_LINKS: usize = 40;

/// What Git calls a symbolic link.
const LINK: i32 = 0o120_000;

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    File(Oid),
    Link(Oid),
    Folder,
    Submodule,
}

/// One state of the repository: what stands where. Links are not followed.
pub(super) trait Listing {
    /// What is at a path; nothing where nothing is.
    fn entry(&self, path: &Path) -> Result<Option<Entry>, GitError>;

    /// What is right in a folder; the empty path is the folder of all.
    fn folder(&self, path: &Path) -> Result<Vec<(PathBuf, Entry)>, GitError>;
}

/// The tree of a commit.
pub(super) struct Committed<'r> {
    pub(super) repository: &'r git2::Repository,
    pub(super) tree: &'r Tree<'r>,
    /// Which state that is, for errors.
    pub(super) at: &'r str,
}

impl Committed<'_> {
    fn get(&self, path: &Path) -> Result<Option<TreeEntry<'static>>, GitError> {
        match self.tree.get_path(path) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Listing for Committed<'_> {
    fn entry(&self, path: &Path) -> Result<Option<Entry>, GitError> {
        Ok(self.get(path)?.map(|entry| Entry::of(&entry)))
    }

    fn folder(&self, path: &Path) -> Result<Vec<(PathBuf, Entry)>, GitError> {
        let tree = if path.as_os_str().is_empty() {
            self.tree.clone()
        } else {
            let Some(entry) = self.get(path)? else { return Ok(Vec::new()) };
            object(self.at, path, entry.to_object(self.repository))?.peel_to_tree()?
        };
        Ok(tree
            .iter()
            .map(|entry| (super::path_from(entry.name_bytes()), Entry::of(&entry)))
            .collect())
    }
}

impl Entry {
    fn of(entry: &TreeEntry<'_>) -> Self {
        match entry.kind() {
            Some(ObjectType::Tree) => Self::Folder,
            Some(ObjectType::Commit) => Self::Submodule,
            _ if entry.filemode() == LINK => Self::Link(entry.id()),
            _ => Self::File(entry.id()),
        }
    }
}

/// What stands where a file of the config names another.
#[derive(Debug, PartialEq, Eq)]
pub enum Beside {
    /// A file, with its bytes.
    File(Vec<u8>),
    /// No file.
    Nothing,
    /// A link, or something behind one.
    Link,
}

/// Reads one state.
pub(super) struct Reader<'r> {
    repository: &'r git2::Repository,
    listing: &'r dyn Listing,
    /// Which state that is, for errors: at `main`, as it is staged.
    at: &'r str,
}

/// Something in a state, at the path where it really is.
enum Found {
    File(Oid),
    Folder(PathBuf),
}

impl<'r> Reader<'r> {
    pub(super) fn new(repository: &'r git2::Repository, listing: &'r dyn Listing, at: &'r str) -> Self {
        Self { repository, listing, at }
    }

    /// The texts that a path stands for, sorted; none where nothing is there.
    pub(super) fn texts(&self, path: &Path) -> Result<Vec<Text>, GitError> {
        self.read(self.blobs(path)?)
    }

    /// The texts of files.
    pub(super) fn read(&self, blobs: Vec<(PathBuf, Oid)>) -> Result<Vec<Text>, GitError> {
        let text = |(path, blob): (PathBuf, Oid)| {
            let bytes = self.bytes(&path, blob)?;
            Ok((path, bytes))
        };
        blobs.into_iter().map(text).collect()
    }

    /// The files that a path stands for, sorted, each with the object that holds its text.
    pub(super) fn blobs(&self, path: &Path) -> Result<Vec<(PathBuf, Oid)>, GitError> {
        let mut blobs = Vec::new();
        match self.find(path)? {
            None => {}
            Some(Found::File(blob)) => blobs.push((path.to_owned(), blob)),
            Some(Found::Folder(real)) => {
                // A link to a folder may lead back to where it stands.
                let mut entered = BTreeSet::new();
                let mut folders = vec![(path.to_owned(), real)];
                while let Some((shown, real)) = folders.pop() {
                    if entered.insert(real.clone()) {
                        folders.extend(self.folder(&shown, &real, &mut blobs)?);
                    }
                }
                blobs.sort();
            }
        }
        Ok(blobs)
    }

    /// Adds the files right in a folder. Returns the folders in it, in the order in which the last is to be read first:
    /// real folders come before links, so that what is there under two names is shown under its own.
    fn folder(
        &self,
        shown: &Path,
        real: &Path,
        blobs: &mut Vec<(PathBuf, Oid)>,
    ) -> Result<Vec<(PathBuf, PathBuf)>, GitError> {
        let mut inner = Vec::new();
        for (name, entry) in self.listing.folder(real)? {
            let (path, at) = (shown.join(&name), real.join(&name));
            let is_yaml = is_yaml(&name);
            match entry {
                Entry::Folder => inner.push((false, path, at)),
                Entry::Submodule => return Err(self.submodule(&path)),
                Entry::Link(target) => match self.find(&at)? {
                    Some(Found::Folder(real)) => inner.push((true, path, real)),
                    Some(Found::File(blob)) if is_yaml => blobs.push((path, blob)),
                    // A link that leads nowhere matters only where it may stand for a part of the config.
                    None if is_yaml => {
                        let target = self.bytes(&at, target).unwrap_or_default();
                        return Err(self.link(&path, &String::from_utf8_lossy(&target)));
                    }
                    _ => {}
                },
                Entry::File(blob) if is_yaml => blobs.push((path, blob)),
                Entry::File(_) => {}
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
            match self.listing.entry(&at)? {
                None => return Ok(None),
                Some(Entry::Submodule) => return Err(self.submodule(&at)),
                Some(Entry::Link(blob)) => {
                    links += 1;
                    let target = super::path_from(&self.bytes(&at, blob)?);
                    if links > MAX_LINKS || target.has_root() {
                        return Err(self.link(path, &target.to_string_lossy()));
                    }
                    at.pop();
                    left.extend(parts(&target));
                }
                Some(Entry::File(blob)) => return Ok(left.is_empty().then_some(Found::File(blob))),
                Some(Entry::Folder) => {}
            }
        }
        Ok(Some(Found::Folder(at)))
    }

    /// A file below a folder of the config, as its files name it. Links lead to the folder and not on from there.
    pub(super) fn below(&self, folder: &Path, path: &Path, most: u64) -> Result<Beside, GitError> {
        let Some(Found::Folder(mut at)) = self.find(folder)? else { return Ok(Beside::Nothing) };
        let mut parts = path.components().peekable();
        while let Some(part) = parts.next() {
            at.push(part);
            match (self.listing.entry(&at)?, parts.peek().is_some()) {
                (Some(Entry::Link(_)), _) => return Ok(Beside::Link),
                (Some(Entry::Folder), true) => {}
                (Some(Entry::File(blob)), false) => {
                    let (size, _) = object(self.at, &at, self.repository.odb()?.read_header(blob))?;
                    if size as u64 > most {
                        return Err(GitError::TooLarge { path: display(&at), at: self.at.to_owned(), most });
                    }
                    return Ok(Beside::File(self.bytes(&at, blob)?));
                }
                (Some(Entry::Submodule), _) => return Err(self.submodule(&at)),
                _ => return Ok(Beside::Nothing),
            }
        }
        Ok(Beside::Nothing)
    }

    fn bytes(&self, path: &Path, blob: Oid) -> Result<Vec<u8>, GitError> {
        Ok(object(self.at, path, self.repository.find_blob(blob))?.content().to_vec())
    }

    fn submodule(&self, path: &Path) -> GitError {
        GitError::Submodule { path: display(path), at: self.at.to_owned() }
    }

    fn link(&self, path: &Path, target: &str) -> GitError {
        GitError::Link { path: display(path), target: target.to_owned(), at: self.at.to_owned() }
    }
}

/// An object that a state names: a partial clone may be without it.
fn object<T>(at: &str, path: &Path, found: Result<T, git2::Error>) -> Result<T, GitError> {
    found.map_err(|error| match error.code() {
        ErrorCode::NotFound => GitError::Missing { path: display(path), at: at.to_owned() },
        _ => GitError::Other(error),
    })
}

/// Whether a file of a folder is one of the config. A record is none: it says what was done, not what shall be.
pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml"))
        && !is_record(path)
}

/// Whether a file may be a CSV that a config names.
pub(super) fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Whether any CSV is another one on the two sides of a comparison.
pub(super) fn has_csv(diff: &git2::Diff<'_>) -> bool {
    diff.deltas()
        .any(|delta| [delta.old_file(), delta.new_file()].iter().any(|file| file.path().is_some_and(is_csv)))
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
