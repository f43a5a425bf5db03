//! What became of the changes of a plan.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::CenterId;
use crate::plan::{Change, Delivery};

use super::OutcomeLine;

/// What became of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was made.
    Applied,
    /// It was so already.
    Already,
    /// The object was no longer as the plan saw it; nothing was written.
    Refused,
    /// The center said no.
    Failed,
    /// It was sent, and nothing tells whether it was made.
    Unknown,
    /// A person does it.
    Manual,
    /// It was not tried: something it depends on failed, or the run ended before.
    Skipped,
}

impl Outcome {
    /// Every outcome, the good ones first.
    pub const ALL: [Self; 7] =
        [Self::Applied, Self::Already, Self::Refused, Self::Failed, Self::Unknown, Self::Manual, Self::Skipped];

    /// The word in reports and journals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Already => "already",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Manual => "manual",
            Self::Skipped => "skipped",
        }
    }

    /// Whether the object is now as desired, or a person was told to make it so.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Applied | Self::Already | Self::Manual)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A change and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The change.
    pub change: Change,
    /// What became of it.
    pub outcome: Outcome,
    /// The center's own words, or Bursar's reason.
    pub message: Option<String>,
    /// The center's id of the request, where it gave one.
    pub request_id: Option<String>,
}

impl Settled {
    /// Its line in the journal.
    pub(super) fn line(&self) -> OutcomeLine<'_> {
        let Self { change, outcome, message, request_id } = self;
        OutcomeLine { change, outcome: *outcome, message: message.as_deref(), request_id: request_id.as_deref() }
    }
}

/// What became of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every change of the plan, in its order.
    pub outcomes: Vec<Settled>,
    /// Whether every center that was to be written to could be read again afterwards.
    pub verified: bool,
    /// What still differs after the last write.
    pub remaining: Vec<Change>,
    /// Whether a signal ended the run early.
    pub interrupted: bool,
}

impl Report {
    /// How many changes had an outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.outcomes.iter().filter(|settled| settled.outcome == outcome).count()
    }

    /// The changes that were made and that the look at the end does not show: written but not effective.
    pub fn not_effective(&self) -> BTreeSet<String> {
        let left: BTreeSet<String> = self.remaining.iter().map(Change::id).collect();
        let made = self.outcomes.iter().filter(|settled| settled.outcome == Outcome::Applied);
        made.map(|settled| settled.change.id()).filter(|id| left.contains(id)).collect()
    }

    /// Whether a look at the centers stands behind this: they were read again, or nothing was to be changed in what was
    /// read. What a person does is not seen.
    pub fn is_seen(&self) -> bool {
        self.verified && (self.outcomes.is_empty() || self.looked_at().next().is_some())
    }

    /// The centers that were to be written to, in the order of the plan and as often as they had changes.
    pub fn looked_at(&self) -> impl Iterator<Item = &CenterId> {
        let written = self.outcomes.iter().filter(|settled| settled.change.delivery == Delivery::Api);
        written.map(|settled| &settled.change.center)
    }

    /// Whether everything is as the plan wanted it.
    pub fn is_complete(&self) -> bool {
        !self.interrupted
            && self.verified
            && self.remaining.is_empty()
            && self.outcomes.iter().all(|settled| settled.outcome.is_good())
    }
}
