//! Who last wrote a line, found by following the line back through the history of its file.
//!
//! Only the lines that were asked for are followed, and the search can be told when to stop, which is what libgit2's own
//! blame cannot: it takes seconds on a long file with a long history.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use git2::{Commit, Delta, DiffFindOptions, DiffOptions, Oid, Patch};
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
                    let old = self.inner.find_blob(old)?;
                    let (kept, fresh) = through(old.content(), text, all, true)?;
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
        if parents.is_empty() {
            return Ok(lines);
        }
        let new = self.repository.find_blob(own)?;
        for (parent, path, blob) in parents {
            let old = self.repository.find_blob(blob)?;
            let (kept, rest) = through(old.content(), new.content(), lines, false)?;
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

/// Takes lines of a new text back to the old one: those that were there already, and those that were not.
fn through(old: &[u8], new: &[u8], lines: Lines, any_line_end: bool) -> Result<(Lines, Lines), GitError> {
    let mut options = DiffOptions::new();
    // A checkout may end its lines in another way than the repository.
    options
        .context_lines(0)
        .interhunk_lines(0)
        .force_text(true)
        .ignore_whitespace_eol(any_line_end);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options))?;
    // For each hunk: its first new line, the line behind its last, and how far the lines behind it have moved.
    let mut hunks: Vec<(u32, u32, i64)> = Vec::with_capacity(patch.num_hunks());
    let mut moved = 0;
    for i in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(i)?;
        let (removed, added) = (hunk.old_lines(), hunk.new_lines());
        // Where nothing was added, the hunk stands behind the line that it names.
        let start = if added == 0 { hunk.new_start() + 1 } else { hunk.new_start() };
        moved += i64::from(removed) - i64::from(added);
        hunks.push((start, start + added, moved));
    }
    let (mut kept, mut fresh) = (Lines::new(), Lines::new());
    for (line, now) in lines {
        let before = hunks.partition_point(|(start, ..)| *start <= line);
        let (end, moved) = before
            .checked_sub(1)
            .and_then(|last| hunks.get(last))
            .map_or((0, 0), |(_, end, moved)| (*end, *moved));
        match u32::try_from(i64::from(line) + moved) {
            Ok(line_before) if line >= end => kept.push((line_before, now)),
            _ => fresh.push((line, now)),
        }
    }
    Ok((kept, fresh))
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
