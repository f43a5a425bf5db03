//! Where one record is kept: it can be read, and changed by whoever names what is there.

use object_store::UpdateVersion;

use super::local::Local;
use super::remote::Remote;
use super::{Lease, LockError};

/// The records of one place.
#[derive(Debug)]
pub(super) enum Cells {
    /// In a folder of this machine.
    Local(Local),
    /// In an object store.
    Remote(Remote),
}

/// Exactly what was read; whoever names it changes only that.
#[derive(Clone, Debug)]
pub(super) enum Version {
    /// The number of a row's changes.
    Local(i64),
    /// What the store calls it.
    Remote(UpdateVersion),
}

/// A record that was read.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// What it says; its end is by the clock of its place.
    pub(super) lease: Lease,
    /// Exactly this.
    pub(super) version: Version,
}

impl Cells {
    /// The record of that key.
    pub(super) async fn load(&self, key: &str) -> Result<Option<Stored>, LockError> {
        match self {
            Self::Local(local) => local.load(key),
            Self::Remote(remote) => remote.load(key).await,
        }
    }

    /// Writes the record where it is still what was read before (`None`: where there was none). `None` where it is not,
    /// or perhaps, in a store, where an earlier try of the same request was carried out: whoever gets it looks again.
    pub(super) async fn swap(
        &self,
        key: &str,
        version: Option<&Version>,
        lease: &Lease,
    ) -> Result<Option<Version>, LockError> {
        match (self, version) {
            (Self::Local(local), None) => local.insert(key, lease),
            (Self::Local(local), Some(Version::Local(version))) => local.update(key, *version, lease),
            (Self::Remote(remote), None) => remote.swap(key, None, lease).await,
            (Self::Remote(remote), Some(Version::Remote(version))) => remote.swap(key, Some(version), lease).await,
            (Self::Local(_), Some(Version::Remote(_))) | (Self::Remote(_), Some(Version::Local(_))) => Ok(None),
        }
    }

    /// Lets the leases of this run outlive it.
    pub(super) fn outlive(&self) {
        match self {
            Self::Local(local) => local.outlive(),
            // There a lease always lasts until its end.
            Self::Remote(_) => {}
        }
    }

    /// Whether a record has run out, by the clock of its place.
    pub(super) async fn has_run_out(&self, key: &str, lease: &Lease) -> Result<bool, LockError> {
        match self {
            Self::Local(local) => Ok(local.has_run_out(lease)),
            Self::Remote(remote) => remote.has_run_out(key, lease).await,
        }
    }
}
