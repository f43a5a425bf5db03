//! A commit as people know it, and whether files are as it has them.

use std::path::PathBuf;

use git2::{DiffOptions, Oid};
use jiff::Timestamp;

use super::{GitError, Repository};

/// A commit: what its author says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The id, in hexadecimal.
    pub id: String,
    /// The first line of the message.
    pub subject: String,
    /// The author's name.
    pub author: String,
    /// When it was written.
    pub at: Timestamp,
}

impl Repository {
    /// The commit of an id in hexadecimal, if this clone has it.
    pub fn commit(&self, id: &str) -> Option<Commit> {
        let commit = self.inner.find_commit(Oid::from_str(id).ok()?).ok()?;
        let author = commit.author();
        Some(Commit {
            id: commit.id().to_string(),
            subject: String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default()).into_owned(),
            author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
            at: Timestamp::from_second(author.when().seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
        })
    }

    /// Whether any of these files, or any YAML file below these folders, differs from the commit that is checked out.
    /// The paths are as the repository names them.
    pub fn differs(&self, paths: &[PathBuf]) -> Result<bool, GitError> {
        let tree = self.inner.head()?.peel_to_tree()?;
        let mut options = DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(true);
        options.recurse_ignored_dirs(true).disable_pathspec_match(true);
        for path in paths {
            options.pathspec(path);
        }
        let diff = self.inner.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options))?;
        let differs = diff.deltas().any(|delta| {
            [delta.old_file(), delta.new_file()]
                .into_iter()
                .filter_map(|file| file.path())
                .any(|path| {
                    let yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
                    yaml || paths.iter().any(|named| named == path)
                })
        });
        Ok(differs)
    }
}
