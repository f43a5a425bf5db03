//! What one person may draw of everything, in 31 days: the sum over pools and centers, and what it is worth.
//!
//! Credits of two providers are different things, so that they are counted apart; only a rate of the files brings them
//! together.

use std::collections::BTreeMap;
use std::fmt;
use std::iter;

use rust_decimal::RoundingStrategy;

use super::capability::CapScope;
use super::worst_case::{ByUnit, WorstCase, add};
use super::{Amount, Budget, CenterId, Limit, Period, PoolId, RateId, Unit, WhenExhausted, Worth};

/// What a sum counts: the credits of one provider, or a unit that is the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// The unit.
    pub unit: Unit,
    /// Whose credits they are; nothing where the unit is no credit.
    pub provider: Option<String>,
}

impl Counted {
    /// What a unit counts at a provider.
    pub fn of(unit: Unit, provider: &str) -> Self {
        Self { unit, provider: (unit == Unit::Credits).then(|| provider.to_owned()) }
    }

    /// What the files say that one of it is worth; nothing where they say nothing, or where it needs no rate.
    pub fn rate(&self, rates: &BTreeMap<RateId, Amount>) -> Option<Amount> {
        let name = RateId::of_provider(self.provider.as_deref()?)?;
        rates.get(&name).copied()
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.provider {
            Some(provider) => write!(f, "{provider} {}", self.unit),
            None => fmt::Display::fmt(&self.unit, f),
        }
    }
}

/// Sums by what they count.
pub type Sums = BTreeMap<Counted, WorstCase>;

/// Adds to the sum of what is counted.
pub fn add_to(sums: &mut Sums, counted: &Counted, case: WorstCase) {
    match sums.get_mut(counted) {
        Some(sum) => *sum = sum.plus(case),
        None => _ = sums.insert(counted.clone(), case),
    }
}

/// What one sum is worth: itself, unless it counts credits. `None` where no rate says it.
fn worth_of(counted: &Counted, case: WorstCase, rates: &BTreeMap<RateId, Amount>) -> Option<WorstCase> {
    if counted.provider.is_none() {
        return Some(case);
    }
    let is = counted.rate(rates)?;
    Some(match case {
        WorstCase::Bounded(amount) => Worth { of: counted.unit, is }
            .convert(amount)
            .map_or(WorstCase::Unbounded(is.unit()), WorstCase::Bounded),
        WorstCase::Unbounded(_) => WorstCase::Unbounded(is.unit()),
    })
}

/// Whether it is none of anything: that is worth nothing, whatever it counts.
pub fn nothing(case: &WorstCase) -> bool {
    matches!(case, WorstCase::Bounded(amount) if amount.is_zero())
}

/// What sums are worth together, by currency and exactly. `None` where there are no credits in them, or some that no
/// rate is for: then the sums say all there is to say.
pub fn worth(sums: &Sums, rates: &BTreeMap<RateId, Amount>) -> Option<ByUnit> {
    let mut worth = ByUnit::new();
    let mut credits = false;
    for (counted, case) in sums.iter().filter(|(_, case)| !nothing(case)) {
        credits |= counted.provider.is_some();
        add(&mut worth, worth_of(counted, *case, rates)?);
    }
    credits.then_some(worth)
}

/// What somebody may draw from one pool, whatever its budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Nothing.
    Nothing,
    /// Up to this much in a period.
    UpTo(Amount),
    /// As much as they like, or nobody knows how much.
    Open(Open),
}

/// Why nothing is known that would hold somebody back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// Their cap is `unlimited`.
    Unlimited,
    /// Their cap is the center's own default, which the files do not give.
    CenterDefault,
    /// They are left as they are in the center.
    Unmanaged,
    /// The center does not show it.
    NotObserved,
}

impl Open {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unlimited => "unlimited",
            Self::CenterDefault => "center_default",
            Self::Unmanaged => "unmanaged",
            Self::NotObserved => "not_observed",
        }
    }
}

/// What somebody may draw from one pool, and what holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The center that holds the pool.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// What it counts.
    pub counted: Counted,
    /// What a cap belongs to there.
    pub cap_scope: CapScope,
    /// What they may draw.
    pub draw: Draw,
    /// Whether that is a right of their own, and not what holds for others.
    pub own: bool,
    /// When their cap starts again; without a period it may each day.
    pub period: Option<Period>,
    /// The budget in 31 days, where it blocks.
    pub budget: Option<WorstCase>,
}

/// What somebody may draw in 31 days from a pool, or from all the pools that one cap of theirs is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The center.
    pub center: CenterId,
    /// The pools: one, unless the center keeps one cap per person.
    pub pools: Vec<PoolId>,
    /// What it counts.
    pub counted: Counted,
    /// How much.
    pub case: WorstCase,
    /// Whether budgets hold it, and not a cap.
    pub by_budget: bool,
    /// Why no cap holds it.
    pub open: Option<Open>,
}

/// What one person may draw of everything in 31 days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// What it is made of, by center and pool; nothing of pools that give them nothing.
    pub shares: Vec<Share>,
    /// The sums of the shares.
    pub sums: Sums,
    /// What the sums are worth together, where rates of the files tell of all of them.
    pub worth: Option<ByUnit>,
    /// Those rates.
    pub rates: BTreeMap<Counted, Amount>,
}

/// Adds up what somebody may draw. `parts` are sorted by center and pool.
pub fn total(parts: &[Part], rates: &BTreeMap<RateId, Amount>) -> Total {
    let mut total = Total::default();
    let mut of_center: BTreeMap<(&CenterId, &Counted), (&Part, Vec<&Part>)> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.draw != Draw::Nothing) {
        match part.cap_scope {
            CapScope::Pool => total.shares.push(share(part, &[])),
            CapScope::Center => {
                let of_center = of_center.entry((&part.center, &part.counted));
                of_center.and_modify(|(_, more)| more.push(part)).or_insert((part, Vec::new()));
            }
        }
    }
    total.shares.extend(of_center.values().map(|(first, more)| share(first, more)));
    total.shares.retain(|share| !nothing(&share.case));
    total.shares.sort_by(|a, b| (&a.center, &a.pools).cmp(&(&b.center, &b.pools)));
    for share in &total.shares {
        add_to(&mut total.sums, &share.counted, share.case);
    }
    total.worth = worth(&total.sums, rates);
    if total.worth.is_some() {
        let rate = |counted: &Counted| Some((counted.clone(), counted.rate(rates)?));
        total.rates = total.sums.keys().filter_map(rate).collect();
    }
    total
}

/// What one cap comes to over the pools that it is for: itself, or all of their budgets, whichever is less.
fn share(first: &Part, more: &[&Part]) -> Share {
    let all = || iter::once(first).chain(more.iter().copied());
    // A right of one's own is the setting that the center keeps; what holds for others is for whom it keeps none.
    let own = all().any(|part| part.own);
    let decides = || all().filter(|part| part.own || !own);
    let unit = first.counted.unit;
    let cap = decides().map(cap_of).reduce(most).unwrap_or(WorstCase::Unbounded(unit));
    let budgets = all().map(|part| part.budget.unwrap_or(WorstCase::Unbounded(unit)));
    let case = cap.min(budgets.reduce(WorstCase::plus).unwrap_or(WorstCase::Unbounded(unit)));
    Share {
        center: first.center.clone(),
        pools: all().map(|part| part.pool.clone()).collect(),
        counted: first.counted.clone(),
        case,
        by_budget: case != cap,
        open: decides().find_map(|part| match part.draw {
            Draw::Open(open) => Some(open),
            Draw::Nothing | Draw::UpTo(_) => None,
        }),
    }
}

fn cap_of(part: &Part) -> WorstCase {
    match part.draw {
        Draw::Nothing => WorstCase::Bounded(Amount::zero(part.counted.unit)),
        Draw::UpTo(amount) => in_31_days(amount, part.period),
        Draw::Open(_) => WorstCase::Unbounded(part.counted.unit),
    }
}

fn most(a: WorstCase, b: WorstCase) -> WorstCase {
    match (a, b) {
        (WorstCase::Bounded(one), WorstCase::Bounded(other)) => WorstCase::Bounded(one.max(other)),
        (unbounded @ WorstCase::Unbounded(_), _) | (_, unbounded) => unbounded,
    }
}

impl Budget {
    /// What it lets through in 31 days, where it blocks what is more.
    pub fn blocks(&self) -> Option<WorstCase> {
        match (self.limit, self.when_exhausted) {
            (Some(Limit::Amount(amount)), Some(WhenExhausted::Block)) => Some(in_31_days(amount, self.period)),
            _ => None,
        }
    }
}

/// An amount per period as one per 31 days. What does not come out even is rounded up: to cents where it is money, else
/// to whole units, and to no fewer digits than the amount itself has. Without a period it may be drawn each day.
pub fn in_31_days(amount: Amount, period: Option<Period>) -> WorstCase {
    let unit = amount.unit();
    let digits = amount.value().scale().max(if unit.is_currency() { 2 } else { 0 });
    let month = period.unwrap_or(Period::Daily).per_31_days(amount);
    let rounded = month.and_then(|month| {
        let value = month.value().round_dp_with_strategy(digits, RoundingStrategy::AwayFromZero);
        Amount::new(value, unit).ok()
    });
    rounded.map_or(WorstCase::Unbounded(unit), WorstCase::Bounded)
}

#[cfg(test)]
mod tests;
