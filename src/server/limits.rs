//! What one client can ask of the server before others are hurt.

use std::num::NonZeroU32;
use std::time::Duration;

/// The limits of a server. The longest bodies are those of the API's description.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there are at once; further ones wait.
    pub connections: usize,
    /// How many headers a request has.
    pub headers: usize,
    /// How many bytes a request has before its body.
    pub head: usize,
    /// How long the head of a request may take, and how long a connection may be silent.
    pub head_time: Duration,
    /// How long a request may take, from its head to its answer.
    pub request_time: Duration,
    /// How long a client may leave an answer unread.
    pub write_time: Duration,
    /// How long what is under way may take once the server was asked to end.
    pub drain_time: Duration,
    /// How many requests a minute one token has.
    pub per_minute: Option<NonZeroU32>,
}

impl Limits {
    /// How many requests of one token may come at once, after a pause: a second's worth of them, and at least ten. With
    /// a minute's worth, twice as many would come in the first minute as the limit says.
    pub fn burst(&self) -> Option<NonZeroU32> {
        let per_minute = self.per_minute?.get();
        NonZeroU32::new(per_minute.div_ceil(60).max(per_minute.min(10)))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            headers: 64,
            head: 16 << 10,
            head_time: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
            per_minute: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_may_come_at_once_and_a_few() {
        let burst = |per_minute| Limits { per_minute: NonZeroU32::new(per_minute), ..Limits::default() }.burst();
        let bursts = [1, 5, 60, 600, 601, 6000, u32::MAX].map(|per_minute| burst(per_minute).unwrap().get());
        assert_eq!(bursts, [1, 5, 10, 10, 11, 100, 71_582_789]);
        assert_eq!(burst(0), None);
    }
}
