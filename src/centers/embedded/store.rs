//! One embedded center as the server sees it: a connection, on which a reading sees one moment and a writing is all or
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::centers::CenterError;
use crate::model::{Alert, AlertKey, Grant, window};

use super::edit::Edit;
use super::map::{self, PoolRow, RowError};
use super::schema;
use super::usage::{self, Usage};

/// A connection to one embedded center.
#[derive(Debug)]
pub(crate) struct Store {
    db: Connection,
    path: PathBuf,
    file: FileId,
}

/// What tells a file from another one at the same path.
type FileId = (u64, u64);

/// The file at a path, if there is one.
fn file_at(path: &Path) -> Option<FileId> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((metadata.dev(), metadata.ino()))
    }
    // Elsewhere an open file cannot be deleted or moved.
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Some((0, 0))
    }
}

impl Store {
    /// Opens a center to write to it, and makes its file where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, CenterError> {
        Self::of(schema::open_to_write(path)?, path.to_owned())
    }

    /// Opens a center that must be there, only to read it.
    pub(crate) fn open_to_read(path: PathBuf) -> Result<Self, CenterError> {
        match schema::open_to_read(&path)? {
            Some(db) => Self::of(db, path),
            None => Err(CenterError::NotACenter { path, why: "it is empty".to_owned() }),
        }
    }

    fn of(db: Connection, path: PathBuf) -> Result<Self, CenterError> {
        match file_at(&path) {
            Some(file) => Ok(Self { db, path, file }),
            None => Err(RowError::Elsewhere.in_file(&path)),
        }
    }

    /// That the file is still where the next process looks for it: what is written to one that was deleted is lost with
    /// this process.
    fn in_place(path: &Path, file: FileId) -> Result<(), RowError> {
        if file_at(path) == Some(file) { Ok(()) } else { Err(RowError::Elsewhere) }
    }

    /// Reads, as of one moment.
    pub(crate) fn read<T, E: From<RowError>>(&mut self, work: impl FnOnce(View<'_>) -> Result<T, E>) -> Result<T, E> {
        Self::in_place(&self.path, self.file)?;
        let transaction = self.db.transaction().map_err(RowError::from)?;
        work(View(&transaction))
    }

    /// Writes in the name of an actor: everything, and on the disk, where the work succeeds; else nothing.
    pub(crate) fn write<T, E: From<RowError>>(
        &mut self,
        actor: &str,
        work: impl FnOnce(&Edit<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(RowError::from)?;
        let done = work(&Edit::new(&transaction, actor, Timestamp::now()))?;
        Self::in_place(&self.path, self.file)?;
        transaction.commit().map_err(RowError::from)?;
        Ok(done)
    }
}

/// Somebody whom the center knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The center's own name for them.
    pub(crate) name: String,
    /// Their e-mail address, if it is known.
    pub(crate) email: Option<String>,
}

/// A center as of one moment. Lists are read from a number on, which is stable whatever is written meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a>(pub(super) &'a Connection);

impl View<'_> {
    /// What tells this center from every other; made once, with the file.
    pub(crate) fn id(self) -> Result<String, RowError> {
        Ok(self.0.query_row("SELECT id FROM center", [], |row| row.get(0))?)
    }

    /// The pools that come after a number, as many at most.
    pub(crate) fn pools(self, after: i64, limit: u32) -> Result<Vec<PoolRow>, RowError> {
        PoolRow::after(self.0, after, limit)
    }

    /// The pool of that name.
    pub(crate) fn pool(self, name: &str) -> Result<Option<PoolRow>, RowError> {
        PoolRow::named(self.0, name)
    }

    /// The alerts of a pool.
    pub(crate) fn alerts(self, pool: &PoolRow) -> Result<BTreeMap<AlertKey, Alert>, RowError> {
        map::alerts(self.0, pool.id)
    }

    /// One alert of a pool, if it has it.
    pub(super) fn alert(self, pool: &PoolRow, key: AlertKey) -> Result<Option<Alert>, RowError> {
        map::alert_of(self.0, pool.id, key)
    }

    /// Everybody with a grant in a pool, in lower case.
    pub(super) fn granted(self, pool: &PoolRow) -> Result<BTreeSet<String>, RowError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT lower(m.name) FROM grants g JOIN members m ON m.id = g.member WHERE g.pool = ?1")?;
        let names = statement.query_map([pool.id], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// The grants of a pool that come after a member's number, with that number and the member's name.
    pub(crate) fn grants(self, pool: &PoolRow, after: i64, limit: u32) -> Result<Vec<(i64, String, Grant)>, RowError> {
        let mut statement = self.0.prepare_cached(
            "SELECT g.member, m.name, g.cap, g.expires FROM grants g JOIN members m ON m.id = g.member
             WHERE g.pool = ?1 AND g.member > ?2 ORDER BY g.member LIMIT ?3",
        )?;
        let mut rows = statement.query((pool.id, after, limit))?;
        let mut grants = Vec::new();
        while let Some(row) = rows.next()? {
            let grant = map::grant(map::text(row, 2)?, map::text_or_none(row, 3)?)?;
            grants.push((row.get(0)?, row.get(1)?, grant));
        }
        Ok(grants)
    }

    /// The grant of a member, with their name as the center writes it.
    pub(crate) fn grant(self, pool: &PoolRow, name: &str) -> Result<Option<(String, Grant)>, RowError> {
        let mut statement = self.0.prepare_cached("SELECT id, name FROM members WHERE name = ?1")?;
        let found: Option<(i64, String)> =
            statement.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((member, name)) = found else { return Ok(None) };
        Ok(map::grant_of(self.0, pool.id, member)?.map(|grant| (name, grant)))
    }

    /// How many grants a pool has.
    pub(crate) fn grant_count(self, pool: &PoolRow) -> Result<u32, RowError> {
        let mut statement = self.0.prepare_cached("SELECT count(*) FROM grants WHERE pool = ?1")?;
        Ok(statement.query_row([pool.id], |row| row.get(0))?)
    }

    /// The members that come after a number, with that number.
    pub(crate) fn members(self, after: i64, limit: u32) -> Result<Vec<(i64, Member)>, RowError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT id, name, email FROM members WHERE id > ?1 AND NOT gone ORDER BY id LIMIT ?2")?;
        let rows = statement
            .query_map((after, limit), |row| Ok((row.get(0)?, Member { name: row.get(1)?, email: row.get(2)? })))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The member of that name.
    pub(crate) fn member(self, name: &str) -> Result<Option<Member>, RowError> {
        let mut statement = self.0.prepare_cached("SELECT name, email FROM members WHERE name = ?1 AND NOT gone")?;
        let found = statement.query_row([name], |row| Ok(Member { name: row.get(0)?, email: row.get(1)? }));
        Ok(found.optional()?)
    }

    /// In how many pools a member has a grant.
    pub(crate) fn pools_of(self, name: &str) -> Result<u32, RowError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT count(*) FROM grants g JOIN members m ON m.id = g.member WHERE m.name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0))?)
    }

    /// What was drawn from a pool in the period that begins on a day, or in the current one. `None` where no period
    /// that has begun begins on that day.
    pub(crate) fn usage(self, pool: &PoolRow, since: Option<Date>, now: Timestamp) -> Result<Option<Usage>, RowError> {
        let current = window::start(pool.period, now);
        let since = since.unwrap_or(current);
        if since > current || !window::begins(pool.period, since) {
            return Ok(None);
        }
        usage::in_period(self.0, pool, since, None).map(Some)
    }
}
