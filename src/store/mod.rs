//! Where plans, journals and locks can be kept beside this machine: S3, Google Cloud Storage and Azure Blob Storage,
//! reached with the credentials that the environment holds.
//!
//! Plans and journals that were written are never overwritten: what is there already is an error. A [`Document`] is what
//! several runs change, each naming what it read.

mod document;
mod error;
mod journal;
mod objects;
mod sink;

pub use document::{Document, Stored};
pub use error::{StoreError, StoreErrorKind};
pub use journal::{JournalText, continue_journal, journal, read_journal};
pub use sink::Sink;

pub(crate) use objects::{Found, Objects};

use crate::model::ObjectUrl;

/// The longest thing that is read from a store.
const MOST_BYTES: u64 = 256 << 20;

/// Reads all of an object.
///
/// # Errors
/// [`StoreErrorKind::NotFound`] where nothing is, [`StoreErrorKind::TooLarge`] beyond 256 MiB, and whatever keeps the
/// store from answering within half a minute.
pub async fn read(url: &ObjectUrl) -> Result<Vec<u8>, StoreError> {
    let objects = Objects::open(url)?;
    let path = objects.key()?;
    match objects.get(&path).await? {
        Some(found) => Ok(found.bytes),
        None => Err(StoreError::new(url.url(), StoreErrorKind::NotFound, "nothing is there")),
    }
}

/// Writes an object where nothing is yet. It is there wholly or not at all.
///
/// # Errors
/// [`StoreErrorKind::Exists`] where something else is, and whatever keeps the store from answering within half a minute.
pub async fn create(url: &ObjectUrl, bytes: &[u8]) -> Result<(), StoreError> {
    let objects = Objects::open(url)?;
    let path = objects.key()?;
    objects.create(&path, bytes).await
}
