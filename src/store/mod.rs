//! Where plans, journals and locks can be kept beside this machine: S3, Google Cloud Storage and Azure Blob Storage,
//! reached with the credentials that the environment holds. A path of this machine is a place like any other.
//!
//! Nothing that was written is ever overwritten: what is there already is an error.

mod error;
mod journal;
mod local;
mod objects;

pub use error::{StoreError, StoreErrorKind};
pub use journal::{journal, read_journal};

pub(crate) use objects::{Found, Objects};

use crate::model::Place;

/// The longest thing that is read from a store.
const MOST_BYTES: u64 = 256 << 20;

/// Reads all of what is at a place.
///
/// # Errors
/// [`StoreErrorKind::NotFound`] where nothing is, [`StoreErrorKind::TooLarge`] beyond 256 MiB, and whatever keeps the
/// store from answering within half a minute.
pub async fn read(place: &Place) -> Result<Vec<u8>, StoreError> {
    match place {
        Place::Local(path) => local::read(path, MOST_BYTES),
        Place::Object(url) => {
            let objects = Objects::open(url)?;
            let path = objects.key()?;
            match objects.get(&path).await? {
                Some(found) => Ok(found.bytes),
                None => Err(StoreError::new(place, StoreErrorKind::NotFound, "nothing is there")),
            }
        }
    }
}

/// Writes something to a place where nothing is yet. An object is there wholly or not at all.
///
/// # Errors
/// [`StoreErrorKind::Exists`] where something else is, and whatever keeps the store from answering within half a minute.
pub async fn create(place: &Place, bytes: &[u8]) -> Result<(), StoreError> {
    match place {
        Place::Local(path) => local::create(path, bytes),
        Place::Object(url) => {
            let objects = Objects::open(url)?;
            let path = objects.key()?;
            objects.create(&path, bytes).await
        }
    }
}
