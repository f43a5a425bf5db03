//! What an answer says about the limits of its server, in the headers of all the vendors who have some.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use crate::model::capability::Rate;

use super::time;

/// Pairs of headers: how many requests are left, and when there are all of them again.
const PAIRS: [(&str, &str); 4] = [
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];

/// How long a limit is waited for of which nothing says how long.
const UNSAID: Duration = Duration::from_mins(1);

/// What an answer says about limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Limits {
    /// How long to wait before the same request is sent again.
    pub(super) retry_after: Option<Duration>,
    /// How many requests may be sent now.
    pub(super) remaining: Option<u64>,
    /// How long it is until there are all of them again.
    pub(super) reset: Option<Duration>,
    /// How many may be sent in a minute, as a rule.
    pub(super) policy: Option<Rate>,
}

impl Limits {
    /// Reads the headers of an answer. What is not understood is passed over: it is the server's hint, not its answer.
    pub(super) fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut limits = Self {
            retry_after: text("retry-after-ms")
                .and_then(time::milliseconds)
                .or_else(|| time::retry_after(text("retry-after")?, now)),
            policy: text("ratelimit-policy").and_then(policy),
            ..Self::default()
        };
        for (remaining, reset) in PAIRS {
            let left = text(remaining).and_then(|text| text.trim().parse().ok());
            limits.heard(left, text(reset).and_then(|text| time::reset(text, now)));
        }
        // `"default";r=50;t=30`, and before that `limit=100, remaining=50, reset=30`.
        for item in text("ratelimit").into_iter().flat_map(items) {
            let left = value(item, "r").or_else(|| value(item, "remaining"));
            let reset = value(item, "t").or_else(|| value(item, "reset"));
            limits.heard(left, reset.map(Duration::from_secs));
        }
        limits
    }

    /// With what the words of a refusal say: GitHub's secondary limits may come without a header that tells of them, and
    /// are then to be waited for a minute [D].
    pub(super) fn said(mut self, status: u16, why: &str) -> Self {
        let told = self.retry_after.is_some() || (self.remaining == Some(0) && self.reset.is_some());
        if status == 403 && !told && why.contains("secondary rate limit") {
            self.retry_after = Some(UNSAID);
        }
        self
    }

    /// Whether an answer of this status is nothing but too much at once. GitHub says 403 where others say 429.
    pub(super) fn explain(&self, status: u16) -> bool {
        status == 429 || (status == 403 && (self.retry_after.is_some() || self.remaining == Some(0)))
    }

    /// Keeps the tighter of two things that were said.
    fn heard(&mut self, remaining: Option<u64>, reset: Option<Duration>) {
        if remaining.is_some_and(|left| self.remaining.is_none_or(|known| left < known)) {
            (self.remaining, self.reset) = (remaining, reset.or(self.reset));
        } else if self.reset.is_none() {
            self.reset = reset;
        }
    }
}

/// The lists of a header. The old form of `RateLimit` is one list whose items belong together.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let together = text.contains("remaining=");
    text.split(move |c| c == ',' && !together)
}

/// The number under a name: `name=7`, between semicolons or commas.
fn value(item: &str, name: &str) -> Option<u64> {
    item.split([';', ',']).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == name).then(|| value.trim().parse().ok()).flatten()
    })
}

/// `"default";q=100;w=60`, and before that `100;w=60;burst=20`; of several, the one that lets the fewest through.
fn policy(text: &str) -> Option<Rate> {
    let rate = |item: &str| {
        let first = || item.split(';').next()?.trim().parse().ok();
        let (quota, window) = (value(item, "q").or_else(first)?, value(item, "w")?);
        let per_minute = u32::try_from(quota.checked_mul(60)?.checked_div(window)?).ok()?.max(1);
        let burst = u32::try_from(value(item, "burst").unwrap_or(quota)).ok()?;
        (quota > 0).then_some(Rate { per_minute, burst })
    };
    text.split(',').filter_map(rate).min_by_key(|rate| (rate.per_minute, rate.burst))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Limits {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Limits::of(&headers, "2026-11-22T12:00:00Z".parse().unwrap())
    }

    fn left(remaining: u64, seconds: f64) -> Limits {
        let reset = Some(Duration::from_secs_f64(seconds));
        Limits { remaining: Some(remaining), reset, ..Limits::default() }
    }

    #[test]
    fn every_vendor_says_it_in_its_own_way() {
        assert_eq!(of(&[]), Limits::default());
        let github = of(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795348830")]);
        assert_eq!(github, left(0, 30.0));
        let openai = of(&[("x-ratelimit-remaining-requests", "3"), ("x-ratelimit-reset-requests", "6m0s")]);
        assert_eq!(openai, left(3, 360.0));
        let anthropic = of(&[
            ("anthropic-ratelimit-requests-remaining", "1"),
            ("anthropic-ratelimit-requests-reset", "2026-11-22T12:00:05Z"),
        ]);
        assert_eq!(anthropic, left(1, 5.0));
        assert_eq!(of(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "9")]), left(0, 9.0));
        assert_eq!(of(&[("ratelimit", "limit=100, remaining=50, reset=7")]), left(50, 7.0));
        assert_eq!(of(&[("ratelimit", "\"hour\";r=90;t=600, \"minute\";r=4;t=8")]), left(4, 8.0));
        let both = of(&[("x-ratelimit-remaining", "7"), ("ratelimit-remaining", "2"), ("ratelimit-reset", "4")]);
        assert_eq!(both, left(2, 4.0));
    }

    #[test]
    fn milliseconds_are_finer_than_seconds() {
        let wait = |headers: &[(&'static str, &'static str)]| of(headers).retry_after;
        assert_eq!(wait(&[("retry-after-ms", "250"), ("retry-after", "1")]), Some(Duration::from_millis(250)));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "1")]), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_refusal_is_a_limit_by_its_headers_or_its_words() {
        let words = "You have exceeded a secondary rate limit.";
        let of = |headers: &[(&'static str, &'static str)], status, why| {
            let limits = of(headers).said(status, why);
            (limits.explain(status), limits.retry_after.map(|wait| wait.as_secs()))
        };
        assert_eq!(of(&[], 403, "Must have admin rights"), (false, None));
        assert_eq!(of(&[("x-ratelimit-remaining", "7")], 403, "Must have admin rights"), (false, None));
        assert_eq!(of(&[("retry-after", "3")], 403, words), (true, Some(3)));
        let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795348830")];
        assert_eq!(of(&used_up, 403, "API rate limit exceeded"), (true, None));
        assert_eq!(of(&[], 403, words), (true, Some(60)));
        assert_eq!(of(&[], 404, words), (false, None));
        assert_eq!(of(&[], 429, ""), (true, None));
    }

    #[test]
    fn a_policy_is_a_rate() {
        let policy = |text: &'static str| of(&[("ratelimit-policy", text)]).policy.map(|r| (r.per_minute, r.burst));
        assert_eq!(policy("\"default\";q=100;w=60"), Some((100, 100)));
        assert_eq!(policy("100;w=10;burst=20;comment=\"leaky\""), Some((600, 20)));
        assert_eq!(policy("\"hour\";q=6000;w=3600, \"minute\";q=120;w=60"), Some((100, 6000)));
        assert_eq!(policy("\"day\";q=10;w=86400"), Some((1, 10)));
        for text in ["", "default", "100", "100;w=0", "0;w=60", "99999999999999999999;w=1"] {
            assert_eq!(policy(text), None, "{text}");
        }
    }
}
