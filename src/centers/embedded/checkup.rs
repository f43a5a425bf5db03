//! Whether the file of an embedded center is there, whole, and may be written.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::Connection;

use crate::centers::CenterError;
use crate::centers::checkup::{by_table, not_reached};
use crate::model::{Checkup, Reached};

use super::map::RowError;
use super::{CAPABILITIES, schema};

/// Looks at the file. It is opened to read only, and nothing is made.
pub(super) fn look(path: &Path, identity: &str) -> Checkup {
    let mut notes = Vec::new();
    let reached = match schema::open_to_read(path) {
        Ok(None) => {
            notes.extend(unmakable(path));
            Reached::Files("not made yet: the first apply makes it".to_owned())
        }
        Ok(Some(db)) => match contents(&db, path, &mut notes) {
            Ok(words) => {
                notes.extend(unwritable(path));
                Reached::Yes(words)
            }
            Err(error) => not_reached(&error),
        },
        Err(error) => not_reached(&error),
    };
    Checkup {
        identity: Some(identity.to_owned()),
        plan: None,
        reached,
        tokens: Vec::new(),
        offers: by_table(&CAPABILITIES),
        notes,
    }
}

/// What is in it, in words, once SQLite finds no fault in it.
fn contents(db: &Connection, path: &Path, notes: &mut Vec<String>) -> Result<String, CenterError> {
    let sqlite = |error: rusqlite::Error| RowError::from(error).in_file(path);
    let whole: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
    if whole != "ok" {
        return Err(CenterError::NotACenter { path: path.to_owned(), why: format!("it is damaged ({whole})") });
    }
    let count = |what: &str| db.query_row::<i64, _, _>(what, [], |row| row.get(0)).map_err(sqlite);
    let (pools, grants) = (count("SELECT count(*) FROM pools")?, count("SELECT count(*) FROM grants")?);
    if !schema::is_current(db).map_err(sqlite)? {
        notes.push("an older Bursar made its tables; the next apply brings them up".to_owned());
    }
    let s = |number| if number == 1 { "" } else { "s" };
    Ok(format!("whole, with {pools} pool{} and {grants} grant{}", s(pools), s(grants)))
}

/// Why the file cannot be written from here, if it cannot.
fn unwritable(path: &Path) -> Option<String> {
    let error = OpenOptions::new().write(true).open(path).err()?;
    Some(format!("it can be read and not written from here, so a plan works and an apply does not: {error}"))
}

/// Why the file cannot be made, as far as that shows without making it.
fn unmakable(path: &Path) -> Option<String> {
    let folder = path.ancestors().skip(1).find_map(|folder| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        match std::fs::metadata(folder) {
            Ok(metadata) => Some((folder, Ok(metadata))),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => Some((folder, Err(error))),
        }
    })?;
    let why = match folder.1 {
        Ok(metadata) if !metadata.is_dir() => "it is no folder".to_owned(),
        Ok(metadata) if metadata.permissions().readonly() => "nothing can be written there".to_owned(),
        Ok(_) => return None,
        Err(error) => error.to_string(),
    };
    Some(format!("an apply cannot make it in {}: {why}", folder.0.display()))
}
