//! The names of what a center may let be set, and whether a tenant has it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A control: something that a center may let be read or set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlName {
    /// Making and deleting pools.
    Pool,
    /// A pool's budget.
    Budget,
    /// Who may draw.
    Grant,
    /// A cap of some amount.
    CapAmount,
    /// A cap of zero.
    CapZero,
    /// A cap that is no limit.
    CapUnlimited,
    /// A cap that follows the next wider rule.
    CapInherit,
    /// The cap of granted members without one of their own.
    DefaultCap,
    /// What everybody else may draw.
    Others,
    /// Thresholds.
    Alert,
    /// Grants that end by themselves.
    Expiry,
    /// What was drawn.
    Usage,
    /// Who is in the center.
    Roster,
}

impl ControlName {
    /// Every control, in the order of tables.
    pub const ALL: [Self; 13] = [
        Self::Pool,
        Self::Budget,
        Self::Grant,
        Self::CapAmount,
        Self::CapZero,
        Self::CapUnlimited,
        Self::CapInherit,
        Self::DefaultCap,
        Self::Others,
        Self::Alert,
        Self::Expiry,
        Self::Usage,
        Self::Roster,
    ];

    /// The name for people, as tables have it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Budget => "budget",
            Self::Grant => "grant",
            Self::CapAmount => "cap: amount",
            Self::CapZero => "cap: zero",
            Self::CapUnlimited => "cap: unlimited",
            Self::CapInherit => "cap: inherit",
            Self::DefaultCap => "default cap",
            Self::Others => "others",
            Self::Alert => "alert",
            Self::Expiry => "expiry",
            Self::Usage => "usage",
            Self::Roster => "roster",
        }
    }

    /// The name for files and flags.
    pub fn key(self) -> &'static str {
        match self {
            Self::CapAmount => "cap_amount",
            Self::CapZero => "cap_zero",
            Self::CapUnlimited => "cap_unlimited",
            Self::CapInherit => "cap_inherit",
            Self::DefaultCap => "default_cap",
            other => other.label(),
        }
    }

    /// The control of that key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.key() == key)
    }
}

impl fmt::Display for ControlName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// Whether a tenant has a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// Bursar can set it here.
    Available,
    /// The vendor has it, and this tenant does not have it yet.
    NotEnabledYet,
    /// The vendor has it on another plan.
    NeedsPlan(&'static str),
    /// A person sets it in the vendor's console.
    ConsoleOnly,
    /// The vendor does not have it.
    NotOffered,
}

impl Availability {
    /// Whether it can be set here, by Bursar or by a person.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Available | Self::ConsoleOnly)
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Available => f.pad("available"),
            Self::NotEnabledYet => f.pad("not enabled yet"),
            Self::NeedsPlan(plan) => f.pad(&format!("needs plan {plan}")),
            Self::ConsoleOnly => f.pad("console only"),
            Self::NotOffered => f.pad("not offered"),
        }
    }
}

/// One control of one tenant, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The control.
    pub control: ControlName,
    /// Whether the tenant has it.
    pub availability: Availability,
    /// How that was found out, or the vendor's own name for it.
    pub why: String,
    /// Since when it is known to be missing, where somebody wrote that down.
    pub since: Option<Date>,
}
