//! Leases in an object store: one object each, created and updated under conditions.

use std::time::Duration;

use jiff::SignedDuration;
use object_store::{PutMode, UpdateVersion, path::Path};

use crate::store::{Found, Objects};

use super::cell::{Stored, Version};
use super::{Lease, LockError};

/// Stores say when an object was written in whole seconds, so a lease may look two seconds older than it is.
const GRAIN: SignedDuration = SignedDuration::from_secs(2);

/// The leases of one prefix.
#[derive(Debug)]
pub(super) struct Remote(Objects);

impl Remote {
    pub(super) fn new(objects: Objects, patience: Duration) -> Self {
        Self(objects.with_patience(patience))
    }

    fn path(&self, key: &str) -> Path {
        self.0.below(&["locks", &format!("{key}.json")])
    }

    pub(super) async fn load(&self, key: &str) -> Result<Option<Stored>, LockError> {
        let path = self.path(key);
        let Some(Found { bytes, version, modified }) = self.0.get(&path).await? else { return Ok(None) };
        let unreadable = |why: String| LockError::Unreadable { place: self.0.show(&path), why };
        let lease = Lease::parse(&bytes).map_err(unreadable)?;
        // Its holder's clock wrote an end that nobody else can rely on.
        let end = modified.checked_add(lease.ttl()).unwrap_or(lease.expires_at);
        let lease = if lease.released { lease } else { Lease { expires_at: end, ..lease } };
        Ok(Some(Stored { lease, version: Version::Remote(version) }))
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        version: Option<&UpdateVersion>,
        lease: &Lease,
    ) -> Result<Option<Version>, LockError> {
        let path = self.path(key);
        let bytes = serde_json::to_vec_pretty(lease)
            .map_err(|error| LockError::Unreadable { place: self.0.show(&path), why: error.to_string() })?;
        let mode = version.map_or(PutMode::Create, |version| PutMode::Update(version.clone()));
        Ok(self.0.swap(&path, &bytes, mode).await?.map(Version::Remote))
    }

    /// Both ends of the span were told by the store: when the lease was written last, and when a probe was just now.
    pub(super) async fn has_run_out(&self, key: &str, lease: &Lease) -> Result<bool, LockError> {
        let now = self.0.now(&self.0.below(&["locks", &format!("{key}.clock")])).await?;
        Ok(now.duration_since(lease.expires_at) >= GRAIN)
    }
}
