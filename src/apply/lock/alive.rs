//! A sign of life for runs that share a folder: a file beside the records that its run holds locked. The system lets go
//! of it when the process ends, however it ends, so nobody has to wait for the lease of a run that was killed.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file of this run. It goes when this is dropped; then only the end of the lease counts.
#[derive(Debug)]
pub(super) struct Alive {
    path: PathBuf,
    /// Held locked for as long as it is open.
    _file: File,
}

impl Alive {
    /// Begins to show that a run lives; `None` where the file system cannot.
    pub(super) fn begin(folder: &Path, run: &str) -> Option<Self> {
        let path = path(folder, run)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).ok()?;
        if file.try_lock().is_err() {
            // What cannot be locked says nothing about anybody.
            let _ = std::fs::remove_file(&path);
            return None;
        }
        Some(Self { path, _file: file })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a run surely lives no more: its file is there, and nobody holds it.
pub(super) fn is_dead(folder: &Path, run: &str) -> bool {
    let Some(path) = path(folder, run) else { return false };
    let Ok(file) = OpenOptions::new().write(true).open(&path) else { return false };
    match file.try_lock() {
        Ok(()) => {
            let _ = std::fs::remove_file(&path);
            true
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

/// How old a file must be before it counts as left behind: between making it and locking it there is a moment.
const LEFT: Duration = Duration::from_mins(1);

/// Takes away the files of runs that died and of which no lease speaks any more, so that they do not pile up. What cannot
/// be looked at stays.
pub(super) fn sweep(folder: &Path, spoken_of: &BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(run) = name.to_str().and_then(|name| name.strip_suffix(".alive")) else { continue };
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
        if !spoken_of.contains(run) && age.is_some_and(|age| age > LEFT) {
            is_dead(folder, run);
        }
    }
}

/// The file of a run. What another program wrote in the place of a run's id names no file.
fn path(folder: &Path, run: &str) -> Option<PathBuf> {
    let is_id = run.len() == 32 && run.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then(|| folder.join(format!("{run}.alive")))
}

#[cfg(test)]
mod unit {
    use super::*;

    const RUN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_run_lives_until_its_file_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        assert!(!is_dead(at, RUN), "nothing is known of it");
        let alive = Alive::begin(at, RUN).unwrap();
        assert!(!is_dead(at, RUN));
        drop(alive);
        assert_eq!(std::fs::read_dir(at).unwrap().count(), 0);
        assert!(!is_dead(at, RUN), "it ended by itself");
        // What a killed process leaves behind.
        std::fs::write(at.join(format!("{RUN}.alive")), "").unwrap();
        assert!(is_dead(at, RUN));
        assert!(!is_dead(at, RUN), "its file is gone");
        assert!(!is_dead(at, "../../etc/passwd") && Alive::begin(at, "x").is_none());
    }

    #[test]
    fn what_dead_runs_left_behind_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let aged = |name: &str, minutes: u64| {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(at.join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_mins(minutes)).unwrap();
        };
        let run = |letter: &str| letter.repeat(32);
        let alive = Alive::begin(at, &run("a")).unwrap();
        for (letter, minutes) in [("a", 60), ("b", 5), ("c", 0), ("d", 5)] {
            aged(&format!("{}.alive", run(letter)), minutes);
        }
        aged("notes.alive", 5);
        aged("locks.db", 5);
        sweep(at, &[run("d")].into());
        let mut left: Vec<_> = std::fs::read_dir(at)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let runs = ["a", "c", "d"].map(|letter| format!("{}.alive", run(letter)));
        let kept = [&runs[..], &["locks.db".to_owned(), "notes.alive".to_owned()]].concat();
        assert_eq!(left, kept, "who lives, who may just have begun, and whom a lease speaks of");
        drop(alive);
    }
}
