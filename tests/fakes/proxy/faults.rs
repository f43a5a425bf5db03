//! What can go wrong between a client and a server, and how often it does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::Pace;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// The connection breaks before the server sees the request.
    ResetBefore,
    /// The server carries it out, and the connection breaks before its answer.
    ResetAfter,
    /// The server carries it out, and half of its answer comes.
    Truncate,
    /// 429 by the proxy; the server never sees it.
    TooMany,
    /// 429 by the proxy, which asks for a second of patience; the server never sees it.
    Wait,
    /// 500 by the proxy; the server never sees it.
    Broken,
    /// 503 by the proxy; the server never sees it.
    Busy,
    /// The server carries it out, and the proxy says 500.
    BrokenAfter,
    /// The server carries it out, and the proxy says 503.
    BusyAfter,
    /// A read is answered as it was the last time; where there was none, nothing goes wrong.
    Stale,
}

impl Fault {
    /// Every one that costs no time.
    pub(crate) const ALL: [Self; 9] = [
        Self::ResetBefore,
        Self::ResetAfter,
        Self::Truncate,
        Self::TooMany,
        Self::Broken,
        Self::Busy,
        Self::BrokenAfter,
        Self::BusyAfter,
        Self::Stale,
    ];
}

/// How often what goes wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// The same seed brings the same faults.
    pub(crate) seed: u64,
    /// How many of a hundred requests each fault hits.
    pub(crate) percent: Vec<(Fault, u64)>,
    /// What every request takes longer.
    pub(crate) delay: Duration,
    /// How many requests are let through.
    pub(crate) pace: Option<Pace>,
}

impl Faults {
    /// One fault, for every request.
    pub(crate) fn always(fault: Fault) -> Self {
        Self { percent: vec![(fault, 100)], ..Self::default() }
    }

    /// What goes wrong with a request that was seen so often before.
    pub(super) fn draw(&self, line: &str, number: u64) -> Option<Fault> {
        let mut hasher = DefaultHasher::new();
        (self.seed, line, number).hash(&mut hasher);
        let mut at = hasher.finish() % 100;
        for &(fault, percent) in &self.percent {
            if at < percent {
                return Some(fault);
            }
            at -= percent;
        }
        None
    }
}
