//! How long to wait before a request is sent again, and when to give up.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use jiff::Timestamp;

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How often a request is sent at most.
    pub(super) tries: u32,
    /// The first pause; each further one is twice as long.
    pub(super) first: Duration,
    /// The longest pause that a server may ask for.
    pub(super) longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 5, first: Duration::from_millis(250), longest: Duration::from_mins(5) }
    }
}

impl Patience {
    /// How long to wait after that many tries, or why to wait no longer.
    pub(super) fn wait(&self, tries: u32, retry_after: Option<&str>) -> Result<Duration, String> {
        if tries >= self.tries {
            return Err(if tries > 1 { format!("tried {tries} times") } else { String::new() });
        }
        if let Some(asked) = retry_after.and_then(|text| parse(text, Timestamp::now())) {
            if asked > self.longest {
                return Err(format!(
                    "it asks to wait {} s, longer than the {} s that Bursar waits",
                    asked.as_secs(),
                    self.longest.as_secs()
                ));
            }
            return Ok(asked);
        }
        let pause = self.first.saturating_mul(1 << tries.saturating_sub(1).min(10));
        // Half of the pause is chance, so that many clients do not come back together.
        Ok(pause / 2 + pause.mul_f64(chance() / 2.0))
    }
}

/// `Retry-After`: seconds, or an HTTP date.
fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(at.as_second() - now.as_second()).unwrap_or(0)))
}

/// A number from 0 to 1. The seed of a hash map is chance enough for a pause.
fn chance() -> f64 {
    let seed = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(seed >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(parse("7", now), Some(Duration::from_secs(7)));
        assert_eq!(parse("Sun, 22 Nov 2026 12:00:30 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(parse("Sun, 22 Nov 2026 11:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(parse("soon", now), None);
    }

    #[test]
    fn pauses_grow_and_end() {
        let patience = Patience::default();
        let within = |tries, low: u64, high: u64| {
            let pause = patience.wait(tries, None).unwrap().as_millis();
            assert!((u128::from(low)..=u128::from(high)).contains(&pause), "{pause}");
        };
        within(1, 125, 250);
        within(2, 250, 500);
        within(4, 1000, 2000);
        assert_eq!(patience.wait(5, None).unwrap_err(), "tried 5 times");
        assert_eq!(patience.wait(1, Some("300")), Ok(Duration::from_mins(5)));
        assert!(patience.wait(1, Some("301")).unwrap_err().contains("asks to wait 301 s"));
    }
}
