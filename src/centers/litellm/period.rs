//! Periods and LiteLLM's durations. They are aligned to the calendar: `1mo` and `30d` end with the month, `7d` on
//! Sunday night.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::Value;

use crate::model::{Period, Window, window as days};

/// The period that a duration is; the error is the duration of none that Bursar knows.
pub(super) fn of_duration(duration: Option<&str>) -> Result<Period, &str> {
    match duration {
        None => Ok(Period::Lifetime),
        Some("1d" | "24h") => Ok(Period::Daily),
        Some("7d" | "1w") => Ok(Period::Weekly),
        Some("1mo" | "30d") => Ok(Period::Monthly),
        Some(other) => Err(other),
    }
}

/// The duration to write for a period; null for one that never ends. `None` for a period that LiteLLM has not.
pub(super) fn duration(period: Period) -> Option<Value> {
    match period {
        Period::Daily => Some("1d".into()),
        Period::Weekly => Some("7d".into()),
        Period::Monthly => Some("1mo".into()),
        Period::Lifetime => Some(Value::Null),
        Period::Quarterly | Period::Yearly => None,
    }
}

/// The days of the running period of a duration, from the moment at which it starts again; of a known one also without
/// it, since they follow the calendar. `None` where that cannot be told.
pub(super) fn window(duration: &str, reset_at: Option<&str>, now: Timestamp) -> Option<Window> {
    let reset = reset_at.and_then(|at| at.trim().parse::<Timestamp>().ok());
    let Some(reset) = reset else {
        return of_duration(Some(duration)).ok().map(|period| Window::calendar(period, now));
    };
    let until = first_day_after(reset)?;
    let (number, unit) = duration.split_at(duration.find(|c: char| !c.is_ascii_digit())?);
    let number: i64 = number.parse().ok()?;
    let before = |span: Result<Span, jiff::Error>| until.checked_sub(span.ok()?).ok();
    let seconds = |each: i64| {
        let begin = reset.checked_sub(SignedDuration::from_secs(number.checked_mul(each)?)).ok()?;
        Some(days::day(begin))
    };
    let since = match (duration, unit) {
        // What LiteLLM takes for a month ends with the month.
        ("30d", _) => before(Span::new().try_months(1)),
        (_, "mo") => before(Span::new().try_months(number)),
        (_, "w") => before(Span::new().try_weeks(number)),
        (_, "d") => before(Span::new().try_days(number)),
        ("24h", _) => before(Span::new().try_days(1)),
        (_, "h") => seconds(3600),
        (_, "m") => seconds(60),
        (_, "s") => seconds(1),
        _ => None,
    };
    since.filter(|since| *since < until).map(|since| Window { since, until: Some(until) })
}

/// The first day that does not begin before a moment.
fn first_day_after(at: Timestamp) -> Option<Date> {
    let day = days::day(at);
    let begins = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    if begins == at { Some(day) } else { day.tomorrow().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_that_a_duration_has_now() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let of = |duration: &str, reset: Option<&str>| {
            let found = window(duration, reset, now);
            found.map_or("?".to_owned(), |days| format!("{} {}", days.since, days.until.unwrap()))
        };
        let month = Some("2026-12-01T00:00:00Z");
        for (duration, reset, days) in [
            ("1mo", month, "2026-11-01 2026-12-01"),
            ("30d", month, "2026-11-01 2026-12-01"),
            ("30d", None, "2026-11-01 2026-12-01"),
            ("7d", Some("2026-11-30T00:00:00+00:00"), "2026-11-23 2026-11-30"),
            ("1w", None, "2026-11-23 2026-11-30"),
            ("1d", Some("2026-11-24T00:00:00Z"), "2026-11-23 2026-11-24"),
            ("24h", Some("2026-11-24T00:00:00Z"), "2026-11-23 2026-11-24"),
            // A proxy with a time zone of its own.
            ("1d", Some("2026-11-24T05:00:00Z"), "2026-11-24 2026-11-25"),
            ("90d", Some("2026-12-23T00:00:00Z"), "2026-09-24 2026-12-23"),
            ("2mo", month, "2026-10-01 2026-12-01"),
            ("12h", Some("2026-11-24T00:00:00Z"), "2026-11-23 2026-11-24"),
            ("6h", Some("2026-11-24T03:00:00Z"), "2026-11-23 2026-11-25"),
            ("30s", Some("2026-11-23T12:00:10Z"), "2026-11-23 2026-11-24"),
            ("1mo", Some("soon"), "2026-11-01 2026-12-01"),
            ("12h", None, "?"),
            ("d", month, "?"),
            ("0d", month, "?"),
            ("-1d", month, "?"),
            ("1é", month, "?"),
            ("", month, "?"),
            ("99999999999999999999d", month, "?"),
            ("9223372036854775807mo", month, "?"),
            ("9223372036854775807h", month, "?"),
        ] {
            assert_eq!(of(duration, reset), days, "{duration} {reset:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for period in Period::ALL {
            if let Some(value) = duration(period) {
                assert_eq!(of_duration(value.as_str()), Ok(period));
            }
        }
        assert_eq!(of_duration(Some("30d")), Ok(Period::Monthly));
        assert_eq!(of_duration(Some("90d")), Err("90d"));
    }
}
