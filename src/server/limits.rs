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
    /// How many requests a minute one token has; the same number may come at once.
    pub per_minute: Option<NonZeroU32>,
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
