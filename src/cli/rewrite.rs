//! Puts another text in the place of a file: whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::output::escape::Terminal;

use super::CommandError;

/// Writes `after` where `before` was read. A link stays, what it leads to is replaced, and keeps its mode. A file that
/// somebody else has changed meanwhile is left alone.
pub(super) fn replace(path: &Path, before: &[u8], after: &[u8]) -> Result<(), CommandError> {
    let shown = Terminal(&path.to_string_lossy()).to_string();
    let cannot = |error: io::Error| {
        CommandError::failed(anyhow::Error::new(error).context(format!("{shown} cannot be written")))
            .hint("it was left as it is; check that you may write it and that there is room")
    };
    let real = path.canonicalize().map_err(cannot)?;
    let written = swap(&real, before, after).map_err(cannot)?;
    if written {
        return Ok(());
    }
    Err(CommandError::message(format!("{shown} has changed since it was read, so it was left alone"))
        .hint("run the command again"))
}

/// Writes a file where there was none, with the folders that lead to it. One that somebody else has made meanwhile is
/// left alone.
pub(super) fn create(path: &Path, text: &[u8]) -> Result<(), CommandError> {
    let shown = Terminal(&path.to_string_lossy()).to_string();
    let written = lay_down(path, text).map_err(|error| {
        CommandError::failed(anyhow::Error::new(error).context(format!("{shown} cannot be written")))
            .hint("nothing was written; check that you may write there and that there is room")
    })?;
    if written {
        return Ok(());
    }
    Err(CommandError::message(format!("{shown} was made by somebody else meanwhile, so it was left alone"))
        .hint("run the command again"))
}

/// Whether there was still no such file.
fn lay_down(path: &Path, text: &[u8]) -> io::Result<bool> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let (beside, mut file) = beside(path)?;
    let mut write = || {
        file.write_all(text)?;
        file.sync_all()?;
        // A second name is never given over a file that is there. Where a file can have only one, the look comes first.
        match fs::hard_link(&beside, path) {
            Ok(()) => fs::remove_file(&beside)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return fs::remove_file(&beside).map(|()| false);
            }
            Err(_) if fs::symlink_metadata(path).is_ok() => return fs::remove_file(&beside).map(|()| false),
            Err(_) => fs::rename(&beside, path)?,
        }
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(true)
    };
    write().inspect_err(|_: &io::Error| {
        // What went wrong before is what is told.
        let _ = fs::remove_file(&beside);
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file of our own beside another. What a run of the same number left there when it was killed goes.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = folder_of(path).join(beside);
    let open = || OpenOptions::new().write(true).create_new(true).open(&beside);
    let file = match open() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(&beside)?;
            open()?
        }
        other => other?,
    };
    Ok((beside, file))
}

/// Whether the file was still what it had been.
fn swap(path: &Path, before: &[u8], after: &[u8]) -> io::Result<bool> {
    let folder = folder_of(path);
    // A file that may not be written is not replaced either.
    let mode = OpenOptions::new().write(true).open(path)?.metadata()?.permissions();
    if fs::read(path)? != before {
        return Ok(false);
    }
    let (beside, mut file) = beside(path)?;
    let write = || {
        file.write_all(after)?;
        file.set_permissions(mode)?;
        file.sync_all()?;
        // As late as can be: what comes between the two is not seen.
        let same = fs::read(path)? == before;
        if same {
            fs::rename(&beside, path)?;
            #[cfg(unix)]
            File::open(folder)?.sync_all()?;
        } else {
            fs::remove_file(&beside)?;
        }
        Ok(same)
    };
    write().inspect_err(|_: &io::Error| {
        // What went wrong before is what is told.
        let _ = fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.yaml");
        fs::write(&path, "theirs").unwrap();
        let error = replace(&path, b"read", b"ours").unwrap_err();
        assert!(error.error.to_string().contains("has changed since it was read"), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        replace(&path, b"theirs", b"ours").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
