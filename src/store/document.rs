//! One file that several runs write to: whoever changes it names what they read, and changes only that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use object_store::{PutMode, UpdateVersion};

use crate::model::Place;

use super::{MOST_BYTES, Objects, StoreError, StoreErrorKind};

/// One file of a place, on this machine or in an object store.
#[derive(Debug)]
pub struct Document(Kind);

#[derive(Debug)]
enum Kind {
    Local(PathBuf),
    Remote(Objects, object_store::path::Path),
}

/// What was read, and by what it is known that it is still so.
#[derive(Clone, Debug)]
pub struct Stored {
    /// All of it; nothing where there is no file yet.
    pub bytes: Vec<u8>,
    version: Version,
}

#[derive(Clone, Debug)]
enum Version {
    Absent,
    Local,
    Remote(UpdateVersion),
}

impl Document {
    /// The file of that name in a place. Nothing is read or sent yet.
    ///
    /// # Errors
    /// [`StoreErrorKind::Settings`] where the environment does not describe the object store.
    pub fn of(place: &Place, name: &str) -> Result<Self, StoreError> {
        Ok(Self(match place {
            Place::Local(folder) => Kind::Local(folder.join(name)),
            Place::Object(url) => {
                let objects = Objects::open(url)?;
                let path = objects.below(&[name]);
                Kind::Remote(objects, path)
            }
        }))
    }

    /// Its place, for people.
    pub fn place(&self) -> String {
        match &self.0 {
            Kind::Local(path) => path.display().to_string(),
            Kind::Remote(objects, path) => objects.show(path),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`StoreErrorKind::TooLarge`] beyond 256 MiB, and whatever keeps the place from answering.
    pub async fn load(&self) -> Result<Stored, StoreError> {
        let absent = Stored { bytes: Vec::new(), version: Version::Absent };
        match &self.0 {
            Kind::Local(path) => Ok(read(path)
                .map_err(|error| failed(path, &error))?
                .map_or(absent, |bytes| Stored { bytes, version: Version::Local })),
            Kind::Remote(objects, path) => Ok(objects
                .get(path)
                .await?
                .map_or(absent, |found| Stored { bytes: found.bytes, version: Version::Remote(found.version) })),
        }
    }

    /// Writes it where it is still what was read: wholly, on disk, or not at all. `false` where somebody else was
    /// faster.
    ///
    /// # Errors
    /// Whatever keeps the place from answering. In an object store nobody knows then whether it was written.
    pub async fn swap(&self, read: &Stored, bytes: &[u8]) -> Result<bool, StoreError> {
        match &self.0 {
            Kind::Local(path) => replace(path, read, bytes).map_err(|error| failed(path, &error)),
            Kind::Remote(objects, path) => {
                let mode = match &read.version {
                    Version::Remote(version) => PutMode::Update(version.clone()),
                    Version::Absent | Version::Local => PutMode::Create,
                };
                if objects.swap(path, bytes, mode).await?.is_some() {
                    return Ok(true);
                }
                // An earlier try of the same request may have been carried out without an answer.
                Ok(objects.get(path).await?.is_some_and(|found| found.bytes == bytes))
            }
        }
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

/// A path beside another: `.NAME.SUFFIX`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(suffix);
    path.with_file_name(name)
}

fn replace(path: &Path, seen: &Stored, bytes: &[u8]) -> io::Result<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Held until this file is closed, whatever ends the process.
    let gate = OpenOptions::new().create(true).truncate(false).write(true).open(beside(path, ".lock"))?;
    gate.lock()?;
    let now = read(path)?;
    let same = match (&seen.version, &now) {
        (Version::Absent, None) => true,
        (Version::Local, Some(now)) => *now == seen.bytes,
        _ => false,
    };
    if !same {
        return Ok(false);
    }
    let written = beside(path, ".tmp");
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&written)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&written, path)?;
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(true)
    };
    write().inspect_err(|_: &io::Error| {
        // What went wrong before is what is told.
        let _ = fs::remove_file(&written);
    })
}

fn failed(path: &Path, error: &io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Denied,
        io::ErrorKind::FileTooLarge => StoreErrorKind::TooLarge,
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => StoreErrorKind::Settings,
        _ => StoreErrorKind::Unreachable,
    };
    StoreError::new(path.display(), kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn two_writers(document: &Document) {
        let none = document.load().await.unwrap();
        assert!(none.bytes.is_empty());
        assert!(document.swap(&none, b"one").await.unwrap());
        let one = document.load().await.unwrap();
        assert_eq!(one.bytes, b"one");
        assert!(document.swap(&one, b"two").await.unwrap());
        assert!(!document.swap(&one, b"three").await.unwrap(), "somebody else was faster");
        assert!(!document.swap(&none, b"three").await.unwrap(), "it is there by now");
        assert_eq!(document.load().await.unwrap().bytes, b"two");
    }

    #[tokio::test]
    async fn on_this_machine_only_what_was_read_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Local(folder.path().join("new"));
        two_writers(&Document::of(&place, "ledger.jsonl").unwrap()).await;
        let mut names: Vec<_> = fs::read_dir(folder.path().join("new")).unwrap().collect();
        names.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
        let names: Vec<_> = names.into_iter().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [".ledger.jsonl.lock", "ledger.jsonl"], "nothing half written stays");
    }

    #[tokio::test]
    async fn in_a_store_only_what_was_read_is_changed() {
        let objects = Objects::in_memory();
        let path = objects.below(&["ledger.jsonl"]);
        two_writers(&Document(Kind::Remote(objects, path))).await;
    }

    #[tokio::test]
    async fn a_folder_that_is_none_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let document = Document::of(&Place::Local(folder.path().join("file")), "ledger.jsonl").unwrap();
        assert_eq!(document.load().await.unwrap_err().kind, StoreErrorKind::Settings);
    }
}
