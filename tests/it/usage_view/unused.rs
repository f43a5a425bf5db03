//! Grants that nobody uses: what readings tell, and that a right is never called unused because nothing is known of it.

use std::collections::{BTreeMap, BTreeSet};

use bursar::model::{Period, Source, Window};
use bursar::output::text::{self, Style};
use bursar::output::unused::{Report, Unused, csv, json as unused_json};
use bursar::usage::{CenterUse, Idle, PersonUse, PoolUse, Seen, Why, unused};
use insta::assert_snapshot;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::Value;

use super::asked::{code, json, world};
use super::{at, center, credits, late, person, pool, snapshot};
use crate::output::json::{findings, validator};
use crate::world::{date, member};

const SCHEMA: &str = include_str!("../../../schema/unused.v1.schema.json");

/// One person in a center.
fn of(now: &str, person: PersonUse) -> CenterUse {
    center("design", at(now), vec![pool("ai", at(now), &[("alice", person)])])
}

/// What is said of alice after these readings, of which the last is today's.
fn verdict(readings: &[CenterUse], today: &str, days: u16) -> Option<Idle> {
    let mut seen = Seen::default();
    for reading in readings {
        seen.look(reading);
    }
    let found = unused(&readings[readings.len() - 1..], &seen, date(today), days);
    assert!(found.len() <= 1);
    found.into_iter().next()
}

fn why(readings: &[CenterUse], today: &str, days: u16) -> Option<(Why, u32)> {
    verdict(readings, today, days).map(|idle| (idle.why, idle.days))
}

#[test]
fn one_reading_tells_what_it_can() {
    let now = "2026-11-23T06:00:00Z";
    let last = |day: &str| PersonUse { last: Some(date(day)), ..person("0", "100") };
    assert_eq!(why(&[of(now, last("2026-09-01"))], "2026-11-23", 60), Some((Why::Unused, 83)));
    assert_eq!(why(&[of(now, last("2026-11-20"))], "2026-11-23", 60), None);
    // A zero of this month says nothing of the last one.
    assert_eq!(why(&[of(now, person("0", "100"))], "2026-11-23", 60), Some((Why::Short, 22)));
    assert_eq!(why(&[of(now, person("0", "100"))], "2026-11-23", 20), Some((Why::Unused, 22)));
    assert_eq!(why(&[of(now, person("?", "100"))], "2026-11-23", 60), Some((Why::NotTold, 0)));
    assert_eq!(why(&[of(now, person("5", "100"))], "2026-11-23", 60), None, "drawn this month");
    let between = Why::Between(date("2026-11-01"), date("2026-11-23"));
    assert_eq!(why(&[of(now, person("5", "100"))], "2026-11-23", 20), Some((between, 0)));
    // A grant of nothing is there to be idle, and one of the others has no grant.
    assert_eq!(why(&[of(now, person("0", "0"))], "2026-11-23", 20), None);
    let other = PersonUse { granted: false, ..person("0", "100") };
    assert_eq!(why(&[of(now, other)], "2026-11-23", 20), None);
    // A zero that may be unknown is no zero, and what comes late may be still to come.
    let unsure = CenterUse { zero_is_unsure: true, ..of(now, person("0", "100")) };
    assert_eq!(why(&[unsure], "2026-11-23", 20), Some((Why::NotTold, 0)));
    assert_eq!(why(&[late(of(now, person("0", "100")), 72)], "2026-11-23", 20), Some((Why::Short, 19)));
    // Who never drew of a pool that never starts again.
    let lifetime = |drawn: &str| {
        let mut one = of(now, person(drawn, "100"));
        one.pools[0].period = Some(Period::Lifetime);
        one.pools[0].window = Some(Window::calendar(Period::Lifetime, at(now)));
        one
    };
    assert_eq!(verdict(&[lifetime("0")], "2026-11-23", 60).unwrap().why, Why::Unused);
    assert!(matches!(verdict(&[lifetime("3")], "2026-11-23", 60).unwrap().why, Why::Between(..)));
}

#[test]
fn readings_tell_more_than_one() {
    let read = |day: &str, drawn: &str| of(&format!("{day}T20:00:00Z"), person(drawn, "100"));
    // The same period: what did not grow was not used.
    let quiet = [read("2026-11-02", "7"), read("2026-11-20", "7"), read("2026-11-23", "7")];
    assert_eq!(why(&quiet, "2026-11-23", 20), Some((Why::Unused, 21)));
    let grew = [read("2026-11-02", "7"), read("2026-11-20", "8"), read("2026-11-23", "8")];
    assert_eq!(why(&grew, "2026-11-23", 20), Some((Why::Between(date("2026-11-02"), date("2026-11-20")), 3)));
    // Over the end of a month: the last day was looked at, or it was not.
    let close = [read("2026-10-01", "0"), read("2026-10-31", "0"), read("2026-11-23", "0")];
    assert_eq!(why(&close, "2026-11-23", 50), Some((Why::Unused, 53)));
    let gap = [read("2026-10-01", "0"), read("2026-10-20", "0"), read("2026-11-23", "0")];
    assert_eq!(why(&gap, "2026-11-23", 50), Some((Why::Short, 22)), "who knows what was drawn after the 20th");
    // A center that was not read meanwhile changes nothing.
    let without = CenterUse { pools: Vec::new(), ..read("2026-11-10", "0") };
    let holes = [close[0].clone(), close[1].clone(), without, close[2].clone()];
    assert_eq!(why(&holes, "2026-11-23", 50), Some((Why::Unused, 53)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Somebody draws at noon of some days, readings are taken in the evening of some others.
    #[test]
    fn what_was_used_is_never_called_unused(
        draws in proptest::collection::btree_set(0_i64..150, 0..6),
        readings in proptest::collection::btree_set(0_i64..150, 0..60),
        today in 90_i64..150,
        days in 1_u16..90,
    ) {
        let begin = date("2026-07-03");
        let day = |offset: i64| begin.saturating_add(offset.days());
        let mut taken: BTreeSet<i64> = readings.into_iter().filter(|offset| *offset < today).collect();
        taken.insert(today);
        let reading = |offset: i64| {
            let now = format!("{}T20:00:00Z", day(offset));
            let first = day(offset).first_of_month();
            let drawn = draws.iter().filter(|draw| **draw <= offset && day(**draw) >= first).count();
            of(&now, person(&drawn.to_string(), "100"))
        };
        let all: Vec<CenterUse> = taken.iter().map(|offset| reading(*offset)).collect();
        let found = verdict(&all, &day(today).to_string(), days);
        let last = draws.iter().filter(|draw| **draw <= today).max();
        let idle = last.map(|last| today - last);
        match found {
            Some(found) => {
                let since = found.since.unwrap();
                prop_assert!(!draws.iter().any(|draw| *draw <= today && day(*draw) > since), "drew after {since}");
                if found.why == Why::Unused {
                    prop_assert!(idle.is_none_or(|idle| idle >= i64::from(days)), "{idle:?} days, not {days}");
                }
            }
            None => prop_assert!(idle.is_some_and(|idle| idle < i64::from(days)), "{idle:?} days is not used"),
        }
    }
}

fn report() -> Report {
    let idle = |name: &str, last: Option<&str>, since: Option<&str>, days, why| Idle {
        center: bursar::model::CenterId::new("design").unwrap(),
        pool: crate::world::pool_id("design-ai"),
        subject: if name.contains('@') { bursar::model::Subject::Stranger(name.into()) } else { member(name) },
        cap: Some(bursar::model::Cap::Amount(credits("2000"))),
        period: Some(Period::Monthly),
        last: last.map(date),
        since: since.map(date),
        days,
        why,
    };
    let source = |line| Some(Source { file: "bursar.yaml".into(), line });
    let unused = |idle, source, granted: Option<&str>| Unused { idle, source, granted: granted.map(date) };
    Report {
        days: 60,
        as_of: date("2026-11-23"),
        history: Some(at("2026-10-01T06:00:00Z")),
        grants: vec![
            unused(
                idle("alice", Some("2026-08-01"), Some("2026-08-01"), 114, Why::Unused),
                source(12),
                Some("2026-01-05"),
            ),
            unused(idle("bob", None, Some("2026-09-01"), 83, Why::Unused), source(13), None),
            unused(idle("carol", None, Some("0001-01-01"), 99, Why::Unused), source(14), None),
            unused(idle("dave", None, Some("2026-10-01"), 53, Why::Short), source(15), None),
            unused(idle("erin", None, None, 0, Why::NotTold), source(16), None),
            unused(
                idle("finn", None, Some("2026-08-01"), 114, Why::Young(date("2026-11-20"))),
                source(17),
                Some("2026-11-20"),
            ),
            unused(
                idle(
                    "gina",
                    Some("2026-10-02"),
                    Some("2026-10-02"),
                    52,
                    Why::Between(date("2026-09-01"), date("2026-10-02")),
                ),
                source(18),
                None,
            ),
            unused(idle("=zoe\u{1b}@acme.example", None, Some("2026-08-01"), 114, Why::Unused), None, None),
        ],
    }
}

#[test]
fn a_report_says_what_is_known_of_each() {
    let mut out = Vec::new();
    text::unused(&mut out, &report(), Style::default()).unwrap();
    assert_snapshot!("report_text", String::from_utf8(out).unwrap());
    let mut out = Vec::new();
    csv(&mut out, &report()).unwrap();
    assert_snapshot!("report_csv", String::from_utf8(out).unwrap());
    let mut out = Vec::new();
    unused_json(&mut out, &report()).unwrap();
    let value: Value = serde_json::from_slice(&out).unwrap();
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    let names = |key: &str| value[key].as_array().unwrap().iter().map(|one| one["member"].clone()).collect::<Vec<_>>();
    assert_eq!(names("unused"), ["alice", "bob", "carol", "=zoe\u{1b}@acme.example"]);
    assert_eq!(names("not_known"), ["dave", "erin", "finn", "gina"]);
    let none = Report { grants: Vec::new(), ..report() };
    let mut out = Vec::new();
    text::unused(&mut out, &none, Style::default()).unwrap();
    assert_snapshot!("report_none", String::from_utf8(out).unwrap());
}

/// Alice drew today, bob ten days ago, carol never; every day of the last ninety was stored.
#[test]
fn the_command_looks_back_as_far_as_the_snapshots_reach() {
    let clone = world();
    let value = json(&clone, "report --unused --format json");
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    let members = |value: &Value, key: &str| -> BTreeMap<String, String> {
        let all = value[key].as_array().unwrap().iter();
        all.map(|one| (one["member"].as_str().unwrap().to_owned(), one["why"].as_str().unwrap().to_owned()))
            .collect()
    };
    let known = |name: &str, why: &str| BTreeMap::from([(name.to_owned(), why.to_owned())]);
    assert!(members(&value, "unused").is_empty(), "{value:#}");
    assert_eq!(members(&value, "not_known"), known("carol", "short_history"));

    let now = Timestamp::now();
    for days in (1..=90_i64).rev() {
        let then = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap();
        let text = keep(then, days);
        let name = bursar::usage::history::name(then, false);
        clone.write(&format!("kept/{name}"), &text);
    }
    clone.write("kept/readme.md", "what this is");
    clone.write("kept/2020-01-01T00-00-00Z.json", "{ torn");
    // A line that is not committed yet was written today.
    clone.edit("bursar.yaml", "carol, cap: 100", "carol, cap: 90");
    let out = bursar_output(&clone, "report --unused --history kept --format json");
    let value: Value = serde_json::from_slice(&out.0).unwrap();
    assert!(out.1.contains("2020-01-01T00-00-00Z.json was left out: "), "{}", out.1);
    assert!(out.1.contains("1 other file of the folder is no snapshot by name"), "{}", out.1);
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(members(&value, "unused"), BTreeMap::new(), "its line is of today: {value:#}");
    assert_eq!(members(&value, "not_known"), known("carol", "young"));
    // Without a repository nothing tells how old the line is.
    std::fs::remove_dir_all(clone.at().join(".git")).unwrap();
    let value = json(&clone, "report --unused --history kept --format json");
    assert_eq!(members(&value, "unused"), known("carol", "unused"), "{value:#}");
    assert_eq!(value["unused"][0]["revoke"], "bursar revoke ai carol");
    let text = clone.terminal("report --unused=60 --history kept");
    assert!(text.contains("Unused for 60 days or more (1)") && text.contains("bursar revoke ai carol"), "{text}");
    assert_eq!(code(&clone, "report --unused=0"), Some(64));
    assert_eq!(code(&clone, "report"), Some(64));
    assert_eq!(code(&clone, "report --unused --format sarif"), Some(64));
    assert_snapshot!("report_no_folder", clone.terminal("report --unused --history nowhere"));
}

fn bursar_output(clone: &crate::base::Clone, line: &str) -> (Vec<u8>, String) {
    let out = crate::terminal::bursar(clone.at()).args(line.split(' ')).output().unwrap();
    (out.stdout, String::from_utf8(out.stderr).unwrap())
}

/// A reading of so many days ago, in which bob had drawn until ten days ago.
fn keep(then: Timestamp, days: i64) -> String {
    let window = Window::calendar(Period::Monthly, then);
    let into: Date = bursar::model::window::day(then);
    let bob = if days >= 10 { (into - window.since).get_days() } else { 30 };
    let people =
        [("alice", person("1", "500")), ("bob", person(&bob.to_string(), "100")), ("carol", person("0", "100"))];
    let pool: PoolUse = pool("ai", then, &people);
    let mut out = Vec::new();
    snapshot(vec![CenterUse {
        center: bursar::model::CenterId::new("local").unwrap(),
        ..center("x", then, vec![pool])
    }])
    .write(&mut out)
    .unwrap();
    String::from_utf8(out).unwrap()
}
