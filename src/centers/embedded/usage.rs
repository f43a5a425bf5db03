//! Who has drawn what, straight from the draws.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, params};

use crate::centers::CenterError;
use crate::model::{Amount, CenterSettings, Drawn, Period, PersonDrawn, PoolDrawn, Scope, Unit, Window, window};

use super::map::{self, PoolRow, RowError};
use super::schema;

/// What was drawn from a pool in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The pool's period.
    pub period: Period,
    /// Its first day, in UTC.
    pub since: Date,
    /// The first day of the next one, in UTC; none after a lifetime.
    pub until: Option<Date>,
    /// What all have drawn together.
    pub total: Amount,
    /// What each has drawn, by the center's own name for them.
    pub members: BTreeMap<String, MemberUse>,
}

/// What one member has drawn from a pool in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberUse {
    /// All of it.
    pub drawn: Amount,
    /// The last day on which they drew, in UTC.
    pub last: Date,
}

/// What was drawn from a pool in the period that `now` lies in.
///
/// # Errors
/// [`CenterError::UnknownPool`], also where there is no center yet; [`CenterError::File`] and
/// [`CenterError::NotACenter`] for the file itself.
pub fn usage(settings: &CenterSettings, pool: &str, now: Timestamp) -> Result<Usage, CenterError> {
    let path = super::path(settings);
    let unknown = || CenterError::UnknownPool(pool.to_owned());
    let db = schema::open_to_read(&path)?.ok_or_else(unknown)?;
    let read = || {
        let Some(row) = PoolRow::named(&db, pool)? else { return Ok(None) };
        in_period(&db, &row, window::start(row.period, now), None).map(Some)
    };
    read().map_err(|error: RowError| error.in_file(&path))?.ok_or_else(unknown)
}

/// What was drawn from a pool in the period that begins on `since`; of its days only those before `end`, where one is
/// named.
pub(super) fn in_period(db: &Connection, row: &PoolRow, since: Date, end: Option<Date>) -> Result<Usage, RowError> {
    let until = window::next(row.period, since);
    let end = until.into_iter().chain(end).min();
    let mut statement = db.prepare_cached(
        "SELECT d.amount, m.name, d.at FROM draws d JOIN members m ON m.id = d.member
         WHERE d.pool = ?1 AND d.at >= ?2 AND (?3 IS NULL OR d.at < ?3)",
    )?;
    let mut rows = statement.query(params![row.id, since.to_string(), end.map(|end| end.to_string())])?;
    let total = Amount::zero(row.unit);
    let mut usage = Usage { period: row.period, since, until, total, members: BTreeMap::new() };
    while let Some(draw) = rows.next()? {
        let amount = map::amount("amount", map::text(draw, 0)?)?;
        if amount.unit() != row.unit {
            continue;
        }
        let name = map::text(draw, 1)?;
        usage.total = usage.total.plus(amount).ok_or_else(too_long)?;
        let last = day_of(map::text(draw, 2)?)?;
        match usage.members.get_mut(name) {
            Some(one) => {
                one.drawn = one.drawn.plus(amount).ok_or_else(too_long)?;
                one.last = one.last.max(last);
            }
            None => {
                usage.members.insert(name.to_owned(), MemberUse { drawn: amount, last });
            }
        }
    }
    Ok(usage)
}

/// The day of a moment as a row holds it.
fn day_of(at: &str) -> Result<Date, RowError> {
    let day = at.get(..10).and_then(|day| day.parse().ok());
    day.ok_or_else(|| RowError::foreign("at", at))
}

/// What was drawn of the managed pools, as of one moment; a day in the past is as if it ended now.
pub(super) fn drawn(db: &mut Connection, scope: &Scope, now: Timestamp) -> Result<Drawn, RowError> {
    let transaction = db.transaction()?;
    let now = window::moment(scope.as_of, now);
    let end = window::day(now).tomorrow().ok();
    let mut drawn = Drawn::default();
    for (id, target) in &scope.pools {
        let Some(row) = PoolRow::named(&transaction, super::pool_name(target, id))? else { continue };
        let usage = in_period(&transaction, &row, window::start(row.period, now), end)?;
        drawn.pools.insert(id.clone(), usage.pool(scope));
    }
    Ok(drawn)
}

impl Usage {
    /// The same by the members of the files.
    fn pool(self, scope: &Scope) -> PoolDrawn {
        let Self { period: _, since, until, total, members } = self;
        let mut pool = PoolDrawn { window: Some(Window { since, until }), total: Some(total), ..PoolDrawn::default() };
        for (name, MemberUse { drawn, last }) in members {
            pool.add(scope.roster.subject(&name), PersonDrawn { last: Some(last), ..PersonDrawn::of(drawn) });
        }
        pool
    }
}

fn too_long() -> RowError {
    RowError::Refused("the sum has more than 28 digits".to_owned())
}

/// The exact sum of the amounts in the first column that are of this unit.
pub(super) fn sum(rows: &mut rusqlite::Rows<'_>, unit: Unit) -> Result<Amount, RowError> {
    let mut total = Amount::zero(unit);
    while let Some(row) = rows.next()? {
        let amount = map::amount("amount", map::text(row, 0)?)?;
        if amount.unit() == unit {
            total = total.plus(amount).ok_or_else(too_long)?;
        }
    }
    Ok(total)
}
