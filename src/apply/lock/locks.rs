//! All locks of a run: taken together, kept while it goes on, asked before each write, given back at its end.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::apply::Fence;
use crate::model::{CenterId, Place};
use crate::store::Objects;

use super::cell::Cells;
use super::lease::Runner;
use super::local::Local;
use super::protocol::{self, Held, Taken};
use super::remote::Remote;
use super::{Lease, LockError};

/// How long a store may take while nothing is written yet.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a store may take while a run goes on: a run that shall end must not wait for it.
const SHORT_PATIENCE: Duration = Duration::from_secs(4);

/// For how long a lease is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long it lasts without being renewed, in whole seconds.
    pub ttl: Duration,
    /// How often it is renewed.
    pub renewal: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self { ttl: Duration::from_mins(1), renewal: Duration::from_secs(15) }
    }
}

/// Takes locks at a place, and takes them away.
#[derive(Debug)]
pub struct Locker {
    taking: Arc<Cells>,
    keeping: Arc<Cells>,
    runner: Runner,
    terms: Terms,
    pause: Duration,
}

impl Locker {
    /// The locks of a folder or of a prefix in an object store. Nothing is read or made yet.
    ///
    /// # Errors
    /// Where the environment cannot be understood that says how the store is reached.
    pub fn open(place: &Place, runner: Runner, terms: Terms) -> Result<Self, LockError> {
        Ok(match place {
            Place::Local(folder) => {
                let cells = Arc::new(Cells::Local(Local::new(folder)));
                let pause = Duration::from_millis(100);
                Self { taking: Arc::clone(&cells), keeping: cells, runner, terms, pause }
            }
            Place::Object(url) => {
                let objects = Objects::open(url)?;
                let cells = |patience| Arc::new(Cells::Remote(Remote::new(objects.clone(), patience)));
                let pause = Duration::from_secs(1);
                Self { taking: cells(PATIENCE), keeping: cells(SHORT_PATIENCE), runner, terms, pause }
            }
        })
    }

    /// Takes the locks of centers, given by their identities: all of them or none.
    ///
    /// # Errors
    /// [`LockError::Held`] where another run holds one of them, and whatever keeps the place from being read or written.
    pub async fn lock(&self, centers: &BTreeMap<CenterId, String>) -> Result<Locks, LockError> {
        // Two centers of the files may be one and the same. The order is everybody's, so that no two runs wait in a ring.
        let mut taken: BTreeMap<&str, Arc<Held>> = BTreeMap::new();
        let mut identities: Vec<&str> = centers.values().map(String::as_str).collect();
        identities.sort_unstable();
        identities.dedup();
        for identity in identities {
            let failed = match protocol::take(&self.taking, &self.keeping, identity, &self.runner, self.terms.ttl).await
            {
                Ok(Taken::Ours(held)) => {
                    taken.insert(identity, Arc::new(held));
                    continue;
                }
                Ok(Taken::Theirs(lease)) => LockError::Held { center: identity.to_owned(), lease: Box::new(lease) },
                Err(error) => error,
            };
            // What cannot be given back runs out.
            join_all(taken.values().map(|held| held.release())).await;
            return Err(failed);
        }
        let leases: Vec<Arc<Held>> = taken.values().map(Arc::clone).collect();
        let renewal = tokio::spawn(keep(leases.clone(), self.terms.renewal));
        let held = centers
            .iter()
            .filter_map(|(id, identity)| Some((id.clone(), Arc::clone(taken.get(identity.as_str())?))))
            .collect();
        Ok(Locks { held, leases, renewal, left: AtomicBool::new(false) })
    }

    /// The same, again and again for as long. `waiting` hears why, each time.
    pub async fn lock_within(
        &self,
        centers: &BTreeMap<CenterId, String>,
        patience: Duration,
        mut waiting: impl FnMut(&LockError),
    ) -> Result<Locks, LockError> {
        let start = Instant::now();
        loop {
            let error = match self.lock(centers).await {
                Err(error @ (LockError::Held { .. } | LockError::Moved(_))) => error,
                other => return other,
            };
            let left = patience.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(error);
            }
            waiting(&error);
            tokio::time::sleep(left.min(jittered(self.pause))).await;
        }
    }

    /// Who holds the lock of a center, or held it until it ran out. `None` where it was given back.
    pub async fn holder(&self, center: &str) -> Result<Option<Lease>, LockError> {
        let stored = self.taking.load(&super::lease::key(center)).await?;
        Ok(stored.map(|stored| stored.lease).filter(|lease| !lease.released))
    }

    /// Takes a lock away from its holder, as [`Self::holder`] showed it. A run that still lives stops before its next
    /// write.
    ///
    /// # Errors
    /// [`LockError::Moved`] where somebody else holds it by now.
    pub async fn seize(&self, lease: &Lease) -> Result<(), LockError> {
        protocol::seize(&self.taking, lease, &self.runner).await
    }
}

/// A time between half of it and one and a half.
fn jittered(pause: Duration) -> Duration {
    // The standard library seeds its hashes from the system, and each one differently.
    let random = RandomState::new().hash_one(0) % 1000;
    pause / 2 + pause * u32::try_from(random).unwrap_or(0) / 1000
}

/// Renews leases for ever. One that is lost, or a store that does not answer, is found out before the next write.
async fn keep(leases: Vec<Arc<Held>>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        join_all(leases.iter().map(|held| held.renew())).await;
    }
}

/// The locks that a run holds. Where they are dropped without [`Self::release`] they run out.
#[derive(Debug)]
pub struct Locks {
    held: BTreeMap<CenterId, Arc<Held>>,
    leases: Vec<Arc<Held>>,
    renewal: JoinHandle<()>,
    left: AtomicBool,
}

impl Locks {
    /// Leaves the locks to run out by themselves: something that was sent may still be under way.
    pub fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
        for held in &self.leases {
            held.outlive();
        }
    }

    /// Gives the locks back, and says which could not be.
    pub async fn release(self) -> Vec<LockError> {
        self.renewal.abort();
        if self.left.load(Ordering::SeqCst) {
            return Vec::new();
        }
        join_all(self.leases.iter().map(|held| held.release()))
            .await
            .into_iter()
            .filter_map(Result::err)
            .collect()
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

#[async_trait]
impl Fence for Locks {
    async fn check(&self, center: &CenterId) -> Result<(), String> {
        let Some(held) = self.held.get(center) else {
            return Err(format!("this run holds no lock of {center}, so nothing was sent"));
        };
        held.check().await.map_err(|error| {
            let causes = std::iter::successors(error.source(), |cause| (*cause).source());
            causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
        })
    }
}
