//! Bursar's own Git hooks: where they stand, how they get there and how they go again. Whatever stood there before is
//! kept, comes first, and comes back.

mod error;
mod kept;
mod script;

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use git2::{ConfigLevel, ErrorCode};

use super::{GitError, Repository};

pub use error::HookError;
pub use script::Call;

use kept::Kept;

/// A moment at which Git asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookName {
    /// Before a commit.
    PreCommit,
    /// Before the commit of a merge without conflicts.
    PreMergeCommit,
    /// Before a push.
    PrePush,
}

impl HookName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PreCommit, Self::PreMergeCommit, Self::PrePush];

    /// As Git calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::PrePush => "pre-push",
        }
    }

    /// How to get past it once.
    pub fn skip(self) -> &'static str {
        match self {
            Self::PreCommit => "git commit --no-verify",
            Self::PreMergeCommit => "git merge --no-verify",
            Self::PrePush => "git push --no-verify",
        }
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for HookName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|name| name.as_str() == text);
        known.ok_or_else(|| {
            format!("`{text}` is no hook of Bursar; there are pre-commit, pre-merge-commit and pre-push")
        })
    }
}

/// The folder in which Git looks for hooks.
#[derive(Debug)]
pub struct Hooks {
    folder: PathBuf,
}

/// What an installation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installed {
    /// There was none.
    Fresh,
    /// It was there, as it would be written now.
    Already,
    /// It was there and is written anew.
    Anew,
    /// Another hook stood there. It is kept here and comes first.
    Before(PathBuf),
}

/// What an uninstallation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uninstalled {
    /// It is gone.
    Gone,
    /// It is gone, and what stood there before is back.
    Restored,
    /// None of ours was there. What is there, if anything, was left alone.
    None,
}

/// Who wrote what stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Nobodys,
    Ours,
    /// Ours, and somebody changed it.
    Edited,
    Foreign,
}

impl Repository {
    /// Where the hooks of this repository are: where `core.hooksPath` says, else beside the objects, which all working
    /// trees of a repository share.
    pub fn hooks(&self) -> Result<Hooks, HookError> {
        let config = self.inner.config().and_then(|mut config| config.snapshot()).map_err(GitError::from)?;
        let folder = match config.get_path("core.hooksPath") {
            Ok(path) if !path.as_os_str().is_empty() => {
                let entry = config.get_entry("core.hooksPath").map_err(GitError::from)?;
                let own = matches!(entry.level(), ConfigLevel::Local | ConfigLevel::Worktree | ConfigLevel::App);
                if path.is_absolute() && !own {
                    return Err(HookError::Shared(path));
                }
                self.root.join(path)
            }
            Ok(_) => self.inner.commondir().join("hooks"),
            Err(error) if error.code() == ErrorCode::NotFound => self.inner.commondir().join("hooks"),
            Err(error) => return Err(GitError::from(error).into()),
        };
        Ok(Hooks { folder })
    }
}

impl Hooks {
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts a hook where Git finds it. What stands there is kept and comes first.
    pub fn install(&self, name: HookName, call: &Call) -> Result<Installed, HookError> {
        let kept = self.kept(name);
        let (place, whose) = self.find(name)?;
        match whose {
            Whose::Edited => return Err(HookError::Edited(place)),
            Whose::Foreign if is_there(&kept) => return Err(HookError::Taken { kept, hook: place }),
            _ => {}
        }
        let before = match whose {
            Whose::Foreign => Kept::read(&place),
            _ => Kept::read(&kept),
        };
        let script = script::write(name, call, before.as_ref())?;
        if whose == Whose::Ours && fs::read(&place).is_ok_and(|now| now == script.as_bytes()) {
            return Ok(Installed::Already);
        }
        fs::create_dir_all(&self.folder).map_err(|error| HookError::write(&self.folder, error))?;
        let new = self.folder.join(format!("{name}.bursar-new"));
        write_program(&new, &script).map_err(|error| HookError::write(&new, error))?;
        let placed = if whose == Whose::Foreign { keep(&place, &kept) } else { Ok(()) };
        if let Err(error) = placed.and_then(|()| fs::rename(&new, &place)) {
            let _ = fs::remove_file(&new);
            if whose == Whose::Foreign && is_there(&kept) {
                let _ = fs::rename(&kept, &place);
            }
            return Err(HookError::write(&place, error));
        }
        Ok(match whose {
            Whose::Ours => Installed::Anew,
            Whose::Foreign => Installed::Before(kept),
            _ => Installed::Fresh,
        })
    }

    /// Takes a hook away; what stood there before is back as it was.
    pub fn uninstall(&self, name: HookName) -> Result<Uninstalled, HookError> {
        let kept = self.kept(name);
        let (place, whose) = self.find(name)?;
        match whose {
            Whose::Edited => Err(HookError::Edited(place)),
            Whose::Ours if is_there(&kept) => {
                let front = self.folder.join(name.as_str());
                if place != front && Kept::read(&kept).is_some_and(|kept| kept.is_again(&front)) {
                    fs::remove_file(&kept).map_err(|error| HookError::write(&kept, error))?;
                    fs::remove_file(&place).map_err(|error| HookError::write(&place, error))?;
                    return Ok(Uninstalled::Gone);
                }
                fs::rename(&kept, &place).map_err(|error| HookError::write(&place, error))?;
                Ok(Uninstalled::Restored)
            }
            Whose::Ours => {
                fs::remove_file(&place).map_err(|error| HookError::write(&place, error))?;
                Ok(Uninstalled::Gone)
            }
            Whose::Foreign | Whose::Nobodys if is_there(&kept) => Err(HookError::Taken { kept, hook: place }),
            Whose::Foreign | Whose::Nobodys => Ok(Uninstalled::None),
        }
    }

    /// Where a hook is, or would be, and whose it is. Other managers of hooks move what they find to `NAME.legacy` and
    /// call it there.
    fn find(&self, name: HookName) -> Result<(PathBuf, Whose), HookError> {
        let own = self.folder.join(name.as_str());
        let whose = whose(&own)?;
        if whose == Whose::Foreign {
            let legacy = self.folder.join(format!("{name}.legacy"));
            if let moved @ (Whose::Ours | Whose::Edited) = self::whose(&legacy)? {
                return Ok((legacy, moved));
            }
        }
        Ok((own, whose))
    }

    /// Where a foreign hook is kept.
    fn kept(&self, name: HookName) -> PathBuf {
        self.folder.join(script::kept_name(name))
    }
}

/// Whether anything stands at a path, be it a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn whose(path: &Path) -> Result<Whose, HookError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            let text = fs::read(path).map_err(|error| HookError::Unreadable { path: path.to_owned(), error })?;
            Ok(match script::is_whole(&text) {
                Some(true) => Whose::Ours,
                Some(false) => Whose::Edited,
                None => Whose::Foreign,
            })
        }
        Ok(_) => Ok(Whose::Foreign),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Whose::Nobodys)
        }
        Err(error) => Err(HookError::Unreadable { path: path.to_owned(), error }),
    }
}

/// Gives a hook a second name, so that there is no moment without it.
fn keep(place: &Path, kept: &Path) -> io::Result<()> {
    // A link to a link is not the same on every system, and some file systems have none.
    let is_file = place.symlink_metadata()?.is_file();
    if is_file && fs::hard_link(place, kept).is_ok() {
        return Ok(());
    }
    fs::rename(place, kept)
}

fn write_program(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
    }
    file.sync_all()
}
