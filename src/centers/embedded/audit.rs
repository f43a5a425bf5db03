//! Who changed what in an embedded center, and when.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::centers::CenterError;
use crate::model::{AlertKey, CenterSettings, Threshold};
use crate::plan::{Change, Kind};

use super::map::{self, RowError};
use super::schema;

/// In whose name an apply writes.
pub(super) const APPLY: &str = "apply";

/// One change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// In whose name: `apply`, or the name of the token that a request carried.
    pub actor: String,
    /// What was done: the name of a kind of change, or `member.add`, `member.update`, `member.remove`.
    pub what: String,
}

/// Who changed an object of a pool, the latest first. `object` is empty for the pool itself, else `others`,
/// `grants/<member>` or `alerts/<scope>@<threshold>`, as in the id of a change. Empty where there is no center yet.
///
/// # Errors
/// [`CenterError::File`] and [`CenterError::NotACenter`] for the file itself.
pub fn audit_of(settings: &CenterSettings, pool: &str, object: &str) -> Result<Vec<AuditEntry>, CenterError> {
    let path = super::path(settings);
    let Some(db) = schema::open_to_read(&path)? else { return Ok(Vec::new()) };
    read(&db, pool, object, u32::MAX).map_err(|error| error.in_file(&path))
}

fn read(db: &Connection, pool: &str, object: &str, most: u32) -> Result<Vec<AuditEntry>, RowError> {
    if !schema::is_current(db)? {
        return Ok(Vec::new());
    }
    let mut statement = db.prepare_cached(
        "SELECT at, actor, what FROM audit WHERE pool = ?1 AND object = ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let mut rows = statement.query((pool, object, most))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let at = map::text(row, 0)?;
        let at = at.parse().map_err(|_| RowError::Foreign { column: "at", text: at.to_owned() })?;
        entries.push(AuditEntry { at, actor: row.get(1)?, what: row.get(2)? });
    }
    Ok(entries)
}

/// Who changed the objects of these changes last, and when, in a few words by [`Change::id`]. What an apply did is left
/// out: that is in its journal.
pub(super) fn foreign(path: &Path, changes: &[&Change]) -> Result<BTreeMap<String, String>, CenterError> {
    let Some(db) = schema::open_to_read(path)? else { return Ok(BTreeMap::new()) };
    let mut records = BTreeMap::new();
    for change in changes {
        let pool = super::pool_name(&change.target, &change.pool);
        let entries = read(&db, pool, &object(change), 1).map_err(|error| error.in_file(path))?;
        if let Some(AuditEntry { at, actor, what: _ }) = entries.first().filter(|entry| entry.actor != APPLY) {
            records.insert(change.id(), format!("{actor}, {}", at.strftime("%Y-%m-%dT%H:%M:%SZ")));
        }
    }
    Ok(records)
}

/// What a change is about, as an object of its pool.
fn object(change: &Change) -> String {
    match (&change.subject, change.alert) {
        (Some(subject), _) => grant(subject.name()),
        (None, Some(key)) => alert(key),
        (None, None) if change.kind == Kind::OthersUpdate => "others".to_owned(),
        (None, None) => String::new(),
    }
}

/// Writes one line.
pub(super) fn note(
    db: &Connection,
    at: &str,
    actor: &str,
    what: &str,
    pool: &str,
    object: &str,
) -> Result<(), RowError> {
    db.prepare_cached("INSERT INTO audit (at, actor, what, pool, object) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![at, actor, what, pool, object])?;
    Ok(())
}

/// A member's grant, as an object.
pub(super) fn grant(member: &str) -> String {
    format!("grants/{member}")
}

/// An alert, as an object.
pub(super) fn alert(key: AlertKey) -> String {
    match key.at {
        Threshold::Percent(percent) => format!("alerts/{}@{percent}%", key.of),
        Threshold::Amount(amount) => format!("alerts/{}@{}{}", key.of, amount.number(), amount.unit()),
    }
}

/// A member of the center, as an object of no pool.
pub(super) fn member(name: &str) -> String {
    format!("members/{name}")
}
