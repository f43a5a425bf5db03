//! A reading as text, CSV and JSON.

use bursar::model::{Limit, Period, WhenExhausted, Window};
use bursar::output::text::{self, Style};
use bursar::output::usage::{COLUMNS, csv};
use bursar::usage::{CapFrom, CenterUse, PersonUse, PoolUse, Snapshot, Unread, forecast};
use insta::assert_snapshot;
use serde_json::Value;

use super::{at, center, credits, late, person, pool, snapshot};
use crate::output::json::{findings, validator};
use crate::world::date;

const SCHEMA: &str = include_str!("../../../schema/usage.v1.schema.json");
const NOW: &str = "2026-11-23T06:00:00Z";

fn text(centers: &[CenterUse], verbose: bool) -> String {
    let mut out = Vec::new();
    text::usage(&mut out, centers, Style { verbose, ..Style::default() }).unwrap();
    String::from_utf8(out).unwrap()
}

fn rows(centers: &[CenterUse]) -> String {
    let mut out = Vec::new();
    csv(&mut out, centers).unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything that a row of the table can say.
fn rich() -> Vec<CenterUse> {
    let now = at(NOW);
    let other = PersonUse { granted: false, cap_from: Some(CapFrom::Others), ..person("12.5", "50") };
    let design = pool(
        "design-ai",
        now,
        &[
            (
                "alice",
                PersonUse { last: Some(date("2026-11-22")), seat: Some(credits("300")), ..person("1900", "2000") },
            ),
            ("bob", person("740", "500")),
            ("carol", PersonUse { cap_from: Some(CapFrom::Default), ..person("0", "300") }),
            ("dave", person("?", "?")),
            ("erin", person("6100", "unlimited")),
            ("zoe@acme.example", other),
        ],
    );
    let design = PoolUse { at_least: true, seat: Some(credits("4200")), ..design };
    let quiet = pool("quiet", now, &[]);
    let open = PoolUse {
        limit: Some(Limit::None),
        when_exhausted: Some(WhenExhausted::Overage),
        forecast: None,
        window: Some(Window::calendar(Period::Lifetime, now)),
        period: Some(Period::Lifetime),
        ..pool("open", now, &[("alice", PersonUse { cap_from: Some(CapFrom::Files), ..person("5", "10") })])
    };
    let hidden = PoolUse { drawn: None, forecast: None, exists: false, ..pool("hidden", now, &[]) };
    let unsure = CenterUse {
        zero_is_unsure: true,
        notes: vec!["two pages of the report were \u{1b}[31mmissing".to_owned()],
        ..late(center("design", now, vec![design, quiet]), 36)
    };
    vec![
        unsure,
        center("gateway", now, vec![open, hidden]),
        CenterUse { told: false, ..center("seats", now, vec![pool("s", now, &[])]) },
    ]
}

#[test]
fn every_number_says_how_sure_it_is() {
    assert_snapshot!("text", text(&rich(), false));
    assert_snapshot!("csv", rows(&rich()));
}

#[test]
fn the_json_is_read_back_as_it_was_and_fits_its_schema() {
    let all = Snapshot {
        unread: vec![Unread { center: rich()[0].center.clone(), message: "the token was not taken".to_owned() }],
        ..snapshot(rich())
    };
    let mut out = Vec::new();
    all.write(&mut out).unwrap();
    assert_eq!(Snapshot::parse(&out).unwrap(), all);
    let value: Value = serde_json::from_slice(&out).unwrap();
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    // What follows from the numbers is in it too, and is no part of what is read.
    let bob = &value["centers"][0]["pools"][0]["members"][1];
    assert_eq!((&bob["share"], &bob["forecast"]["at_end"]["amount"]), (&148.into(), &"1069.88".into()));
    assert_eq!(value["centers"][0]["pools"][0]["days_left"], 8);
    let mut broken = value.clone();
    broken["centers"][0]["pools"][0]["share"] = "87%".into();
    assert!(!findings(&validator(SCHEMA), &broken).is_empty(), "a schema that takes everything tells nothing");
    // Somebody else's file, and one of a later version that says more.
    for (edit, good) in [
        (("\"bursar.usage.v1\"", "\"bursar.usage.v2\""), false),
        (("\"told\": true", "\"told\": true, \"later\": 1"), true),
        (("\"read_at\"", "\"red_at\""), false),
        (("\"member\": \"alice\"", "\"member\": \"Alice Liddell\""), false),
    ] {
        let text = String::from_utf8(out.clone()).unwrap().replacen(edit.0, edit.1, 1);
        assert_eq!(Snapshot::parse(text.as_bytes()).is_ok(), good, "{edit:?}");
    }
}

#[test]
fn a_name_is_no_formula_and_moves_no_cursor() {
    let hostile = [
        "=HYPERLINK(\"http://evil.example\",\"x\")",
        "@SUM(A1 A2)",
        "a,\"b\"@x",
        "\u{1b}[2J@x",
        "line\nbreak@x",
        "\u{202e}@x",
    ];
    let people: Vec<(&str, PersonUse)> = hostile.iter().map(|name| (*name, person("1", "10"))).collect();
    let centers = [CenterUse {
        identity: "=cmd|' /C calc'!A0".to_owned(),
        ..center("design", at(NOW), vec![pool("ai", at(NOW), &people)])
    }];
    assert_snapshot!("hostile_csv", rows(&centers));
    assert_snapshot!("hostile_text", text(&centers, true));
    let rows = rows(&centers);
    let mut reader = csv_reader(&rows);
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), COLUMNS.len());
        assert!(!row.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
    }
}

fn csv_reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().from_reader(text.as_bytes())
}

#[test]
fn a_long_list_is_cut_and_told_whole_when_asked() {
    let names: Vec<String> = (0..234).map(|n| format!("m{n:03}")).collect();
    let people: Vec<(&str, PersonUse)> = names.iter().map(|name| (name.as_str(), person("10", "100"))).collect();
    let centers = [center("design", at(NOW), vec![pool("ai", at(NOW), &people)])];
    let short = text(&centers, false);
    assert!(short.contains("… and 214 more; -v shows all"), "{short}");
    assert_eq!(short.matches("m0").count(), 20);
    let whole = text(&centers, true);
    assert!(!whole.contains('…') && whole.contains("m233"), "{whole}");
    assert_eq!(rows(&centers).lines().count(), 236);
}

/// The first and the last hours of a month, and a reading that came late.
#[test]
fn the_ends_of_a_month() {
    let day = |now: &str, lag: Option<i64>| {
        let now = at(now);
        let mut one = center("design", now, vec![pool("ai", now, &[("alice", person("300", "1000"))])]);
        if let Some(hours) = lag {
            one = late(one, hours);
            let counted = one.counted();
            let pool = &mut one.pools[0];
            pool.forecast = forecast(pool.drawn.unwrap(), pool.budget(), &pool.window.unwrap(), counted);
        }
        text(&[one], false)
    };
    assert_snapshot!("first_hour", day("2026-11-01T00:30:00Z", None));
    assert_snapshot!("last_hour", day("2026-11-30T23:30:00Z", None));
    assert_snapshot!("late_first_day", day("2026-12-02T12:00:00Z", Some(48)));
    assert_snapshot!("leap_day", day("2028-02-29T12:00:00Z", None));
}
