//! What the SQLite files of Bursar have in common: the two numbers in the header by which each is known.

use rusqlite::Connection;

/// `application_id` and `user_version`, both of one moment: a file that another process is just making has neither or
/// both, never one of them.
pub(crate) fn stamps(db: &Connection) -> rusqlite::Result<(i32, i32)> {
    let read = || -> rusqlite::Result<(i32, i32)> {
        let application = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        let version = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok((application, version))
    };
    if !db.is_autocommit() {
        return read();
    }
    let transaction = db.unchecked_transaction()?;
    let stamps = read()?;
    transaction.commit()?;
    Ok(stamps)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn the_stamps_are_of_one_moment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stamped.db");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let writer = Connection::open(&path).unwrap();
                writer.pragma_update(None, "synchronous", "OFF").unwrap();
                writer.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                for turn in 0..1_000 {
                    let stamp = turn % 2;
                    let batch = format!(
                        "BEGIN IMMEDIATE; PRAGMA application_id = {stamp}; PRAGMA user_version = {stamp}; COMMIT"
                    );
                    writer.execute_batch(&batch).unwrap();
                }
                done.store(true, Ordering::Release);
            });
            let reader = Connection::open(&path).unwrap();
            reader.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            while !done.load(Ordering::Acquire) {
                let (application, version) = stamps(&reader).unwrap();
                assert_eq!(application, version);
            }
        });
    }
}
