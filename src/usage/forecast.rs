//! What a pool will come to at its period's end, if people go on as they did so far.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::model::{Amount, Window};

/// A straight line from the period's begin through what was drawn so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// What will have been drawn at the period's end, rounded up to cents.
    pub at_end: Amount,
    /// The day in UTC on which the limit is reached; nothing where it holds until the end, or where there is none.
    pub exhausted: Option<Date>,
}

/// How much of a period must have passed before a line through it means anything.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// The forecast of a period of which `drawn` was drawn up to a moment. Nothing in a period's first day, in one without
/// an end, and where the numbers outgrow 28 digits.
pub fn forecast(drawn: Amount, limit: Option<Amount>, window: &Window, counted: Timestamp) -> Option<Forecast> {
    let (passed, whole) = window.progress(counted)?;
    if passed < SOON {
        return None;
    }
    let (passed, whole) = (Decimal::from(passed.as_secs()), Decimal::from(whole.as_secs()));
    let at_end = drawn.value().checked_mul(whole)?.checked_div(passed)?;
    let at_end = at_end.round_dp_with_strategy(2, RoundingStrategy::AwayFromZero).normalize();
    let at_end = Amount::new(at_end, drawn.unit()).ok()?;
    let exhausted = limit.filter(|limit| limit.unit() == drawn.unit() && at_end.value() >= limit.value());
    let exhausted = exhausted.and_then(|limit| {
        let begin = window.begin()?;
        if drawn.value().is_zero() {
            return Some(begin);
        }
        let seconds = limit.value().checked_mul(passed)?.checked_div(drawn.value())?;
        let seconds = i64::try_from(seconds.trunc()).ok()?;
        begin.checked_add(SignedDuration::from_secs(seconds)).ok()
    });
    let exhausted = exhausted.map(|moment| moment.to_zoned(TimeZone::UTC).date());
    // A day that is no longer in the period is the one after its last.
    Some(Forecast { at_end, exhausted: exhausted.filter(|day| window.until.is_none_or(|until| *day < until)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Period, Unit, parse_decimal};

    fn credits(text: &str) -> Amount {
        Amount::new(parse_decimal(text).unwrap(), Unit::Credits).unwrap()
    }

    fn at(now: &str, drawn: &str, limit: Option<&str>) -> String {
        let now: Timestamp = now.parse().unwrap();
        let window = Window::calendar(Period::Monthly, now);
        let found = forecast(credits(drawn), limit.map(credits), &window, now);
        found.map_or("none".to_owned(), |found| {
            let day = found.exhausted.map_or("never".to_owned(), |day| day.to_string());
            format!("{} {day}", found.at_end)
        })
    }

    #[test]
    fn a_straight_line() {
        assert_eq!(at("2026-11-16T00:00:00Z", "150", Some("200")), "300 credits 2026-11-21");
        assert_eq!(at("2026-11-16T00:00:00Z", "150", Some("301")), "300 credits never");
        assert_eq!(at("2026-11-16T00:00:00Z", "150", None), "300 credits never");
        assert_eq!(at("2026-11-16T00:00:00Z", "0", Some("200")), "0 credits never");
        assert_eq!(at("2026-11-11T00:00:00Z", "250", Some("200")), "750 credits 2026-11-09", "it is over already");
        assert_eq!(at("2026-11-04T00:00:00Z", "1", None), "10 credits never");
        assert_eq!(at("2026-11-08T00:00:00Z", "1", None), "4.29 credits never", "rounded up");
    }

    #[test]
    fn a_day_is_too_little() {
        assert_eq!(at("2026-11-01T23:59:59Z", "150", Some("200")), "none");
        assert_eq!(at("2026-11-02T00:00:00Z", "150", Some("200")), "4,500 credits 2026-11-02");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            failure_persistence: None,
            ..proptest::prelude::ProptestConfig::default()
        })]
        /// It never comes to less than was drawn, and a budget is used up in the period or not at all.
        #[test]
        fn a_forecast_is_no_less_than_what_was_drawn(
            drawn in 0_u64..u64::MAX, limit in 0_u64..u64::MAX, places in 0_u32..10, seconds in 0_i64..4_000_000,
            period in proptest::sample::select(Period::ALL.to_vec()),
        ) {
            let amount = |number: u64| {
                let value = Decimal::from_i128_with_scale(i128::from(number), places).normalize();
                Amount::new(value, Unit::Credits).unwrap()
            };
            let (drawn, limit) = (amount(drawn), amount(limit));
            let begin: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
            let window = Window::calendar(period, begin);
            let now = begin.checked_add(SignedDuration::from_secs(seconds)).unwrap();
            if let Some(found) = forecast(drawn, Some(limit), &window, now) {
                proptest::prop_assert!(found.at_end.value() >= drawn.value());
                let in_it = |day: Date| window.since <= day && window.until.is_none_or(|until| day < until);
                proptest::prop_assert!(found.exhausted.is_none_or(in_it));
                proptest::prop_assert!(drawn < limit || found.exhausted.is_some(), "it is used up already");
            }
        }
    }
}
