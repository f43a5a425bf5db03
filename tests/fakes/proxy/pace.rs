//! A rate limit as gateways have one: a bucket of tokens, and headers that tell of it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What the answers of a gateway tell of its limit, beside 429 and `retry-after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing.
    Nothing,
    /// `ratelimit` and `ratelimit-policy`.
    Draft,
    /// `x-ratelimit-remaining` and its kin, as GitHub has them.
    Github,
}

/// How many requests are let through: `per_minute`, and `burst` at once after a pause.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    per_minute: u32,
    burst: u32,
    told: Told,
    tokens: f64,
    at: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute, burst, told: Told::Draft, tokens: f64::from(burst), at: None }
    }

    /// The same, with other headers.
    pub(crate) fn telling(self, told: Told) -> Self {
        Self { told, ..self }
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
        let Self { per_minute, burst, told, tokens, at: _ } = self;
        let (left, reset) = (tokens.floor(), ((f64::from(*burst) - tokens) / f64::from(*per_minute) * 60.0).ceil());
        match told {
            Told::Nothing => String::new(),
            Told::Draft => format!(
                "ratelimit-policy: \"default\";q={per_minute};w=60;burst={burst}\r\nratelimit: \"default\";r={left};t={reset}\r\n"
            ),
            Told::Github => {
                let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() + reset;
                format!(
                    "x-ratelimit-limit: {burst}\r\nx-ratelimit-remaining: {left}\r\nx-ratelimit-reset: {}\r\n",
                    at.ceil()
                )
            }
        }
    }
}
