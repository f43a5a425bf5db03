//! The most that a state lets people spend: what a reviewer is told before saying yes.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::RoundingStrategy;
use serde::{Serialize, Serializer};

use super::{Amount, Cap, Limit, Others, Pool, Unit, WhenExhausted};

/// The most that may be spent in 31 days, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorstCase {
    /// At most this much, rounded up to whole units.
    Bounded(Amount),
    /// Nothing holds it: an unlimited cap, a cap that follows a rule which is not known, no blocking budget.
    Unbounded(Unit),
}

impl WorstCase {
    /// What is counted.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Bounded(amount) => amount.unit(),
            Self::Unbounded(unit) => *unit,
        }
    }

    /// Two worst cases of one unit together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Bounded(a), Self::Bounded(b)) => a
                .value()
                .checked_add(b.value())
                .and_then(|sum| Amount::new(sum, a.unit()).ok())
                .map_or(Self::Unbounded(a.unit()), Self::Bounded),
            (a, _) => Self::Unbounded(a.unit()),
        }
    }

    /// The lower of two worst cases of one unit.
    #[must_use]
    pub(super) fn min(self, other: Self) -> Self {
        match (self, other) {
            (Self::Bounded(a), Self::Bounded(b)) => Self::Bounded(a.min(b)),
            (Self::Unbounded(_), bounded) | (bounded, Self::Unbounded(_)) => bounded,
        }
    }
}

impl fmt::Display for WorstCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounded(amount) => f.pad(&amount.grouped()),
            Self::Unbounded(_) => f.pad("unbounded"),
        }
    }
}

impl Serialize for WorstCase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bounded(amount) => serializer.serialize_str(&amount.number()),
            Self::Unbounded(_) => serializer.serialize_str("unbounded"),
        }
    }
}

/// Worst cases by unit.
pub type ByUnit = BTreeMap<Unit, WorstCase>;

/// Adds one worst case to those of its unit.
pub fn add(sums: &mut ByUnit, case: WorstCase) {
    sums.entry(case.unit()).and_modify(|sum| *sum = sum.plus(case)).or_insert(case);
}

/// The worst case of a pool: its limit where that blocks, or the caps of its people together, whichever is lower.
///
/// `others` is how many people the center or the files know whom no grant names.
pub fn of_pool(pool: &Pool, others: usize) -> WorstCase {
    let unit = pool.budget.unit;
    let monthly = |amount: Amount| {
        pool.budget
            .period
            .unwrap_or(super::Period::Daily)
            .per_31_days(amount)
            .map_or(WorstCase::Unbounded(unit), WorstCase::Bounded)
    };
    let mut people = WorstCase::Bounded(Amount::zero(unit));
    let effective = |cap: Option<Cap>| match cap {
        Some(Cap::Amount(amount)) => Some(amount),
        Some(Cap::Inherit) | None => pool.default_cap.and_then(|cap| cap.amount()),
        Some(Cap::Unlimited) => None,
    };
    for grant in pool.grants.values() {
        people = people.plus(effective(grant.cap).map_or(WorstCase::Unbounded(unit), WorstCase::Bounded));
    }
    if let Some(Others::Cap(cap)) = pool.others
        && others > 0
    {
        let each = cap
            .amount()
            .and_then(|amount| amount.value().checked_mul(others.into()).and_then(|all| Amount::new(all, unit).ok()));
        people = people.plus(each.map_or(WorstCase::Unbounded(unit), WorstCase::Bounded));
    }
    let people = match people {
        WorstCase::Bounded(amount) => monthly(amount),
        unbounded @ WorstCase::Unbounded(_) => unbounded,
    };
    let budget = match (pool.budget.limit, pool.budget.when_exhausted) {
        (Some(Limit::Amount(amount)), Some(WhenExhausted::Block)) => monthly(amount),
        _ => WorstCase::Unbounded(unit),
    };
    match people.min(budget) {
        WorstCase::Bounded(amount) => {
            let whole = amount.value().round_dp_with_strategy(0, RoundingStrategy::AwayFromZero);
            Amount::new(whole, unit).map_or(WorstCase::Unbounded(unit), WorstCase::Bounded)
        }
        unbounded @ WorstCase::Unbounded(_) => unbounded,
    }
}
