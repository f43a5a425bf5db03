//! A wish to end: what is under way is waited for, but not for ever, and nothing new is begun.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a write that is under way is waited for once the run was asked to end.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
/// When the look at the end is given up, counted from the same moment: whoever sends a SIGTERM often sends a SIGKILL ten
/// seconds later, and the report is to be out by then.
pub(super) const LOOK: Duration = Duration::from_secs(9);

/// A wish to end.
#[derive(Debug, Default)]
pub struct Interrupt {
    raised: OnceLock<Instant>,
    heard: Notify,
}

impl Interrupt {
    /// Asks the run to end.
    pub fn raise(&self) {
        // Only the first wish counts.
        let _ = self.raised.set(Instant::now());
        self.heard.notify_waiters();
    }

    /// Whether the run was asked to end.
    pub fn is_raised(&self) -> bool {
        self.raised.get().is_some()
    }

    /// Waits until the run was asked to end and so much time went by since; for ever where nobody asks.
    pub(super) async fn raised_for(&self, patience: Duration) {
        loop {
            let heard = self.heard.notified();
            if let Some(raised) = self.raised.get() {
                return tokio::time::sleep_until(*raised + patience).await;
            }
            heard.await;
        }
    }
}
