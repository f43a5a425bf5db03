//! The grants that nobody used: where each stands in the files, and their JSON and CSV.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::model::{Amount, Cap, CenterId, Period, PoolId, Source};
use crate::usage::{Idle, Why};

use super::escape::Cell;
use super::json::document;

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.unused.v1";

/// A grant that nobody used, or of which nobody can tell, and its line in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// What is known of its use.
    pub idle: Idle,
    /// The rule that names its person, if one does.
    pub source: Option<Source>,
    /// The day on which that line was written, where Git tells.
    pub granted: Option<Date>,
}

/// A report of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For how many days nobody used them.
    pub days: u16,
    /// The day that it was made for.
    pub as_of: Date,
    /// When the oldest snapshot was taken, where there are some.
    pub history: Option<Timestamp>,
    /// All of them.
    pub grants: Vec<Unused>,
}

impl Unused {
    /// Whether it is surely unused, by everything that is known.
    pub fn is_sure(&self) -> bool {
        self.idle.why == Why::Unused
    }

    /// How to take it away; nothing for whom no rule names.
    pub fn revoke(&self) -> Option<String> {
        self.source.as_ref()?;
        let Idle { pool, subject, .. } = &self.idle;
        subject.is_known().then(|| format!("bursar revoke {pool} {subject}"))
    }
}

/// The day since which nothing was drawn; a lifetime began on none.
fn since(idle: &Idle) -> Option<Date> {
    idle.since.filter(|day| day.year() > 1)
}

/// The word for why a grant is listed.
fn word(why: Why) -> &'static str {
    match why {
        Why::Unused => "unused",
        Why::NotTold => "not_told",
        Why::Short => "short_history",
        Why::Between(..) => "between_snapshots",
        Why::Young(_) => "young",
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    schema: &'static str,
    days: u16,
    as_of: Date,
    history_since: Option<Timestamp>,
    unused: Vec<UnusedJson<'a>>,
    not_known: Vec<UnusedJson<'a>>,
}

#[derive(Serialize)]
struct UnusedJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    member: &'a str,
    known: bool,
    cap: Option<Cap>,
    period: Option<Period>,
    why: &'static str,
    last: Option<Date>,
    idle_since: Option<Date>,
    idle_days: u32,
    source: Option<&'a Source>,
    granted: Option<Date>,
    revoke: Option<String>,
}

impl<'a> UnusedJson<'a> {
    fn of(unused: &'a Unused) -> Self {
        let Unused { idle, source, granted } = unused;
        Self {
            center: &idle.center,
            pool: &idle.pool,
            member: idle.subject.name(),
            known: idle.subject.is_known(),
            cap: idle.cap,
            period: idle.period,
            why: word(idle.why),
            last: idle.last,
            idle_since: since(idle),
            idle_days: idle.days,
            source: source.as_ref(),
            granted: *granted,
            revoke: unused.revoke(),
        }
    }
}

/// Writes a report as `bursar.unused.v1`.
pub fn json(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { days, as_of, history, grants } = report;
    let (unused, not_known): (Vec<&Unused>, Vec<&Unused>) = grants.iter().partition(|grant| grant.is_sure());
    document(
        out,
        &ReportJson {
            schema: SCHEMA,
            days: *days,
            as_of: *as_of,
            history_since: *history,
            unused: unused.into_iter().map(UnusedJson::of).collect(),
            not_known: not_known.into_iter().map(UnusedJson::of).collect(),
        },
    )
}

/// The columns, in their order. New ones are added at the end.
pub const COLUMNS: [&str; 14] = [
    "center",
    "pool",
    "member",
    "known",
    "cap",
    "unit",
    "period",
    "why",
    "last",
    "idle_since",
    "idle_days",
    "source",
    "granted",
    "revoke",
];

/// Writes a row per grant, the sure ones and the others; `why` tells them apart.
pub fn csv(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let text = |value: Option<String>| value.unwrap_or_default();
    for unused in &report.grants {
        let Unused { idle, source, granted } = unused;
        let unit = idle.cap.and_then(|cap| cap.amount()).map(|amount| amount.unit().to_string());
        let cap = idle.cap.map(|cap| cap.amount().as_ref().map_or_else(|| cap.to_string(), Amount::number));
        csv.write_record([
            idle.center.to_string(),
            idle.pool.to_string(),
            Cell(idle.subject.name()).to_string(),
            if idle.subject.is_known() { "yes" } else { "no" }.to_owned(),
            text(cap),
            text(unit),
            text(idle.period.map(|period| period.as_str().to_owned())),
            word(idle.why).to_owned(),
            text(idle.last.map(|day| day.to_string())),
            text(since(idle).map(|day| day.to_string())),
            idle.days.to_string(),
            text(source.as_ref().map(|source| Cell(&source.to_string()).to_string())),
            text(granted.map(|day| day.to_string())),
            text(unused.revoke()),
        ])?;
    }
    csv.flush()
}
