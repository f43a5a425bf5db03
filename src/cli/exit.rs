//! The exit codes. Scripts rely on them, so they are listed here and nowhere else.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing to change.
    Done,
    /// Findings in the files, or the run failed.
    Failed,
    /// There are changes.
    Changes,
    /// Refused by a guardrail.
    Refused,
    /// Applied in part: some changes failed, the journal says which.
    Partial,
    /// The saved plan is stale.
    Stale,
    /// Another run holds the lock.
    Locked,
    /// Wrong usage.
    Usage,
    /// Ended by SIGINT, journal complete.
    Interrupted,
    /// Ended by SIGTERM, journal complete.
    Terminated,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::Partial => 4,
            Self::Stale => 5,
            Self::Locked => 6,
            Self::Usage => 64,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
