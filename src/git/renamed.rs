//! A config that went by another name at a revision, found as Git finds renames.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{Delta, Diff, DiffFindOptions, DiffOptions, Tree};

use super::tree::{Reader, is_yaml};
use super::{GitError, Revision, Text};

/// The texts of a config at a revision where nothing stands under the name that it has now.
pub(super) fn texts(
    repository: &git2::Repository,
    revision: &Revision,
    tree: &Tree<'_>,
    then: &Reader<'_>,
    now: &Path,
) -> Result<Vec<Text>, GitError> {
    let mut moves = Vec::new();
    if let Ok(head) = repository.head().and_then(|head| head.peel_to_commit())
        && head.id() != revision.commit
    {
        let diff = repository.diff_tree_to_tree(Some(tree), Some(&head.tree()?), None)?;
        moves = moves_to(diff, now)?;
    }
    if moves.is_empty() {
        // It may have been moved since the last commit.
        let mut options = DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).ignore_submodules(true);
        let diff = repository.diff_tree_to_workdir_with_index(Some(tree), Some(&mut options))?;
        moves = moves_to(diff, now)?;
    }
    texts_of(then, &moves, now)
}

/// The texts of a config in a tree where nothing stands under the name that it has in a later one.
pub(super) fn texts_between(
    repository: &git2::Repository,
    tree: &Tree<'_>,
    later: &Tree<'_>,
    then: &Reader<'_>,
    now: &Path,
) -> Result<Vec<Text>, GitError> {
    let diff = repository.diff_tree_to_tree(Some(tree), Some(later), None)?;
    texts_of(then, &moves_to(diff, now)?, now)
}

fn texts_of(then: &Reader<'_>, moves: &[(PathBuf, PathBuf)], now: &Path) -> Result<Vec<Text>, GitError> {
    let mut texts = Vec::new();
    for place in places(moves, now) {
        texts.extend(then.texts(&place)?);
    }
    texts.sort();
    texts.dedup();
    Ok(texts)
}

/// What was renamed to a path, or into a folder: its old name and its new one.
fn moves_to(mut diff: Diff<'_>, now: &Path) -> Result<Vec<(PathBuf, PathBuf)>, GitError> {
    let mut options = DiffFindOptions::new();
    options.renames(true).for_untracked(true);
    diff.find_similar(Some(&mut options))?;
    let moved = diff.deltas().filter(|delta| delta.status() == Delta::Renamed).filter_map(|delta| {
        let (old, new) = (delta.old_file().path()?, delta.new_file().path()?);
        let is_part = new == now || (new.starts_with(now) && is_yaml(new));
        is_part.then(|| (old.to_owned(), new.to_owned()))
    });
    Ok(moved.collect())
}

/// Where the config was: a folder, where every file of it was renamed alike; else each file under its old name.
fn places(moves: &[(PathBuf, PathBuf)], now: &Path) -> Vec<PathBuf> {
    let folder = |(old, new): &(PathBuf, PathBuf)| {
        let inner = new.strip_prefix(now).ok().filter(|inner| !inner.as_os_str().is_empty())?;
        old.ends_with(inner)
            .then(|| {
                old.components()
                    .take(old.components().count() - inner.components().count())
                    .collect::<PathBuf>()
            })
            .filter(|folder| !folder.as_os_str().is_empty())
    };
    let folders: BTreeSet<Option<PathBuf>> = moves.iter().map(folder).collect();
    match folders.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(folder)] => vec![folder.clone()],
        _ => moves.iter().map(|(old, _)| old.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(moves: &[(&str, &str)], now: &str) -> Vec<String> {
        let moves: Vec<_> = moves.iter().map(|(old, new)| (PathBuf::from(old), PathBuf::from(new))).collect();
        places(&moves, Path::new(now)).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn a_folder_is_one_where_all_of_it_moved_alike() {
        assert_eq!(old(&[("credits.yaml", "bursar.yaml")], "bursar.yaml"), ["credits.yaml"]);
        assert_eq!(old(&[("old/a.yaml", "new/a.yaml"), ("old/x/b.yaml", "new/x/b.yaml")], "new"), ["old"]);
        assert_eq!(old(&[("bursar.yaml", "bursar/main.yaml")], "bursar"), ["bursar.yaml"]);
        assert_eq!(old(&[("a/x.yaml", "new/x.yaml"), ("b/y.yaml", "new/y.yaml")], "new"), ["a/x.yaml", "b/y.yaml"]);
        assert_eq!(old(&[("x.yaml", "new/x.yaml")], "new"), ["x.yaml"]);
        assert_eq!(old(&[], "new"), Vec::<String>::new());
    }
}
