//! The file of an embedded center: how it is opened without mistaking another file for one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::centers::CenterError;
use crate::sqlite::stamps;

use super::tables::STEPS;

/// What SQLite keeps in the header so that programs know their own files; "Burs" in ASCII.
const APPLICATION_ID: i32 = 0x4275_7273;

/// The version of the tables, kept as `user_version`: how many of the [`STEPS`] a file has seen.
const VERSION: i32 = 2;

/// How long one connection waits for another to finish writing.
const PATIENCE: Duration = Duration::from_secs(20);

fn file_error(path: &Path, why: &dyn std::fmt::Display) -> CenterError {
    CenterError::File { path: path.to_owned(), why: why.to_string() }
}

fn not_a_center(path: &Path, why: &str) -> CenterError {
    CenterError::NotACenter { path: path.to_owned(), why: why.to_owned() }
}

/// What an error of SQLite says about the file as a whole.
fn sqlite_error(path: &Path, error: &rusqlite::Error) -> CenterError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => not_a_center(path, "it is no SQLite file"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            file_error(path, &"another program has been writing to it for too long")
        }
        _ => file_error(path, error),
    }
}

/// Opens a center to read it; `None` where there is none yet. Nothing is created.
///
/// # Errors
/// [`CenterError::NotACenter`] for any other file, [`CenterError::File`] where the system does not let us read.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Connection>, CenterError> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error(path, &error)),
    };
    if !metadata.is_file() {
        return Err(not_a_center(path, "it is no file"));
    }
    if metadata.len() == 0 {
        return Ok(None);
    }
    // SQLite says no more than "unable to open database file"; the system knows why.
    std::fs::File::open(path).map_err(|error| file_error(path, &error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|db| stamps(&db).map(|stamps| (db, stamps)));
    let (db, stamps) = match opened {
        Ok(opened) => opened,
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => open_sealed(path, &error)?,
            _ => return Err(sqlite_error(path, &error)),
        },
    };
    check(path, stamps)?;
    db.busy_timeout(PATIENCE).map_err(|error| sqlite_error(path, &error))?;
    Ok(Some(db))
}

/// Opens a center in a folder where nothing can be written, not even the shared memory that readers of a file in WAL
/// mode need. That is safe where no write waits in the log: then the file alone is the whole center.
fn open_sealed(path: &Path, error: &rusqlite::Error) -> Result<(Connection, (i32, i32)), CenterError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0) {
        let why = format!("writes wait in {} and cannot be read from here: {error}", Path::new(&log).display());
        return Err(file_error(path, &why));
    }
    let absolute = std::path::absolute(path).map_err(|error| file_error(path, &error))?;
    let mut url = url::Url::from_file_path(absolute).map_err(|()| file_error(path, error))?;
    url.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(url.as_str(), flags).map_err(|error| sqlite_error(path, &error))?;
    let stamps = stamps(&db).map_err(|error| sqlite_error(path, &error))?;
    Ok((db, stamps))
}

/// Opens a center to write to it, and makes the file and its folder where there is none.
///
/// # Errors
/// As [`open_to_read`]; also where the file cannot be made.
pub(super) fn open_to_write(path: &Path) -> Result<Connection, CenterError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| file_error(folder, &error))?;
    }
    if path.is_dir() {
        return Err(not_a_center(path, "it is no file"));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    // Who may draw how much is nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| file_error(path, &error))?;
    let mut db = open_existing(path)?;
    if page_count(&db).map_err(|error| sqlite_error(path, &error))? > 0 {
        check(path, stamps(&db).map_err(|error| sqlite_error(path, &error))?)?;
    }
    bring_up(&mut db).map_err(|error| sqlite_error(path, &error))?;
    check(path, stamps(&db).map_err(|error| sqlite_error(path, &error))?)?;
    keep_log(&db).map_err(|error| sqlite_error(path, &error))?;
    Ok(db)
}

/// Opens a center that must be there, to draw on it.
pub(super) fn open_to_draw(path: &Path) -> Result<Connection, CenterError> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => file_error(path, &"it is not there yet; the first apply makes it"),
        _ => file_error(path, &error),
    })?;
    if !metadata.is_file() {
        return Err(not_a_center(path, "it is no file"));
    }
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| file_error(path, &error))?;
    let mut db = open_existing(path)?;
    check(path, stamps(&db).map_err(|error| sqlite_error(path, &error))?)?;
    bring_up(&mut db).map_err(|error| sqlite_error(path, &error))?;
    Ok(db)
}

fn open_existing(path: &Path) -> Result<Connection, CenterError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let prepare = |db: &Connection| {
        db.busy_timeout(PATIENCE)?;
        // What is acknowledged is on the disk.
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)
    };
    let db = Connection::open_with_flags(path, flags).map_err(|error| sqlite_error(path, &error))?;
    prepare(&db).map_err(|error| sqlite_error(path, &error))?;
    Ok(db)
}

fn page_count(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA page_count", [], |row| row.get(0))
}

fn check(path: &Path, (application, version): (i32, i32)) -> Result<(), CenterError> {
    match (application, version) {
        (APPLICATION_ID, 1..=VERSION) => Ok(()),
        (APPLICATION_ID, newer) if newer > VERSION => Err(not_a_center(
            path,
            &format!("a newer Bursar made it (version {newer} of its tables; this one knows {VERSION})"),
        )),
        (APPLICATION_ID, odd) => Err(not_a_center(path, &format!("its tables have the version {odd}"))),
        _ => Err(not_a_center(path, "it is a SQLite file of another program")),
    }
}

/// Takes a file through the steps that it has not seen, all or none of them. Another process may be doing the same:
/// whoever comes second finds them done.
fn bring_up(db: &mut Connection) -> rusqlite::Result<()> {
    if stamps(db)? == (APPLICATION_ID, VERSION) {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Inside a transaction that writes even an empty file counts a page, so its tables tell.
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (application, version) = if tables == 0 { (APPLICATION_ID, 0) } else { stamps(&transaction)? };
    if application == APPLICATION_ID {
        for step in STEPS.iter().skip(usize::try_from(version).unwrap_or(STEPS.len())) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION.max(version))?;
    }
    transaction.commit()
}

/// Whether the file has the tables of today. An older one is read as it is, and brought up by whoever writes first.
pub(super) fn is_current(db: &Connection) -> rusqlite::Result<bool> {
    Ok(stamps(db)?.1 == VERSION)
}

/// Turns to WAL mode, in which readers go on while one writes. Where somebody is just using the file, or the file
/// system cannot do it, the center works all the same, and the next writer tries again.
fn keep_log(db: &Connection) -> rusqlite::Result<()> {
    let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    match db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
        Err(error)
            if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) =>
        {
            Ok(())
        }
        other => other,
    }
}
