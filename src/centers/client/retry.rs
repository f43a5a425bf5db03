//! How long to wait before a request is sent again, and when to give up.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use super::Class;

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How often a request is sent at most.
    pub(super) tries: u32,
    /// The first pause; each further one is twice as long.
    pub(super) first: Duration,
    /// How long one try may take, its answer included.
    pub(super) each: Duration,
    /// How long a read may take from its first try to its last.
    pub(super) read: Duration,
    /// How long a write may take from its first try to its last.
    pub(super) write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 5,
            first: Duration::from_millis(250),
            each: Duration::from_mins(1),
            read: Duration::from_mins(5),
            write: Duration::from_mins(2),
        }
    }
}

impl Patience {
    /// How long a request of a class may take with all its tries.
    pub(super) fn deadline(&self, class: Class) -> Duration {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
        }
    }

    /// How long to wait after that many tries in that time, or why to wait no longer. `asked` is what the server says.
    pub(super) fn wait(
        &self,
        class: Class,
        tries: u32,
        took: Duration,
        asked: Option<Duration>,
    ) -> Result<Duration, String> {
        let deadline = self.deadline(class);
        if tries >= self.tries {
            return Err(tried(tries, took));
        }
        let pause = asked.unwrap_or_else(|| {
            let pause = self.first.saturating_mul(1 << tries.saturating_sub(1).min(10));
            // Half of the pause is chance, so that many clients do not come back together.
            pause / 2 + pause.mul_f64(chance() / 2.0)
        });
        if took + pause <= deadline {
            return Ok(pause);
        }
        match asked {
            Some(asked) if tries == 1 => {
                let (asked, longest) = (asked.as_secs(), deadline.as_secs());
                Err(format!("it asks to wait {asked} s, longer than the {longest} s that Bursar waits"))
            }
            Some(asked) => Err(format!("it asks to wait another {} s; {}", asked.as_secs(), tried(tries, took))),
            None => Err(tried(tries, took)),
        }
    }
}

/// How often a request was tried; nothing to say where that was once and quickly.
pub(super) fn tried(tries: u32, took: Duration) -> String {
    let often = match tries {
        0 | 1 if took < Duration::from_secs(1) => return String::new(),
        0 | 1 => "tried once".to_owned(),
        tries => format!("tried {tries} times"),
    };
    match took.as_secs() {
        0..10 => often,
        seconds => format!("{often} in {seconds} s"),
    }
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
    fn pauses_grow_and_end() {
        let patience = Patience::default();
        let wait = |tries, took: u64, asked: Option<u64>| {
            patience.wait(Class::Write, tries, Duration::from_secs(took), asked.map(Duration::from_secs))
        };
        let within = |tries, low: u64, high: u64| {
            let pause = wait(tries, 0, None).unwrap().as_millis();
            assert!((u128::from(low)..=u128::from(high)).contains(&pause), "{pause}");
        };
        within(1, 125, 250);
        within(2, 250, 500);
        within(4, 1000, 2000);
        assert_eq!(wait(5, 0, None).unwrap_err(), "tried 5 times");
        assert_eq!(wait(1, 0, Some(120)), Ok(Duration::from_mins(2)));
        assert_eq!(
            wait(1, 0, Some(121)).unwrap_err(),
            "it asks to wait 121 s, longer than the 120 s that Bursar waits"
        );
        assert_eq!(wait(3, 118, Some(30)).unwrap_err(), "it asks to wait another 30 s; tried 3 times in 118 s");
        assert_eq!(wait(2, 120, None).unwrap_err(), "tried 2 times in 120 s");
        let read = patience.wait(Class::Read, 1, Duration::ZERO, Some(Duration::from_mins(5)));
        assert_eq!(read, Ok(Duration::from_mins(5)), "a read has more time");
    }
}
