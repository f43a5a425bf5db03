//! A pool and what belongs to it: budget, grants, the vendor's object behind it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Alert, AlertKey, Amount, Cap, Others, Period, Subject, Unit};

/// The key of a target that says of its object whether it has a share of what the seats bring along, `true` or `false`;
/// it names no object.
pub const INCLUDED_USAGE: &str = "included_usage";

/// The vendor's own object that a pool is, by the keys that the provider's page names (`team: design-ai`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Target(pub BTreeMap<String, String>);

impl Target {
    /// The value under a key, if the file or the center gave one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The same without what is only said about the object: by what it is known.
    #[must_use]
    pub fn object(&self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(key, _)| *key != INCLUDED_USAGE)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        )
    }

    /// A target of one key.
    pub fn of(key: &str, value: &str) -> Self {
        Self(BTreeMap::from([(key.to_owned(), value.to_owned())]))
    }
}

/// What happens to a draw when the budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "whenExhausted")]
pub enum WhenExhausted {
    /// It is refused.
    Block,
    /// It goes through, and somebody is told.
    Alert,
    /// It goes through and is billed.
    Overage,
}

impl WhenExhausted {
    /// Every answer, strictest first.
    pub const ALL: [Self; 3] = [Self::Block, Self::Alert, Self::Overage];

    /// The word that stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Alert => "alert",
            Self::Overage => "overage",
        }
    }
}

impl fmt::Display for WhenExhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The size of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// The center sets no limit.
    None,
    /// At most this much per period.
    Amount(Amount),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("no limit"),
            Self::Amount(amount) => fmt::Display::fmt(amount, f),
        }
    }
}

/// A pool's own limit per period, and what happens when it is used up.
///
/// `None` says nothing: in a desired state the field is not managed, in an observed one the center does not show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// What the budget and the caps of the pool count.
    pub unit: Unit,
    /// When the budget and the caps start again.
    pub period: Option<Period>,
    /// How much there is per period.
    pub limit: Option<Limit>,
    /// What happens when it is used up.
    pub when_exhausted: Option<WhenExhausted>,
}

/// When a grant ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expiry {
    /// It does not.
    Never,
    /// After this day, which is its last.
    On(Date),
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.pad("never"),
            Self::On(date) => write!(f, "{date}"),
        }
    }
}

/// A member's right to draw on a pool.
///
/// `None` says nothing: in a desired state the field is not managed, in an observed one the center does not show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The most that the member may draw in one period.
    pub cap: Option<Cap>,
    /// The period after which the cap starts again, where the center keeps one per grant.
    pub period: Option<Period>,
    /// When the grant ends by the center's own clock, where the center has one.
    pub expires: Option<Expiry>,
}

impl Grant {
    /// Whether it keeps the member from drawing anything.
    pub fn is_nothing(&self) -> bool {
        matches!(self.cap, Some(Cap::Amount(amount)) if amount.is_zero())
    }
}

/// A pool with everything that belongs to it.
///
/// `None` says nothing: in a desired state the field is not managed, in an observed one the center does not show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The vendor's object.
    pub target: Target,
    /// What people call it; empty where the center has none.
    pub description: Option<String>,
    /// Its limit.
    pub budget: Budget,
    /// The cap of a granted member who has none of their own.
    pub default_cap: Option<Cap>,
    /// What everybody may draw whom no grant names, where the center keeps that as one setting.
    pub others: Option<Others>,
    /// The thresholds that the center itself watches.
    pub alerts: Option<BTreeMap<AlertKey, Alert>>,
    /// Who may draw, and how much.
    pub grants: BTreeMap<Subject, Grant>,
}
