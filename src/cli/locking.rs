//! The lock around a run: taken before it looks, given back whatever comes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use crate::apply::lock::{LockError, Locker, Locks, Runner, Terms};
use crate::centers;
use crate::config::Resolved;
use crate::model::CenterId;
use crate::output::escape::Terminal;

use super::session::Session;
use super::signals::{Signals, ended_by};
use super::{CommandError, Context, Exit};

/// How long to wait for a lock.
#[derive(Debug, Args)]
pub(super) struct LockArgs {
    /// Wait for another run's lock as long, such as 30s or 5m, instead of giving up at once
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lock_timeout: Option<Duration>,
}

/// The longest time that anybody may wait.
const LONGEST: Duration = Duration::from_hours(24);

/// `30s`, `5m`, `1h 30m`, or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse::<u32>() {
        Ok(seconds) => Ok(SignedDuration::from_secs(seconds.into())),
        Err(_) => text
            .parse::<SignedDuration>()
            .map_err(|_| "write a time such as 30s, 5m or 1h".to_owned()),
    };
    let duration = Duration::try_from(parsed?).map_err(|_| "a time cannot be negative".to_owned())?;
    if duration > LONGEST { Err("the longest is 24h".to_owned()) } else { Ok(duration) }
}

/// The identity of every center of the files.
pub(super) fn identities(resolved: &Resolved) -> Result<BTreeMap<CenterId, String>, CommandError> {
    let identity = |id: &CenterId, settings| {
        centers::identity(settings).map_err(|error| CommandError::from(error).context(format!("center {id}")))
    };
    resolved
        .centers
        .iter()
        .map(|(id, center)| Ok((id.clone(), identity(id, &center.settings)?)))
        .collect()
}

/// The place of the locks, opened.
pub(super) fn locker(resolved: &Resolved) -> Result<Locker, CommandError> {
    Ok(Locker::open(&resolved.lock, Runner::here(), Terms::default())?)
}

/// Takes the lock of every center of the session.
pub(super) async fn lock(context: &Context, session: &Session, args: &LockArgs) -> Result<Locks, CommandError> {
    let resolved = &session.resolved;
    let identities = identities(resolved)?;
    let locker = locker(resolved)?;
    let mut bar = None;
    let taken = locker
        .lock_within(&identities, args.lock_timeout.unwrap_or_default(), |error| {
            if bar.is_none() {
                context.ui.say(&format!("waiting: {}", Terminal(&error.to_string())));
                bar = Some(context.ui.waiting("waiting for the lock"));
            }
        })
        .await;
    drop(bar);
    taken.map_err(|error| refusal(error, &identities))
}

/// What a run says that gets no lock.
fn refusal(error: LockError, identities: &BTreeMap<CenterId, String>) -> CommandError {
    let named = match &error {
        LockError::Held { center, .. } | LockError::Moved(center) => {
            identities.iter().find(|(_, identity)| *identity == center).map(|(id, _)| id)
        }
        _ => None,
    };
    let held = matches!(error, LockError::Held { .. } | LockError::Moved(_));
    let mut refusal = CommandError::from(error);
    if held {
        refusal.exit = Exit::Locked;
    }
    match named {
        Some(id) => refusal.context(format!("center {id}")).hint(format!(
            "if that run is dead, its lock runs out by itself; `bursar unlock --center {id}` takes it away now"
        )),
        None => refusal,
    }
}

/// Does what is done before anything is sent. A signal ends it at once.
pub(super) async fn before_writing<T>(
    signals: &mut Signals,
    work: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    tokio::select! {
        done = work => done,
        number = signals.next() => {
            let error = CommandError::message("interrupted before anything was sent");
            Err(CommandError { exit: ended_by(number).unwrap_or(Exit::Interrupted), ..error })
        }
    }
}

/// Leaves the locks to run out, where nobody waited for the last write: it may still be on its way.
pub(super) fn leave(context: &Context, locks: &Locks) {
    locks.leave();
    context
        .ui
        .say("the lock runs out by itself within a minute: what was sent last may still be under way");
}

/// Gives the locks back after a run, whatever came of it.
pub(super) async fn unlock<T>(context: &Context, locks: Locks, outcome: T) -> T {
    for error in locks.release().await {
        let error = CommandError::from(error);
        let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
        context
            .ui
            .warn(&format!("a lock was not given back, so it runs out by itself: {}", causes.join(": ")));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait() {
        assert_eq!(duration("30").unwrap(), Duration::from_secs(30));
        assert_eq!(duration("30s").unwrap(), Duration::from_secs(30));
        assert_eq!(duration("5m").unwrap(), Duration::from_mins(5));
        assert_eq!(duration("1h 30m").unwrap(), Duration::from_mins(90));
        assert_eq!(duration("0").unwrap(), Duration::ZERO);
        for wrong in ["", "soon", "-5s", "25h", "5 parsecs", "99999999999999999999"] {
            duration(wrong).unwrap_err();
        }
    }
}
