//! `explain` adds up over centers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bursar::config::explain::{CapFrom, Right, explain};
use bursar::model::MemberId;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{RATES, two};
use crate::config::{TODAY, providers, texts};
use crate::output::json::{findings, validator};
use crate::terminal::{bursar, example, terminal};

const SCHEMA: &str = include_str!("../../../schema/explain.v1.schema.json");

fn explained(at: &Path, line: &str) -> Value {
    let out = bursar(at).args(line.split_whitespace()).args(["--format", "json"]).output().unwrap();
    assert!(out.status.success(), "{line}\n{}", String::from_utf8_lossy(&out.stderr));
    let value = serde_json::from_slice(&out.stdout).unwrap();
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
    value
}

/// What stands below the pools.
fn total(at: &Path, line: &str) -> String {
    let text = terminal(at, line);
    let start = text.find("In all").unwrap_or_else(|| panic!("{text}"));
    text[start..].to_owned()
}

#[test]
fn the_example_says_what_the_readme_says() {
    let folder = example("one-person");
    let text = terminal(folder.path(), "explain alice -q --as-of 2026-11-22");
    assert_snapshot!("example_alice", text);
    let readme = include_str!("../../../README.md");
    let start = text.find("In all, ").unwrap_or_else(|| panic!("{text}"));
    let said = text[start..].split("\n---").next().unwrap().trim_end();
    assert!(said.lines().count() == 5 && readme.contains(said), "{said}");
}

#[test]
fn one_person_over_two_centers() {
    let folder = two(false);
    let at = folder.path();
    let day = "-q --as-of 2026-11-22";
    for who in ["alice", "bob", "eve"] {
        assert_snapshot!(format!("total_{who}"), total(at, &format!("explain {who} {day}")));
    }
    let value = explained(at, &format!("explain alice {day}"));
    assert_eq!(value["total"]["worth"], Value::Null);
    assert_eq!(value["total_live"], Value::Null);
    assert_eq!(
        value["total"]["sums"],
        json!([
            { "provider": "embedded", "unit": "credits", "amount": "389", "rate": null },
            { "provider": "figma", "unit": "credits", "amount": "1500", "rate": null },
            { "provider": null, "unit": "USD", "amount": "10", "rate": null },
        ])
    );
    // One pool is no sum of everything.
    let one = explained(at, &format!("explain alice --pool lab {day}"));
    assert_eq!(one["total"], Value::Null);
    assert!(!terminal(at, &format!("explain alice --pool lab {day}")).contains("In all"));
}

#[test]
fn rates_tell_what_it_is_worth() {
    let folder = two(true);
    let at = folder.path();
    assert_snapshot!("total_worth", total(at, "explain alice -q --as-of 2026-11-22"));
    let value = explained(at, "explain alice -q --as-of 2026-11-22");
    // 389 × 0.01 + 1500 × 0.024 + 10
    assert_eq!(value["total"]["worth"], json!({ "USD": "49.89" }));
    assert_eq!(value["total"]["sums"][1]["rate"], json!({ "amount": "0.024", "unit": "USD" }));
    let file = at.join("bursar.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(RATES, "rates: { figma_credit: \"0.024 USD\" }\n")).unwrap();
    assert!(!total(at, "explain alice -q").contains("Worth"), "the other credits have no rate");
    fs::write(
        &file,
        text.replace(
            "when_exhausted: block }\n    access: [{ member: alice, cap: unlimited }]",
            "when_exhausted: alert }\n    access: [{ member: alice, cap: unlimited }]",
        ),
    )
    .unwrap();
    assert_snapshot!("total_worth_unbounded", total(at, "explain alice -q --as-of 2026-11-22"));
}

#[test]
fn what_the_centers_hold_is_added_up_too() {
    let folder = two(true);
    let at = folder.path();
    let line = "explain alice --live -q --as-of 2026-11-22";
    assert_snapshot!("total_live_nothing", total(at, line));
    assert!(
        bursar(at)
            .args(["apply", "--yes", "-q", "--center", "gate"])
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_snapshot!("total_live_part", total(at, line));
    let people = "Email,Access,Limit\nalice@acme.example,Custom credit limit,1500\nbob@acme.example,Full access,\n";
    fs::write(at.join("people.csv"), people).unwrap();
    assert_snapshot!("total_live_same", total(at, line));
    let value = explained(at, line);
    assert_eq!(value["total"]["sums"], value["total_live"]["sums"]);
    // Somebody raises a cap past the files.
    let file = at.join("bursar.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("cap: 10 }", "cap: 60 }")).unwrap();
    assert!(
        bursar(at)
            .args(["apply", "--yes", "-q", "--center", "gate"])
            .output()
            .unwrap()
            .status
            .success()
    );
    fs::write(&file, text).unwrap();
    let value = explained(at, line);
    let dollars = |total: &str| value[total]["sums"][2]["amount"].clone();
    assert_eq!((dollars("total"), dollars("total_live")), ("10".into(), "60".into()));
}

/// Where a grant is a setting of the person's own, whoever has no cap of their own is one of the others.
#[test]
fn a_grant_without_a_cap_may_follow_others() {
    let text = "\
version: 1
centers:
  main: { provider: one-setting }
members:
  alice: {}
  bob: {}
pools:
  ai:
    center: main
    budget: { limit: 900, unit: credits, period: weekly, when_exhausted: block }
    access: [{ member: alice }, { member: bob, cap: unlimited }]
    others: { cap: 50 }
";
    let total = |name: &str| {
        let loaded = texts(&[text]);
        let member = MemberId::new(name).unwrap();
        let explained = explain(&loaded.config, &loaded.files, &providers(), Some(&member), TODAY);
        let from = match &explained.pools[0].right {
            Right::Granted { from: CapFrom::Others(source), .. } => Some(source.line),
            _ => None,
        };
        let total = bursar::model::total::total(&explained.parts(), &BTreeMap::new());
        (from, total.shares[0].case.to_string(), total.shares[0].by_budget)
    };
    assert_eq!(total("alice"), (Some(12), "222".to_owned(), false), "50 a week, from what others may draw");
    assert_eq!(total("bob"), (None, "3,986".to_owned(), true), "900 a week is the budget");
}
