//! The way between the rows of an embedded center and our words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::centers::CenterError;
use crate::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, Expiry, Grant, Limit, Others, Period, Recipient, Target,
    Threshold, Unit, WhenExhausted, parse_decimal,
};
use crate::plan::PoolObject;

/// The key of a pool's target.
pub(in crate::centers) const TARGET: &str = "pool";

/// Why rows could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    /// SQLite's own words.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A text that another program must have put there.
    #[error("`{text}` in the column `{column}` is nothing that Bursar writes")]
    Foreign {
        /// The column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
    /// The file is no longer at its path.
    #[error("the center's file was deleted, moved or replaced while it was open")]
    Elsewhere,
    /// Something that is asked of the center and that it cannot do.
    #[error("{0}")]
    Refused(String),
}

impl RowError {
    pub(super) fn foreign(column: &'static str, text: &str) -> Self {
        Self::Foreign { column, text: text.to_owned() }
    }

    /// The error as the rest of Bursar knows it.
    pub(super) fn in_file(self, path: &Path) -> CenterError {
        CenterError::File { path: path.to_owned(), why: self.to_string() }
    }
}

/// An amount as a row holds it: the number in its one notation, and the unit.
pub(super) fn amount_text(amount: Amount) -> String {
    format!("{} {}", amount.number(), amount.unit())
}

/// The amount in a row.
pub(super) fn amount(column: &'static str, text: &str) -> Result<Amount, RowError> {
    let parse = || {
        let (number, unit) = text.split_once(' ')?;
        Amount::new(parse_decimal(number).ok()?, unit.parse().ok()?).ok()
    };
    parse().ok_or_else(|| RowError::foreign(column, text))
}

/// A cap as a row holds it.
pub(super) fn cap_text(cap: Cap) -> String {
    match cap {
        Cap::Amount(amount) => amount_text(amount),
        Cap::Unlimited => "unlimited".to_owned(),
        Cap::Inherit => "inherit".to_owned(),
    }
}

/// The cap in a row.
pub(super) fn cap(column: &'static str, text: &str) -> Result<Cap, RowError> {
    match text {
        "unlimited" => Ok(Cap::Unlimited),
        "inherit" => Ok(Cap::Inherit),
        text => amount(column, text).map(Cap::Amount),
    }
}

/// What holds for others, as a row holds it.
pub(super) fn others_text(others: Others) -> String {
    match others {
        Others::Blocked => "blocked".to_owned(),
        Others::Cap(cap) => cap_text(cap),
    }
}

fn others(text: &str) -> Result<Others, RowError> {
    if text == "blocked" { Ok(Others::Blocked) } else { cap("others", text).map(Others::Cap) }
}

/// The last day of a grant, as a row holds it.
pub(super) fn expires_text(expires: Option<Expiry>) -> Option<String> {
    match expires {
        Some(Expiry::On(date)) => Some(date.to_string()),
        Some(Expiry::Never) | None => None,
    }
}

/// The grant in a row, everything in it known.
pub(super) fn grant(cap_text: &str, expires: Option<&str>) -> Result<Grant, RowError> {
    let expires = match expires {
        Some(text) => Expiry::On(text.parse().map_err(|_| RowError::foreign("expires", text))?),
        None => Expiry::Never,
    };
    Ok(Grant { cap: Some(cap("cap", cap_text)?), period: None, expires: Some(expires) })
}

/// What of a grant a row can hold, with what holds where nothing is said.
pub(in crate::centers) fn whole_grant(grant: Grant) -> Grant {
    Grant {
        cap: Some(grant.cap.unwrap_or(Cap::Inherit)),
        period: None,
        expires: Some(grant.expires.unwrap_or(Expiry::Never)),
    }
}

/// The scope of an alert, as a row holds it.
pub(super) fn scope_text(scope: AlertScope) -> &'static str {
    match scope {
        AlertScope::Budget => "budget",
        AlertScope::Caps => "caps",
    }
}

/// A threshold as a row holds it.
pub(super) fn threshold_text(threshold: Threshold) -> String {
    match threshold {
        Threshold::Percent(percent) => format!("{percent}%"),
        Threshold::Amount(amount) => amount_text(amount),
    }
}

fn threshold(text: &str) -> Result<Threshold, RowError> {
    match text.strip_suffix('%') {
        Some(percent) => percent.parse().map(Threshold::Percent).map_err(|_| RowError::foreign("at", text)),
        None => amount("at", text).map(Threshold::Amount),
    }
}

/// The recipients of an alert, as a row holds them.
pub(super) fn notify_text(notify: &BTreeSet<Recipient>) -> Result<String, RowError> {
    serde_json::to_string(notify).map_err(|error| RowError::Refused(error.to_string()))
}

/// The recipients in a row.
pub(super) fn notify(text: &str) -> Result<BTreeSet<Recipient>, RowError> {
    serde_json::from_str(text).map_err(|_| RowError::foreign("notify", text))
}

/// The alerts of a pool.
pub(super) fn alerts(db: &Connection, pool: i64) -> Result<BTreeMap<AlertKey, Alert>, RowError> {
    let mut statement = db.prepare_cached("SELECT scope, at, notify FROM alerts WHERE pool = ?1")?;
    let mut rows = statement.query([pool])?;
    let mut alerts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let of = match text(row, 0)? {
            "budget" => AlertScope::Budget,
            "caps" => AlertScope::Caps,
            other => return Err(RowError::foreign("scope", other)),
        };
        let key = AlertKey { of, at: threshold(text(row, 1)?)? };
        alerts.insert(key, Alert { notify: notify(text(row, 2)?)? });
    }
    Ok(alerts)
}

/// A text of a row, without copying it.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, RowError> {
    row.get_ref(column)?
        .as_str()
        .map_err(|_| RowError::Refused(format!("column {column} holds no text")))
}

/// A text of a row that may be missing.
pub(super) fn text_or_none<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, RowError> {
    row.get_ref(column)?
        .as_str_or_null()
        .map_err(|_| RowError::Refused(format!("column {column} holds no text")))
}

/// A row of `pools`.
#[derive(Clone, Debug)]
pub(crate) struct PoolRow {
    /// Its number, which no other pool ever has.
    pub(crate) id: i64,
    /// Its name.
    pub(crate) name: String,
    description: String,
    /// What it and its draws count.
    pub(crate) unit: Unit,
    /// When it starts again.
    pub(crate) period: Period,
    /// How much there is per period.
    pub(super) limit: Limit,
    /// What happens when it is used up.
    pub(super) when_exhausted: WhenExhausted,
    /// The cap of those who have none of their own.
    pub(super) default_cap: Cap,
    /// What everybody else may draw.
    pub(crate) others: Others,
}

const POOL_COLUMNS: &str =
    "SELECT id, name, description, unit, period, budget, when_exhausted, default_cap, others FROM pools";

impl PoolRow {
    /// Every pool, by name.
    pub(super) fn all(db: &Connection) -> Result<Vec<Self>, RowError> {
        let mut statement = db.prepare_cached(&format!("{POOL_COLUMNS} ORDER BY name"))?;
        Self::collect(statement.query([])?)
    }

    /// As many of the pools that come after a number, in the order of their numbers.
    pub(super) fn after(db: &Connection, number: i64, limit: u32) -> Result<Vec<Self>, RowError> {
        let mut statement = db.prepare_cached(&format!("{POOL_COLUMNS} WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
        Self::collect(statement.query((number, limit))?)
    }

    fn collect(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Self>, RowError> {
        let mut pools = Vec::new();
        while let Some(row) = rows.next()? {
            pools.push(Self::from_row(row)?);
        }
        Ok(pools)
    }

    /// The pool of that name.
    pub(super) fn named(db: &Connection, name: &str) -> Result<Option<Self>, RowError> {
        let mut statement = db.prepare_cached(&format!("{POOL_COLUMNS} WHERE name = ?1"))?;
        let mut rows = statement.query([name])?;
        rows.next()?.map(Self::from_row).transpose()
    }

    fn from_row(row: &Row<'_>) -> Result<Self, RowError> {
        let word = |column: &'static str, i: usize| text(row, i).map(|text| (column, text));
        let (_, unit) = word("unit", 3)?;
        let (_, period) = word("period", 4)?;
        let (_, when) = word("when_exhausted", 6)?;
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get(2)?,
            unit: unit.parse().map_err(|_| RowError::foreign("unit", unit))?,
            period: Period::from_word(period).ok_or_else(|| RowError::foreign("period", period))?,
            limit: match text_or_none(row, 5)? {
                Some(limit) => Limit::Amount(amount("budget", limit)?),
                None => Limit::None,
            },
            when_exhausted: WhenExhausted::ALL
                .into_iter()
                .find(|known| known.as_str() == when)
                .ok_or_else(|| RowError::foreign("when_exhausted", when))?,
            default_cap: cap("default_cap", text(row, 7)?)?,
            others: others(text(row, 8)?)?,
        })
    }

    /// The pool without what belongs to it, everything in it known.
    pub(crate) fn object(&self) -> PoolObject {
        PoolObject {
            target: Target::of(TARGET, &self.name),
            description: Some(self.description.clone()),
            budget: Budget {
                unit: self.unit,
                period: Some(self.period),
                limit: Some(self.limit),
                when_exhausted: Some(self.when_exhausted),
            },
            default_cap: Some(self.default_cap),
        }
    }
}

/// A pool as a row of that name holds it, with what holds where nothing is said.
pub(in crate::centers) fn whole_pool(name: &str, pool: &PoolObject) -> PoolObject {
    PoolObject {
        target: Target::of(TARGET, name),
        description: Some(pool.description.clone().unwrap_or_default()),
        budget: Budget {
            unit: pool.budget.unit,
            period: Some(pool.budget.period.unwrap_or(Period::Monthly)),
            limit: Some(pool.budget.limit.unwrap_or(Limit::None)),
            when_exhausted: Some(pool.budget.when_exhausted.unwrap_or(WhenExhausted::Block)),
        },
        default_cap: Some(pool.default_cap.unwrap_or(Cap::Inherit)),
    }
}

/// The number of a member, if the center knows them.
pub(super) fn member(db: &Connection, name: &str) -> Result<Option<i64>, RowError> {
    let mut statement = db.prepare_cached("SELECT id FROM members WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// The number of a member; whoever is new, or was gone, is entered.
pub(super) fn member_or_new(db: &Connection, name: &str) -> Result<i64, RowError> {
    let mut statement = db.prepare_cached("SELECT id, gone FROM members WHERE name = ?1")?;
    let found = statement.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    if let Some((id, gone)) = found {
        if gone {
            db.prepare_cached("UPDATE members SET gone = 0 WHERE id = ?1")?.execute([id])?;
        }
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO members (name) VALUES (?1)")?.execute([name])?;
    Ok(db.last_insert_rowid())
}

/// The grant of a member in a pool, by their numbers.
pub(super) fn grant_of(db: &Connection, pool: i64, member: i64) -> Result<Option<Grant>, RowError> {
    let mut statement = db.prepare_cached("SELECT cap, expires FROM grants WHERE pool = ?1 AND member = ?2")?;
    let mut rows = statement.query([pool, member])?;
    match rows.next()? {
        Some(row) => grant(text(row, 0)?, text_or_none(row, 1)?).map(Some),
        None => Ok(None),
    }
}

/// One alert of a pool, if it has it.
pub(super) fn alert_of(db: &Connection, pool: i64, key: AlertKey) -> Result<Option<Alert>, RowError> {
    let mut statement = db.prepare_cached("SELECT notify FROM alerts WHERE pool = ?1 AND scope = ?2 AND at = ?3")?;
    let mut rows = statement.query((pool, scope_text(key.of), threshold_text(key.at)))?;
    match rows.next()? {
        Some(row) => Ok(Some(Alert { notify: notify(text(row, 0)?)? })),
        None => Ok(None),
    }
}
