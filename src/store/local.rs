//! Files of this machine, written so that they survive a crash and are nobody else's to read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::{StoreError, StoreErrorKind};

/// Reads a file that is no longer than `most` bytes.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    let unreadable = |error: io::Error| StoreError::of_file(path.display(), &error);
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > most {
        let why = format!("it is longer than {} MiB", most >> 20);
        return Err(StoreError::new(path.display(), StoreErrorKind::TooLarge, why));
    }
    Ok(bytes)
}

/// Writes a new file whole.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = open_new(path).map_err(|error| StoreError::of_file(path.display(), &error))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    written.map_err(|error| {
        // Half of it would be taken for all of it; that it cannot be taken away is no worse than that.
        let _ = fs::remove_file(path);
        StoreError::of_file(path.display(), &error)
    })
}

/// Makes a new file, and its folder. Its name survives a crash as well as its lines do.
pub(super) fn open_new(path: &Path) -> io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file)
}
