//! A rate limit as gateways have one: a bucket of tokens, and headers that tell of it.

use std::time::Instant;

/// How many requests are let through: `per_minute`, and `burst` at once after a pause.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    per_minute: u32,
    burst: u32,
    tokens: f64,
    at: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute, burst, tokens: f64::from(burst), at: None }
    }

    /// Whether a request may go through.
    pub(super) fn takes(&mut self, now: Instant) -> bool {
        let passed = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.tokens = (self.tokens + passed * f64::from(self.per_minute) / 60.0).min(f64::from(self.burst));
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }

    /// What an answer tells of it.
    pub(super) fn headers(&self) -> String {
        let Self { per_minute, burst, tokens, at: _ } = self;
        let reset = (f64::from(*burst) - tokens) / f64::from(*per_minute) * 60.0;
        format!(
            "ratelimit-policy: \"default\";q={per_minute};w=60;burst={burst}\r\nratelimit: \"default\";r={};t={}\r\n",
            tokens.floor(),
            reset.ceil()
        )
    }
}
