//! Who has drawn what, straight from the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, params};

use crate::centers::CenterError;
use crate::model::{Amount, CenterSettings, Period, Unit, has_28_digits, window};

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
    pub members: BTreeMap<String, Amount>,
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
        in_period(&db, &row, window::start(row.period, now)).map(Some)
    };
    read().map_err(|error: RowError| error.in_file(&path))?.ok_or_else(unknown)
}

/// What was drawn from a pool in the period that begins on `since`.
pub(super) fn in_period(db: &Connection, row: &PoolRow, since: Date) -> Result<Usage, RowError> {
    let until = window::next(row.period, since);
    let mut statement = db.prepare_cached(
        "SELECT d.amount, m.name FROM draws d JOIN members m ON m.id = d.member
         WHERE d.pool = ?1 AND d.at >= ?2 AND (?3 IS NULL OR d.at < ?3)",
    )?;
    let mut rows = statement.query(params![row.id, since.to_string(), until.map(|until| until.to_string())])?;
    let total = Amount::zero(row.unit);
    let mut usage = Usage { period: row.period, since, until, total, members: BTreeMap::new() };
    while let Some(draw) = rows.next()? {
        let amount = map::amount("amount", map::text(draw, 0)?)?;
        if amount.unit() != row.unit {
            continue;
        }
        let name = map::text(draw, 1)?;
        usage.total = plus(usage.total, amount).ok_or_else(too_long)?;
        match usage.members.get_mut(name) {
            Some(sum) => *sum = plus(*sum, amount).ok_or_else(too_long)?,
            None => {
                usage.members.insert(name.to_owned(), amount);
            }
        }
    }
    Ok(usage)
}

fn too_long() -> RowError {
    RowError::Refused("the sum has more than 28 digits".to_owned())
}

/// The exact sum of two amounts of one unit; `None` where it has too many digits.
pub(super) fn plus(a: Amount, b: Amount) -> Option<Amount> {
    let sum = a.value().checked_add(b.value())?;
    // A sum that lost its last digits would no longer be exact. They are the digits of the smaller one, which both
    // differences must therefore give back.
    let exact = sum.checked_sub(b.value())? == a.value() && sum.checked_sub(a.value())? == b.value();
    if exact && has_28_digits(sum) { Amount::new(sum, a.unit()).ok() } else { None }
}

/// The exact sum of the amounts in the first column that are of this unit.
pub(super) fn sum(rows: &mut rusqlite::Rows<'_>, unit: Unit) -> Result<Amount, RowError> {
    let mut total = Amount::zero(unit);
    while let Some(row) = rows.next()? {
        let amount = map::amount("amount", map::text(row, 0)?)?;
        if amount.unit() == unit {
            total = plus(total, amount).ok_or_else(too_long)?;
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;

    #[test]
    fn a_sum_is_exact_or_none() {
        let sum = |a: &str, b: &str| {
            let amount = |text: &str| Amount::new(crate::model::parse_decimal(text).unwrap(), Unit::Credits).unwrap();
            let (one, other) = (plus(amount(a), amount(b)), plus(amount(b), amount(a)));
            assert_eq!(one, other);
            one.map(|sum| sum.number())
        };
        let (most, least) = ("9".repeat(28), format!("0.{}1", "0".repeat(27)));
        assert_eq!(sum("0.1", "0.2").unwrap(), "0.3");
        assert_eq!(sum(&most, "0").unwrap(), most);
        assert_eq!(sum("0", &least).unwrap(), least);
        assert_eq!(sum("10", &least), None, "the last digit would be lost");
        assert_eq!(sum(&most, &least), None);
        assert_eq!(sum(&most, "1"), None, "one digit too many");
        assert_eq!(sum("9.999999999999999999999999999", "0.000000000000000000000000001").unwrap(), "10");
        assert_eq!(sum("9.999999999999999999999999999", "0.5"), None);
    }
}
