//! One request that waits on its way, for as long as a test wants to look around.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Which requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// All.
    All,
    /// Those that write.
    Writes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many pass before.
    Waiting(usize),
    /// It is here, and waits.
    Held,
    /// It went on, and the server sees it, or not; so does whatever comes later.
    Gone(bool),
}

/// Holds one request until it is let go.
pub(crate) struct Hold {
    count: Count,
    state: Mutex<State>,
    changed: Condvar,
}

impl Hold {
    /// Lets so many of these pass, and holds the next one.
    pub(crate) fn new(count: Count, skip: usize) -> Self {
        Self { count, state: Mutex::new(State::Waiting(skip)), changed: Condvar::new() }
    }

    /// Waits until it has come; whether it did within half a minute.
    pub(crate) fn came(&self) -> bool {
        let state = self.state.lock().unwrap();
        let waiting = |state: &mut State| matches!(state, State::Waiting(_));
        !self
            .changed
            .wait_timeout_while(state, Duration::from_secs(30), waiting)
            .unwrap()
            .1
            .timed_out()
    }

    /// Lets it go on. Where the server shall not see it, its connection ends, and that of everything after it.
    pub(crate) fn let_go(&self, seen: bool) {
        *self.state.lock().unwrap() = State::Gone(seen);
        self.changed.notify_all();
    }

    /// Whether the server sees a request.
    pub(super) fn passes(&self, reads: bool) -> bool {
        let mut state = self.state.lock().unwrap();
        match *state {
            State::Waiting(_) | State::Held if reads && self.count == Count::Writes => return true,
            State::Waiting(0) => {
                *state = State::Held;
                self.changed.notify_all();
            }
            State::Waiting(left) => {
                *state = State::Waiting(left - 1);
                return true;
            }
            State::Held | State::Gone(_) => {}
        }
        // Who comes while another one waits, waits too.
        let state = self.changed.wait_while(state, |state| *state == State::Held).unwrap();
        *state == State::Gone(true)
    }
}
