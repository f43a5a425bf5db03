//! Who last wrote a line, found by following the line back through the history of its file.
//!
//! Only the lines that were asked for are followed, and the search can be told when to stop, which is what libgit2's own
//! blame cannot: it takes seconds on a long file with a long history.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use git2::{Commit, Delta, DiffDelta, DiffFindOptions, DiffHunk, DiffOptions, Oid, Patch};
use jiff::Timestamp;

use crate::model::Origin;

use super::{GitError, Repository};

/// When a search ends, found or not.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub fn within(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Who last wrote each line, and what was not found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blamed {
    /// By line, from 1.
    pub lines: BTreeMap<u32, Origin>,
    /// Whether the time was over before every line was found.
    pub late: bool,
    /// Whether a line is older than what was cloned.
    pub shallow: bool,
}

/// Lines of one version of a file, with the lines of the working file that they became.
type Lines = Vec<(u32, u32)>;

/// A version of the file that may have brought lines: newest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Suspect {
    time: i64,
    commit: Oid,
    path: PathBuf,
}

impl Repository {
    /// Who last wrote these lines (from 1) of a file; `path` is as the repository names it, `text` what is in it now.
    pub fn blame(
        &self,
        path: &Path,
        text: &[u8],
        lines: &BTreeSet<u32>,
        deadline: Deadline,
    ) -> Result<Blamed, GitError> {
        let mut trace = Trace { repository: &self.inner, deadline, queue: BinaryHeap::new(), lines: BTreeMap::new() };
        let mut blamed = Blamed::default();
        let all: Lines = lines.iter().map(|&line| (line, line)).collect();
        let fresh = match self.inner.head().and_then(|head| head.peel_to_commit()) {
            Ok(head) => match blob(&head, path)? {
                Some(old) => {
                    let (kept, fresh) = Hunks::to_working(&self.inner, old, text)?.back(all);
                    trace.suspect(&head, path, kept);
                    fresh
                }
                None => all,
            },
            // No commit yet.
            Err(_) => all,
        };
        blamed.lines.extend(fresh.into_iter().map(|(_, line)| (line, Origin::NotCommitted)));
        trace.run(&mut blamed)?;
        Ok(blamed)
    }
}

struct Trace<'r> {
    repository: &'r git2::Repository,
    deadline: Deadline,
    queue: BinaryHeap<Suspect>,
    lines: BTreeMap<(Oid, PathBuf), Lines>,
}

impl<'r> Trace<'r> {
    fn suspect(&mut self, commit: &Commit<'r>, path: &Path, lines: Lines) {
        if lines.is_empty() {
            return;
        }
        let known = self.lines.entry((commit.id(), path.to_owned())).or_default();
        if known.is_empty() {
            self.queue
                .push(Suspect { time: commit.time().seconds(), commit: commit.id(), path: path.to_owned() });
        }
        known.extend(lines);
    }

    fn run(&mut self, blamed: &mut Blamed) -> Result<(), GitError> {
        while let Some(Suspect { time: _, commit, path }) = self.queue.pop() {
            if self.deadline.is_over() {
                blamed.late = true;
                return Ok(());
            }
            let Some(lines) = self.lines.remove(&(commit, path.clone())) else { continue };
            let commit = self.repository.find_commit(commit)?;
            let own = self.pass_on(&commit, &path, lines)?;
            if own.is_empty() {
                continue;
            }
            if is_boundary(&commit) {
                blamed.shallow = true;
                continue;
            }
            let origin = origin(&commit);
            blamed.lines.extend(own.into_iter().map(|(_, line)| (line, origin.clone())));
        }
        Ok(())
    }

    /// Hands the lines that a commit took over to the parents that had them. Returns those that it brought.
    fn pass_on(&mut self, commit: &Commit<'r>, path: &Path, mut lines: Lines) -> Result<Lines, GitError> {
        let Some(own) = blob(commit, path)? else { return Ok(lines) };
        let mut parents = Vec::new();
        for parent in commit.parents() {
            let at = match blob(&parent, path)? {
                Some(blob) => Some((path.to_owned(), blob)),
                None => self.renamed(&parent, commit, path)?,
            };
            if let Some((path, blob)) = at {
                // The same file: no line of it is from here.
                if blob == own {
                    self.suspect(&parent, &path, lines);
                    return Ok(Lines::new());
                }
                parents.push((parent, path, blob));
            }
        }
        for (parent, path, blob) in parents {
            let (kept, rest) = Hunks::between(self.repository, blob, own)?.back(lines);
            self.suspect(&parent, &path, kept);
            lines = rest;
        }
        Ok(lines)
    }

    /// Under which name a parent has a file that the commit has under this one.
    fn renamed(
        &self,
        parent: &Commit<'_>,
        commit: &Commit<'_>,
        path: &Path,
    ) -> Result<Option<(PathBuf, Oid)>, GitError> {
        let mut diff = self.repository.diff_tree_to_tree(Some(&parent.tree()?), Some(&commit.tree()?), None)?;
        let mut options = DiffFindOptions::new();
        options.renames(true);
        diff.find_similar(Some(&mut options))?;
        let found = diff
            .deltas()
            .find(|delta| delta.status() == Delta::Renamed && delta.new_file().path() == Some(path))
            .and_then(|delta| Some((delta.old_file().path()?.to_owned(), delta.old_file().id())));
        Ok(found)
    }
}

/// The file at a path in a commit.
fn blob(commit: &Commit<'_>, path: &Path) -> Result<Option<Oid>, GitError> {
    match commit.tree()?.get_path(path) {
        Ok(entry) => Ok((entry.kind() == Some(git2::ObjectType::Blob)).then(|| entry.id())),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where two texts differ, in order: the first new line, the line behind the last, and how far the lines behind it moved.
#[derive(Default)]
struct Hunks(Vec<(u32, u32, i64)>);

impl Hunks {
    /// From one version of a file to the next.
    fn between(repository: &git2::Repository, old: Oid, new: Oid) -> Result<Self, GitError> {
        let (old, new) = (repository.find_blob(old)?, repository.find_blob(new)?);
        let mut hunks = Self::default();
        let mut seen = |_: DiffDelta<'_>, hunk: DiffHunk<'_>| hunks.push(&hunk);
        let mut options = options();
        repository.diff_blobs(
            Some(&old),
            None,
            Some(&new),
            None,
            Some(&mut options),
            None,
            None,
            Some(&mut seen),
            None,
        )?;
        Ok(hunks)
    }

    /// From a version of a file to what is in the working file now.
    fn to_working(repository: &git2::Repository, old: Oid, new: &[u8]) -> Result<Self, GitError> {
        let old = repository.find_blob(old)?;
        let mut options = options();
        // A checkout may end its lines in another way than the repository.
        options.ignore_whitespace_eol(true);
        let patch = Patch::from_blob_and_buffer(&old, None, new, None, Some(&mut options))?;
        let mut hunks = Self::default();
        for i in 0..patch.num_hunks() {
            hunks.push(&patch.hunk(i)?.0);
        }
        Ok(hunks)
    }

    /// Adds one; the answer is that the next may come.
    fn push(&mut self, hunk: &DiffHunk<'_>) -> bool {
        let (removed, added) = (hunk.old_lines(), hunk.new_lines());
        // Where nothing was added, the hunk stands behind the line that it names.
        let start = if added == 0 { hunk.new_start() + 1 } else { hunk.new_start() };
        let moved = self.0.last().map_or(0, |(.., moved)| *moved) + i64::from(removed) - i64::from(added);
        self.0.push((start, start + added, moved));
        true
    }

    /// Takes lines of the new text back to the old one: those that were there already, and those that were not.
    fn back(&self, lines: Lines) -> (Lines, Lines) {
        let (mut kept, mut fresh) = (Lines::new(), Lines::new());
        for (line, now) in lines {
            let before = self.0.partition_point(|(start, ..)| *start <= line);
            let (end, moved) = before
                .checked_sub(1)
                .and_then(|last| self.0.get(last))
                .map_or((0, 0), |(_, end, moved)| (*end, *moved));
            match u32::try_from(i64::from(line) + moved) {
                Ok(line_before) if line >= end => kept.push((line_before, now)),
                _ => fresh.push((line, now)),
            }
        }
        (kept, fresh)
    }
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options.context_lines(0).interhunk_lines(0).force_text(true);
    options
}

/// Whether a commit has parents that were not cloned.
fn is_boundary(commit: &Commit<'_>) -> bool {
    commit.parent_count() == 0
        && commit
            .raw_header_bytes()
            .split(|byte| *byte == b'\n')
            .any(|line| line.starts_with(b"parent "))
}

fn origin(commit: &Commit<'_>) -> Origin {
    let author = commit.author();
    Origin::Commit {
        id: commit.id().to_string(),
        author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        at: Timestamp::from_second(author.when().seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}
