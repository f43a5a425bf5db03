//! A sign of life for runs that share a folder: a file beside the records that its run holds locked. The system lets go
//! of it when the process ends, however it ends, so nobody has to wait for the lease of a run that was killed.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

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
}
