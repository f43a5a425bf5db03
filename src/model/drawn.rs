//! What people drew of a center's pools.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::{Amount, PoolId, Subject, Window};

/// What one person drew of a pool in its running period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonDrawn {
    /// What counts against their cap: the pool's credits.
    pub pool: Amount,
    /// The credits of their own seat beside it, where the center tells both apart.
    pub seat: Option<Amount>,
    /// The last day on which they drew on the pool, in UTC, where the center tells it.
    pub last: Option<Date>,
    /// The period that these numbers are of, where it is another one than the pool's: some centers start each person's
    /// cap again by a calendar of its own.
    pub window: Option<Window>,
}

impl PersonDrawn {
    /// Somebody of whom nothing else is told.
    pub fn of(pool: Amount) -> Self {
        Self { pool, seat: None, last: None, window: None }
    }
}

/// What was drawn of a pool in its running period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolDrawn {
    /// The period that the numbers are of, where the center tells it; else it is the calendar's.
    pub window: Option<Window>,
    /// By everybody, where the center tells it: what counts against the budget.
    pub total: Option<Amount>,
    /// What everybody drew of their seats beside it, which no budget limits, where the center tells both apart.
    pub seat: Option<Amount>,
    /// By each person of whom the center tells something.
    pub people: BTreeMap<Subject, PersonDrawn>,
}

impl PoolDrawn {
    /// Adds what somebody drew: a center may know one person by several names.
    pub fn add(&mut self, who: Subject, drawn: PersonDrawn) {
        let Some(known) = self.people.get_mut(&who) else {
            self.people.insert(who, drawn);
            return;
        };
        // What cannot be added up is not told at all rather than told wrong.
        match known.pool.plus(drawn.pool) {
            Some(pool) => {
                known.pool = pool;
                known.seat = match (known.seat, drawn.seat) {
                    (Some(seat), Some(more)) => seat.plus(more),
                    (seat, more) => seat.or(more),
                };
                known.last = known.last.max(drawn.last);
            }
            None => {
                self.people.remove(&who);
            }
        }
    }
}

/// What was drawn of the managed pools of a center, in their running periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// By pool.
    pub pools: BTreeMap<PoolId, PoolDrawn>,
    /// How far the numbers may be behind by the vendor's own words, at most; nothing where it counts at once, or where
    /// it names no number, which a note then says.
    pub lag: Option<SignedDuration>,
    /// Whether a zero may also mean that the number was not to be had.
    pub zero_is_unsure: bool,
    /// What a reader should be told: numbers that are missing, and why.
    pub notes: Vec<String>,
}
