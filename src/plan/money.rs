//! The money of a plan: the most that may be spent in 31 days before it and after it, by unit; whose credits are in
//! that; and what it is worth, where the files say what every credit in it is worth.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::total::{self, Counted, Sums};
use crate::model::worst_case::{self, ByUnit, WorstCase};
use crate::model::{Amount, RateId, Unit};

/// The money: the most that may be spent in 31 days, before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Money {
    /// As observed.
    pub before: ByUnit,
    /// Once the plan is applied.
    pub after: ByUnit,
    /// Whose credits are in the sum of `credits`, by provider; nothing where they are all of one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub credits: BTreeMap<String, Credits>,
    /// What all of it is worth; nothing unless there are credits in it and the files say what each is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth: Option<Worth>,
    #[serde(skip)]
    sides: Sides,
}

/// The worst case in the credits of one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Credits {
    /// As observed.
    pub before: WorstCase,
    /// Once the plan is applied.
    pub after: WorstCase,
}

/// What the worst case is worth, in units that are no credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Worth {
    /// As observed.
    pub before: ByUnit,
    /// Once the plan is applied.
    pub after: ByUnit,
}

/// The worst cases of the pools by what they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sides {
    before: Sums,
    after: Sums,
}

impl Money {
    /// Adds what a pool of a provider lets people spend as observed.
    pub(super) fn add_before(&mut self, provider: &str, case: WorstCase) {
        worst_case::add(&mut self.before, case);
        total::add_to(&mut self.sides.before, &Counted::of(case.unit(), provider), case);
    }

    /// Adds what a pool of a provider will let people spend.
    pub(super) fn add_after(&mut self, provider: &str, case: WorstCase) {
        worst_case::add(&mut self.after, case);
        total::add_to(&mut self.sides.after, &Counted::of(case.unit(), provider), case);
    }

    /// Tells whose credits are in it, and what all of it is worth by the rates of the files.
    pub fn tell_worth(&mut self, rates: &BTreeMap<RateId, Amount>) {
        self.credits = self.sides.credits();
        self.worth = self.sides.worth(rates);
    }
}

impl Sides {
    fn credits(&self) -> BTreeMap<String, Credits> {
        let Self { before, after } = self;
        let providers = before.keys().chain(after.keys()).filter_map(|counted| counted.provider.as_ref());
        let case = |sums: &Sums, provider: &str| {
            let nothing = WorstCase::Bounded(Amount::zero(Unit::Credits));
            sums.get(&Counted::of(Unit::Credits, provider)).copied().unwrap_or(nothing)
        };
        let credits: BTreeMap<String, Credits> = providers
            .map(|provider| {
                (provider.clone(), Credits { before: case(before, provider), after: case(after, provider) })
            })
            .collect();
        if credits.len() > 1 { credits } else { BTreeMap::new() }
    }

    /// Both sides or none: half an answer would look like a difference.
    fn worth(&self, rates: &BTreeMap<RateId, Amount>) -> Option<Worth> {
        let worth = |sums: &Sums, other: &Sums| match total::worth(sums, rates) {
            Some(worth) => Some(worth),
            // A side without credits is worth what it is, as long as the other one has some.
            None if !has_credits(sums) && has_credits(other) => Some(by_unit(sums)),
            None => None,
        };
        Some(Worth { before: worth(&self.before, &self.after)?, after: worth(&self.after, &self.before)? })
    }
}

/// Whether there are credits that are worth something.
fn has_credits(sums: &Sums) -> bool {
    sums.iter().any(|(counted, case)| counted.provider.is_some() && !total::nothing(case))
}

/// Sums of what needs no rate.
fn by_unit(sums: &Sums) -> ByUnit {
    let mut units = ByUnit::new();
    for (_, case) in sums.iter().filter(|(counted, _)| counted.provider.is_none()) {
        worst_case::add(&mut units, *case);
    }
    units
}
