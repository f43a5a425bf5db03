//! How pools and people stand in their running periods.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::model::capability::Capabilities;
use crate::model::{
    Amount, Cap, CenterId, Desired, Drawn, Limit, Observed, Others, Period, Pool, PoolDrawn, PoolId, Subject, Unit,
    WhenExhausted, Window,
};

use super::{Forecast, forecast};

/// Where a person's cap was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CapFrom {
    /// It is their own in the center.
    Own,
    /// It is what the center lets granted people draw who have none of their own.
    Default,
    /// It is what the center lets everybody else draw.
    Others,
    /// The center does not show it; the files ask it.
    Files,
}

impl CapFrom {
    /// The word in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Default => "default",
            Self::Others => "others",
            Self::Files => "files",
        }
    }
}

/// How one person stands in a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonUse {
    /// Whether a grant of the pool names them; else they are one of the others.
    pub granted: bool,
    /// The most that they may draw, where it is known.
    pub cap: Option<Cap>,
    /// Where that was read.
    pub cap_from: Option<CapFrom>,
    /// What they drew of the pool; nothing where the center does not tell.
    pub drawn: Option<Amount>,
    /// What they drew of their own seat, where the center tells both apart.
    pub seat: Option<Amount>,
    /// The last day on which they drew, in UTC, where the center tells it.
    pub last: Option<Date>,
    /// The period that their numbers are of, where it is another one than the pool's.
    pub window: Option<Window>,
}

/// How one pool stands in its running period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// The pool.
    pub pool: PoolId,
    /// What it counts.
    pub unit: Unit,
    /// When it starts again, where that is known.
    pub period: Option<Period>,
    /// The running period.
    pub window: Option<Window>,
    /// Its budget, as the center holds it; where it shows none, as the files ask.
    pub limit: Option<Limit>,
    /// What happens when that is used up.
    pub when_exhausted: Option<WhenExhausted>,
    /// What everybody drew together.
    pub drawn: Option<Amount>,
    /// Whether that is only the sum of the people of whom the center tells something.
    pub at_least: bool,
    /// What everybody drew of their seats beside it, where the center tells both apart.
    pub seat: Option<Amount>,
    /// What it will come to, and when the budget is reached.
    pub forecast: Option<Forecast>,
    /// Whether the pool is in the center at all.
    pub exists: bool,
    /// Everybody who has a grant, and everybody else who drew something.
    pub people: BTreeMap<Subject, PersonUse>,
}

/// How the pools of one center stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CenterUse {
    /// The center.
    pub center: CenterId,
    /// Which account it is.
    pub identity: String,
    /// Its provider.
    pub provider: String,
    /// When it was read.
    pub read_at: Timestamp,
    /// How far its numbers may be behind, at most.
    pub lag: Option<SignedDuration>,
    /// Whether it shows what was drawn at all.
    pub told: bool,
    /// Whether a zero may also mean that the number was not to be had.
    pub zero_is_unsure: bool,
    /// Its managed pools.
    pub pools: Vec<PoolUse>,
    /// What a reader should be told.
    pub notes: Vec<String>,
}

impl CenterUse {
    /// The moment up to which everything is surely counted.
    pub fn counted(&self) -> Timestamp {
        self.lag.and_then(|lag| self.read_at.checked_sub(lag).ok()).unwrap_or(self.read_at)
    }
}

impl PoolUse {
    /// Its budget as an amount, where it has one.
    pub fn budget(&self) -> Option<Amount> {
        match self.limit {
            Some(Limit::Amount(amount)) => Some(amount),
            Some(Limit::None) | None => None,
        }
    }
}

/// The whole percent that one amount is of another, rounded down; nothing where the units differ or there is nothing to
/// be a part of.
pub fn percent(drawn: Amount, of: Amount) -> Option<u64> {
    if drawn.unit() != of.unit() || of.is_zero() {
        return None;
    }
    let share = drawn.value().checked_mul(Decimal::ONE_HUNDRED)?.checked_div(of.value())?;
    u64::try_from(share.trunc()).ok()
}

/// How the managed pools of a center stand at a moment. `drawn` is nothing where the center does not show it.
pub fn of_center(
    center: &CenterId,
    capabilities: &'static Capabilities,
    desired: &Desired,
    observed: &Observed,
    drawn: Option<Drawn>,
    now: Timestamp,
) -> CenterUse {
    let told = drawn.is_some();
    let Drawn { pools: mut drawn, lag, zero_is_unsure, notes } = drawn.unwrap_or_default();
    let mut of = CenterUse {
        center: center.clone(),
        identity: observed.identity.clone(),
        provider: capabilities.provider.to_owned(),
        read_at: now,
        lag,
        told,
        zero_is_unsure,
        pools: Vec::new(),
        notes,
    };
    let counted = of.counted();
    for (id, asked) in &desired.state.pools {
        let drawn = drawn.remove(id);
        of.pools.push(of_pool(id, capabilities, asked, observed, drawn.as_ref(), (now, counted)));
    }
    of
}

fn of_pool(
    id: &PoolId,
    capabilities: &Capabilities,
    asked: &Pool,
    observed: &Observed,
    drawn: Option<&PoolDrawn>,
    (now, counted): (Timestamp, Timestamp),
) -> PoolUse {
    let held = observed.state.pools.get(id);
    let budget = held.map_or(&asked.budget, |held| &held.budget);
    let unit = budget.unit;
    let period = budget.period.or(asked.budget.period);
    let calendar = period.map(|period| Window::calendar(period, now));
    let window = drawn.and_then(|drawn| drawn.window).or(calendar);
    let limit = budget.limit.or(asked.budget.limit);
    let sum = |drawn: &PoolDrawn| {
        let mut all = drawn.people.values();
        let first = all.next()?.pool;
        let value = all.try_fold(first.value(), |sum, one| sum.checked_add(one.pool.value()))?;
        Amount::new(value, first.unit()).ok()
    };
    let total = drawn.and_then(|drawn| drawn.total);
    let all = total.or_else(|| drawn.and_then(sum));
    let amount = match limit {
        Some(Limit::Amount(amount)) => Some(amount),
        Some(Limit::None) | None => None,
    };
    let forecast = all.zip(window).and_then(|(all, window)| forecast(all, amount, &window, counted));
    let mut subjects: BTreeSet<&Subject> = held.into_iter().flat_map(|held| held.grants.keys()).collect();
    if held.is_none_or(|held| held.grants.is_empty()) {
        subjects.extend(asked.grants.keys());
    }
    subjects.extend(drawn.into_iter().flat_map(|drawn| drawn.people.keys()));
    let people = subjects.into_iter().map(|subject| {
        let own = drawn.and_then(|drawn| drawn.people.get(subject));
        let (cap, cap_from) = cap(id, capabilities, asked, observed, subject).unzip();
        let granted = held.is_some_and(|held| held.grants.contains_key(subject)) || asked.grants.contains_key(subject);
        let one = PersonUse {
            granted,
            cap,
            cap_from,
            drawn: own.map(|own| own.pool),
            seat: own.and_then(|own| own.seat),
            last: own.and_then(|own| own.last),
            window: own.and_then(|own| own.window),
        };
        (subject.clone(), one)
    });
    PoolUse {
        pool: id.clone(),
        unit,
        period,
        window,
        limit,
        when_exhausted: budget.when_exhausted.or(asked.budget.when_exhausted),
        drawn: all,
        at_least: total.is_none() && all.is_some(),
        seat: drawn.and_then(|drawn| drawn.seat),
        forecast,
        exists: held.is_some(),
        people: people.collect(),
    }
}

/// What holds for a person: their own cap, the default, what others draw; by the center, else by the files.
fn cap(
    id: &PoolId,
    capabilities: &Capabilities,
    asked: &Pool,
    observed: &Observed,
    subject: &Subject,
) -> Option<(Cap, CapFrom)> {
    let inherited = observed.inherited.get(id).and_then(|of| of.get(subject)).copied();
    let by_center = observed.state.pools.get(id).and_then(|held| match held.grants.get(subject) {
        Some(grant) => match grant.cap {
            Some(cap @ (Cap::Amount(_) | Cap::Unlimited)) => Some((cap, CapFrom::Own)),
            // Not shown is not the same as none.
            None => None,
            Some(Cap::Inherit) => {
                let wider = inherited.or_else(|| capabilities.keeps(&held.target).fallback(held));
                Some((wider.unwrap_or(Cap::Unlimited), CapFrom::Default))
            }
        },
        None => inherited
            .or_else(|| held.others.map(of_others(held.budget.unit)))
            .map(|cap| (cap, CapFrom::Others)),
    });
    by_center.or_else(|| {
        let grant = asked.grants.get(subject)?;
        let cap = match grant.cap {
            Some(cap @ (Cap::Amount(_) | Cap::Unlimited)) => Some(cap),
            Some(Cap::Inherit) | None => asked.default_cap,
        };
        cap.map(|cap| (cap, CapFrom::Files))
    })
}

/// What one of the others may draw.
fn of_others(unit: Unit) -> impl Fn(Others) -> Cap {
    move |others| match others {
        Others::Blocked => Cap::Amount(Amount::zero(unit)),
        Others::Cap(cap) => cap,
    }
}
