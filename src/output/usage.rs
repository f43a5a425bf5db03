//! Who has drawn what, for a spreadsheet; and the words that every format says of it. Its JSON is a
//! [`Snapshot`](crate::usage::Snapshot).

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};

use crate::model::{Amount, Cap, Limit, Period, Subject, Window};
use crate::usage::{CenterUse, PersonUse, PoolUse};

use super::escape::{Cell, Terminal};

/// The columns, in their order. New ones are added at the end.
pub const COLUMNS: [&str; 23] = [
    "row",
    "center",
    "pool",
    "member",
    "known",
    "granted",
    "period",
    "since",
    "until",
    "unit",
    "drawn",
    "at_least",
    "unsure",
    "limit",
    "limit_from",
    "share",
    "seat",
    "last",
    "at_end",
    "exhausted",
    "read_at",
    "lag_seconds",
    "identity",
];

/// Writes a row per pool and one per person in it. Amounts are plain numbers in the row's unit, percents whole numbers,
/// days and moments in UTC; what is not known is empty.
pub fn csv(out: &mut impl Write, centers: &[CenterUse]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    for center in centers {
        for pool in &center.pools {
            csv.write_record(pool_row(center, pool))?;
            for (subject, person) in &pool.people {
                csv.write_record(person_row(center, pool, subject, person))?;
            }
        }
    }
    csv.flush()
}

fn number(amount: Option<Amount>) -> String {
    amount.map_or_else(String::new, |amount| amount.number())
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The first day of a period; a lifetime has none.
fn since(window: Option<Window>) -> String {
    text(window.filter(|window| window.until.is_some()).map(|window| window.since))
}

fn flag(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

/// Whether a zero may mean that the number was not to be had.
pub(super) fn unsure(center: &CenterUse, drawn: Option<Amount>) -> bool {
    center.zero_is_unsure && drawn.is_some_and(|drawn| drawn.is_zero())
}

fn pool_row(center: &CenterUse, pool: &PoolUse) -> [String; COLUMNS.len()] {
    let limit = match pool.limit {
        Some(Limit::Amount(amount)) => amount.number(),
        Some(Limit::None) => "none".to_owned(),
        None => String::new(),
    };
    [
        "pool".to_owned(),
        center.center.to_string(),
        pool.pool.to_string(),
        String::new(),
        String::new(),
        String::new(),
        text(pool.period.map(Period::as_str)),
        since(pool.window),
        text(pool.window.and_then(|window| window.until)),
        pool.unit.to_string(),
        number(pool.drawn),
        flag(pool.at_least),
        flag(unsure(center, pool.drawn)),
        limit,
        String::new(),
        text(pool.share()),
        number(pool.seat),
        String::new(),
        number(pool.forecast.map(|forecast| forecast.at_end)),
        text(pool.forecast.and_then(|forecast| forecast.exhausted)),
        format!("{:.0}", center.read_at),
        text(center.lag.map(|lag| lag.as_secs())),
        Cell(&center.identity).to_string(),
    ]
}

fn person_row(center: &CenterUse, pool: &PoolUse, subject: &Subject, person: &PersonUse) -> [String; COLUMNS.len()] {
    let cap = match person.cap {
        Some(Cap::Amount(amount)) => amount.number(),
        Some(cap @ (Cap::Unlimited | Cap::Inherit)) => cap.to_string(),
        None => String::new(),
    };
    let window = person.window.or(pool.window);
    let forecast = person.forecast(pool, center.counted());
    let unit = person.drawn.map_or(pool.unit, |drawn| drawn.unit());
    [
        "member".to_owned(),
        center.center.to_string(),
        pool.pool.to_string(),
        Cell(subject.name()).to_string(),
        flag(subject.is_known()),
        flag(person.granted),
        text(pool.period.map(Period::as_str)),
        since(window),
        text(window.and_then(|window| window.until)),
        unit.to_string(),
        number(person.drawn),
        flag(false),
        flag(unsure(center, person.drawn)),
        cap,
        text(person.cap_from.map(crate::usage::CapFrom::as_str)),
        text(person.share()),
        number(person.seat),
        text(person.last),
        number(forecast.map(|forecast| forecast.at_end)),
        text(forecast.and_then(|forecast| forecast.exhausted)),
        format!("{:.0}", center.read_at),
        text(center.lag.map(|lag| lag.as_secs())),
        Cell(&center.identity).to_string(),
    ]
}

/// A moment for people, to the minute.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long numbers may be behind: `24 hours`, `3 days`, `5 minutes`.
pub fn lag_words(lag: SignedDuration) -> String {
    let minutes = lag.as_mins();
    let (count, one, many) = match minutes {
        ..60 => (minutes.max(1), "minute", "minutes"),
        60..2880 => ((minutes + 59) / 60, "hour", "hours"),
        _ => ((minutes + 1439) / 1440, "day", "days"),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

/// When a center was read, and how old its numbers may be.
pub fn as_of(read_at: Timestamp, lag: Option<SignedDuration>) -> String {
    let at = moment(read_at);
    match lag.filter(SignedDuration::is_positive) {
        Some(lag) => format!("as of {at}, numbers may be {} behind", lag_words(lag)),
        None => format!("as of {at}"),
    }
}

/// What people should be told of a center, escaped for a terminal.
pub(super) fn remarks(center: &CenterUse) -> Vec<String> {
    let mut remarks: Vec<String> = center.notes.iter().map(|note| Terminal(note).to_string()).collect();
    if center.zero_is_unsure {
        remarks.push("0? may also mean that the number was not to be had".to_owned());
    }
    remarks
}
