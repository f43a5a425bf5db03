//! One reading of all centers as JSON, `bursar.usage.v1`: what programs get, and what a history is kept as.

use std::io;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::{Amount, Cap, CenterId, Limit, MemberId, Period, PoolId, Subject, Unit, WhenExhausted, Window};

use super::{CapFrom, CenterUse, Forecast, PersonUse, PoolUse};

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.usage.v1";

/// A center that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The center.
    pub center: CenterId,
    /// What went wrong.
    pub message: String,
}

/// How the pools of some centers stood at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When they were read.
    pub read_at: Timestamp,
    /// The centers, by id.
    pub centers: Vec<CenterUse>,
    /// Those that could not be read.
    pub unread: Vec<Unread>,
}

/// Why a text is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is no JSON, or one in which something is missing.
    #[error("it is no `{SCHEMA}`: {0}")]
    Json(String),
    /// It is something else.
    #[error("it is `{0}`, not `{SCHEMA}`")]
    Other(String),
    /// Somebody is called what nobody can be called.
    #[error("`{0}` is no member's id")]
    Member(String),
}

#[derive(Serialize, Deserialize)]
struct Wire {
    schema: String,
    read_at: Timestamp,
    centers: Vec<CenterWire>,
    unread: Vec<Unread>,
}

#[derive(Serialize, Deserialize)]
struct CenterWire {
    center: CenterId,
    identity: String,
    provider: String,
    read_at: Timestamp,
    lag_seconds: Option<i64>,
    told: bool,
    zero_is_unsure: bool,
    notes: Vec<String>,
    pools: Vec<PoolWire>,
}

#[derive(Serialize, Deserialize)]
struct PoolWire {
    pool: PoolId,
    exists: bool,
    unit: Unit,
    period: Option<Period>,
    window: Option<Window>,
    /// It follows from the window.
    #[serde(skip_deserializing)]
    days_left: Option<u32>,
    limit: Option<LimitWire>,
    when_exhausted: Option<WhenExhausted>,
    drawn: Option<Amount>,
    at_least: bool,
    /// It follows from the amounts.
    #[serde(skip_deserializing)]
    share: Option<u64>,
    seat: Option<Amount>,
    forecast: Option<ForecastWire>,
    members: Vec<MemberWire>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum LimitWire {
    Amount(Amount),
    Word(NoLimit),
}

#[derive(Serialize, Deserialize)]
enum NoLimit {
    #[serde(rename = "none")]
    None,
}

#[derive(Serialize, Deserialize)]
struct ForecastWire {
    at_end: Amount,
    exhausted: Option<Date>,
}

#[derive(Serialize, Deserialize)]
struct MemberWire {
    member: String,
    known: bool,
    granted: bool,
    cap: Option<Cap>,
    cap_from: Option<CapFrom>,
    drawn: Option<Amount>,
    /// It follows from the amounts.
    #[serde(skip_deserializing)]
    share: Option<u64>,
    seat: Option<Amount>,
    last: Option<Date>,
    window: Option<Window>,
    /// It follows from the amounts and the window.
    #[serde(skip_deserializing)]
    forecast: Option<ForecastWire>,
}

impl Snapshot {
    /// Reads a snapshot. Fields that are not known are passed over, so that later versions may say more.
    pub fn parse(text: &[u8]) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let broken = |error: serde_json::Error| SnapshotError::Json(error.to_string());
        let head: Head = serde_json::from_slice(text).map_err(broken)?;
        if head.schema != SCHEMA {
            return Err(SnapshotError::Other(head.schema));
        }
        let Wire { schema: _, read_at, centers, unread } = serde_json::from_slice(text).map_err(broken)?;
        let centers = centers.into_iter().map(CenterWire::read).collect::<Result<_, _>>()?;
        Ok(Self { read_at, centers, unread })
    }

    /// Writes it, indented, with a line end.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Self { read_at, centers, unread } = self;
        let wire = Wire {
            schema: SCHEMA.to_owned(),
            read_at: *read_at,
            centers: centers.iter().map(CenterWire::of).collect(),
            unread: unread.clone(),
        };
        serde_json::to_writer_pretty(&mut *out, &wire)?;
        writeln!(out)
    }
}

impl ForecastWire {
    fn of(Forecast { at_end, exhausted }: Forecast) -> Self {
        Self { at_end, exhausted }
    }
}

impl CenterWire {
    fn of(of: &CenterUse) -> Self {
        let CenterUse { center, identity, provider, read_at, lag, told, zero_is_unsure, pools, notes } = of;
        Self {
            center: center.clone(),
            identity: identity.clone(),
            provider: provider.clone(),
            read_at: *read_at,
            lag_seconds: lag.map(|lag| lag.as_secs()),
            told: *told,
            zero_is_unsure: *zero_is_unsure,
            notes: notes.clone(),
            pools: pools.iter().map(|pool| PoolWire::of(pool, of)).collect(),
        }
    }

    fn read(self) -> Result<CenterUse, SnapshotError> {
        let Self { center, identity, provider, read_at, lag_seconds, told, zero_is_unsure, notes, pools } = self;
        let pools = pools.into_iter().map(PoolWire::read).collect::<Result<_, _>>()?;
        let lag = lag_seconds.map(SignedDuration::from_secs);
        Ok(CenterUse { center, identity, provider, read_at, lag, told, zero_is_unsure, pools, notes })
    }
}

impl PoolWire {
    fn of(pool: &PoolUse, of: &CenterUse) -> Self {
        Self {
            pool: pool.pool.clone(),
            exists: pool.exists,
            unit: pool.unit,
            period: pool.period,
            window: pool.window,
            days_left: pool.days_left(of.read_at),
            limit: pool.limit.map(|limit| match limit {
                Limit::Amount(amount) => LimitWire::Amount(amount),
                Limit::None => LimitWire::Word(NoLimit::None),
            }),
            when_exhausted: pool.when_exhausted,
            drawn: pool.drawn,
            at_least: pool.at_least,
            share: pool.share(),
            seat: pool.seat,
            forecast: pool.forecast.map(ForecastWire::of),
            members: pool.people.iter().map(|(subject, one)| MemberWire::of(subject, one, pool, of)).collect(),
        }
    }

    fn read(self) -> Result<PoolUse, SnapshotError> {
        let people = self.members.into_iter().map(MemberWire::read).collect::<Result<_, _>>()?;
        Ok(PoolUse {
            pool: self.pool,
            unit: self.unit,
            period: self.period,
            window: self.window,
            limit: self.limit.map(|limit| match limit {
                LimitWire::Amount(amount) => Limit::Amount(amount),
                LimitWire::Word(NoLimit::None) => Limit::None,
            }),
            when_exhausted: self.when_exhausted,
            drawn: self.drawn,
            at_least: self.at_least,
            seat: self.seat,
            forecast: self.forecast.map(|ForecastWire { at_end, exhausted }| Forecast { at_end, exhausted }),
            exists: self.exists,
            people,
        })
    }
}

impl MemberWire {
    fn of(subject: &Subject, person: &PersonUse, pool: &PoolUse, of: &CenterUse) -> Self {
        let PersonUse { granted, cap, cap_from, drawn, seat, last, window } = *person;
        let (member, known) = (subject.name().to_owned(), subject.is_known());
        let forecast = person.forecast(pool, of.counted()).map(ForecastWire::of);
        Self { member, known, granted, cap, cap_from, drawn, share: person.share(), seat, last, window, forecast }
    }

    fn read(self) -> Result<(Subject, PersonUse), SnapshotError> {
        let Self { member, known, granted, cap, cap_from, drawn, share: _, seat, last, window, forecast: _ } = self;
        let subject = if known {
            Subject::Member(MemberId::new(&member).map_err(|_| SnapshotError::Member(member))?)
        } else {
            Subject::Stranger(member.into())
        };
        Ok((subject, PersonUse { granted, cap, cap_from, drawn, seat, last, window }))
    }
}
