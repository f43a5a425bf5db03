//! What is shown of requests, and what is said where there can be none.

use bursar::model::{Amount, Cap, CenterId, Period, Subject, Unit};
use bursar::output::requests::{Landing, Request, json};
use bursar::output::text::{self, Style};
use insta::assert_snapshot;
use serde_json::Value;

use super::landing::rights;
use crate::output::json::{findings, validator};
use crate::terminal::{bursar, example, folder, terminal};
use crate::world::{member, stranger};

const SCHEMA: &str = include_str!("../../../schema/requests.v1.schema.json");

const FILES: &str = "\
version: 1
centers:
  chat: { provider: embedded }
members:
  alice: {}
  bob: {}
pools:
  ai:
    center: chat
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cap: 500 }]
    others: { cap: 50 }
  lab:
    center: chat
    budget: { unit: credits, period: weekly }
    access: [{ member: bob }]
    others: blocked
";

fn request(id: &str, who: Subject, files: &str) -> Request {
    let name = who.is_known().then(|| who.name().to_owned());
    Request {
        center: CenterId::new("chat").unwrap(),
        id: id.to_owned(),
        landing: Landing::of(rights(files, name.as_deref(), "chat")),
        who,
        now: Some(Cap::Amount(Amount::whole(400, Unit::Credits))),
        asked: Some(Amount::whole(800, Unit::Credits)),
        asked_period: Some(Period::Monthly),
        reason: None,
        since: Some("2026-11-20T10:00:00Z".parse().unwrap()),
    }
}

fn requests() -> Vec<Request> {
    let evil = "zoe\u{1b}[2J\n\u{202e}::error::x";
    let mut all = vec![
        request("req_1", member("alice"), FILES),
        request("req_2", member("bob"), FILES),
        request("req_3", stranger(evil), FILES),
        request("req_4", member("alice"), &FILES.replace("[{ member: bob }]", "[{ member: alice, cap: 7 }]")),
        request("req_5", member("alice"), "version: 1\n"),
    ];
    all[1] = Request { now: Some(Cap::Inherit), asked: None, asked_period: None, since: None, ..all[1].clone() };
    all[2] = Request { now: None, reason: Some(format!("I need it {evil}")), ..all[2].clone() };
    all
}

#[test]
fn a_person_sees_a_table() {
    let mut out = Vec::new();
    text::requests(&mut out, &requests(), Style::default()).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.chars().all(|c| c == '\n' || !bursar::output::escape::is_hidden(c)), "{out:?}");
    assert_snapshot!("requests_text", out);
}

#[test]
fn a_program_reads_the_same() {
    let mut out = Vec::new();
    let centers = [CenterId::new("chat").unwrap()];
    json(&mut out, &centers, &requests()).unwrap();
    let value: Value = serde_json::from_slice(&out).unwrap();
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    assert_snapshot!("requests_json", String::from_utf8(out).unwrap());
    for (pointer, wrong) in [
        ("/schema", Value::from("bursar.requests.v2")),
        ("/requests/0/right", "maybe".into()),
        ("/requests/0/asked", 800.into()),
        ("/requests/0/pools", Value::Null),
    ] {
        let mut bad = value.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(!findings(&validator(SCHEMA), &bad).is_empty(), "{pointer}");
    }
    let printed = bursar(folder("version: 1\n").path()).args(["schema", "requests"]).output().unwrap();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), SCHEMA);
}

#[test]
fn without_such_a_vendor_it_says_so() {
    let folder = example("several-centers");
    let at = folder.path();
    for (name, line) in [
        ("none_list", "requests list"),
        ("none_center", "requests list --center seats"),
        ("none_json", "requests list --format json"),
        ("none_approve", "requests approve req_1 --cap 5"),
        ("none_deny", "requests deny req_1 --yes"),
        ("no_center", "requests list --center nowhere"),
        ("no_format", "requests approve req_1 --format json"),
        ("no_answer", "requests"),
        ("bad_cap", "requests approve req_1 --cap lots"),
    ] {
        assert_snapshot!(name, terminal(at, line));
    }
    for command in ["", "list ", "approve ", "deny "] {
        let name = format!("help_{}", command.trim());
        assert_snapshot!(name, terminal(at, &format!("requests {command}--help")));
    }
}
