//! Why one person may draw what they may: what is shown of it, and its JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::config::explain::{CapFrom, Explanation, Lost, Person, PoolRight, Right, Standing};
use crate::model::capability::CapScope;
use crate::model::total::{Counted, Draw, Open, Part, Share, Total};
use crate::model::worst_case::{ByUnit, WorstCase};
use crate::model::{
    Amount, Budget, Cap, CenterId, Confirmed, Expiry, Grant, GroupId, Lapse, Level, Origin, Others, Period, PoolId,
    RuleWho, Source, Unit,
};
use crate::plan::Change;

use super::json::document;

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.explain.v1";

/// An explanation with what Git and the centers say of it.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// By which name the person was asked for.
    pub name: &'a str,
    /// The day that it is about.
    pub as_of: Date,
    /// What the files say.
    pub explanation: &'a Explanation,
    /// Who last wrote each line, as far as that is known; nothing where the files are in no repository.
    pub origins: Option<&'a BTreeMap<Source, Arc<Origin>>>,
    /// What the centers hold; nothing where none was asked.
    pub live: Option<&'a BTreeMap<(CenterId, PoolId), Live>>,
    /// What it all comes to; nothing where the report is not about all of it.
    pub totals: Option<&'a Totals>,
}

/// What one person may draw of everything in 31 days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// By the files.
    pub files: Total,
    /// By what the centers hold now; nothing where none was asked.
    pub live: Option<Total>,
}

impl Report<'_> {
    /// Who last wrote a line.
    pub(super) fn written(&self, source: &Source) -> Option<&Origin> {
        self.origins?.get(source).map(AsRef::as_ref)
    }

    /// What the center of a pool holds.
    pub(super) fn live(&self, right: &PoolRight) -> Option<&Live> {
        self.live?.get(&(right.center.clone(), right.pool.clone()))
    }
}

/// What a center lets the person draw from a pool now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The center that was read: the pool's own, or the one that holds it now.
    pub center: CenterId,
    /// Its provider.
    pub provider: &'static str,
    /// What a cap belongs to there.
    pub cap_scope: CapScope,
    /// The pool's budget there; nothing where there is no such pool.
    pub budget: Option<Budget>,
    /// Which account was read, in the vendor's words.
    pub identity: String,
    /// What was found.
    pub seen: Seen,
    /// When a cap starts again there.
    pub period: Option<Period>,
    /// What a plan would change about it; empty where the center is as the files ask.
    pub changes: Vec<Change>,
    /// What somebody confirmed last that they set by hand.
    pub confirmed: Option<ConfirmedAt>,
}

impl Live {
    /// What the center lets them draw from the pool, to be added up.
    pub fn part(&self, pool: &PoolId) -> Option<Part> {
        let budget = self.budget.as_ref()?;
        let of = |cap: Option<Cap>| match cap {
            None => Draw::Open(Open::NotObserved),
            Some(Cap::Amount(amount)) => Draw::UpTo(amount),
            Some(Cap::Unlimited) => Draw::Open(Open::Unlimited),
            Some(Cap::Inherit) => Draw::Open(Open::CenterDefault),
        };
        let (draw, own) = match &self.seen {
            Seen::Grant { grant, cap } => (of(*cap), grant.period),
            Seen::Others(Others::Cap(cap)) => (of(Some(*cap)), None),
            Seen::NotObserved => (Draw::Open(Open::NotObserved), None),
            Seen::NoPool | Seen::Nothing | Seen::Others(Others::Blocked) => (Draw::Nothing, None),
        };
        Some(Part {
            center: self.center.clone(),
            pool: pool.clone(),
            counted: Counted::of(budget.unit, self.provider),
            cap_scope: self.cap_scope,
            draw,
            own: matches!(self.seen, Seen::Grant { .. }),
            period: own.or(self.period),
            budget: budget.blocks(),
        })
    }
}

/// What somebody confirmed that they set by hand, and the line of the record that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmedAt {
    /// What, by whom and when.
    pub confirmed: Confirmed<Level>,
    /// The line.
    pub source: Source,
}

/// What was found of a person in a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The center has no such pool.
    NoPool,
    /// A grant of their own.
    Grant {
        /// As the center keeps it.
        grant: Grant,
        /// What its cap comes to: `inherit` followed to the pool's default. Nothing where the center does not show it.
        cap: Option<Cap>,
    },
    /// No grant of their own: what others may draw holds, `inherit` followed to the pool's default.
    Others(Others),
    /// No grant of their own, and so nothing.
    Nothing,
    /// The center does not show it.
    NotObserved,
}

impl Seen {
    fn word(&self) -> &'static str {
        match self {
            Self::NoPool => "no_pool",
            Self::Grant { .. } => "grant",
            Self::Others(_) => "others",
            Self::Nothing => "nothing",
            Self::NotObserved => "not_observed",
        }
    }
}

/// How many days a last day is away: 0 is today.
pub(super) fn days_until(as_of: Date, day: Date) -> i32 {
    (day - as_of).get_days()
}

#[derive(Serialize)]
struct ReportJson<'a> {
    schema: &'static str,
    as_of: Date,
    member: MemberJson<'a>,
    /// Whether the files are in a repository, so that `written` can be known.
    git: bool,
    live: bool,
    pools: Vec<PoolJson<'a>>,
    /// What it all comes to in 31 days; null where one pool was asked for.
    total: Option<TotalJson<'a>>,
    /// The same by what the centers hold now.
    total_live: Option<TotalJson<'a>>,
}

#[derive(Serialize)]
struct TotalJson<'a> {
    shares: Vec<ShareJson<'a>>,
    sums: Vec<SumJson<'a>>,
    worth: Option<&'a ByUnit>,
}

#[derive(Serialize)]
struct ShareJson<'a> {
    center: &'a CenterId,
    pools: &'a [PoolId],
    provider: Option<&'a str>,
    unit: Unit,
    amount: WorstCase,
    by_budget: bool,
    open: Option<&'static str>,
}

#[derive(Serialize)]
struct SumJson<'a> {
    provider: Option<&'a str>,
    unit: Unit,
    amount: WorstCase,
    rate: Option<Amount>,
}

#[derive(Serialize)]
struct MemberJson<'a> {
    name: &'a str,
    known: bool,
    email: Option<&'a str>,
    logins: BTreeMap<&'a str, &'a str>,
    protected: bool,
    source: Option<&'a Source>,
    /// Where a CSV has them too.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'a Source>,
    /// What a CSV says of somebody who left.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<LeftJson<'a>>,
}

#[derive(Serialize)]
struct LeftJson<'a> {
    status: &'a str,
    source: &'a Source,
}

#[derive(Serialize)]
struct PoolJson<'a> {
    center: &'a CenterId,
    pool: &'a PoolId,
    known_by: Option<&'a str>,
    right: &'static str,
    cap: Option<Cap>,
    cap_from: Option<&'static str>,
    cap_source: Option<&'a Source>,
    period: Option<Period>,
    starts: Option<Date>,
    expires: Option<Date>,
    days_left: Option<i32>,
    reason: Option<&'a str>,
    source: &'a Source,
    written: Option<&'a Origin>,
    rules: Vec<RuleJson<'a>>,
    live: Option<LiveJson<'a>>,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    who: &'a RuleWho,
    way: &'a [GroupId],
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'a Source>,
    cap: Cap,
    reason: Option<&'a str>,
    starts: Option<Date>,
    expires: Option<Date>,
    decides: bool,
    lost: Option<&'static str>,
    source: &'a Source,
    written: Option<&'a Origin>,
}

#[derive(Serialize)]
struct LiveJson<'a> {
    identity: &'a str,
    seen: &'static str,
    cap: Option<Cap>,
    period: Option<Period>,
    expires: Option<Date>,
    differs: bool,
    changes: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<ConfirmedJson<'a>>,
}

#[derive(Serialize)]
struct ConfirmedJson<'a> {
    /// `none`, `unlimited`, or an amount with its unit.
    level: String,
    by: &'a str,
    at: Timestamp,
    plan: Option<&'a str>,
    source: &'a Source,
}

/// Writes an explanation as `bursar.explain.v1`.
pub fn json(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let Explanation { person, pools } = report.explanation;
    let member = match person {
        Some(Person { id, email, logins, source, protected, row, departed }) => MemberJson {
            name: id.as_str(),
            known: true,
            email: email.as_deref(),
            logins: logins.iter().map(|(provider, login)| (*provider, login.as_str())).collect(),
            protected: *protected,
            source: Some(source),
            row: row.as_ref(),
            left: departed.as_ref().map(|(status, source)| LeftJson { status, source }),
        },
        None => MemberJson {
            name: report.name,
            known: false,
            email: None,
            logins: BTreeMap::new(),
            protected: false,
            source: None,
            row: None,
            left: None,
        },
    };
    document(
        out,
        &ReportJson {
            schema: SCHEMA,
            as_of: report.as_of,
            member,
            git: report.origins.is_some(),
            live: report.live.is_some(),
            pools: pools.iter().map(|right| pool(report, right)).collect(),
            total: report.totals.map(|totals| total(&totals.files)),
            total_live: report.totals.and_then(|totals| totals.live.as_ref()).map(total),
        },
    )
}

fn total(total: &Total) -> TotalJson<'_> {
    let Total { shares, sums, worth, rates } = total;
    TotalJson {
        shares: shares.iter().map(share_json).collect(),
        sums: sums
            .iter()
            .map(|(counted, case)| SumJson {
                provider: counted.provider.as_deref(),
                unit: counted.unit,
                amount: *case,
                rate: rates.get(counted).copied(),
            })
            .collect(),
        worth: worth.as_ref(),
    }
}

/// What the files let somebody draw, in a word, and the cap.
pub(super) fn word(right: &Right) -> (&'static str, Option<Cap>) {
    match right {
        Right::Granted { cap, .. } => ("granted", Some(*cap)),
        Right::Lapsed(Lapse::Expired(_)) => ("expired", None),
        Right::Lapsed(Lapse::NotStarted(_)) => ("not_started", None),
        Right::Others { others: Some(Others::Blocked) } => ("blocked", None),
        Right::Others { others: Some(Others::Cap(cap)) } => ("others", Some(*cap)),
        Right::Others { others: None } => ("unmanaged", None),
        Right::PoolAbsent => ("pool_absent", None),
    }
}

fn share_json(share: &Share) -> ShareJson<'_> {
    let Share { center, pools, counted, case, by_budget, open } = share;
    ShareJson {
        center,
        pools,
        provider: counted.provider.as_deref(),
        unit: counted.unit,
        amount: *case,
        by_budget: *by_budget,
        open: open.map(Open::as_str),
    }
}

fn pool<'a>(report: &Report<'a>, right: &'a PoolRight) -> PoolJson<'a> {
    let (word, cap) = word(&right.right);
    let (cap_from, cap_source) = match &right.right {
        Right::Granted { from: CapFrom::Rule, .. } => (Some("rule"), Some(&right.decided_at)),
        Right::Granted { from: CapFrom::DefaultCap(source), .. } => (Some("default_cap"), Some(source)),
        Right::Granted { from: CapFrom::Others(source), .. } => (Some("others"), Some(source)),
        Right::Granted { from: CapFrom::Center, .. } => (Some("center"), None),
        Right::Others { others: Some(Others::Cap(_)) } => (Some("others"), Some(&right.decided_at)),
        Right::Others { .. } | Right::Lapsed(_) | Right::PoolAbsent => (None, None),
    };
    let rule = right.rules.first().filter(|first| first.decides).map(|first| &first.rule);
    let expires = rule.and_then(|rule| rule.expires);
    PoolJson {
        center: &right.center,
        pool: &right.pool,
        known_by: right.known_by.as_deref(),
        right: word,
        cap,
        cap_from,
        cap_source,
        period: right.period,
        starts: rule.and_then(|rule| rule.starts),
        expires,
        days_left: expires
            .filter(|_| matches!(right.right, Right::Granted { .. }))
            .map(|day| days_until(report.as_of, day)),
        reason: rule.and_then(|rule| rule.reason.as_deref()),
        source: &right.decided_at,
        written: report.origins.and_then(|origins| origins.get(&right.decided_at)).map(AsRef::as_ref),
        rules: right.rules.iter().map(|standing| rule_json(report, standing)).collect(),
        live: report
            .live
            .and_then(|live| live.get(&(right.center.clone(), right.pool.clone())))
            .map(live),
    }
}

fn rule_json<'a>(report: &Report<'a>, standing: &'a Standing) -> RuleJson<'a> {
    let Standing { rule, way, row, cap, decides, lost } = standing;
    RuleJson {
        who: &rule.who,
        way,
        row: row.as_ref(),
        cap: *cap,
        reason: rule.reason.as_deref(),
        starts: rule.starts,
        expires: rule.expires,
        decides: *decides,
        lost: lost.map(Lost::as_str),
        source: &rule.source,
        written: report.origins.and_then(|origins| origins.get(&rule.source)).map(AsRef::as_ref),
    }
}

fn live(live: &Live) -> LiveJson<'_> {
    let Live { identity, seen, period, changes, confirmed, .. } = live;
    let (cap, own, expires) = match seen {
        Seen::Grant { grant, cap } => (*cap, grant.period, grant.expires),
        Seen::Others(Others::Cap(cap)) => (Some(*cap), None, None),
        _ => (None, None, None),
    };
    LiveJson {
        identity,
        seen: match seen {
            Seen::Others(Others::Blocked) => "blocked",
            seen => seen.word(),
        },
        cap,
        period: own.or(*period),
        expires: match expires {
            Some(Expiry::On(day)) => Some(day),
            Some(Expiry::Never) | None => None,
        },
        differs: !changes.is_empty(),
        changes,
        confirmed: confirmed.as_ref().map(|ConfirmedAt { confirmed, source }| ConfirmedJson {
            level: confirmed.value.to_string(),
            by: &confirmed.by,
            at: confirmed.at,
            plan: confirmed.plan.as_deref(),
            source,
        }),
    }
}
