//! What was drawn in the running metering period, by Figma's AI Usage API: Enterprise only, by a plan access token with
//! the scope `org:ai_metering_usage_read` [D]. Figma counts with a lag of 5 to 6 hours [D], and today is not over.

mod drawn;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::Decimal;

use crate::centers::CenterError;
use crate::centers::client::{Client, Request, Service, Shown};
use crate::model::capability::{Rate, Rates};
use crate::model::{CenterSettings, SecretSource};

use super::wire::UsagePage;
pub(super) use drawn::drawn;
use tally::Tally;

/// The API. 150 requests a minute is the rate of Enterprise, the only plan that has this API [D].
const API: Service = Service {
    name: "figma",
    host: Some("https://api.figma.com"),
    shown: Shown::Header("x-figma-token"),
    rates: Rates { read: None, write: None, all: Some(Rate { per_minute: 150, burst: 10 }) },
};
/// How many rows a page holds at most [D].
const PAGE: u16 = 1000;
/// How many pages are read at most: ten million rows.
const MOST_PAGES: usize = 10_000;
/// The first day of which Figma has data [D].
const FIRST: Date = date(2025, 12, 1);
/// How many days back the API goes [D].
const OLDEST: i32 = 366;
/// A monthly period that runs began no longer ago.
const LONGEST: i32 = 31;

/// What is to be said wherever numbers of Figma's count are shown.
pub(super) const LAG: &str = "Figma's count is 5 to 6 hours behind, and today is not complete";

/// What was drawn in the running metering period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// The period's first day, in UTC.
    pub(super) since: Date,
    /// The first day of the next one; nothing where Figma has no data of these days.
    pub(super) until: Option<Date>,
    /// Paid credits by e-mail address in lower case, and by day.
    pub(super) people: BTreeMap<String, BTreeMap<Date, Decimal>>,
    /// Paid credits of people whose address Figma does not tell, by Figma's id of them.
    pub(super) nameless: BTreeMap<String, Decimal>,
    /// The credits of people's own seats, by e-mail address in lower case.
    pub(super) seats: BTreeMap<String, Decimal>,
    /// The billing group in which people last drew, by e-mail address in lower case.
    pub(super) places: BTreeMap<String, String>,
    /// Paid credits by billing group.
    pub(super) groups: BTreeMap<String, Decimal>,
    /// What a reader should be told.
    pub(super) notes: Vec<String>,
    /// How many requests it took.
    pub(super) reads: u64,
}

/// Days of which the rows are asked for, both ends included, and the moment that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    start: Date,
    end: Date,
    now: Timestamp,
}

impl Window {
    /// The days that the running period may have had so far. A day in the past is as if it ended now. Nothing where
    /// Figma has no data.
    fn new(as_of: Option<Date>, metering_day: Option<u8>, now: Timestamp) -> Option<Self> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let end = as_of.map_or(today, |day| day.min(today));
        let now = if end < today { end_of(end).unwrap_or(now) } else { now };
        let start = match metering_day {
            Some(day) => last(day, end),
            None => back(end, LONGEST),
        };
        let oldest = back(today, OLDEST).max(FIRST);
        (end >= oldest).then(|| Self { start: start.max(oldest), end, now })
    }
}

/// The last moment of a day.
fn end_of(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    next.checked_sub(SignedDuration::from_secs(1)).ok()
}

/// So many days before.
fn back(day: Date, days: i32) -> Date {
    day.checked_sub(days.days()).unwrap_or(FIRST)
}

/// The last day that was the `day`th of a month, or the last of a month that has no such day.
fn last(day: u8, today: Date) -> Date {
    let in_month_of = |month: Date| {
        let day = i8::try_from(day).unwrap_or(1).clamp(1, month.days_in_month());
        month.with().day(day).build().unwrap_or(month)
    };
    let this = in_month_of(today);
    if this <= today {
        return this;
    }
    let before = today.first_of_month().yesterday();
    before.map_or(this, in_month_of)
}

/// The first day of the period after the one that begins on a day: a month later, on the metering day where it is named.
fn next(since: Date, metering_day: Option<u8>) -> Option<Date> {
    let later = since.checked_add(1.month()).ok()?;
    let Some(day) = metering_day else { return Some(later) };
    let day = i8::try_from(day).ok()?.clamp(1, later.days_in_month());
    later.with().day(day).build().ok()
}

/// Reads what was drawn, where the files name a token for it.
pub(super) async fn read(settings: &CenterSettings, as_of: Option<Date>) -> Result<Option<Usage>, CenterError> {
    let Some(token) = &settings.token else { return Ok(None) };
    let client = Client::of(settings, &API, token)?;
    let Some(mut window) = Window::new(as_of, settings.metering_day, Timestamp::now()) else {
        let note = format!("Figma counts what is drawn since {FIRST} and for {OLDEST} days, so no draw was looked at");
        return Ok(Some(Usage { notes: vec![note], ..Usage::default() }));
    };
    let fallback = settings.metering_day.map_or(window.end.first_of_month(), |_| window.start);
    let mut usage = rows(&client, window).await?.running(window.now, fallback);
    let oldest = back(Timestamp::now().to_zoned(TimeZone::UTC).date(), OLDEST).max(FIRST);
    let since = usage.since.max(oldest);
    if since < window.start {
        // The period began before the days that were asked for: half of it proves nothing.
        let note = settings.metering_day.map(|day| {
            format!("`metering_day` is {day}, and by Figma's rows the running period began on {}", usage.since)
        });
        window.start = since;
        usage = rows(&client, window).await?.running(window.now, fallback);
        usage.notes.extend(note);
    }
    usage.until = usage.until.or_else(|| next(usage.since, settings.metering_day));
    usage.reads = client.sent();
    Ok(Some(usage))
}

/// Asks for one row of the last two days: whether the API takes the token.
pub(super) async fn probe(settings: &CenterSettings, token: &SecretSource) -> Result<(), CenterError> {
    let client = Client::of(settings, &API, token)?;
    let now = Timestamp::now();
    let end = now.to_zoned(TimeZone::UTC).date();
    let window = Window { start: back(end, 1).max(FIRST), end, now };
    page(&client, window, 1, "").await.map(drop)
}

/// That it is not Figma that answers, or not as it should.
fn wrong(client: &Client, why: String) -> CenterError {
    CenterError::WrongCenter { url: client.identity(), expected: "Figma API", why }
}

/// A page of the rows of some days, from where the page before it led.
async fn page(client: &Client, window: Window, limit: u16, cursor: &str) -> Result<UsagePage, CenterError> {
    let mut request = Request::get(&["v1", "ai_usage", "daily"])
        .with("start_date", window.start.to_string())
        .with("end_date", window.end.to_string())
        .with("limit", limit.to_string());
    if !cursor.is_empty() {
        request = request.with("cursor", cursor);
    }
    let reply = client.send(&request).await.map_err(|error| expired(error.into()))?;
    let read = reply.json();
    read.map_err(|why| wrong(client, format!("/v1/ai_usage/daily does not answer with rows ({why})")))
}

/// Every row of some days, added up.
async fn rows(client: &Client, window: Window) -> Result<Tally, CenterError> {
    let wrong = |why: String| wrong(client, why);
    let (mut tally, mut cursor, mut seen) = (Tally::default(), String::new(), BTreeSet::new());
    for _ in 0..MOST_PAGES {
        let page = page(client, window, PAGE, &cursor).await?;
        page.rows.into_iter().for_each(|row| tally.add(row));
        let next = page.next_cursor.unwrap_or_default();
        match (next.is_empty(), page.has_next_page) {
            (true, Some(true)) => return Err(wrong("it says there are more rows, and not where".to_owned())),
            (true, _) | (false, Some(false)) => return Ok(tally),
            (false, _) => {}
        }
        if !seen.insert(next.clone()) {
            return Err(wrong("its list of draws leads back to a page that was there before".to_owned()));
        }
        cursor = next;
    }
    Err(wrong(format!("its list of draws has more than {MOST_PAGES} pages")))
}

/// A 403 is also what an expired token gets [D], which nobody would guess.
fn expired(error: CenterError) -> CenterError {
    match error {
        CenterError::Forbidden { url, why } => {
            let why = format!(
                "{why}; it needs a plan access token with org:ai_metering_usage_read, and Figma also answers so to one \
                 that has expired"
            );
            CenterError::Forbidden { url, why }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(as_of: Option<Date>, day: Option<u8>, now: &str) -> Option<(String, String)> {
        let window = Window::new(as_of, day, now.parse().unwrap())?;
        Some((window.start.to_string(), window.end.to_string()))
    }

    fn pair(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn the_days_that_the_running_period_may_have() {
        let now = "2026-11-23T00:30:00Z";
        assert_eq!(window(None, None, now).unwrap(), pair("2026-10-23", "2026-11-23"));
        assert_eq!(window(None, Some(14), now).unwrap(), pair("2026-11-14", "2026-11-23"));
        assert_eq!(window(None, Some(23), now).unwrap(), pair("2026-11-23", "2026-11-23"));
        assert_eq!(window(None, Some(24), now).unwrap(), pair("2026-10-24", "2026-11-23"));
        assert_eq!(window(None, Some(31), "2027-03-01T12:00:00Z").unwrap(), pair("2027-02-28", "2027-03-01"));
        assert_eq!(window(None, Some(31), "2026-05-31T12:00:00Z").unwrap(), pair("2026-05-31", "2026-05-31"));
        assert_eq!(window(None, Some(14), "2026-01-05T12:00:00Z").unwrap(), pair("2025-12-14", "2026-01-05"));
    }

    #[test]
    fn the_next_period_begins_a_month_later() {
        for (since, metering_day, then) in [
            ("2026-11-14", None, "2026-12-14"),
            ("2026-11-14", Some(14), "2026-12-14"),
            ("2027-02-28", Some(31), "2027-03-31"),
            ("2027-01-31", Some(31), "2027-02-28"),
            ("2026-12-31", None, "2027-01-31"),
        ] {
            assert_eq!(next(since.parse().unwrap(), metering_day).unwrap().to_string(), then, "{since}");
        }
    }

    #[test]
    fn what_figma_would_refuse_is_not_asked_for() {
        let now = "2026-11-23T12:00:00Z";
        assert_eq!(window(Some(date(2027, 1, 1)), None, now).unwrap(), pair("2026-10-23", "2026-11-23"));
        assert_eq!(window(Some(date(2026, 10, 1)), Some(14), now).unwrap(), pair("2026-09-14", "2026-10-01"));
        assert_eq!(window(Some(date(2025, 12, 5)), None, now).unwrap(), pair("2025-12-01", "2025-12-05"));
        assert_eq!(window(Some(date(2025, 11, 30)), None, now), None);
        assert_eq!(window(Some(date(2026, 1, 1)), None, "2027-12-01T00:00:00Z"), None);
    }

    #[test]
    fn a_day_in_the_past_is_as_if_it_ended_now() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let past = Window::new(Some(date(2026, 11, 20)), None, now).unwrap();
        assert_eq!(past.now.to_string(), "2026-11-20T23:59:59Z");
        assert_eq!(Window::new(Some(date(2026, 11, 23)), None, now).unwrap().now, now);
    }
}
