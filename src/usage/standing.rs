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
    /// What they drew of the pool; nothing where the center does not tell, and where the others do not add up to all.
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
        let seen = Seen { id, capabilities, asked, observed, held: observed.state.pools.get(id) };
        let pool = seen.stands(drawn.remove(id).unwrap_or_default(), (now, counted), &mut of.notes);
        of.pools.push(pool);
    }
    // A pool that shall go is drawn on until it is gone.
    for id in desired.absent.keys() {
        let Some(held) = observed.state.pools.get(id) else { continue };
        let seen = Seen { id, capabilities, asked: held, observed, held: Some(held) };
        let pool = seen.stands(drawn.remove(id).unwrap_or_default(), (now, counted), &mut of.notes);
        of.pools.push(pool);
    }
    of.pools.sort_by(|a, b| a.pool.cmp(&b.pool));
    of
}

/// One pool: what the files ask, and what the center holds.
struct Seen<'a> {
    id: &'a PoolId,
    capabilities: &'static Capabilities,
    asked: &'a Pool,
    observed: &'a Observed,
    held: Option<&'a Pool>,
}

impl Seen<'_> {
    fn stands(&self, drawn: PoolDrawn, (now, counted): (Timestamp, Timestamp), notes: &mut Vec<String>) -> PoolUse {
        let (asked, held) = (self.asked, self.held);
        let budget = held.map_or(&asked.budget, |held| &held.budget);
        let unit = budget.unit;
        let drawn = in_unit(self.id, drawn, unit, notes);
        let period = budget.period.or(asked.budget.period);
        let window = drawn.window.or_else(|| period.map(|period| Window::calendar(period, now)));
        // A limit in another unit is none that the draws could be held against.
        let counts = |limit: &Limit| match limit {
            Limit::Amount(limit) => limit.unit() == unit,
            Limit::None => true,
        };
        let limit = budget.limit.or(asked.budget.limit).filter(counts);
        let all = drawn.total.or_else(|| sum(&drawn));
        let amount = match limit {
            Some(Limit::Amount(amount)) => Some(amount),
            Some(Limit::None) | None => None,
        };
        let forecast = all.zip(window).and_then(|(all, window)| forecast(all, amount, &window, counted));
        // Where the people who are told are everybody who drew, nobody else drew anything.
        let alike = drawn.seat.is_none() && drawn.people.values().all(|one| one.window.is_none());
        let whole = drawn
            .total
            .filter(|total| alike && sum(&drawn).map_or(total.is_zero(), |sum| sum == *total));
        let nothing = whole.map(|_| Amount::zero(unit));
        let granted: BTreeSet<&Subject> =
            held.into_iter().flat_map(|held| held.grants.keys()).chain(asked.grants.keys()).collect();
        let everybody: BTreeSet<&Subject> = granted.iter().copied().chain(drawn.people.keys()).collect();
        let people = everybody.into_iter().map(|subject| {
            let own = drawn.people.get(subject);
            let (cap, cap_from) = self.cap(subject).unzip();
            let one = PersonUse {
                granted: granted.contains(subject),
                cap,
                cap_from,
                drawn: own.map(|own| own.pool).or(nothing),
                seat: own.and_then(|own| own.seat),
                last: own.and_then(|own| own.last),
                window: own.and_then(|own| own.window),
            };
            (subject.clone(), one)
        });
        PoolUse {
            pool: self.id.clone(),
            unit,
            period,
            window,
            limit,
            when_exhausted: budget.when_exhausted.or(asked.budget.when_exhausted),
            drawn: all,
            at_least: drawn.total.is_none() && all.is_some(),
            seat: drawn.seat,
            forecast,
            exists: held.is_some(),
            people: people.collect(),
        }
    }

    /// What holds for a person: by the center, and where it does not show it by the files.
    fn cap(&self, subject: &Subject) -> Option<(Cap, CapFrom)> {
        self.by_center(subject).or_else(|| self.by_files(subject))
    }

    fn by_center(&self, subject: &Subject) -> Option<(Cap, CapFrom)> {
        let held = self.held?;
        let keeps = self.capabilities.keeps(&held.target);
        let of = |people: &BTreeMap<PoolId, BTreeMap<Subject, Cap>>| people.get(self.id)?.get(subject).copied();
        let inherited = of(&self.observed.inherited);
        let others = || held.others.map(|others| (of_others(others, held.budget.unit), CapFrom::Others));
        match held.grants.get(subject).map(|grant| grant.cap) {
            Some(Some(cap @ (Cap::Amount(_) | Cap::Unlimited))) => Some((cap, CapFrom::Own)),
            // Not shown is not the same as none.
            Some(None) => None,
            Some(Some(Cap::Inherit)) => match inherited {
                Some(cap) => Some((cap, CapFrom::Default)),
                // A setting that says nothing of its own is none.
                None if keeps.own_setting => others(),
                None => held.default_cap.map(|cap| (cap, CapFrom::Default)),
            },
            None => inherited.map(|cap| (cap, CapFrom::Others)).or_else(others).or_else(|| {
                // Where there is something to join, whoever did not join draws nothing but what a wider rule lets them.
                let outside = of(&self.observed.outside);
                let nothing = (!keeps.own_setting).then(|| Cap::Amount(Amount::zero(held.budget.unit)));
                outside.or(nothing).map(|cap| (cap, CapFrom::Others))
            }),
        }
        .map(|(cap, from)| (limited(cap), from))
    }

    fn by_files(&self, subject: &Subject) -> Option<(Cap, CapFrom)> {
        let cap = match self.asked.grants.get(subject)?.cap {
            Some(cap @ (Cap::Amount(_) | Cap::Unlimited)) => Some(cap),
            Some(Cap::Inherit) | None => self.capabilities.keeps(&self.asked.target).fallback(self.asked),
        };
        cap.map(|cap| (limited(cap), CapFrom::Files))
    }
}

/// A cap that holds: where even the widest rule has none, only the budget does.
fn limited(cap: Cap) -> Cap {
    if cap == Cap::Inherit { Cap::Unlimited } else { cap }
}

/// What one of the others may draw.
fn of_others(others: Others, unit: Unit) -> Cap {
    match others {
        Others::Blocked => Cap::Amount(Amount::zero(unit)),
        Others::Cap(cap) => cap,
    }
}

/// What people drew together in the pool's own period.
fn sum(drawn: &PoolDrawn) -> Option<Amount> {
    let mut people = drawn.people.values().filter(|one| one.window.is_none()).map(|one| one.pool);
    let first = people.next()?;
    people.try_fold(first, Amount::plus)
}

/// Only what is told in what the pool counts: units never mix.
fn in_unit(id: &PoolId, drawn: PoolDrawn, unit: Unit, notes: &mut Vec<String>) -> PoolDrawn {
    let PoolDrawn { window, total, seat, mut people } = drawn;
    let counts = |amount: &Amount| amount.unit() == unit;
    let mut odd: BTreeSet<Unit> = total.iter().filter(|total| !counts(total)).map(Amount::unit).collect();
    people.retain(|_, one| {
        if !counts(&one.pool) {
            odd.insert(one.pool.unit());
        }
        counts(&one.pool)
    });
    for one in people.values_mut() {
        one.seat = one.seat.filter(counts);
    }
    if !odd.is_empty() {
        let odd: Vec<String> = odd.iter().map(ToString::to_string).collect();
        notes.push(format!("{id} counts {unit}, and what the center tells in {} is left out", odd.join(" and ")));
    }
    PoolDrawn { window, total: total.filter(counts), seat: seat.filter(counts), people }
}

#[cfg(test)]
mod tests;
