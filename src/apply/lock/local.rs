//! Leases in a folder of this machine: rows of a SQLite file. Each change is one statement, which SQLite makes wholly or
//! not at all, whoever else is at it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

use crate::sqlite::stamps;

use super::alive::{self, Alive};
use super::cell::{Stored, Version};
use super::lease::SCHEMA;
use super::{Lease, LockError};

/// The file in the folder.
pub(super) const FILE: &str = "locks.db";
/// What SQLite keeps in the header so that programs know their own files; `BurL` in ASCII.
const APPLICATION_ID: i32 = 0x4275_724c;
/// The version of the tables, kept as `user_version`.
const VERSION: i32 = 1;
/// How long one process waits for another to finish a statement.
const PATIENCE: Duration = Duration::from_secs(5);

/// `version` counts the changes of a row: whoever changes one names the count that was read.
const TABLES: &str = "
CREATE TABLE leases (
  key         TEXT PRIMARY KEY,
  version     INTEGER NOT NULL,
  center      TEXT NOT NULL,
  holder      TEXT NOT NULL,
  run_url     TEXT,
  run         TEXT NOT NULL,
  acquired_at TEXT NOT NULL,
  expires_at  TEXT NOT NULL,
  seconds     INTEGER NOT NULL,
  token       INTEGER NOT NULL,
  released    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The leases of one folder. Reading them makes no file; taking one does.
#[derive(Debug)]
pub(super) struct Local {
    path: PathBuf,
    db: Mutex<Option<Connection>>,
    alive: Mutex<Option<Alive>>,
    /// The runs that were found dead: each may have held more than one lease.
    dead: Mutex<BTreeSet<String>>,
}

impl Local {
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join(FILE), db: Mutex::new(None), alive: Mutex::new(None), dead: Mutex::default() }
    }

    pub(super) fn load(&self, key: &str) -> Result<Option<Stored>, LockError> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        if db.is_none() && !self.path.exists() {
            return Ok(None);
        }
        let db = self.open(&mut db)?;
        let query = "SELECT version, center, holder, run_url, run, acquired_at, expires_at, seconds, token, released
                     FROM leases WHERE key = ?1";
        let row = db
            .prepare_cached(query)
            .and_then(|mut statement| {
                let row = statement.query_row([key], |row| {
                    let time = |column: &str| row.get::<_, String>(column).map(|text| text.parse::<Timestamp>().ok());
                    let (Some(acquired_at), Some(expires_at)) = (time("acquired_at")?, time("expires_at")?) else {
                        return Ok(None);
                    };
                    let lease = Lease {
                        schema: SCHEMA.to_owned(),
                        center: row.get("center")?,
                        holder: row.get("holder")?,
                        run_url: row.get("run_url")?,
                        run: row.get("run")?,
                        acquired_at,
                        expires_at,
                        seconds: row.get("seconds")?,
                        token: row.get("token")?,
                        released: row.get("released")?,
                    };
                    Ok(Some(Stored { lease, version: Version::Local(row.get("version")?) }))
                });
                row.optional()
            })
            .map_err(|error| self.failed(&error))?;
        match row {
            None => Ok(None),
            Some(Some(stored)) => Ok(Some(stored)),
            Some(None) => {
                let place = format!("{} of {}", key, self.path.display());
                Err(LockError::Unreadable { place, why: "a time in it is none".to_owned() })
            }
        }
    }

    pub(super) fn insert(&self, key: &str, lease: &Lease) -> Result<Option<Version>, LockError> {
        let made = self.write(
            "INSERT INTO leases (key, version, center, holder, run_url, run, acquired_at, expires_at, seconds, token,
                                 released)
             VALUES (?1, ?2 + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
            (key, 0),
            lease,
        )?;
        Ok(made.then_some(Version::Local(1)))
    }

    pub(super) fn update(&self, key: &str, version: i64, lease: &Lease) -> Result<Option<Version>, LockError> {
        let made = self.write(
            "UPDATE leases SET version = ?2 + 1, center = ?3, holder = ?4, run_url = ?5, run = ?6, acquired_at = ?7,
                               expires_at = ?8, seconds = ?9, token = ?10, released = ?11
             WHERE key = ?1 AND version = ?2",
            (key, version),
            lease,
        )?;
        Ok(made.then_some(Version::Local(version + 1)))
    }

    /// Whether a lease has run out, or its holder lives no more.
    pub(super) fn has_run_out(&self, lease: &Lease) -> bool {
        if lease.expires_at <= Timestamp::now() {
            return true;
        }
        let mut dead = self.dead.lock().unwrap_or_else(PoisonError::into_inner);
        if !dead.contains(&lease.run) && self.path.parent().is_some_and(|folder| alive::is_dead(folder, &lease.run)) {
            dead.insert(lease.run.clone());
        }
        dead.contains(&lease.run)
    }

    /// Shows no longer that this run lives: its leases are to run out by themselves.
    pub(super) fn outlive(&self) {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Shows that this run lives, before anybody can see its lease.
    fn live(&self, db: &Connection, lease: &Lease) {
        let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(folder) = self.path.parent().filter(|_| alive.is_none()) else { return };
        *alive = Alive::begin(folder, &lease.run);
        let runs = db.prepare("SELECT run FROM leases WHERE released = 0").and_then(|mut statement| {
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<BTreeSet<String>>>()
        });
        // Where the file cannot be read, whoever wants more of it says so.
        if let Ok(runs) = runs {
            alive::sweep(folder, &runs);
        }
    }

    /// Whether a row was written.
    fn write(&self, statement: &str, (key, version): (&str, i64), lease: &Lease) -> Result<bool, LockError> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let db = self.open(&mut db)?;
        if !lease.released {
            self.live(db, lease);
        }
        let Lease { schema: _, center, holder, run_url, run, acquired_at, expires_at, seconds, token, released } =
            lease;
        let (acquired_at, expires_at) = (acquired_at.to_string(), expires_at.to_string());
        let written = db.prepare_cached(statement).and_then(|mut statement| {
            statement.execute(params![
                key,
                version,
                center,
                holder,
                run_url,
                run,
                acquired_at,
                expires_at,
                seconds,
                token,
                released
            ])
        });
        written.map(|rows| rows == 1).map_err(|error| self.failed(&error))
    }

    /// The open file; it is made where it is not there.
    fn open<'a>(&self, slot: &'a mut Option<Connection>) -> Result<&'a Connection, LockError> {
        match slot {
            Some(db) => Ok(db),
            None => Ok(slot.insert(self.connect()?)),
        }
    }

    fn connect(&self) -> Result<Connection, LockError> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| self.failed(&error))?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // SQLite says no more than "unable to open database file"; the system knows why.
        options.open(&self.path).map_err(|error| self.failed(&error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(&self.path, flags).map_err(|error| self.failed(&error))?;
        db.busy_timeout(PATIENCE).map_err(|error| self.failed(&error))?;
        let stamps = prepare(&mut db).map_err(|error| self.failed(&error))?;
        match stamps {
            (APPLICATION_ID, VERSION) => Ok(db),
            (APPLICATION_ID, newer) if newer > VERSION => Err(self.failed(&"a newer Bursar made it")),
            _ => Err(self.failed(&"it is the file of another program")),
        }
    }

    fn failed(&self, why: &dyn std::fmt::Display) -> LockError {
        let path = self.path.strip_prefix(".").unwrap_or(&self.path);
        LockError::File { path: path.display().to_string(), why: why.to_string() }
    }
}

/// Makes the table in an empty file, and returns the two numbers by which the file is known. Another process may be doing
/// the same: whoever comes second finds the table there.
fn prepare(db: &mut Connection) -> rusqlite::Result<(i32, i32)> {
    let found = stamps(db)?;
    if found != (0, 0) {
        return Ok(found);
    }
    // A few small rows: what is written for each of them shall be small too.
    db.pragma_update(None, "page_size", 1024)?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    stamps(db)
}
