//! Why there is no lock.

use crate::store::StoreError;

use super::Lease;

/// Why a lock was not taken, kept or taken away.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run holds the lock of {center}: {}", said(lease))]
    Held {
        /// The identity of the center.
        center: String,
        /// Its lease.
        lease: Box<Lease>,
    },
    /// It is no longer ours.
    #[error("the lock of {center} was lost to {to}")]
    Lost {
        /// The identity of the center.
        center: String,
        /// Whom it was lost to, and how.
        to: String,
    },
    /// It changed hands while it was being looked at.
    #[error("the lock of {0} has just changed hands")]
    Moved(String),
    /// The store does not answer as it should.
    #[error("the lock cannot be reached")]
    Store(#[from] StoreError),
    /// The file of the locks cannot be used.
    #[error("the lock file {path} cannot be used: {why}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The record is none that this version understands.
    #[error("{place} is no lease that this Bursar understands: {why}")]
    Unreadable {
        /// The record.
        place: String,
        /// Why not.
        why: String,
    },
}

/// Who holds a lease, since when and until when.
fn said(lease: &Lease) -> String {
    let Lease { holder, run_url, acquired_at, expires_at, .. } = lease;
    let page = run_url.as_deref().map_or(String::new(), |url| format!(", {url}"));
    format!("{holder}, since {acquired_at:.0}, until {expires_at:.0} unless it is renewed{page}")
}

impl LockError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Held { .. } => "wait for it with --lock-timeout 5m".to_owned(),
            Self::Lost { .. } | Self::Moved(_) => "look what the other run does, then start again".to_owned(),
            Self::Store(error) => error.help(),
            Self::File { .. } => {
                "check that the folder can be written to, or name another place with `lock:` in the file".to_owned()
            }
            Self::Unreadable { .. } => {
                "use the Bursar that wrote it; where no run is under way, it may be deleted".to_owned()
            }
        }
    }
}
