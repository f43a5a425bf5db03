//! SIGINT and SIGTERM: how a run is told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::apply::Interrupt;

use super::{CommandError, Exit, Ui};

/// The signal that ended a run, as the number of its exit code less 128; 0 for none.
#[derive(Clone, Default)]
pub(super) struct Signal(Arc<AtomicU8>);

impl Signal {
    /// How the process ends because of it; `None` where there was no signal.
    pub(super) fn exit(&self) -> Option<Exit> {
        match self.0.load(Ordering::SeqCst) {
            2 => Some(Exit::Interrupted),
            15 => Some(Exit::Terminated),
            _ => None,
        }
    }
}

/// Waits for SIGINT and SIGTERM: the write in flight is finished, nothing new is begun. Ends with the second signal: a
/// center that makes one wait for minutes shall not need a kill.
pub(super) fn listen(
    ui: Ui,
    interrupt: Arc<Interrupt>,
    signal: Signal,
) -> Result<tokio::task::JoinHandle<()>, CommandError> {
    let mut signals = Signals::new().map_err(CommandError::failed)?;
    Ok(tokio::spawn(async move {
        loop {
            signal.0.store(signals.next().await, Ordering::SeqCst);
            if interrupt.is_raised() {
                return;
            }
            interrupt.raise();
            ui.say("interrupted: finishing what is under way, beginning nothing new; once more to wait for nothing");
        }
    }))
}

/// Waits for the next signal that ends a run: how the process ends because of it.
pub(super) async fn next_signal() -> Result<Exit, CommandError> {
    let mut signals = Signals::new().map_err(CommandError::failed)?;
    let signal = Signal::default();
    signal.0.store(signals.next().await, Ordering::SeqCst);
    Ok(signal.exit().unwrap_or(Exit::Interrupted))
}

/// The signals that end a run.
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
