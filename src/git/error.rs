//! Why Git could not answer, and what to do about it.

use std::path::PathBuf;

/// Why Git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository holds the folder.
    #[error("{} is in no Git repository", .0.display())]
    NoRepository(PathBuf),
    /// The repository belongs to somebody else.
    #[error("the Git repository of {} belongs to another user of this machine", .0.display())]
    NotOwned(PathBuf),
    /// The repository is kept in a way that is not known here.
    #[error("the Git repository cannot be read: {0}")]
    Unsupported(String),
    /// The repository has no working files.
    #[error("the Git repository at {} is bare: it has no working files", .0.display())]
    Bare(PathBuf),
    /// A path is not among the working files.
    #[error("{} is not in the Git repository at {}", path.display(), repository.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// Where the working files are.
        repository: PathBuf,
    },
    /// What stands for a revision looks like a flag.
    #[error("`{0}` is no revision")]
    Flag(String),
    /// No commit goes by that name.
    #[error("there is no commit `{name}` in this Git repository")]
    Unknown {
        /// The name.
        name: String,
        /// Whether only the latest commits were cloned.
        shallow: bool,
    },
    /// What Git tells a hook has another form than it is known to have.
    #[error("`{0}` is not what Git tells a pre-push hook")]
    Push(String),
    /// The index is kept in a way that is not known here.
    #[error("what is staged cannot be read: {0}")]
    Index(String),
    /// A merge is not finished.
    #[error("{0} has conflicts that are not resolved, so what will be committed is not known")]
    Conflict(String),
    /// Nothing is staged at a path.
    #[error("{0} is not staged: Git would commit no such file")]
    NotStaged(String),
    /// Two histories have nothing in common.
    #[error("`{one}` and `{other}` have no commit in common in this Git repository")]
    NoMergeBase {
        /// One of them.
        one: String,
        /// The other.
        other: String,
        /// Whether only the latest commits were cloned.
        shallow: bool,
    },
    /// An object that the history names is not there.
    #[error("{path} {at} is not in this clone")]
    Missing {
        /// The file, as the repository names it.
        path: String,
        /// In which state: at `main`, as it is staged.
        at: String,
    },
    /// A link in the tree leads nowhere that the tree knows.
    #[error("{path} {at} is a link to `{target}`, which is not in the repository")]
    Link {
        /// The link.
        path: String,
        /// Where it leads.
        target: String,
        /// In which state: at `main`, as it is staged.
        at: String,
    },
    /// Another repository stands in the tree.
    #[error("{path} {at} is a submodule")]
    Submodule {
        /// Where.
        path: String,
        /// In which state: at `main`, as it is staged.
        at: String,
    },
    /// A file is larger than what is read.
    #[error("{path} {at} is larger than {} MiB", most >> 20)]
    TooLarge {
        /// The file, as the repository names it.
        path: String,
        /// In which state: at `main`, as it is staged.
        at: String,
        /// The most bytes that are read.
        most: u64,
    },
    /// Whatever else Git says.
    #[error("Git says: {}", .0.message())]
    Other(#[from] git2::Error),
}

impl GitError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::NoRepository(_) => {
                "start from a folder that was cloned; in CI, check the repository out first".to_owned()
            }
            Self::NotOwned(path) => {
                format!("if you trust it: git config --global --add safe.directory {}", path.display())
            }
            Self::Unsupported(_) => {
                "SHA-256 and reftable repositories and some extensions are not known here; use a clone in the usual \
                 format"
                    .to_owned()
            }
            Self::Bare(_) => "start from a clone with the files in it".to_owned(),
            Self::Outside { .. } => "the config must lie in the repository".to_owned(),
            Self::Flag(_) => "name a branch, a tag or a commit, such as origin/main".to_owned(),
            Self::Unknown { shallow: true, .. } | Self::NoMergeBase { shallow: true, .. } => {
                "this clone has only the latest commits: set `fetch-depth: 0` for actions/checkout, or run \
                 `git fetch --unshallow`"
                    .to_owned()
            }
            Self::Unknown { shallow: false, .. } => {
                "check the name with `git rev-parse`; a branch that was never checked out here is origin/NAME"
                    .to_owned()
            }
            Self::NoMergeBase { shallow: false, .. } => {
                "name two revisions of one history, or compare them as they are with `..`".to_owned()
            }
            Self::Missing { .. } => {
                "a partial clone leaves files out: clone without --filter, or fetch them with `git fetch --refetch`"
                    .to_owned()
            }
            Self::Push(_) => "it is four words: local name and commit, remote name and commit".to_owned(),
            Self::Index(_) => "split and sparse indexes are not known here: `git update-index --no-split-index`, \
                 `git sparse-checkout reapply --no-sparse-index`"
                .to_owned(),
            Self::Conflict(_) => "resolve them, then `git add` the file".to_owned(),
            Self::NotStaged(_) => "`git add` it, or leave --staged out to check the working files".to_owned(),
            Self::Link { .. } => "only what is in the repository is known to be the same for everybody".to_owned(),
            Self::Submodule { .. } => "keep the config in one repository".to_owned(),
            Self::TooLarge { .. } => "keep only what is needed in it".to_owned(),
            Self::Other(_) => "check the repository with `git fsck`".to_owned(),
        }
    }
}
