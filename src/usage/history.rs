//! A folder of snapshots: how the pools stood at other times.
//!
//! A snapshot is named after its moment, so that a folder is sorted without a look into its files, and one file at a
//! time is held in memory.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Snapshot, SnapshotError};

/// The largest file that is read as a snapshot, in bytes.
const MAX_SNAPSHOT: u64 = 256 * 1024 * 1024;

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file or the folder cannot be read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// It is larger than any snapshot.
    #[error("it is larger than {} MiB", MAX_SNAPSHOT / 1024 / 1024)]
    TooLarge,
    /// It is none.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// The snapshots of a folder, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    files: Vec<(Timestamp, PathBuf)>,
    /// How many other files there are.
    pub foreign: usize,
}

/// The name of the snapshot of a moment, to the second or, where that is taken, to the millisecond:
/// `2026-11-23T06-00-00Z.json`. It has no colon, which is no letter of a file name everywhere.
pub fn name(at: Timestamp, exact: bool) -> String {
    let text = if exact { format!("{at:.3}") } else { format!("{at:.0}") };
    format!("{}.json", text.replace(':', "-"))
}

/// The moment that a snapshot is named after.
fn moment(name: &str) -> Option<Timestamp> {
    let stem = name.strip_suffix(".json")?;
    let (date, time) = stem.split_once('T')?;
    let at: Timestamp = format!("{date}T{}", time.replace('-', ":")).parse().ok()?;
    // What only looks like one, such as a copy in another time zone, is none.
    [false, true].into_iter().any(|exact| self::name(at, exact) == name).then_some(at)
}

impl History {
    /// Lists the snapshots of a folder. Files that are none by their name are only counted.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut history = Self::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match entry.file_name().to_str().and_then(moment) {
                Some(at) => history.files.push((at, entry.path())),
                None => history.foreign += 1,
            }
        }
        history.files.sort();
        Ok(history)
    }

    /// When the first and the last snapshot were stored.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.files.first()?.0, self.files.last()?.0))
    }

    /// The snapshots, each read when it is asked for, with its path.
    pub fn snapshots(&self) -> impl DoubleEndedIterator<Item = (&Path, Result<Snapshot, HistoryError>)> {
        self.files.iter().map(|(_, path)| (path.as_path(), read(path)))
    }

    /// The last snapshot that can be read.
    pub fn latest(&self) -> Option<Snapshot> {
        self.snapshots().rev().find_map(|(_, snapshot)| snapshot.ok())
    }
}

/// Reads one snapshot.
///
/// # Errors
/// Where it is none, or too large.
pub fn read(path: &Path) -> Result<Snapshot, HistoryError> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_SNAPSHOT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_SNAPSHOT {
        return Err(HistoryError::TooLarge);
    }
    Ok(Snapshot::parse(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_named_after_its_moment() {
        let at: Timestamp = "2026-11-23T06:00:00.1234567Z".parse().unwrap();
        assert_eq!(name(at, false), "2026-11-23T06-00-00Z.json");
        assert_eq!(name(at, true), "2026-11-23T06-00-00.123Z.json");
        for (name, found) in [
            ("2026-11-23T06-00-00Z.json", Some("2026-11-23T06:00:00Z")),
            ("2026-11-23T06-00-00.123Z.json", Some("2026-11-23T06:00:00.123Z")),
            ("2026-11-23T06-00-00Z (1).json", None),
            ("2026-11-23T06-00-00-02-00.json", None),
            ("2026-11-31T06-00-00Z.json", None),
            ("2026-11-23.json", None),
            (".2026-11-23T06-00-00Z.json.17.tmp", None),
            ("readme.md", None),
        ] {
            assert_eq!(moment(name), found.map(|at| at.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn a_folder_is_sorted_and_strangers_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("notes.txt", "x");
        write("2026-11-23T06-00-00.500Z.json", "torn");
        for at in ["2026-11-23T06:00:00Z", "2026-11-22T06:00:00Z"] {
            let at: Timestamp = at.parse().unwrap();
            let mut text = Vec::new();
            Snapshot { read_at: at, centers: Vec::new(), unread: Vec::new() }
                .write(&mut text)
                .unwrap();
            fs::write(folder.path().join(name(at, false)), text).unwrap();
        }
        let history = History::read(folder.path()).unwrap();
        let found: Vec<_> = history.snapshots().map(|(_, one)| one.map(|one| one.read_at.to_string()).ok()).collect();
        assert_eq!(found, [Some("2026-11-22T06:00:00Z".to_owned()), Some("2026-11-23T06:00:00Z".to_owned()), None]);
        assert_eq!(history.foreign, 1);
        assert_eq!(history.latest().unwrap().read_at.to_string(), "2026-11-23T06:00:00Z");
        assert_eq!(history.span().unwrap().1.to_string(), "2026-11-23T06:00:00.5Z");
    }
}
