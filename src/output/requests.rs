//! The requests for a higher cap that wait for an answer: where each would land in the files, and their JSON.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::config::explain::{PoolRight, Right};
use crate::model::{Amount, Cap, CenterId, Others, Period, PoolId, Subject};

use super::explain::word;
use super::json::document;

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.requests.v1";

/// Somebody's request, and what the files say of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The center that it was made in.
    pub center: CenterId,
    /// The vendor's id of it.
    pub id: String,
    /// Who asks.
    pub who: Subject,
    /// The pool whose cap it is about.
    pub landing: Landing,
    /// What they may draw there now, where the vendor says it.
    pub now: Option<Cap>,
    /// How much they ask for, where they said it.
    pub asked: Option<Amount>,
    /// The period that they ask it for, where the vendor tells.
    pub asked_period: Option<Period>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The pool in which a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// This one, and what the files let them draw of it.
    Pool(Box<PoolRight>),
    /// Any of these; nothing tells which.
    Several(Vec<PoolRight>),
    /// None: the files have no pool in that center.
    Nowhere,
}

impl Landing {
    /// Finds the pool among those of one center: the one that grants them something, else the one that names them, else
    /// the one whose others they are.
    pub fn of(rights: Vec<PoolRight>) -> Self {
        let rank = |right: &PoolRight| match &right.right {
            Right::Granted { .. } => Some(0),
            Right::Lapsed(_) => Some(1),
            Right::Others { others: Some(Others::Cap(_)) | None } => Some(2),
            Right::Others { others: Some(Others::Blocked) } => Some(3),
            Right::PoolAbsent => None,
        };
        let Some(best) = rights.iter().filter_map(rank).min() else { return Self::Nowhere };
        let mut found: Vec<PoolRight> = rights.into_iter().filter(|right| rank(right) == Some(best)).collect();
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Self::Pool(Box::new(one)),
            (Some(last), false) => {
                found.push(last);
                Self::Several(found)
            }
            (None, _) => Self::Nowhere,
        }
    }

    /// The pools that it may be.
    pub fn pools(&self) -> Vec<&PoolId> {
        match self {
            Self::Pool(one) => vec![&one.pool],
            Self::Several(several) => several.iter().map(|right| &right.pool).collect(),
            Self::Nowhere => Vec::new(),
        }
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    schema: &'static str,
    /// The centers that were asked.
    centers: &'a [CenterId],
    requests: Vec<RequestJson<'a>>,
}

#[derive(Serialize)]
struct RequestJson<'a> {
    center: &'a CenterId,
    id: &'a str,
    who: &'a Subject,
    known: bool,
    pools: Vec<&'a PoolId>,
    right: Option<&'static str>,
    cap: Option<Cap>,
    period: Option<Period>,
    now: Option<Cap>,
    asked: Option<Amount>,
    asked_period: Option<Period>,
    reason: Option<&'a str>,
    since: Option<Timestamp>,
}

/// Writes requests as `bursar.requests.v1`; `centers` are those that were asked.
pub fn json(out: &mut impl Write, centers: &[CenterId], requests: &[Request]) -> io::Result<()> {
    let requests = requests.iter().map(|request| {
        let right = match &request.landing {
            Landing::Pool(right) => Some(right),
            Landing::Several(_) | Landing::Nowhere => None,
        };
        let (word, cap) = right.map(|right| word(&right.right)).unzip();
        RequestJson {
            center: &request.center,
            id: &request.id,
            who: &request.who,
            known: request.who.is_known(),
            pools: request.landing.pools(),
            right: word,
            cap: cap.flatten(),
            period: right.and_then(|right| right.period),
            now: request.now,
            asked: request.asked,
            asked_period: request.asked_period,
            reason: request.reason.as_deref(),
            since: request.since,
        }
    });
    document(out, &ReportJson { schema: SCHEMA, centers, requests: requests.collect() })
}
