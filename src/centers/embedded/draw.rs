//! Spending credits. Each draw is one transaction that looks and takes, so that nobody ever draws more than their cap
//! and no pool that blocks gives more than its budget, however many draw at once.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::centers::CenterError;
use crate::model::{Amount, Cap, CenterSettings, Expiry, Limit, Others, Unit, WhenExhausted, window};

use super::map::{self, PoolRow, RowError};
use super::outcome::{Balance, Draw, Exhausted, Ineligible};
use super::schema;

/// The longest name of a person who draws, in bytes.
const MAX_NAME: usize = 320;

/// Draws an amount from a pool for a member. `pool` and `member` are the center's own names for them.
///
/// # Errors
/// [`CenterError::UnknownPool`]; [`CenterError::NotDrawable`] for an amount of nothing, another unit than the pool's or
/// an unusable name; [`CenterError::File`] and [`CenterError::NotACenter`] for the file itself.
pub fn draw(
    settings: &CenterSettings,
    pool: &str,
    member: &str,
    amount: Amount,
    now: Timestamp,
) -> Result<Draw, CenterError> {
    if amount.is_zero() {
        return Err(CenterError::NotDrawable("it is nothing".to_owned()));
    }
    if member.is_empty() || member.len() > MAX_NAME || member.chars().any(char::is_control) {
        return Err(CenterError::NotDrawable("that is nobody's name".to_owned()));
    }
    let path = super::path(settings);
    let mut db = schema::open_to_draw(&path)?;
    let drawn = in_transaction(&mut db, pool, member, amount, now).map_err(|error| error.in_file(&path))?;
    let (unit, drawn) = drawn.ok_or_else(|| CenterError::UnknownPool(pool.to_owned()))?;
    drawn.ok_or_else(|| CenterError::NotDrawable(format!("`{pool}` counts {unit}, not {}", amount.unit())))
}

/// The pool's unit and what became of the draw, if the amount is of that unit. `None` where there is no such pool.
fn in_transaction(
    db: &mut Connection,
    pool: &str,
    member: &str,
    amount: Amount,
    now: Timestamp,
) -> Result<Option<(Unit, Option<Draw>)>, RowError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(row) = PoolRow::named(&transaction, pool)? else { return Ok(None) };
    if row.unit != amount.unit() {
        return Ok(Some((row.unit, None)));
    }
    let draw = take(&transaction, &row, member, amount, now)?;
    transaction.commit()?;
    Ok(Some((row.unit, Some(draw))))
}

/// Draws an amount of the pool's unit, within a transaction that writes. Nothing is written unless it is drawn.
pub(super) fn take(
    db: &Connection,
    row: &PoolRow,
    name: &str,
    amount: Amount,
    now: Timestamp,
) -> Result<Draw, RowError> {
    let member = map::member(db, name)?;
    let cap = match effective_cap(db, row, member, window::day(now))? {
        Ok(cap) => cap,
        Err(why) => return Ok(Draw::NotEligible { why }),
    };
    if let Limit::Amount(limit) = row.limit
        && limit.unit() != row.unit
    {
        return Ok(Draw::NotEligible { why: Ineligible::OtherUnit(limit.unit()) });
    }

    let start = window::start(row.period, now).to_string();
    let by_member = match member {
        Some(member) => drawn_by_member(db, row, member, &start)?,
        None => Amount::zero(row.unit),
    };
    let by_pool = drawn_by_pool(db, row, &start)?;
    let after_member = plus(by_member, amount)?;
    let after_pool = plus(by_pool, amount)?;
    let over = |limit: Option<Amount>, after: Amount| limit.is_some_and(|limit| after > limit);
    let budget = match (row.limit, row.when_exhausted) {
        (Limit::Amount(limit), WhenExhausted::Block) => Some(limit),
        _ => None,
    };
    for (what, limit, after) in [(Exhausted::Cap, cap, after_member), (Exhausted::Budget, budget, after_pool)] {
        if over(limit, after) {
            return Ok(Draw::UsedUp { what, balance: balance(row, cap, by_member, by_pool) });
        }
    }

    let member = map::member_or_new(db, name)?;
    db.prepare_cached("INSERT INTO draws (pool, pool_name, member, amount, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![row.id, row.name, member, map::amount_text(amount), now.to_string()])?;
    db.prepare_cached("REPLACE INTO drawn_by_member (pool, member, start, amount) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![row.id, member, start, map::amount_text(after_member)])?;
    db.prepare_cached("REPLACE INTO drawn_by_pool (pool, start, amount) VALUES (?1, ?2, ?3)")?
        .execute(params![row.id, start, map::amount_text(after_pool)])?;
    Ok(Draw::Drawn(balance(row, cap, after_member, after_pool)))
}

/// The cap that holds for a member today: their grant's, or what others may draw. `None` where only the budget holds.
fn effective_cap(
    db: &Connection,
    row: &PoolRow,
    member: Option<i64>,
    today: Date,
) -> Result<Result<Option<Amount>, Ineligible>, RowError> {
    let grant = match member {
        Some(member) => map::grant_of(db, row.id, member)?,
        None => None,
    };
    let cap = match (grant, row.others) {
        (Some(grant), _) => {
            // A grant that has ended still names its member, so it does not make them one of the others.
            if let Some(Expiry::On(last)) = grant.expires
                && today > last
            {
                return Ok(Err(Ineligible::Expired(last)));
            }
            grant.cap.unwrap_or(Cap::Inherit)
        }
        (None, Others::Cap(cap)) => cap,
        (None, Others::Blocked) => return Ok(Err(Ineligible::NoGrant)),
    };
    let cap = if cap == Cap::Inherit { row.default_cap } else { cap };
    Ok(match cap.amount() {
        Some(amount) if amount.unit() != row.unit => Err(Ineligible::OtherUnit(amount.unit())),
        amount => Ok(amount),
    })
}

fn plus(a: Amount, b: Amount) -> Result<Amount, RowError> {
    a.plus(b).ok_or_else(|| RowError::Refused("the sum has more than 28 digits".to_owned()))
}

fn left(limit: Amount, drawn: Amount) -> Amount {
    Amount::new(limit.value() - drawn.value(), limit.unit()).unwrap_or_else(|_| Amount::zero(limit.unit()))
}

fn balance(row: &PoolRow, cap: Option<Amount>, by_member: Amount, by_pool: Amount) -> Balance {
    let limit = match row.limit {
        Limit::Amount(limit) => Some(limit),
        Limit::None => None,
    };
    Balance {
        drawn_by_member: by_member,
        cap,
        left_of_cap: cap.map(|cap| left(cap, by_member)),
        drawn_from_pool: by_pool,
        limit,
        left_of_pool: limit.map(|limit| left(limit, by_pool)),
    }
}

/// The kept total, where it is of this period and unit.
fn kept(rows: &mut rusqlite::Rows<'_>, start: &str, unit: Unit) -> Result<Option<Amount>, RowError> {
    let Some(row) = rows.next()? else { return Ok(None) };
    if map::text(row, 0)? != start {
        return Ok(None);
    }
    let amount = map::amount("amount", map::text(row, 1)?)?;
    Ok((amount.unit() == unit).then_some(amount))
}

/// What a member has drawn since the period began. Where no total of this period is kept (its first draw, or the pool's
/// period or unit has changed), the draws tell.
fn drawn_by_member(db: &Connection, row: &PoolRow, member: i64, start: &str) -> Result<Amount, RowError> {
    let mut total = db.prepare_cached("SELECT start, amount FROM drawn_by_member WHERE pool = ?1 AND member = ?2")?;
    if let Some(amount) = kept(&mut total.query([row.id, member])?, start, row.unit)? {
        return Ok(amount);
    }
    let mut draws = db.prepare_cached("SELECT amount FROM draws WHERE pool = ?1 AND member = ?2 AND at >= ?3")?;
    super::usage::sum(&mut draws.query(params![row.id, member, start])?, row.unit)
}

/// What everybody has drawn since the period began; see [`drawn_by_member`].
fn drawn_by_pool(db: &Connection, row: &PoolRow, start: &str) -> Result<Amount, RowError> {
    let mut total = db.prepare_cached("SELECT start, amount FROM drawn_by_pool WHERE pool = ?1")?;
    if let Some(amount) = kept(&mut total.query([row.id])?, start, row.unit)? {
        return Ok(amount);
    }
    let mut draws = db.prepare_cached("SELECT amount FROM draws WHERE pool = ?1 AND at >= ?2")?;
    super::usage::sum(&mut draws.query(params![row.id, start])?, row.unit)
}
