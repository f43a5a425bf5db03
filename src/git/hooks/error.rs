//! Why a hook could not be installed or taken away, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::git::GitError;

/// Why a hook could not be installed or taken away. What was there is there still.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// All repositories of this user share the folder of the hooks.
    #[error("core.hooksPath is {} for all your repositories, so a hook there would not be of this one", .0.display())]
    Shared(PathBuf),
    /// Somebody changed our hook.
    #[error("{} was edited since it was installed", .0.display())]
    Edited(PathBuf),
    /// A kept hook and the hook in its place are both there.
    #[error("{} is there from an earlier installation, and {} is not Bursar's", kept.display(), hook.display())]
    Taken {
        /// What was kept.
        kept: PathBuf,
        /// What stands in its place, if anything does.
        hook: PathBuf,
    },
    /// A path that no script can hold.
    #[error("{0:?} cannot be written into a hook")]
    Unwritable(PathBuf),
    /// The system does not let us read it.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The system does not let us write it.
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Git does not say where hooks are.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl HookError {
    pub(super) fn write(path: &Path, error: io::Error) -> Self {
        Self::Write { path: path.to_owned(), error }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Shared(_) => {
                "give this repository hooks of its own, `git config core.hooksPath .git/hooks`, or call \
                                `bursar hook run NAME -- \"$@\"` in the hooks that you have there"
                    .to_owned()
            }
            Self::Edited(_) => {
                "nothing was changed; move your lines into a hook of your own and delete this one, then try again"
                    .to_owned()
            }
            Self::Taken { kept, hook } => format!(
                "nothing was changed; if {} is what you want, delete {}; else move it back",
                hook.display(),
                kept.display()
            ),
            Self::Unwritable(_) => "give it a name of plain UTF-8 without control characters".to_owned(),
            Self::Unreadable { .. } | Self::Write { .. } => {
                "check that the folder of the hooks is one and that you may write in it".to_owned()
            }
            Self::Git(error) => error.help(),
        }
    }
}
