//! What a run of `bursar alerts` found, whom it told, and what its messages say.

mod markdown;
mod message;
mod text;

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::alerts::{Item, Reading, To, Unevaluated, Who};
use crate::model::{AlertKey, AlertScope, Amount, CenterId, PoolId, Recipient, Subject, Threshold, Window};
use crate::usage::percent;

use super::json::document;

pub use markdown::markdown;
pub use message::{Rendered, render};
pub use text::text;

/// The version of the report's JSON.
pub const SCHEMA: &str = "bursar.alerts.v1";

/// What a run found and did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether nothing was sent or written.
    pub dry_run: bool,
    /// The centers that were asked.
    pub centers: Vec<CenterId>,
    /// The centers that could not be read, and why.
    pub unread: Vec<(CenterId, String)>,
    /// What has reached a level, budgets first.
    pub reached: Vec<Reached>,
    /// What is below its level again, because a budget or a cap was raised.
    pub recovered: Vec<Recovered>,
    /// What could not be evaluated.
    pub left_out: Vec<Unevaluated>,
    /// Whom a center tells itself.
    pub by_center: Vec<ByCenter>,
    /// The messages, as they were sent or would be.
    pub messages: Vec<Message>,
}

/// A matter that has reached a level.
#[derive(Clone, Debug)]
pub struct Reached {
    /// As it was read.
    pub reading: Reading,
    /// Everybody who is to hear of it.
    pub told: Vec<Told>,
}

/// How one recipient stands to a matter.
#[derive(Clone, Debug)]
pub struct Told {
    /// Who.
    pub recipient: Recipient,
    /// The highest level that is reached and names them.
    pub level: Threshold,
    /// Whether they know.
    pub status: Status,
}

/// Whether somebody knows of a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// They were told in an earlier run.
    Before,
    /// They may have been told a moment ago; not again before then.
    Waits(Timestamp),
    /// They would be told.
    Would,
    /// They were told.
    Sent,
    /// They surely were not, and why.
    Failed(String),
    /// Nobody knows, and why.
    Unknown(String),
    /// There is no way to tell them, and why.
    Unreachable(String),
    /// The files do not know this person, so there is no address.
    Stranger,
}

impl Status {
    /// The word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Waits(_) => "waits",
            Self::Would => "would",
            Self::Sent => "sent",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
            Self::Unreachable(_) => "unreachable",
            Self::Stranger => "stranger",
        }
    }

    /// Why it is not as it should be.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::Unknown(why) | Self::Unreachable(why) => Some(why),
            Self::Before | Self::Waits(_) | Self::Would | Self::Sent | Self::Stranger => None,
        }
    }

    /// Whether somebody could not be told who should have been.
    pub fn is_trouble(&self) -> bool {
        self.why().is_some()
    }
}

/// A level that stands no longer.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// As it was read.
    pub reading: Reading,
    /// Who had been told.
    pub recipient: Recipient,
    /// Of what.
    pub from: Threshold,
}

/// Whom a center tells itself.
#[derive(Clone, Debug)]
pub struct ByCenter {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// The alert.
    pub alert: AlertKey,
    /// Who hears of it from there.
    pub recipient: Recipient,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it goes.
    pub to: To,
    /// By what a receiver knows that it has it already.
    pub id: String,
    /// What became of it.
    pub status: Status,
    /// What it says.
    pub rendered: Rendered,
}

impl Report {
    /// Whether everybody who should know does, as far as anybody can tell.
    pub fn is_fine(&self) -> bool {
        let mut told = self.reached.iter().flat_map(|reached| &reached.told);
        self.unread.is_empty() && !told.any(|told| told.status.is_trouble())
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    schema: &'static str,
    dry_run: bool,
    centers: &'a [CenterId],
    unread: Vec<UnreadJson<'a>>,
    reached: Vec<ReachedJson<'a>>,
    recovered: Vec<RecoveredJson<'a>>,
    not_evaluated: Vec<LeftOutJson<'a>>,
    told_by_center: Vec<ByCenterJson<'a>>,
    messages: Vec<MessageJson<'a>>,
}

#[derive(Serialize)]
struct UnreadJson<'a> {
    center: &'a CenterId,
    why: &'a str,
}

#[derive(Serialize)]
struct ReachedJson<'a> {
    #[serde(flatten)]
    matter: MatterJson<'a>,
    told: Vec<ToldJson<'a>>,
}

/// What is the same in everything that is about a matter.
#[derive(Serialize)]
struct MatterJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    of: AlertScope,
    who: Option<&'a str>,
    known: Option<bool>,
    window: &'a Window,
    drawn: Amount,
    at_least: bool,
    limit: Option<Amount>,
    percent: Option<u64>,
}

impl<'a> MatterJson<'a> {
    fn of(reading: &'a Reading) -> Self {
        let Reading { matter, center, subject, window, drawn, at_least, limit, unlimited: _, levels: _ } = reading;
        Self {
            center,
            pool: &matter.pool,
            of: reading.of(),
            who: subject.as_ref().map(Subject::name),
            known: subject.as_ref().map(Subject::is_known),
            window,
            drawn: *drawn,
            at_least: *at_least,
            limit: *limit,
            percent: limit.and_then(|limit| percent(*drawn, limit)),
        }
    }

    fn of_item(item: &'a Item) -> Self {
        let Item { matter, center, subject, window, drawn, at_least, limit, .. } = item;
        let of = if matter.who.is_some() { AlertScope::Caps } else { AlertScope::Budget };
        Self {
            center,
            pool: &matter.pool,
            of,
            who: subject.as_ref().map(Subject::name),
            known: matter.who.as_ref().map(|who| matches!(who, Who::Member(_))),
            window,
            drawn: *drawn,
            at_least: *at_least,
            limit: *limit,
            percent: limit.and_then(|limit| percent(*drawn, limit)),
        }
    }
}

#[derive(Serialize)]
struct ToldJson<'a> {
    recipient: &'a Recipient,
    level: Threshold,
    status: &'static str,
    why: Option<&'a str>,
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct RecoveredJson<'a> {
    #[serde(flatten)]
    matter: MatterJson<'a>,
    recipient: &'a Recipient,
    level: Threshold,
}

#[derive(Serialize)]
struct LeftOutJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    who: Option<&'a str>,
    why: &'a str,
}

#[derive(Serialize)]
struct ByCenterJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    alert: AlertKey,
    recipient: &'a Recipient,
}

#[derive(Serialize)]
struct MessageJson<'a> {
    id: &'a str,
    channel: &'static str,
    to: String,
    status: &'static str,
    why: Option<&'a str>,
    subject: Option<&'a str>,
    text: &'a str,
}

/// Writes a report as `bursar.alerts.v1`.
pub fn json(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { dry_run, centers, unread, reached, recovered, left_out, by_center, messages } = report;
    let report = ReportJson {
        schema: SCHEMA,
        dry_run: *dry_run,
        centers,
        unread: unread.iter().map(|(center, why)| UnreadJson { center, why }).collect(),
        reached: reached
            .iter()
            .map(|one| ReachedJson {
                matter: MatterJson::of(&one.reading),
                told: one.told.iter().map(told_json).collect(),
            })
            .collect(),
        recovered: recovered
            .iter()
            .map(|Recovered { reading, recipient, from }| RecoveredJson {
                matter: MatterJson::of(reading),
                recipient,
                level: *from,
            })
            .collect(),
        not_evaluated: left_out
            .iter()
            .map(|Unevaluated { center, pool, subject, why }| LeftOutJson {
                center,
                pool,
                who: subject.as_ref().map(Subject::name),
                why,
            })
            .collect(),
        told_by_center: by_center
            .iter()
            .map(|ByCenter { center, pool, alert, recipient }| ByCenterJson { center, pool, alert: *alert, recipient })
            .collect(),
        messages: messages
            .iter()
            .map(|Message { to, id, status, rendered }| MessageJson {
                id,
                channel: rendered.channel,
                to: message::name(to),
                status: status.word(),
                why: status.why(),
                subject: rendered.subject.as_deref(),
                text: &rendered.text,
            })
            .collect(),
    };
    document(out, &report)
}

fn told_json(told: &Told) -> ToldJson<'_> {
    let until = match &told.status {
        Status::Waits(until) => Some(*until),
        _ => None,
    };
    ToldJson {
        recipient: &told.recipient,
        level: told.level,
        status: told.status.word(),
        why: told.status.why(),
        until,
    }
}
