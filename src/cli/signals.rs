//! SIGINT and SIGTERM: how a run is told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::apply::Interrupt;

use super::{Exit, Ui};

/// The signal that ended a run, as the number of its exit code less 128; 0 for none.
#[derive(Clone, Default)]
pub(super) struct Signal(Arc<AtomicU8>);

impl Signal {
    /// How the process ends because of it; `None` where there was no signal.
    pub(super) fn exit(&self) -> Option<Exit> {
        ended_by(self.0.load(Ordering::SeqCst))
    }
}

/// How the process ends because of the signal of this number.
pub(super) fn ended_by(number: u8) -> Option<Exit> {
    match number {
        2 => Some(Exit::Interrupted),
        15 => Some(Exit::Terminated),
        _ => None,
    }
}

/// Waits for SIGINT and SIGTERM: the write in flight is finished, nothing new is begun. Ends with the second signal: a
/// center that makes one wait for minutes shall not need a kill.
pub(super) fn listen(
    ui: Ui,
    interrupt: Arc<Interrupt>,
    signal: Signal,
    mut signals: Signals,
) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            signal.0.store(signals.next().await, Ordering::SeqCst);
            if interrupt.is_raised() {
                return;
            }
            interrupt.raise();
            ui.say("interrupted: finishing what is under way, beginning nothing new; once more to wait for nothing");
        }
    })
}

/// The signals that end a run. One that comes while nobody waits for it is told to whoever waits next.
#[cfg(unix)]
pub(super) struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    /// Begins to listen for them.
    pub(super) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    /// The number of the next one.
    pub(super) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.0.recv() => 2,
            _ = self.1.recv() => 15,
        }
    }
}

/// Where there is no SIGTERM, Ctrl-C ends a run.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Begins to listen for them.
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// The number of the next one.
    pub(super) async fn next(&mut self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}
