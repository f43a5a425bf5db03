//! Answers that are given again to a request that is sent again with its key. They live for a day.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::map::RowError;

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What was answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The version of the object, where the answer has one.
    pub(crate) etag: Option<String>,
    /// The JSON; empty where there is none.
    pub(crate) body: String,
}

/// The answer under a key, unless it is too old, with the fingerprint of the request that it answers.
pub(super) fn find(db: &Connection, key: &str, now: Timestamp) -> Result<Option<(Vec<u8>, Answer)>, RowError> {
    let mut statement =
        db.prepare_cached("SELECT request, status, etag, body FROM answers WHERE key = ?1 AND at > ?2")?;
    let found = statement.query_row((key, (now - KEPT).to_string()), |row| {
        Ok((row.get(0)?, Answer { status: row.get(1)?, etag: row.get(2)?, body: row.get(3)? }))
    });
    Ok(found.optional()?)
}

/// Keeps an answer under a key, and forgets those that are too old.
pub(super) fn keep(
    db: &Connection,
    key: &str,
    request: &[u8],
    now: Timestamp,
    answer: &Answer,
) -> Result<(), RowError> {
    db.prepare_cached("DELETE FROM answers WHERE at <= ?1")?
        .execute([(now - KEPT).to_string()])?;
    db.prepare_cached("INSERT INTO answers (key, request, at, status, etag, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![key, request, now.to_string(), answer.status, answer.etag, answer.body])?;
    Ok(())
}
