//! What a push brings to a branch, as Git tells a `pre-push` hook.

use git2::{Oid, Repository as Inner};

use super::{GitError, Repository, Revision};

const BRANCHES: &str = "refs/heads/";

/// A branch that is pushed.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The branch, as the remote calls it.
    pub branch: String,
    /// What is pushed.
    pub head: Revision,
    /// What it comes to.
    pub base: Base,
}

/// What a push is compared with.
#[derive(Clone, Debug)]
pub enum Base {
    /// What the remote has on the branch; for a new one, where it left another branch of the remote.
    At(Revision),
    /// The remote has nothing that is known here.
    Nothing,
    /// The remote has a commit on the branch that is not here, and nothing else of it is.
    Unknown,
}

impl Repository {
    /// Reads a line of what Git tells a `pre-push` hook: local name and commit, remote name and commit. Nothing where no
    /// branch gets anything by it: it is deleted, or it is a tag.
    pub fn pushed(&self, line: &str, remote: &str) -> Result<Option<Pushed>, GitError> {
        // A local name may have spaces in it: `main@{1 day ago}`.
        let parts: Vec<&str> = line.rsplitn(4, ' ').collect();
        let [theirs, name, ours, local] = parts.as_slice() else { return Err(GitError::Push(line.to_owned())) };
        let oid = |text: &str| Oid::from_str(text).map_err(|_| GitError::Push(line.to_owned()));
        let (ours, theirs) = (oid(ours)?, oid(theirs)?);
        let Some(branch) = name.strip_prefix(BRANCHES).filter(|_| !ours.is_zero()) else { return Ok(None) };
        let Ok(head) = self.inner.find_object(ours, None).and_then(|object| object.peel_to_commit()) else {
            return Ok(None);
        };
        let head = Revision { name: short(local).to_owned(), commit: head.id() };
        let at = |name: String, commit| Base::At(Revision { name, commit });
        let base = if !theirs.is_zero() && self.inner.find_commit(theirs).is_ok() {
            at(format!("{remote}/{branch}"), theirs)
        } else {
            match self.left_from(head.commit, remote, branch, local) {
                Some((name, commit)) => at(name, commit),
                None if theirs.is_zero() => Base::Nothing,
                None => Base::Unknown,
            }
        };
        Ok(Some(Pushed { branch: branch.to_owned(), head, base }))
    }

    /// Where a commit left what is known of the remote: the branch itself, its default branch, what the local branch
    /// follows, then whatever else.
    fn left_from(&self, head: Oid, remote: &str, branch: &str, local: &str) -> Option<(String, Oid)> {
        // Where Git was told a URL, nothing here goes by that name, and whatever is known of any remote counts.
        let known = self.inner.find_remote(remote).is_ok();
        let prefix = if known { format!("refs/remotes/{remote}/") } else { "refs/remotes/".to_owned() };
        let mut names: Vec<String> =
            [branch, "HEAD", "main", "master"].iter().map(|name| format!("{prefix}{name}")).collect();
        if let Ok(upstream) = self.inner.branch_upstream_name(local)
            && let Ok(upstream) = std::str::from_utf8(&upstream)
        {
            names.insert(1, upstream.to_owned());
        }
        let found = names
            .into_iter()
            .find_map(|name| Some((name.clone(), merge_base(&self.inner, &name, head)?)));
        found
            .or_else(|| self.newest_left(&prefix, head))
            .map(|(name, commit)| (short(&name).to_owned(), commit))
    }

    /// The newest commit that any branch of the remote has too.
    fn newest_left(&self, prefix: &str, head: Oid) -> Option<(String, Oid)> {
        let all = self.inner.references_glob(&format!("{prefix}*")).ok()?;
        let left = all.flatten().filter_map(|reference| {
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let commit = merge_base(&self.inner, &name, head)?;
            let time = self.inner.find_commit(commit).ok()?.time().seconds();
            Some((time, name, commit))
        });
        left.max().map(|(_, name, commit)| (name, commit))
    }
}

fn merge_base(repository: &Inner, name: &str, head: Oid) -> Option<Oid> {
    let other = repository.find_reference(name).ok()?.peel_to_commit().ok()?;
    repository.merge_base(other.id(), head).ok()
}

/// A name as people say it.
fn short(name: &str) -> &str {
    ["refs/heads/", "refs/remotes/", "refs/tags/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}
