//! Writing to an embedded center: a batch is one transaction, and each change in it stands or falls alone.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{Alert, AlertKey, CenterSettings, Grant, Others, Subject};
use crate::plan::{Change, Kind, Object, PoolObject};

use super::audit::APPLY;
use super::edit::Edit;
use super::map::{self, PoolRow, RowError};
use super::schema;

/// Writes to one embedded center.
#[derive(Debug)]
pub struct EmbeddedWriter {
    path: PathBuf,
    db: Arc<Mutex<Connection>>,
}

impl EmbeddedWriter {
    /// Opens the center, and makes its file where there is none.
    ///
    /// # Errors
    /// [`CenterError::NotACenter`] where another file is in the way, [`CenterError::File`] where nothing can be written.
    pub fn open(settings: &CenterSettings) -> Result<Self, CenterError> {
        let path = super::path(settings);
        let db = schema::open_to_write(&path)?;
        Ok(Self { path, db: Arc::new(Mutex::new(db)) })
    }
}

#[async_trait]
impl Writer for EmbeddedWriter {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let owned = changes.to_vec();
        let db = Arc::clone(&self.db);
        let batch = tokio::task::spawn_blocking(move || {
            // A batch that panicked was rolled back, so the connection is good for the next one.
            let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
            write_batch(&mut db, &owned)
        });
        batch.await.unwrap_or_else(|error| {
            let message = format!("writing to {} broke off: {error}", self.path.display());
            all(changes, Verdict::Unknown, &message)
        })
    }
}

fn all(changes: &[Change], verdict: Verdict, message: &str) -> Vec<Written> {
    changes.iter().map(|_| Written::because(verdict, message)).collect()
}

fn write_batch(db: &mut Connection, changes: &[Change]) -> Vec<Written> {
    let transaction = match db.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return all(changes, Verdict::Failed, &error.to_string()),
    };
    let mut written = Vec::with_capacity(changes.len());
    {
        let edit = Edit::new(&transaction, APPLY, Timestamp::now());
        for change in changes {
            // Alone, so that a change leaves nothing behind where it fails.
            let outcome = edit.alone(|edit| make(edit, change));
            if transaction.is_autocommit() {
                // A full disk and the like take the whole transaction with them.
                let why = outcome.err().map_or_else(String::new, |error| error.to_string());
                return all(changes, Verdict::Failed, &format!("nothing of the batch was written: {why}"));
            }
            written.push(outcome.map_or_else(
                |error| Written::because(Verdict::Failed, error.to_string()),
                |step| match step {
                    Step::Done => Written::plain(Verdict::Applied),
                    Step::Already => Written::plain(Verdict::Already),
                    Step::Moved(now) => Written::because(Verdict::Refused, format!("changed since the plan: {now}")),
                },
            ));
        }
    }
    match transaction.commit() {
        Ok(()) => written,
        Err(error) => all(changes, Verdict::Unknown, &error.to_string()),
    }
}

/// What one change came to.
enum Step {
    Done,
    Already,
    /// The object is no longer as the plan saw it; this is how it is.
    Moved(String),
}

/// Compares what is there with what the plan saw and with what it wants. `None` when the change can be made.
fn compare<T: PartialEq>(
    now: Option<&T>,
    before: Option<&T>,
    after: Option<&T>,
    show: impl Fn(&T) -> String,
) -> Option<Step> {
    if now == after {
        return Some(Step::Already);
    }
    (now != before).then(|| Step::Moved(now.map_or_else(|| "it is gone".to_owned(), show)))
}

fn make(edit: &Edit<'_>, change: &Change) -> Result<Step, RowError> {
    let name = super::pool_name(&change.target, &change.pool);
    let row = edit.view().pool(name)?;
    match change.kind {
        Kind::PoolCreate | Kind::PoolUpdate | Kind::PoolDelete => pool(edit, change, name, row.as_ref()),
        Kind::OthersUpdate => {
            let row = row.ok_or_else(|| no_pool(name))?;
            others(edit, change, &row)
        }
        Kind::GrantRevoke | Kind::AlertRemove if row.is_none() => Ok(Step::Already),
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => {
            let row = row.ok_or_else(|| no_pool(name))?;
            grant(edit, change, &row)
        }
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let row = row.ok_or_else(|| no_pool(name))?;
            alert(edit, change, &row)
        }
    }
}

fn no_pool(name: &str) -> RowError {
    RowError::Refused(format!("the center has no pool `{name}`"))
}

fn malformed(change: &Change) -> RowError {
    RowError::Refused(format!("{} says nothing that can be written", change.id()))
}

fn pool(edit: &Edit<'_>, change: &Change, name: &str, row: Option<&PoolRow>) -> Result<Step, RowError> {
    let whole = |object: &Option<Object>| match object {
        Some(Object::Pool(pool)) => Some(map::whole_pool(name, pool)),
        _ => None,
    };
    let (now, before, after) = (row.map(PoolRow::object), whole(&change.before), whole(&change.after));
    let show = |_: &PoolObject| match change.before {
        Some(_) => "the pool was changed".to_owned(),
        None => "a pool of that name was made".to_owned(),
    };
    if let Some(step) = compare(now.as_ref(), before.as_ref(), after.as_ref(), show) {
        return Ok(step);
    }
    match (row, &after) {
        (Some(row), None) => {
            // Deleting takes the right from everybody in the pool: it shall be the people whom the plan named.
            let named = change
                .people
                .iter()
                .map(|subject| subject.name().to_ascii_lowercase())
                .collect::<BTreeSet<_>>();
            if !edit.view().granted(row)?.is_subset(&named) {
                return Ok(Step::Moved("other people have grants in the pool".to_owned()));
            }
            edit.remove_pool(row)?;
        }
        (_, Some(after)) => {
            edit.put_pool(name, after)?;
        }
        (None, None) => return Err(malformed(change)),
    }
    Ok(Step::Done)
}

fn others(edit: &Edit<'_>, change: &Change, row: &PoolRow) -> Result<Step, RowError> {
    let object = |object: &Option<Object>| match object {
        Some(Object::Others(others)) => Some(*others),
        _ => None,
    };
    let after = object(&change.after).ok_or_else(|| malformed(change))?;
    let show = |now: &Others| format!("others are now {now}");
    if let Some(step) = compare(Some(&row.others), object(&change.before).as_ref(), Some(&after), show) {
        return Ok(step);
    }
    edit.put_others(row, after)?;
    Ok(Step::Done)
}

/// The center's own name for a person. It knows members by their ids in the files.
fn person(change: &Change) -> Result<&str, RowError> {
    change.subject.as_ref().map(Subject::name).ok_or_else(|| malformed(change))
}

fn grant(edit: &Edit<'_>, change: &Change, pool: &PoolRow) -> Result<Step, RowError> {
    let name = person(change)?;
    let whole = |object: &Option<Object>| match object {
        Some(Object::Grant(grant)) => Some(map::whole_grant(*grant)),
        _ => None,
    };
    let now = edit.view().grant(pool, name)?.map(|(_, grant)| grant);
    let (before, after) = (whole(&change.before), whole(&change.after));
    let show = |now: &Grant| {
        let cap = now.cap.map_or_else(String::new, |cap| cap.to_string());
        let expires = now.expires.map_or_else(String::new, |expires| expires.to_string());
        format!("the cap of {name} is now {cap}, the end {expires}")
    };
    if let Some(step) = compare(now.as_ref(), before.as_ref(), after.as_ref(), show) {
        return Ok(step);
    }
    match after {
        Some(grant) => edit.put_grant(pool, name, grant)?,
        None => edit.remove_grant(pool, name)?,
    }
    Ok(Step::Done)
}

fn alert(edit: &Edit<'_>, change: &Change, pool: &PoolRow) -> Result<Step, RowError> {
    let key: AlertKey = change.alert.ok_or_else(|| malformed(change))?;
    let object = |object: &Option<Object>| match object {
        Some(Object::Alert(_, notify)) => Some(Alert { notify: notify.clone() }),
        _ => None,
    };
    let (before, after) = (object(&change.before), object(&change.after));
    let now = edit.view().alert(pool, key)?;
    let show = |_: &Alert| format!("other people hear of {key}");
    if let Some(step) = compare(now.as_ref(), before.as_ref(), after.as_ref(), show) {
        return Ok(step);
    }
    match after {
        Some(alert) => edit.put_alert(pool, key, &alert)?,
        None => edit.remove_alert(pool, key)?,
    }
    Ok(Step::Done)
}
