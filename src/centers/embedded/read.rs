//! Reading an embedded center: everything of the managed pools, and the names of the others, in one pass.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, Transaction};

use crate::model::{ForeignPool, Grant, Observed, Pool, PoolId, Roster, Scope, Subject, Target};
use crate::model::{Inventory, Person};
use crate::plan::PoolObject;

use super::map::{self, PoolRow, RowError, TARGET};
use super::schema;

/// Everybody whom the center knows, by their numbers.
type People = HashMap<i64, Subject>;

/// The managed pools and the names of the others, as of one moment.
pub(super) fn observed(db: &mut Connection, scope: &Scope) -> Result<Observed, RowError> {
    let transaction = db.transaction()?;
    let mut managed: BTreeMap<&str, Vec<&PoolId>> = BTreeMap::new();
    for (id, target) in &scope.pools {
        managed.entry(super::pool_name(target, id)).or_default().push(id);
    }
    let people = people(&transaction, &scope.roster)?;
    let mut observed = Observed::default();
    for row in PoolRow::all(&transaction)? {
        let Some(ids) = managed.get(row.name.as_str()) else {
            let target = Target::of(TARGET, &row.name);
            observed.unmanaged.push(ForeignPool { name: row.name, target });
            continue;
        };
        let pool = pool(&transaction, &row, &people)?;
        for id in ids {
            observed.state.pools.insert((*id).clone(), pool.clone());
        }
    }
    observed.roster = roster(scope);
    observed.roster.extend(people.into_values());
    Ok(observed)
}

/// Whom the files know. Nobody has to be entered in the center before they may draw what `others` may.
pub(super) fn roster(scope: &Scope) -> BTreeSet<Subject> {
    scope.roster.iter().map(|(member, _)| Subject::Member(member.clone())).collect()
}

/// Every pool with everything in it, as of one moment.
pub(super) fn inventory(db: &mut Connection, roster: &Roster) -> Result<Inventory, RowError> {
    let transaction = db.transaction()?;
    let people = people(&transaction, roster)?;
    let mut inventory = Inventory::default();
    let mut granted = BTreeSet::new();
    for row in PoolRow::all(&transaction)? {
        let pool = pool(&transaction, &row, &people)?;
        granted.extend(pool.grants.keys().cloned());
        inventory.pools.push((row.name, pool));
    }
    let mut emails = emails(&transaction, roster)?;
    inventory.people = granted
        .into_iter()
        .map(|subject| Person { email: emails.remove(&subject), subject, vendor_id: None })
        .collect();
    Ok(inventory)
}

fn people(db: &Transaction<'_>, roster: &Roster) -> Result<People, RowError> {
    let gone = if schema::is_current(db)? { " WHERE NOT gone" } else { "" };
    let mut statement = db.prepare(&format!("SELECT id, name FROM members{gone}"))?;
    let mut rows = statement.query([])?;
    let mut people = People::new();
    while let Some(row) = rows.next()? {
        people.insert(row.get(0)?, roster.subject(map::text(row, 1)?));
    }
    Ok(people)
}

/// The e-mail addresses that the center knows.
fn emails(db: &Transaction<'_>, roster: &Roster) -> Result<BTreeMap<Subject, String>, RowError> {
    let mut emails = BTreeMap::new();
    if !schema::is_current(db)? {
        return Ok(emails);
    }
    let mut statement = db.prepare("SELECT name, email FROM members WHERE email IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        emails.insert(roster.subject(map::text(row, 0)?), row.get(1)?);
    }
    Ok(emails)
}

fn pool(db: &Transaction<'_>, row: &PoolRow, people: &People) -> Result<Pool, RowError> {
    let PoolObject { target, description, budget, default_cap } = row.object();
    Ok(Pool {
        target,
        description,
        budget,
        default_cap,
        others: Some(row.others),
        alerts: Some(map::alerts(db, row.id)?),
        grants: grants(db, row.id, people)?,
    })
}

fn grants(db: &Transaction<'_>, pool: i64, people: &People) -> Result<BTreeMap<Subject, Grant>, RowError> {
    let mut statement = db.prepare_cached("SELECT member, cap, expires FROM grants WHERE pool = ?1")?;
    let mut rows = statement.query([pool])?;
    let mut grants = Vec::new();
    while let Some(row) = rows.next()? {
        // A foreign key says that every grant has its member.
        if let Some(subject) = people.get(&row.get(0)?) {
            grants.push((subject.clone(), map::grant(map::text(row, 1)?, map::text_or_none(row, 2)?)?));
        }
    }
    Ok(grants.into_iter().collect())
}
