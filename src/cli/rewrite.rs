//! Puts another text in the place of a file: whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

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

/// Whether the file was still what it had been.
fn swap(path: &Path, before: &[u8], after: &[u8]) -> io::Result<bool> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file that may not be written is not replaced either.
    let mode = OpenOptions::new().write(true).open(path)?.metadata()?.permissions();
    if fs::read(path)? != before {
        return Ok(false);
    }
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = folder.join(beside);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
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
