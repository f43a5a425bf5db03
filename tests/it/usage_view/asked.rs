//! The commands as a person meets them, over an embedded center in which people drew.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::base::Clone;
use crate::output::json::{PLAN, findings, validator};
use crate::terminal::bursar;

const DIFF: &str = include_str!("../../../schema/diff.v1.schema.json");
const USAGE: &str = include_str!("../../../schema/usage.v1.schema.json");

pub(super) const FILES: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
      - { member: bob, cap: 100 }
      - { member: carol, cap: 100 }
    others: blocked
";

/// A repository, applied, in which alice drew 450 and bob 40.
pub(super) fn world() -> Clone {
    let clone = Clone::empty();
    clone.write("bursar.yaml", FILES);
    clone.commit("Grant credits");
    for line in ["apply --yes -q", "draw ai alice 450", "draw ai bob 40"] {
        assert_eq!(code(&clone, line), Some(0), "{line}");
    }
    clone
}

pub(super) fn code(clone: &Clone, line: &str) -> Option<i32> {
    bursar(clone.at()).args(line.split(' ')).output().unwrap().status.code()
}

pub(super) fn json(clone: &Clone, line: &str) -> Value {
    let out = bursar(clone.at()).args(line.split(' ')).output().unwrap();
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

/// What a terminal shows, on whatever day it is.
pub(super) fn shown(clone: &Clone, line: &str) -> String {
    let text = clone.terminal(line);
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        // Forecasts and what is left hang on the day.
        if ["straight on: ", " left\n", "which is over\n"].iter().any(|word| line.contains(word)) {
            continue;
        }
        out.push_str(&undated(line));
    }
    out
}

/// A line without its days and moments.
fn undated(line: &str) -> String {
    let digits = |text: &str, shape: &str| {
        text.len() >= shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
    };
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let shapes = ["0000-00-00 00:00 UTC", "0000-00-00T00-00-00Z", "0000-00-00"];
        if let Some(shape) = shapes.iter().find(|shape| digits(rest, shape)) {
            out.push_str(if shape.len() > 10 { "[moment]" } else { "[day]" });
            rest = &rest[shape.len()..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The columns of the table that hang on the day.
fn without_forecast(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("    ") || line.contains("drawn: "))
        .map(|line| format!("{line}\n"))
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn usage_in_every_format() {
    let clone = world();
    assert_snapshot!("usage_head", without_forecast(&shown(&clone, "usage")));
    let text = clone.terminal("usage --pool ai");
    for said in ["drawn: 490 of 1,000 credits/month (49%), then block", "alice", "90%", "carol"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let alice = text.find("alice").unwrap();
    assert!(alice < text.find("bob").unwrap() && text.find("bob") < text.find("carol"), "{text}");
    let value = json(&clone, "usage --format json");
    let errors = findings(&validator(USAGE), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    let members = &value["centers"][0]["pools"][0]["members"];
    assert_eq!((&members[0]["drawn"]["amount"], &members[0]["share"]), (&"450".into(), &90.into()));
    let out = bursar(clone.at()).args(["usage", "--format", "csv"]).output().unwrap();
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(&out.stdout[..]).records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!((&rows[0][0], &rows[0][10], &rows[1][3], &rows[1][10]), ("pool", "490", "alice", "450"));
    assert_snapshot!("usage_format", clone.terminal("usage --format markdown"));
    assert_snapshot!("usage_pool", clone.terminal("usage --pool ay"));
    assert_snapshot!("usage_help", clone.terminal("usage --help"));
    assert_snapshot!("report_help", clone.terminal("report --help"));
}

#[test]
fn a_center_that_cannot_be_read_keeps_nobody_from_the_others() {
    let clone = world();
    clone.edit("bursar.yaml", "members:\n", "  other: { provider: embedded, path: other.db }\nmembers:\n");
    let pool = "  lab:
    center: other
    budget: { limit: 10, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 5 }]
    others: blocked
";
    clone.write("bursar.yaml", &(fs::read_to_string(clone.at().join("bursar.yaml")).unwrap() + pool));
    clone.write("other.db", "this is no database, and long enough to be looked at as one by whoever tries to read it");
    let text = shown(&clone, "usage --history kept");
    assert!(text.contains("490 of 1,000"), "{text}");
    assert_snapshot!("usage_unread", without_forecast(&text));
    let value = json(&clone, "usage --format json");
    assert!(findings(&validator(USAGE), &value).is_empty());
    assert_eq!((value["centers"].as_array().unwrap().len(), &value["unread"][0]["center"]), (1, &"other".into()));
    assert_eq!(code(&clone, "usage --center local"), Some(0));
    assert_eq!(code(&clone, "usage --format json"), Some(1));
}

#[test]
fn a_plan_and_an_apply_say_whom_they_stop() {
    let clone = world();
    clone.edit("bursar.yaml", "cap: 500", "cap: 400");
    clone.edit("bursar.yaml", "      - { member: bob, cap: 100 }\n", "");
    clone.edit("bursar.yaml", "limit: 1000", "limit: 480");
    assert_snapshot!("plan_text", shown(&clone, "plan"));
    let markdown = shown(&clone, "plan --format markdown");
    assert!(markdown.contains("**blocks `alice` at once: 450 of 400 credits drawn this month**"), "{markdown}");
    let value = json(&clone, "plan --format json");
    let errors = findings(&validator(PLAN), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    let strikes: Vec<&Value> = value["changes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|change| change["drawn"].as_array().into_iter().flatten())
        .map(|drew| &drew["strike"])
        .collect();
    assert_eq!(strikes, ["blocks", "blocks", "takes"]);
    // A saved plan knows of it, and is the same plan when more was drawn meanwhile.
    assert_eq!(code(&clone, "plan --out plan.json"), Some(0));
    assert_eq!(code(&clone, "draw ai bob 10"), Some(0));
    assert_eq!(code(&clone, "verify plan.json --format json"), Some(0));
    let applied = shown(&clone, "apply plan.json --yes");
    assert!(applied.contains("blocks alice at once: 450 of 400 credits drawn this month"), "{applied}");
    assert!(applied.contains("bob drew 50 credits this month"), "{applied}");
    assert_eq!(code(&clone, "plan --detailed-exitcode"), Some(0));
}

#[test]
fn a_pool_that_shall_go_is_drawn_on_until_then() {
    let clone = world();
    let head = FILES.split_once("    center: local\n").unwrap().0;
    clone.write("bursar.yaml", &format!("{head}    center: local\n    ensure: absent\n"));
    let plan = shown(&clone, "plan");
    for said in ["alice drew 450 credits this month", "bob drew 40 credits this month"] {
        assert!(plan.contains(said), "{said}: {plan}");
    }
    assert!(!plan.contains("carol drew"), "{plan}");
    assert!(shown(&clone, "usage").contains("490 of 1,000"));
    assert_eq!(code(&clone, "report --html page.html"), Some(0));
    assert_eq!(code(&clone, "alerts"), Some(0));
}

/// No center is asked, and none is there.
#[test]
fn an_edit_is_held_against_a_stored_reading() {
    let clone = world();
    assert_eq!(code(&clone, "usage --history kept"), Some(0));
    let out = bursar(clone.at()).args(["usage", "--format", "json"]).output().unwrap();
    clone.write("usage.json", &String::from_utf8(out.stdout).unwrap());
    fs::remove_dir_all(clone.at().join(".bursar")).unwrap();
    clone.edit("bursar.yaml", "cap: 500", "cap: 400");
    clone.edit("bursar.yaml", "      - { member: bob, cap: 100 }\n", "");
    assert_snapshot!("diff_text", shown(&clone, "diff HEAD --usage kept"));
    let markdown = shown(&clone, "diff HEAD --usage usage.json --format markdown");
    assert!(markdown.contains("**blocks `alice` at once: 450 of 400 credits drawn this month**"), "{markdown}");
    assert!(markdown.contains("`bob` drew 40 credits this month, last on"), "{markdown}");
    let value = json(&clone, "diff HEAD --usage kept --format json");
    let errors = findings(&validator(DIFF), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!shown(&clone, "diff HEAD").contains("drew"), "nobody said where it is stored");
    clone.git(&["checkout", "-q", "bursar.yaml"]);
    assert_eq!(code(&clone, "diff HEAD --usage kept --detailed-exitcode"), Some(0), "a reading is no difference");
    assert_snapshot!("revoke", shown(&clone, "revoke ai bob --usage kept"));
    clone.git(&["checkout", "-q", "bursar.yaml"]);
    assert_snapshot!("grant", shown(&clone, "grant ai alice --cap 450 --usage usage.json --dry-run"));
    let carol = shown(&clone, "revoke ai carol --usage kept --dry-run");
    assert!(!carol.contains("carol drew"), "she never drew: {carol}");
    // Readings that are none.
    clone.write("empty/readme.md", "x");
    clone.write("other.json", "{\"schema\": \"bursar.plan.v1\"}");
    clone.write("torn.json", "{\"schema\": \"bursar.us");
    for (name, path) in [("missing", "nowhere"), ("empty", "empty"), ("foreign", "other.json"), ("torn", "torn.json")] {
        assert_snapshot!(format!("known_{name}"), clone.terminal(&format!("revoke ai bob --usage {path}")));
    }
    assert!(clone.git(&["status", "--porcelain", "bursar.yaml"]).is_empty(), "nothing was edited");
}
