//! Limits on what a plan may do.

use std::collections::{BTreeMap, BTreeSet};

use super::{Amount, MemberId, Unit};

/// A limit on how many people a plan may hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threat {
    /// The most in the whole plan.
    pub count: u32,
    /// The most of a pool's observed grants, in percent; it counts from three on.
    pub percent: Option<u32>,
}

/// What to do with revocations and cuts that neither the files nor an expiry explain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(rename = "drift", rename_all = "lowercase")]
pub enum OnDrift {
    /// Refuse them until somebody consents.
    #[default]
    Refuse,
    /// Make them like any other.
    Revert,
}

/// The limits of a config. The defaults hold without any `guardrails:` in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrails {
    /// Grants removed or blocked.
    pub revocations: Threat,
    /// Caps or budgets lowered.
    pub cuts: Threat,
    /// People whom joining one pool takes out of another.
    pub moves: Threat,
    /// Grants added.
    pub additions: Option<Threat>,
    /// The most that the files may let people spend in 31 days, by unit.
    pub worst_case: BTreeMap<Unit, Amount>,
    /// A cap above this needs a reason: by unit, or one number for every unit.
    pub reason_above: Above,
    /// A cap above this needs an end.
    pub expiry_above: Above,
    /// Members who are never revoked or cut without consent.
    pub protected: BTreeSet<MemberId>,
    /// What to do with drift.
    pub drift: OnDrift,
}

/// A threshold for caps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Above {
    /// No threshold.
    #[default]
    None,
    /// One number, whatever the unit.
    Every(rust_decimal::Decimal),
    /// A number for each unit that is named.
    Units(BTreeMap<Unit, Amount>),
}

impl Above {
    /// Whether an amount lies above the threshold.
    pub fn exceeded_by(&self, amount: Amount) -> bool {
        match self {
            Self::None => false,
            Self::Every(number) => amount.value() > *number,
            Self::Units(units) => units.get(&amount.unit()).is_some_and(|threshold| amount > *threshold),
        }
    }

    /// Whether a cap without any amount (`unlimited`) lies above it: it does wherever the unit has a threshold.
    pub fn holds_for(&self, unit: Unit) -> bool {
        match self {
            Self::None => false,
            Self::Every(_) => true,
            Self::Units(units) => units.contains_key(&unit),
        }
    }
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            revocations: Threat { count: 10, percent: Some(25) },
            cuts: Threat { count: 20, percent: Some(50) },
            moves: Threat { count: 0, percent: None },
            additions: None,
            worst_case: BTreeMap::new(),
            reason_above: Above::None,
            expiry_above: Above::None,
            protected: BTreeSet::new(),
            drift: OnDrift::Refuse,
        }
    }
}
