//! The running period as days: when it began, and when the next one does, by the calendar in UTC.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::Period;

/// One period, from its first day to the first day of the next, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "window")]
pub struct Window {
    /// Its first day.
    #[schemars(with = "String")]
    pub since: Date,
    /// The first day of the next one; none after a lifetime.
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
}

impl Window {
    /// The period of the calendar that a moment lies in.
    pub fn calendar(period: Period, now: Timestamp) -> Self {
        let since = start(period, now);
        Self { since, until: next(period, since) }
    }

    /// The moment at which it began.
    pub fn begin(&self) -> Option<Timestamp> {
        midnight(self.since)
    }

    /// The moment at which it ends; nothing where it does not.
    pub fn end(&self) -> Option<Timestamp> {
        midnight(self.until?)
    }

    /// How long it has been running, and how long it takes in all; nothing where it has no end, or where the moment does
    /// not lie in it.
    pub fn progress(&self, now: Timestamp) -> Option<(SignedDuration, SignedDuration)> {
        let (begin, end) = (self.begin()?, self.end()?);
        (begin <= now && now < end).then(|| (now.duration_since(begin), end.duration_since(begin)))
    }
}

/// The first moment of a day.
fn midnight(day: Date) -> Option<Timestamp> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// When a lifetime began.
const LIFETIME: Date = jiff::civil::date(1, 1, 1);

/// The moment that is looked at: the last one of a day that is over, else now.
pub fn moment(as_of: Option<Date>, now: Timestamp) -> Timestamp {
    let past = as_of.filter(|day| *day < self::day(now));
    let end = past.and_then(|day| midnight(day.tomorrow().ok()?)?.checked_sub(SignedDuration::from_secs(1)).ok());
    end.unwrap_or(now)
}

/// The day in UTC.
pub fn day(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

/// The first day of the period that `now` lies in: the day itself, its Monday, the first of its month, quarter or
/// year. A lifetime began before everything.
pub fn start(period: Period, now: Timestamp) -> Date {
    let day = day(now);
    match period {
        Period::Daily => day,
        Period::Weekly => {
            let since_monday = i64::from(day.weekday().to_monday_zero_offset());
            day.saturating_sub(since_monday.days())
        }
        Period::Monthly => day.first_of_month(),
        Period::Quarterly => {
            let into_quarter = i64::from((day.month() - 1) % 3);
            day.first_of_month().saturating_sub(into_quarter.months())
        }
        Period::Yearly => day.first_of_year(),
        Period::Lifetime => LIFETIME,
    }
}

/// The first day of the period after the one that begins on `start`; none after a lifetime.
pub fn next(period: Period, start: Date) -> Option<Date> {
    let next = match period {
        Period::Daily => start.checked_add(1.day()),
        Period::Weekly => start.checked_add(1.week()),
        Period::Monthly => start.checked_add(1.month()),
        Period::Quarterly => start.checked_add(3.months()),
        Period::Yearly => start.checked_add(1.year()),
        Period::Lifetime => return None,
    };
    next.ok()
}

/// Whether a period begins on that day.
pub fn begins(period: Period, day: Date) -> bool {
    match period {
        Period::Daily => true,
        Period::Weekly => day.weekday() == jiff::civil::Weekday::Monday,
        Period::Monthly => day.day() == 1,
        Period::Quarterly => day.day() == 1 && (day.month() - 1) % 3 == 0,
        Period::Yearly => day.day() == 1 && day.month() == 1,
        Period::Lifetime => day == LIFETIME,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_starts_at_midnight_utc() {
        for (now, starts) in [
            ("2026-12-31T23:59:59.999Z", ["2026-12-31", "2026-12-28", "2026-12-01", "2026-10-01", "2026-01-01"]),
            ("2027-01-01T00:00:00Z", ["2027-01-01", "2026-12-28", "2027-01-01", "2027-01-01", "2027-01-01"]),
            ("2024-02-29T12:00:00Z", ["2024-02-29", "2024-02-26", "2024-02-01", "2024-01-01", "2024-01-01"]),
            ("2026-05-31T00:00:00+02:00", ["2026-05-30", "2026-05-25", "2026-05-01", "2026-04-01", "2026-01-01"]),
            ("2026-06-01T00:00:00Z", ["2026-06-01", "2026-06-01", "2026-06-01", "2026-04-01", "2026-01-01"]),
        ] {
            let now: Timestamp = now.parse().unwrap();
            let found = Period::ALL.map(|period| start(period, now).to_string());
            assert_eq!(found[..5], starts, "{now}");
            assert_eq!(found[5], "0001-01-01");
        }
    }

    #[test]
    fn a_day_that_is_over_is_looked_at_from_its_end() {
        let now: Timestamp = "2026-11-16T08:00:00Z".parse().unwrap();
        let of = |day: Option<&str>| moment(day.map(|day| day.parse().unwrap()), now).to_string();
        assert_eq!(of(Some("2026-10-31")), "2026-10-31T23:59:59Z");
        for day in [None, Some("2026-11-16"), Some("2026-11-17"), Some("9999-12-31")] {
            assert_eq!(of(day), now.to_string(), "{day:?}");
        }
    }

    #[test]
    fn how_far_a_period_is() {
        let now: Timestamp = "2026-11-16T00:00:00Z".parse().unwrap();
        let month = Window::calendar(Period::Monthly, now);
        assert_eq!(
            month.progress(now),
            Some((SignedDuration::from_hours(15 * 24), SignedDuration::from_hours(30 * 24)))
        );
        assert_eq!(month.progress(month.end().unwrap()), None, "the next one began");
        assert_eq!(Window::calendar(Period::Lifetime, now).progress(now), None, "it has no end");
    }

    #[test]
    fn periods_follow_each_other() {
        let now: Timestamp = "2026-12-31T12:00:00Z".parse().unwrap();
        let found = Period::ALL.map(|period| {
            let first = start(period, now);
            assert!(begins(period, first));
            next(period, first).map_or("never".to_owned(), |next| {
                assert!(begins(period, next), "{period}");
                next.to_string()
            })
        });
        assert_eq!(found, ["2027-01-01", "2027-01-04", "2027-01-01", "2027-01-01", "2027-01-01", "never"]);
        let odd = jiff::civil::date(2026, 11, 3);
        assert_eq!(Period::ALL.map(|period| begins(period, odd)), [true, false, false, false, false, false]);
    }
}
