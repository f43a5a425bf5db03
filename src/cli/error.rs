//! The one error at the edge: what went wrong, what to do next, and how the process ends.

use std::fmt;

use crate::apply::JournalError;
use crate::apply::lock::LockError;
use crate::centers::CenterError;
use crate::config::LoadError;
use crate::git::{GitError, HookError};
use crate::store::StoreError;

use super::Exit;

/// An error that ends a command.
#[derive(Debug)]
pub struct CommandError {
    /// How the process ends.
    pub exit: Exit,
    /// What went wrong, with its causes.
    pub error: anyhow::Error,
    /// Where it went wrong, one a line.
    pub details: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
}

/// What a command returns.
pub type CommandResult = Result<Exit, CommandError>;

impl CommandError {
    /// The run failed.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Failed, error: error.into(), details: Vec::new(), hints: Vec::new() }
    }

    /// The run failed, in a sentence.
    pub fn message(message: impl fmt::Display) -> Self {
        Self::failed(anyhow::anyhow!("{message}"))
    }

    /// The command was used wrongly.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, ..Self::message(message) }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says what was being done when it went wrong.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.error = self.error.context(context.to_string());
        self
    }
}

impl From<CenterError> for CommandError {
    fn from(error: CenterError) -> Self {
        let hint = error.help();
        let mut failed = match error {
            // A place is worth a line of its own; whatever else has line ends in it does not get any.
            CenterError::Export { ref problems, .. } => {
                Self { details: problems.clone(), ..Self::message("the export cannot be used") }
            }
            error => Self::failed(error),
        };
        failed.hints.push(hint);
        failed
    }
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let hint = error.help();
        let exit = if matches!(error, GitError::Flag(_)) { Exit::Usage } else { Exit::Failed };
        Self { exit, ..Self::failed(error) }.hint(hint)
    }
}

impl From<HookError> for CommandError {
    fn from(error: HookError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        Self::failed(error).hint("nothing was changed; name another place with --journal FILE")
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}

impl From<LockError> for CommandError {
    fn from(error: LockError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}
