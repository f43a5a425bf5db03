//! How far a cap reaches, so that two caps can be compared and a change be called a raise or a cut.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::model::{Cap, Limit, Others, Period, WhenExhausted};

use super::Effect;

/// The most that a person may draw, brought to 31 days where the period is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// At most this much; the order of the variants is the order of reach.
    Amount(Decimal),
    /// No limit of one's own.
    Unbounded,
}

impl Reach {
    /// Nothing can be drawn.
    pub(super) const NOTHING: Self = Self::Amount(Decimal::ZERO);

    /// Whether nothing can be drawn.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::NOTHING
    }
}

/// The reach of a cap in a pool with that default and that period; `None` where the center does not show the cap.
pub(super) fn of_cap(cap: Option<Cap>, default: Option<Cap>, period: Option<Period>) -> Option<Reach> {
    let amount = match cap? {
        Cap::Amount(amount) => amount,
        Cap::Unlimited => return Some(Reach::Unbounded),
        Cap::Inherit => match default {
            Some(Cap::Amount(amount)) => amount,
            Some(Cap::Unlimited | Cap::Inherit) | None => return Some(Reach::Unbounded),
        },
    };
    Some(Reach::Amount(monthly(amount, period)))
}

/// The reach of a budget's limit: only one that blocks holds anybody.
pub(super) fn of_limit(limit: Limit, when: Option<WhenExhausted>, period: Option<Period>) -> Reach {
    match (limit, when) {
        (Limit::Amount(amount), Some(WhenExhausted::Block) | None) => Reach::Amount(monthly(amount, period)),
        _ => Reach::Unbounded,
    }
}

/// The reach of what others may draw.
pub(super) fn of_others(others: Others, default: Option<Cap>, period: Option<Period>) -> Option<Reach> {
    match others {
        Others::Blocked => Some(Reach::Amount(Decimal::ZERO)),
        Others::Cap(cap) => of_cap(Some(cap), default, period),
    }
}

fn monthly(amount: crate::model::Amount, period: Option<Period>) -> Decimal {
    period
        .and_then(|period| period.per_31_days(amount))
        .map_or(amount.value(), |amount| amount.value())
}

/// What a step from one reach to another means. A reach that is not known may have been the widest: what then sets a
/// limit is a cut, and what then sets none is a raise.
pub(super) fn effect(before: Option<Reach>, after: Option<Reach>) -> Effect {
    let (before, after) = match (before, after) {
        (None, None) => return Effect::Neutral,
        (None, Some(Reach::Unbounded)) => return Effect::Raises,
        (None, Some(after)) => (Reach::Unbounded, after),
        (Some(before), None) => (before, Reach::Unbounded),
        (Some(before), Some(after)) => (before, after),
    };
    match after.cmp(&before) {
        Ordering::Less if after.is_nothing() => Effect::Revokes,
        Ordering::Less => Effect::Cuts,
        Ordering::Equal => Effect::Neutral,
        Ordering::Greater if before.is_nothing() => Effect::Grants,
        Ordering::Greater => Effect::Raises,
    }
}

/// The gravest of several effects; [`Effect`] is ordered that way.
pub(super) fn gravest(effects: impl IntoIterator<Item = Effect>) -> Effect {
    effects.into_iter().min().unwrap_or(Effect::Neutral)
}
