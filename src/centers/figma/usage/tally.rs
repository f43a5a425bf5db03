//! Rows of draws, added up by metering period until it is known which one runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::centers::client;
use crate::model::Unit;

use super::super::wire::{UsageRow, id};
use super::Usage;

/// The draws of one metering period.
#[derive(Clone, Debug, Default)]
struct Period {
    end: Option<Timestamp>,
    people: BTreeMap<String, BTreeMap<Date, Decimal>>,
    nameless: BTreeMap<(String, Date), Decimal>,
    groups: BTreeMap<(String, Date), Decimal>,
    seats: BTreeMap<(String, Date), Decimal>,
    /// In which billing group somebody drew on a day.
    places: BTreeMap<(String, Date), String>,
}

/// Rows, added up. Rows that do not tell their period stand under no start.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    periods: BTreeMap<Option<Timestamp>, Period>,
    odd: usize,
}

impl Tally {
    /// Adds a row. One that is not understood is counted and passed over.
    pub(super) fn add(&mut self, row: UsageRow) {
        let day = row.day.as_deref().and_then(|day| day.trim().parse::<Date>().ok());
        let (Some(day), Some(drawn)) = (day, decimal(row.plan_credits_sum.as_ref())) else {
            self.odd += 1;
            return;
        };
        let start = row.metering_period_start.as_deref().and_then(moment);
        let period = self.periods.entry(start).or_default();
        period.end = period.end.max(row.metering_period_end.as_deref().and_then(moment));
        let email = row
            .user_email
            .map(|email| email.trim().to_ascii_lowercase())
            .filter(|email| !email.is_empty());
        let group = row.license_group_name.filter(|group| !group.is_empty());
        if let Some(email) = &email {
            let seat = decimal(row.seat_credits_sum.as_ref()).unwrap_or_default();
            let sum = period.seats.entry((email.clone(), day)).or_default();
            *sum = sum.saturating_add(seat);
            if let Some(group) = &group {
                // On a day in two groups, whichever row came first must not decide.
                let place = period.places.entry((email.clone(), day)).or_insert_with(|| group.clone());
                *place = (*place).clone().max(group.clone());
            }
        }
        if drawn.is_zero() {
            return;
        }
        let sum = match email {
            Some(email) => period.people.entry(email).or_default().entry(day).or_default(),
            None => period.nameless.entry((id(row.user_id.as_ref()).unwrap_or_default(), day)).or_default(),
        };
        *sum = sum.saturating_add(drawn);
        if let Some(group) = group {
            let sum = period.groups.entry((group, day)).or_default();
            *sum = sum.saturating_add(drawn);
        }
    }

    /// What belongs to the period that runs now. `fallback` is its first day where no row tells one.
    pub(super) fn running(mut self, now: Timestamp, fallback: Date) -> Usage {
        let unsaid = self.periods.remove(&None).unwrap_or_default();
        let mut latest = self.periods.into_iter().filter_map(|(start, period)| Some((start?, period)));
        let latest = latest.rfind(|(start, _)| *start <= now);
        let (since, until, period) = match latest {
            // The last period of which there are rows is over: nobody has drawn since.
            Some((_, Period { end: Some(end), .. })) if end <= now => (day_of(end), None, Period::default()),
            Some((start, period)) => (day_of(start), period.end.map(day_of), period),
            None => (fallback, None, Period::default()),
        };
        let mut usage = Usage { since, until, ..Usage::default() };
        for Period { people, nameless, groups, seats, places, .. } in [period, unsaid] {
            for (email, days) in people {
                for (day, drawn) in days.range(since..) {
                    let sum = usage.people.entry(email.clone()).or_default().entry(*day).or_default();
                    *sum = sum.saturating_add(*drawn);
                }
            }
            usage.places.extend(
                places
                    .into_iter()
                    .filter(|((_, day), _)| *day >= since)
                    .map(|((email, _), group)| (email, group)),
            );
            let sums = [(nameless, &mut usage.nameless), (groups, &mut usage.groups), (seats, &mut usage.seats)];
            for (from, to) in sums {
                for ((name, _), drawn) in from.into_iter().filter(|((_, day), _)| *day >= since) {
                    let sum = to.entry(name).or_default();
                    *sum = sum.saturating_add(drawn);
                }
            }
        }
        if self.odd > 0 {
            let (rows, are) = if self.odd == 1 { ("row", "is") } else { ("rows", "are") };
            usage
                .notes
                .push(format!("{} {rows} of Figma's count {are} not understood and passed over", self.odd));
        }
        usage
    }
}

/// A moment: a timestamp, or a day that begins.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(day)
}

/// The day of a moment, in UTC.
fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// An amount, whole or not; one below zero takes back what was counted too much. Nothing is nothing drawn.
fn decimal(value: Option<&Value>) -> Option<Decimal> {
    match value {
        None | Some(Value::Null) => Some(Decimal::ZERO),
        Some(Value::Number(number)) if number.to_string().starts_with('-') => number.to_string().parse().ok(),
        Some(value) => Some(client::amount(value, Unit::Credits).ok()?.value()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn row(email: &Value, day: &str, drawn: &Value, start: &Value) -> UsageRow {
        let end = start.as_str().map(|start| {
            let start = moment(start).unwrap().to_zoned(TimeZone::UTC);
            start.checked_add(jiff::Span::new().months(1)).unwrap().timestamp().to_string()
        });
        serde_json::from_value(json!({
            "user_id": 7, "user_email": email, "day": day, "plan_credits_sum": drawn, "seat_credits_sum": 9,
            "license_group_name": "Design", "metering_period_start": start, "metering_period_end": end,
        }))
        .unwrap()
    }

    fn tally(rows: impl IntoIterator<Item = UsageRow>) -> Tally {
        let mut tally = Tally::default();
        rows.into_iter().for_each(|row| tally.add(row));
        tally
    }

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    const THIS: &str = "2026-11-14T00:00:00Z";
    const BEFORE: &str = "2026-10-14T00:00:00Z";

    #[test]
    fn what_belongs_to_the_running_period_is_added_up_by_person_day_and_group() {
        let usage = tally([
            row(&json!("Bob@acme.example "), "2026-11-20", &json!(80), &json!(THIS)),
            row(&json!("bob@acme.example"), "2026-11-20", &json!("5.5"), &json!(THIS)),
            row(&json!("bob@acme.example"), "2026-11-21", &json!(0.25), &json!(THIS)),
            row(&json!("bob@acme.example"), "2026-11-13", &json!(1000), &json!(BEFORE)),
            row(&json!("bob@acme.example"), "2026-11-22", &json!(0), &json!(THIS)),
            row(&json!("bob@acme.example"), "2026-11-22", &Value::Null, &json!(THIS)),
            row(&json!("bob@acme.example"), "2026-11-21", &json!(-0.25), &json!(THIS)),
            row(&Value::Null, "2026-11-15", &json!(7), &json!(THIS)),
            row(&json!("zoe@acme.example"), "soon", &json!(7), &json!(THIS)),
            row(&json!("zoe@acme.example"), "2026-11-15", &json!(true), &json!(THIS)),
        ])
        .running(now(), date(2026, 11, 1));
        assert_eq!(usage.since, date(2026, 11, 14));
        let bob: Vec<String> = usage.people["bob@acme.example"]
            .iter()
            .map(|(day, sum)| format!("{day} {}", sum.normalize()))
            .collect();
        assert_eq!(bob, ["2026-11-20 85.5", "2026-11-21 0"]);
        assert_eq!(usage.people.len(), 1, "{:?}", usage.people);
        assert_eq!(usage.nameless["7"], Decimal::from(7));
        assert_eq!(usage.groups["Design"].normalize().to_string(), "92.5");
        assert_eq!(usage.notes, ["2 rows of Figma's count are not understood and passed over"]);
    }

    #[test]
    fn a_period_that_is_over_is_not_the_running_one() {
        let usage = tally([row(&json!("bob@acme.example"), "2026-11-13", &json!(9), &json!(BEFORE))]);
        let running = usage.clone().running(now(), date(2026, 11, 1));
        assert_eq!((running.since, running.people.len()), (date(2026, 11, 14), 0));
        let then = usage.running("2026-11-13T23:59:59Z".parse().unwrap(), date(2026, 11, 1));
        assert_eq!((then.since, then.people.len()), (date(2026, 10, 14), 1));
    }

    #[test]
    fn rows_that_do_not_tell_their_period_count_from_its_first_day_on() {
        let rows = || {
            [
                row(&json!("bob@acme.example"), "2026-11-10", &json!(1), &Value::Null),
                row(&json!("bob@acme.example"), "2026-11-20", &json!(2), &Value::Null),
            ]
        };
        let usage = tally(rows()).running(now(), date(2026, 11, 14));
        assert_eq!(usage.people["bob@acme.example"].len(), 1);
        let known = row(&json!("bob@acme.example"), "2026-11-20", &json!(3), &json!("2026-11-05"));
        let usage = tally(rows().into_iter().chain([known])).running(now(), date(2026, 11, 14));
        assert_eq!(usage.people["bob@acme.example"].values().sum::<Decimal>(), Decimal::from(6));
        assert_eq!(tally([]).running(now(), date(2026, 11, 14)).since, date(2026, 11, 14));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn pages_and_their_order_change_nothing(
            rows in proptest::collection::vec((0_u8..4, 1_i8..29, 0_u32..500, any::<bool>()), 0..40),
            turn in 0_usize..40,
        ) {
            let made = |(who, day, drawn, this): (u8, i8, u32, bool)| {
                let email = if who == 0 { Value::Null } else { json!(format!("p{who}@acme.example")) };
                let start = if this { THIS } else { BEFORE };
                row(&email, &date(2026, 11, day).to_string(), &json!(drawn), &json!(start))
            };
            let turned = rows.iter().cycle().skip(turn % rows.len().max(1)).take(rows.len()).copied();
            let usage = tally(rows.iter().copied().map(made)).running(now(), date(2026, 11, 1));
            prop_assert_eq!(&tally(turned.map(made)).running(now(), date(2026, 11, 1)), &usage);
            let of_this = |row: &&(u8, i8, u32, bool)| row.3 && row.1 >= 14;
            let all: u32 = rows.iter().filter(of_this).map(|row| row.2).sum();
            let people: Decimal = usage.people.values().flat_map(BTreeMap::values).sum();
            let nameless: Decimal = usage.nameless.values().sum();
            prop_assert_eq!(people + nameless, Decimal::from(all));
        }
    }
}
