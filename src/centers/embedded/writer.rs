//! Writing to an embedded center: a batch is one transaction, and each change in it stands or falls alone.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::centers::{CenterError, Verdict, Writer, Written};
use crate::model::{Alert, AlertKey, CenterSettings, Grant, Limit, Others, Subject};
use crate::plan::{Change, Kind, Object, PoolObject};

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
    let mut transaction = match db.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return all(changes, Verdict::Failed, &error.to_string()),
    };
    let mut written = Vec::with_capacity(changes.len());
    for change in changes {
        let outcome = write_one(&mut transaction, change);
        if transaction.is_autocommit() {
            // A full disk and the like take the whole transaction with them.
            let why = outcome.err().map_or_else(String::new, |error| error.to_string());
            return all(changes, Verdict::Failed, &format!("nothing of the batch was written: {why}"));
        }
        written.push(outcome.unwrap_or_else(|error| Written::because(Verdict::Failed, error.to_string())));
    }
    match transaction.commit() {
        Ok(()) => written,
        Err(error) => all(changes, Verdict::Unknown, &error.to_string()),
    }
}

/// Makes one change in a savepoint of its own, so that it leaves nothing behind where it fails.
fn write_one(transaction: &mut Transaction<'_>, change: &Change) -> Result<Written, RowError> {
    let savepoint = transaction.savepoint()?;
    let outcome = make(&savepoint, change)?;
    savepoint.commit()?;
    Ok(match outcome {
        Step::Done => Written::plain(Verdict::Applied),
        Step::Already => Written::plain(Verdict::Already),
        Step::Moved(now) => Written::because(Verdict::Refused, format!("changed since the plan: {now}")),
    })
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

fn make(db: &Connection, change: &Change) -> Result<Step, RowError> {
    let name = super::pool_name(&change.target, &change.pool);
    let row = PoolRow::named(db, name)?;
    match change.kind {
        Kind::PoolCreate | Kind::PoolUpdate | Kind::PoolDelete => pool(db, change, name, row.as_ref()),
        Kind::OthersUpdate => {
            let row = row.ok_or_else(|| no_pool(name))?;
            others(db, change, &row)
        }
        Kind::GrantRevoke | Kind::AlertRemove if row.is_none() => Ok(Step::Already),
        Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke => {
            let row = row.ok_or_else(|| no_pool(name))?;
            grant(db, change, row.id)
        }
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => {
            let row = row.ok_or_else(|| no_pool(name))?;
            alert(db, change, row.id)
        }
    }
}

fn no_pool(name: &str) -> RowError {
    RowError::Refused(format!("the center has no pool `{name}`"))
}

fn malformed(change: &Change) -> RowError {
    RowError::Refused(format!("{} says nothing that can be written", change.id()))
}

fn pool(db: &Connection, change: &Change, name: &str, row: Option<&PoolRow>) -> Result<Step, RowError> {
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
            if !granted(db, row.id)?.is_subset(&named) {
                return Ok(Step::Moved("other people have grants in the pool".to_owned()));
            }
            db.prepare_cached("DELETE FROM pools WHERE id = ?1")?.execute([row.id])?;
        }
        (_, Some(after)) => write_pool(db, name, after)?,
        (None, None) => return Err(malformed(change)),
    }
    Ok(Step::Done)
}

fn granted(db: &Connection, pool: i64) -> Result<BTreeSet<String>, RowError> {
    let mut statement =
        db.prepare_cached("SELECT lower(m.name) FROM grants g JOIN members m ON m.id = g.member WHERE g.pool = ?1")?;
    let names = statement.query_map([pool], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn write_pool(db: &Connection, name: &str, pool: &PoolObject) -> Result<(), RowError> {
    let limit = match pool.budget.limit {
        Some(Limit::Amount(amount)) => Some(map::amount_text(amount)),
        Some(Limit::None) | None => None,
    };
    db.prepare_cached(
        "INSERT INTO pools (name, description, unit, period, budget, when_exhausted, default_cap)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (name) DO UPDATE SET
           description = excluded.description, unit = excluded.unit, period = excluded.period,
           budget = excluded.budget, when_exhausted = excluded.when_exhausted, default_cap = excluded.default_cap",
    )?
    .execute(params![
        name,
        pool.description,
        pool.budget.unit.to_string(),
        pool.budget.period.map(crate::model::Period::as_str),
        limit,
        pool.budget.when_exhausted.map(crate::model::WhenExhausted::as_str),
        pool.default_cap.map(map::cap_text),
    ])?;
    Ok(())
}

fn others(db: &Connection, change: &Change, row: &PoolRow) -> Result<Step, RowError> {
    let object = |object: &Option<Object>| match object {
        Some(Object::Others(others)) => Some(*others),
        _ => None,
    };
    let after = object(&change.after).ok_or_else(|| malformed(change))?;
    let show = |now: &Others| format!("others are now {now}");
    if let Some(step) = compare(Some(&row.others), object(&change.before).as_ref(), Some(&after), show) {
        return Ok(step);
    }
    db.prepare_cached("UPDATE pools SET others = ?2 WHERE id = ?1")?
        .execute(params![row.id, map::others_text(after)])?;
    Ok(Step::Done)
}

/// The center's own name for a person. It knows members by their ids in the files.
fn person(change: &Change) -> Result<&str, RowError> {
    change.subject.as_ref().map(Subject::name).ok_or_else(|| malformed(change))
}

fn grant(db: &Connection, change: &Change, pool: i64) -> Result<Step, RowError> {
    let name = person(change)?;
    let whole = |object: &Option<Object>| match object {
        Some(Object::Grant(grant)) => Some(map::whole_grant(*grant)),
        _ => None,
    };
    let known = map::member(db, name)?;
    let now = match known {
        Some(member) => map::grant_of(db, pool, member)?,
        None => None,
    };
    let (before, after) = (whole(&change.before), whole(&change.after));
    let show = |now: &Grant| {
        let cap = now.cap.map_or_else(String::new, |cap| cap.to_string());
        let expires = now.expires.map_or_else(String::new, |expires| expires.to_string());
        format!("the cap of {name} is now {cap}, the end {expires}")
    };
    if let Some(step) = compare(now.as_ref(), before.as_ref(), after.as_ref(), show) {
        return Ok(step);
    }
    match (known, after) {
        (_, Some(Grant { cap: Some(cap), expires, .. })) => {
            let member = map::member_or_new(db, name)?;
            db.prepare_cached(
                "INSERT INTO grants (pool, member, cap, expires) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pool, member) DO UPDATE SET cap = excluded.cap, expires = excluded.expires",
            )?
            .execute(params![pool, member, map::cap_text(cap), map::expires_text(expires)])?;
        }
        (Some(member), None) => {
            db.prepare_cached("DELETE FROM grants WHERE pool = ?1 AND member = ?2")?
                .execute([pool, member])?;
        }
        _ => return Err(malformed(change)),
    }
    Ok(Step::Done)
}

fn alert(db: &Connection, change: &Change, pool: i64) -> Result<Step, RowError> {
    let key: AlertKey = change.alert.ok_or_else(|| malformed(change))?;
    let object = |object: &Option<Object>| match object {
        Some(Object::Alert(_, notify)) => Some(Alert { notify: notify.clone() }),
        _ => None,
    };
    let (before, after) = (object(&change.before), object(&change.after));
    let now = map::alert_of(db, pool, key)?;
    let show = |_: &Alert| format!("other people hear of {key}");
    if let Some(step) = compare(now.as_ref(), before.as_ref(), after.as_ref(), show) {
        return Ok(step);
    }
    let (scope, at) = (map::scope_text(key.of), map::threshold_text(key.at));
    match after {
        Some(alert) => db
            .prepare_cached(
                "INSERT INTO alerts (pool, scope, at, notify) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pool, scope, at) DO UPDATE SET notify = excluded.notify",
            )?
            .execute(params![pool, scope, at, map::notify_text(&alert.notify)?])?,
        None => db
            .prepare_cached("DELETE FROM alerts WHERE pool = ?1 AND scope = ?2 AND at = ?3")?
            .execute(params![pool, scope, at])?,
    };
    Ok(Step::Done)
}
