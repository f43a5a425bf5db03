//! The many ways in which servers write a moment or a duration.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Numbers from here on count seconds since 1970; smaller ones are seconds from now.
const EPOCH_SECONDS: f64 = 1e9;
/// Numbers from here on count milliseconds since 1970.
const EPOCH_MILLISECONDS: f64 = 1e12;

/// `Retry-After`: seconds, or an HTTP date in any of its three forms.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    seconds(text).or_else(|| Some(until(http_date(text)?, now)))
}

/// When a limit starts again: seconds from now, seconds or milliseconds since 1970, a duration such as `6m0s`, or a
/// timestamp.
pub(super) fn reset(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        let since_1970 = |divisor: f64| {
            let at = Duration::try_from_secs_f64(number / divisor).ok()?;
            Some(until(Timestamp::UNIX_EPOCH.checked_add(at).ok()?, now))
        };
        return match number {
            _ if number >= EPOCH_MILLISECONDS => since_1970(1000.0),
            _ if number >= EPOCH_SECONDS => since_1970(1.0),
            _ => seconds(text),
        };
    }
    duration(text).or_else(|| Some(until(text.parse().ok().or_else(|| http_date(text))?, now)))
}

/// A number of milliseconds.
pub(super) fn milliseconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.trim().parse::<f64>().ok()? / 1000.0).ok()
}

/// A number of seconds, maybe with a fraction.
fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()
}

/// How long it is until a moment; nothing where it is over.
fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}

/// An HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the two obsolete forms that a client still has to take,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(date) = jiff::fmt::rfc2822::parse(text) {
        return Some(date.timestamp());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].into_iter().find_map(|form| {
        let civil = strtime::parse(form, text).ok()?.to_datetime().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// A duration in units: `120ms`, `1s`, `6m0s`, `1h2m3.5s`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut whole = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        whole = whole.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text: &str| retry_after(text, now()).map(|wait| wait.as_secs_f64());
        for (text, seconds) in [
            ("7", 7.0),
            (" 7 ", 7.0),
            ("0", 0.0),
            ("1.5", 1.5),
            ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
            ("Sunday, 22-Nov-26 12:00:30 GMT", 30.0),
            ("Sun Nov 22 12:00:30 2026", 30.0),
            ("Tue Dec  1 12:00:00 2026", 9.0 * 86400.0),
            ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ] {
            assert_eq!(after(text), Some(seconds), "{text}");
        }
        for text in ["soon", "", "-3", "NaN", "inf", "1e300", "22 Nov"] {
            assert_eq!(after(text), None, "{text}");
        }
    }

    #[test]
    fn a_reset_is_written_in_many_ways() {
        let after = |text: &str| reset(text, now()).map(|wait| wait.as_secs_f64());
        for (text, seconds) in [
            ("30", 30.0),
            ("1795348830", 30.0),
            ("1795348830000", 30.0),
            ("1795348000", 0.0),
            ("1s", 1.0),
            ("6m0s", 360.0),
            ("120ms", 0.12),
            ("1h2m3.5s", 3723.5),
            ("2026-11-22T12:00:30Z", 30.0),
            ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ] {
            assert_eq!(after(text), Some(seconds), "{text}");
        }
        for text in ["", "soon", "5 parsecs", "-1", "1x", "s", "1e400", "99999999999999999999999"] {
            assert_eq!(after(text), None, "{text}");
        }
        assert_eq!(milliseconds("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(milliseconds("-1"), None);
    }
}
