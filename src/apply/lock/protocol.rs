//! How a lease is taken, kept, checked, given back and taken away, on any place that can compare and swap.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::cell::{Cells, Version};
use super::lease::{Runner, key};
use super::{Lease, LockError};

/// How often somebody else may be faster before it is left to them.
const TRIES: usize = 8;

/// A lease that this run has taken.
#[derive(Debug)]
pub(super) struct Held {
    cells: Arc<Cells>,
    key: String,
    state: Mutex<State>,
    /// Why it is no longer ours; it never comes back.
    lost: OnceLock<String>,
}

#[derive(Debug)]
struct State {
    lease: Lease,
    version: Version,
    since: Since,
}

/// The moment before a lease was written, by two clocks of this machine: one that never jumps, and one that goes on while
/// the machine sleeps.
#[derive(Clone, Copy, Debug)]
struct Since(Instant, SystemTime);

impl Since {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    /// How long ago that is at the most. A clock that was set back says nothing.
    fn elapsed(self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

/// What became of a try to take a lock.
#[derive(Debug)]
pub(super) enum Taken {
    /// It is ours.
    Ours(Held),
    /// Somebody else holds it.
    Theirs(Lease),
}

/// Takes the lock of a center if nobody holds it. From then on it is `keeping` that reads and writes it.
pub(super) async fn take(
    cells: &Cells,
    keeping: &Arc<Cells>,
    center: &str,
    runner: &Runner,
    ttl: Duration,
) -> Result<Taken, LockError> {
    let key = key(center);
    let since = Since::now();
    let ours = |lease, version| {
        let state = Mutex::new(State { lease, version, since });
        Taken::Ours(Held { cells: Arc::clone(keeping), key: key.clone(), state, lost: OnceLock::new() })
    };
    for _ in 0..TRIES {
        let (version, token) = match cells.load(&key).await? {
            None => (None, Some(1)),
            // An earlier try of ours was carried out, though its answer was lost.
            Some(stored) if stored.lease.is_of(runner) => return Ok(ours(stored.lease, stored.version)),
            Some(stored) => {
                if !stored.lease.released && !cells.has_run_out(&key, &stored.lease).await? {
                    return Ok(Taken::Theirs(stored.lease));
                }
                (Some(stored.version), stored.lease.token.checked_add(1))
            }
        };
        let token = token.ok_or_else(|| no_greater_token(center))?;
        let lease = Lease::new(center, runner, Timestamp::now(), ttl, token);
        if let Some(version) = cells.swap(&key, version.as_ref(), &lease).await? {
            return Ok(ours(lease, version));
        }
    }
    Err(LockError::Moved(center.to_owned()))
}

/// Takes a lock away from whoever holds it: its token is raised, so that a run which still lives stops before its next
/// write. `seen` is the lease as it was shown to whoever wants this.
pub(super) async fn seize(cells: &Cells, seen: &Lease, runner: &Runner) -> Result<(), LockError> {
    let key = key(&seen.center);
    for _ in 0..TRIES {
        let moved = || LockError::Moved(seen.center.clone());
        let stored = cells.load(&key).await?.ok_or_else(moved)?;
        let now = Timestamp::now();
        let token = seen.token.checked_add(1).ok_or_else(|| no_greater_token(&seen.center))?;
        if stored.lease.was_of(runner) && stored.lease.token == token {
            // An earlier try of ours was carried out, though its answer was lost.
            return Ok(());
        }
        if !stored.lease.is(seen) {
            return Err(moved());
        }
        let lease = Lease::new(&seen.center, runner, now, Duration::ZERO, token).given_back(now);
        if cells.swap(&key, Some(&stored.version), &lease).await?.is_some() {
            return Ok(());
        }
    }
    Err(LockError::Moved(seen.center.clone()))
}

fn no_greater_token(center: &str) -> LockError {
    LockError::Unreadable { place: format!("the lock of {center}"), why: "there is no greater token".to_owned() }
}

impl Held {
    /// Looks whether the lease is still ours, and renews it where it would run out soon. Only then may be written.
    pub(super) async fn check(&self) -> Result<(), LockError> {
        self.not_lost().await?;
        let stored = self.cells.load(&self.key).await?;
        let (ours, ttl, elapsed) = {
            let state = self.state.lock().await;
            let ours = stored.as_ref().is_some_and(|stored| stored.lease.is(&state.lease));
            (ours, state.lease.ttl(), state.since.elapsed())
        };
        if !ours {
            return Err(self.lose(stored.map(|stored| stored.lease).as_ref()).await);
        }
        // A third of it is left for the write itself.
        if elapsed >= ttl * 2 / 3 { self.renew().await } else { Ok(()) }
    }

    /// Moves the end of the lease on.
    pub(super) async fn renew(&self) -> Result<(), LockError> {
        self.not_lost().await?;
        self.rewrite(Lease::renewed).await
    }

    /// Lets the lease outlive this run.
    pub(super) fn outlive(&self) {
        self.cells.outlive();
    }

    /// Gives the lease back. The record stays, with its token.
    pub(super) async fn release(&self) -> Result<(), LockError> {
        self.not_lost().await?;
        self.rewrite(Lease::given_back).await
    }

    async fn rewrite(&self, change: impl Fn(&Lease, Timestamp) -> Lease) -> Result<(), LockError> {
        let mut state = self.state.lock().await;
        for _ in 0..TRIES {
            let since = Since::now();
            let lease = change(&state.lease, Timestamp::now());
            if let Some(version) = self.cells.swap(&self.key, Some(&state.version), &lease).await? {
                *state = State { lease, version, since };
                return Ok(());
            }
            match self.cells.load(&self.key).await? {
                // An earlier try of ours was carried out, though its answer was lost.
                Some(stored) if stored.lease.is(&state.lease) => state.version = stored.version,
                Some(stored) if stored.lease.is(&lease) => return Ok(()),
                other => {
                    drop(state);
                    return Err(self.lose(other.map(|stored| stored.lease).as_ref()).await);
                }
            }
        }
        Err(LockError::Moved(state.lease.center.clone()))
    }

    /// The lease as it was written last.
    pub(super) async fn lease(&self) -> Lease {
        self.state.lock().await.lease.clone()
    }

    async fn not_lost(&self) -> Result<(), LockError> {
        match self.lost.get() {
            None => Ok(()),
            Some(to) => Err(LockError::Lost { center: self.lease().await.center, to: to.clone() }),
        }
    }

    async fn lose(&self, to: Option<&Lease>) -> LockError {
        let ours = self.lease().await;
        let to = match to {
            None => "somebody who deleted its record".to_owned(),
            Some(lease) if lease.released => format!("{}, who took it away and released it", lease.holder),
            Some(lease) => lease.holder.clone(),
        };
        let to = self.lost.get_or_init(|| to).clone();
        LockError::Lost { center: ours.center, to }
    }
}
