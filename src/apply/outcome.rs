//! What became of the changes of one apply.

use std::fmt;

use serde::Serialize;

use crate::plan::Change;

/// What became of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    /// A person has to do it.
    Manual,
    /// It was not tried, because something that it needs did not happen or the run was interrupted.
    Skipped,
}

impl Outcome {
    /// Every outcome, in the order of summaries.
    pub const ALL: [Self; 7] =
        [Self::Applied, Self::Already, Self::Refused, Self::Failed, Self::Unknown, Self::Manual, Self::Skipped];

    /// The name in journals and reports.
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
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One change with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The change.
    pub change: Change,
    /// What became of it.
    pub outcome: Outcome,
    /// The center's own words, where it said any.
    pub message: Option<String>,
    /// The center's id of the request, where it gave one.
    pub request_id: Option<String>,
}

/// What became of a whole plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every change of the plan with its outcome, in the order of the plan.
    pub outcomes: Vec<Settled>,
    /// Whether the centers were read again after the last write.
    pub verified: bool,
    /// What still differs from the files, as far as was read.
    pub remaining: Vec<Change>,
    /// Whether a signal ended the run early.
    pub interrupted: bool,
}
