//! The files of a config as they are staged: exactly what the next commit will hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{Delta, DiffFindOptions, ErrorClass, ErrorCode, Index, IndexEntry, IndexEntryExtendedFlag, Oid, Tree};

use super::tree::{Beside, Committed, Entry, Listing, Reader};
use super::{GitError, Repository, Text};

/// Which state is meant, for errors.
const AT: &str = "as it is staged";
/// See [`AT`].
const AT_HEAD: &str = "at `HEAD`";

/// What Git calls the kinds of entries.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The index: the one that Git tells a hook about, else the repository's own.
pub struct Staged<'r> {
    repository: &'r git2::Repository,
    index: Index,
}

impl Repository {
    /// What is staged. `git commit -a` and `git commit PATH` stage into an index of their own, which is the one that
    /// their hooks see here.
    pub fn staged(&self) -> Result<Staged<'_>, GitError> {
        let index = self.inner.index().map_err(|error| match error.class() {
            ErrorClass::Index => GitError::Index(error.message().to_owned()),
            _ => GitError::Other(error),
        })?;
        Ok(Staged { repository: &self.inner, index })
    }
}

impl Staged<'_> {
    /// The texts of a config: of the first of the places, as the repository names them, where something is staged.
    /// Nothing where that is none of them.
    pub fn texts(&self, places: &[PathBuf]) -> Result<Vec<Text>, GitError> {
        let reader = self.reader();
        reader.read(blobs(&reader, places)?)
    }

    /// The texts of files and folders together. Each of them has to be there.
    pub fn texts_of(&self, paths: &[PathBuf]) -> Result<Vec<Text>, GitError> {
        let reader = self.reader();
        let mut all = BTreeSet::new();
        for path in paths {
            let found = reader.blobs(path)?;
            if found.is_empty() {
                return Err(GitError::NotStaged(path.to_string_lossy().into_owned()));
            }
            all.extend(found);
        }
        reader.read(all.into_iter().collect())
    }

    /// Whether the next commit changes anything of the config, compared with the last one.
    pub fn is_changed(&self, places: &[PathBuf]) -> Result<bool, GitError> {
        let staged = blobs(&self.reader(), places)?;
        let Some(tree) = self.head()? else { return Ok(!staged.is_empty()) };
        let committed = Committed { repository: self.repository, tree: &tree, at: AT_HEAD };
        // What cannot be read there is another thing than what can be read here.
        let before = blobs(&Reader::new(self.repository, &committed, AT_HEAD), places).ok();
        Ok(before != Some(staged))
    }

    /// A file that the staged config names: the folder of the file that names it, as the repository names it, and the path
    /// from there. No more than `most` bytes are read.
    pub fn file_beside(&self, folder: &Path, path: &Path, most: u64) -> Result<Beside, GitError> {
        self.reader().below(folder, path, most)
    }

    /// Whether the next commit changes any CSV.
    pub fn changes_csv(&self) -> Result<bool, GitError> {
        let diff = self.repository.diff_tree_to_index(self.head()?.as_ref(), Some(&self.index), None)?;
        Ok(super::tree::has_csv(&diff))
    }

    /// Where the next commit moves a config to of which nothing is left in its places: a file or folder, or several
    /// files where they went different ways. Nothing where it is deleted.
    pub fn moved_from(&self, places: &[PathBuf]) -> Result<Vec<PathBuf>, GitError> {
        let Some(tree) = self.head()? else { return Ok(Vec::new()) };
        let mut diff = self.repository.diff_tree_to_index(Some(&tree), Some(&self.index), None)?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
        for place in places {
            let moved = diff.deltas().filter(|delta| delta.status() == Delta::Renamed).filter_map(|delta| {
                let (old, new) = (delta.old_file().path()?, delta.new_file().path()?);
                let is_part = old == place || (old.starts_with(place) && super::tree::is_yaml(new));
                is_part.then(|| (new.to_owned(), old.to_owned()))
            });
            let moved: Vec<_> = moved.collect();
            if !moved.is_empty() {
                // The same question as where it was, asked the other way round.
                return Ok(super::renamed::places(&moved, place));
            }
        }
        Ok(Vec::new())
    }

    fn reader(&self) -> Reader<'_> {
        Reader::new(self.repository, self, AT)
    }

    /// The tree of the last commit; nothing where there is none yet.
    fn head(&self) -> Result<Option<Tree<'_>>, GitError> {
        match self.repository.head() {
            Ok(head) => Ok(Some(head.peel_to_tree()?)),
            Err(_) => Ok(None),
        }
    }

    /// What is staged under exactly this name.
    fn get(&self, path: &Path) -> Result<Option<Entry>, GitError> {
        match self.index.get_path(path, 0) {
            Some(entry) => Ok(entry_of(&entry)),
            // Three stages of a merge: the base, ours, theirs.
            None if (1..=3).any(|stage| self.index.get_path(path, stage).is_some()) => Err(conflict(path)),
            None => Ok(None),
        }
    }

    /// Every entry below a folder, each with its name there.
    fn below(&self, folder: &Path) -> Result<impl Iterator<Item = (PathBuf, IndexEntry)>, GitError> {
        let first = if folder.as_os_str().is_empty() {
            Some(0)
        } else {
            // With a slash behind it, so that `bursar.yaml` is not below `bursar`.
            match self.index.find_prefix(folder.join("")) {
                Ok(first) => Some(first),
                Err(error) if error.code() == ErrorCode::NotFound => None,
                Err(error) => return Err(error.into()),
            }
        };
        let entries = first.into_iter().flat_map(|first| first..self.index.len());
        let entries = entries.map_while(move |at| {
            let entry = self.index.get(at)?;
            let name = super::path_from(&entry.path).strip_prefix(folder).ok()?.to_owned();
            Some((name, entry))
        });
        Ok(entries)
    }
}

impl Listing for Staged<'_> {
    fn entry(&self, path: &Path) -> Result<Option<Entry>, GitError> {
        if let Some(entry) = self.get(path)? {
            return Ok(Some(entry));
        }
        for (_, entry) in self.below(path)? {
            // A file that is only announced makes no folder.
            if stage(&entry) != 0 || entry_of(&entry).is_some() {
                return Ok(Some(Entry::Folder));
            }
        }
        Ok(None)
    }

    fn folder(&self, path: &Path) -> Result<Vec<(PathBuf, Entry)>, GitError> {
        let mut all: Vec<(PathBuf, Entry)> = Vec::new();
        for (name, entry) in self.below(path)? {
            let mut parts = name.components();
            let Some(first) = parts.next().map(|part| PathBuf::from(part.as_os_str())) else { continue };
            let found = if stage(&entry) != 0 {
                if super::tree::is_yaml(&name) {
                    return Err(conflict(&path.join(&name)));
                }
                None
            } else if parts.next().is_some() {
                entry_of(&entry).map(|_| Entry::Folder)
            } else {
                entry_of(&entry)
            };
            if let Some(found) = found
                && all.last() != Some(&(first.clone(), Entry::Folder))
            {
                all.push((first, found));
            }
        }
        Ok(all)
    }
}

/// The files of the first of the places where there are any.
fn blobs(reader: &Reader<'_>, places: &[PathBuf]) -> Result<Vec<(PathBuf, Oid)>, GitError> {
    for place in places {
        let found = reader.blobs(place)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// What an entry is; nothing where it is only announced (`git add --intent-to-add`): no commit will hold it.
fn entry_of(entry: &IndexEntry) -> Option<Entry> {
    if IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_intent_to_add() {
        return None;
    }
    Some(match entry.mode & KIND {
        LINK => Entry::Link(entry.id),
        SUBMODULE => Entry::Submodule,
        _ => Entry::File(entry.id),
    })
}

/// Which side of a merge that is not finished an entry is; 0 where nothing is to be merged.
fn stage(entry: &IndexEntry) -> u16 {
    (entry.flags >> 12) & 3
}

fn conflict(path: &Path) -> GitError {
    GitError::Conflict(path.to_string_lossy().into_owned())
}
