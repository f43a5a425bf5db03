//! `plan --due`: what begins or ends soon, and what has ended.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::{FILE, TODAY, on_the_day};
use crate::output::json::{PLAN, findings, validator};
use crate::terminal::{bursar, folder, terminal};

/// The files, applied on the day, so that a plan has nothing to change.
fn applied(text: &str) -> crate::secrets::Folder {
    let folder = folder(text);
    let out = bursar(folder.path()).args(["apply", "--yes", "-q", "--as-of", TODAY]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    folder
}

fn plan(at: &Path, line: &str) -> Value {
    let out = bursar(at).args(["plan", "--format", "json"]).args(line.split(' ')).output().unwrap();
    let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(findings(&validator(PLAN), &plan), Vec::<String>::new(), "{plan:#}");
    plan
}

/// `alice ends 2026-11-30`, one for each day of a rule.
fn days(plan: &Value) -> Vec<String> {
    let word = |due: &Value, key: &str| due[key].as_str().unwrap().to_owned();
    let due = plan["due"].as_array().unwrap().iter();
    due.map(|due| [word(due, "who"), word(due, "what"), word(due, "day")].join(" ")).collect()
}

#[test]
fn it_stands_beside_the_plan() {
    let folder = applied(FILE);
    let at = folder.path();
    assert_snapshot!("text", terminal(at, &on_the_day("plan -q --due 14d")));
    assert_snapshot!("markdown", terminal(at, &on_the_day("plan -q --due 2w --format markdown")));
    assert_snapshot!("json", terminal(at, &on_the_day("plan -q --due 14d --format json")));
    assert_snapshot!("one_pool", terminal(at, &on_the_day("plan -q --due 14d --pool ai")));
}

#[test]
fn nothing_else_of_a_plan_is_another_for_it() {
    let folder = folder(FILE);
    let at = folder.path();
    let mut with = plan(at, &on_the_day("--due 3650d"));
    let without = plan(at, &on_the_day("-q"));
    assert!(without.get("due").is_none());
    assert_eq!(with["due"].as_array_mut().unwrap().len(), 6);
    with.as_object_mut().unwrap().remove("due");
    with["expires_at"] = without["expires_at"].clone();
    assert_eq!(with, without);
    // A saved plan of it is applied as any other.
    let line = on_the_day("plan -q --due 14d --out plan.json");
    assert!(terminal(at, &line).contains("--- exit 0"));
    let shown = terminal(at, &on_the_day("apply plan.json --yes -q"));
    assert!(shown.contains("Verified") && shown.contains("--- exit 0"), "{shown}");
}

#[test]
fn both_ends_of_the_time_count() {
    let folder = applied(FILE);
    let at = folder.path();
    let near = |line: &str| -> Vec<String> {
        days(&plan(at, line)).into_iter().filter(|day| !day.contains(" ended ")).collect()
    };
    assert_eq!(near("--due 0d --as-of 2026-11-22"), ["erin ends 2026-11-22"]);
    assert_eq!(near("--due 7d --as-of 2026-11-22"), ["erin ends 2026-11-22"]);
    assert_eq!(near("--due 8d --as-of 2026-11-22"), ["erin ends 2026-11-22", "alice ends 2026-11-30"]);
    assert_eq!(near("--due 1d --as-of 2026-11-30"), ["alice ends 2026-11-30", "alice begins 2026-12-01"]);
    // What begins today has begun.
    assert_eq!(near("--due 0d --as-of 2026-12-01"), Vec::<String>::new());
    let ended = days(&plan(at, "--due 0d --as-of 2026-12-01"));
    assert_eq!(
        ended,
        [
            "bob ended 2026-10-31",
            "group:trial ended 2026-11-01",
            "dave ended 2026-11-21",
            "erin ended 2026-11-22",
            "alice ended 2026-11-30"
        ]
    );
}

/// A rule whose people do not all fall back to the same.
#[test]
fn people_of_a_group_are_told_apart() {
    let text = FILE.replace("      - { group: trial, cap: 50, expires: 2026-11-01 }\n", "").replace(
        "      - group: designers\n        cap: 300\n",
        "      - { group: designers, cap: 300, expires: 2026-12-01 }\n      - { group: trial, cap: 40, starts: 2026-12-02 }\n",
    );
    let text = text
        .replace("trial: [dave, erin]", "trial: [carol, dave, erin]")
        .replace("2026-10-31", "2027-10-31");
    let folder = folder(&text);
    assert_snapshot!("of_a_group", terminal(folder.path(), &on_the_day("plan -q --due 14d --pool ai")));
}

#[test]
fn a_time_that_is_none_is_wrong_usage() {
    let folder = folder(FILE);
    assert_snapshot!("wrong_time", terminal(folder.path(), "plan --due 14"));
    assert_snapshot!("too_far", terminal(folder.path(), "plan --due 3651d"));
    assert_snapshot!("nothing_due", {
        fs::write(
            folder.path().join("bursar.yaml"),
            FILE.split("    access:").next().unwrap().to_owned() + "    access: []\n    others: blocked\n",
        )
        .unwrap();
        terminal(folder.path(), &on_the_day("plan -q --due 14d"))
    });
}
