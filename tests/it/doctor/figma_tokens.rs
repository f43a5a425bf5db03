//! The tokens of a Figma center, tried against a fake: accepted, refused, expired, not a token, and nobody there.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;

use super::{EXPORT, FIGMA, doctor, world};
use crate::fakes::figma::{Fake, Fault, SCIM_TOKEN, TENANT, TOKEN};
use crate::secrets::Folder;
use crate::terminal::{bursar, show, unrecorded};

const DAILY: &str = "/v1/ai_usage/daily";
const ENV: [(&str, &str); 2] = [("USAGE_TOKEN", TOKEN), ("SCIM_TOKEN", SCIM_TOKEN)];

/// An account of Enterprise whose center names both tokens.
fn account(url: &str) -> Folder {
    let settings = format!(
        "plan: enterprise\n    base_url: {url}\n    token: {{ env: USAGE_TOKEN }}\n    scim: {{ tenant: \"{TENANT}\", \
         token: {{ env: SCIM_TOKEN }} }}\n"
    );
    world(&FIGMA.replace("plan: organization\n", &settings), EXPORT)
}

fn token(value: &Value, at: usize) -> (&str, &str) {
    let token = &value["centers"][0]["tokens"][at];
    (token["state"].as_str().unwrap(), token["next"].as_str().unwrap_or_default())
}

#[test]
fn both_are_taken_and_cost_a_request_each() {
    let fake = Fake::start();
    let folder = account(fake.url());
    let (value, code) = doctor(folder.path(), "", &ENV);
    assert_eq!((code, token(&value, 0).0, token(&value, 1).0), (0, "accepted", "accepted"), "{value:#}");
    let asked = fake.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().any(|asked| asked.starts_with(DAILY) && asked.contains("limit=1")), "{asked:?}");
    assert!(asked.iter().any(|asked| asked.contains("/Users?startIndex=1&count=1")), "{asked:?}");
    let controls = value["centers"][0]["controls"].as_array().unwrap();
    let usage = controls.iter().find(|control| control["control"] == "usage").unwrap();
    assert_eq!(
        (&usage["availability"], &usage["why"]),
        (&"available".into(), &"the AI usage API takes the token".into())
    );
}

#[test]
fn one_that_has_expired_and_one_that_is_refused() {
    let fake = Fake::start();
    fake.state(|state| state.expired = true);
    let folder = account(fake.url());
    let mut command = bursar(folder.path());
    command.env("USAGE_TOKEN", TOKEN).env("SCIM_TOKEN", "another");
    let line = "doctor --as-of 2026-11-22";
    let shown = show(line, &command.args(line.split(' ')).output().unwrap(), folder.path());
    let shown: Vec<&str> = shown.lines().collect();
    let from = shown.iter().position(|line| line.contains("token  ")).unwrap();
    let to = shown.iter().position(|line| line.contains("notes  ")).unwrap();
    assert_snapshot!("doctor_figma_tokens_refused", shown[from..to].join("\n"));
    assert_eq!(shown.last(), Some(&"--- exit 1"));
    // Both were told apart from one that is not there.
    let (value, code) = doctor(folder.path(), "", &[("USAGE_TOKEN", "another"), ENV[1]]);
    assert_eq!((code, token(&value, 0).0, token(&value, 1).0), (1, "refused", "accepted"), "{value:#}");
    assert!(token(&value, 0).1.contains("Invalid token"), "{value:#}");
}

#[test]
fn one_that_cannot_be_a_token_is_sent_nowhere() {
    let fake = Fake::start();
    let folder = account(fake.url());
    let (value, code) = doctor(folder.path(), "", &[("USAGE_TOKEN", "two words")]);
    assert_eq!((code, token(&value, 0).0, token(&value, 1).0), (1, "malformed", "not_set"), "{value:#}");
    assert_eq!(fake.asked(), [""; 0]);
}

#[test]
fn nobody_there_is_no_fault_of_the_token() {
    let fake = Fake::start();
    fake.fault(DAILY, Fault::Status(500));
    let folder = account(fake.url());
    let (value, code) = doctor(folder.path(), "", &ENV);
    assert_eq!((code, token(&value, 0).0, token(&value, 1).0), (1, "not_tried", "accepted"), "{value:#}");
    assert_eq!(value["centers"][0]["reached"]["state"], "not_reached");
    assert_eq!(value["centers"][0]["problems"][0], "it cannot be read");
}

#[test]
fn what_is_no_answer_of_figma_is_told() {
    if unrecorded("doctor::figma_tokens::what_is_no_answer_of_figma_is_told") {
        return;
    }
    let fake = Fake::start();
    fake.fault(DAILY, Fault::Body("<title>Log in</title>".to_owned()));
    let folder = account(fake.url());
    let (value, code) = doctor(folder.path(), "", &ENV);
    assert_eq!((code, token(&value, 0).0), (1, "not_tried"), "{value:#}");
    assert!(value["centers"][0]["reached"].to_string().contains("does not answer with rows"), "{value:#}");
}

/// A service that hangs takes nothing away from what the files tell.
#[test]
fn one_that_hangs_is_left_alone() {
    let fake = Fake::start();
    fake.fault(DAILY, Fault::Slow(Duration::from_secs(20)));
    let folder = account(fake.url());
    let started = std::time::Instant::now();
    let (value, _) = doctor(folder.path(), "", &ENV);
    assert!(started.elapsed() < Duration::from_secs(18));
    assert_eq!((token(&value, 0).0, token(&value, 1).0), ("not_tried", "accepted"), "{value:#}");
    assert!(token(&value, 0).1.contains("no answer came within 5 s"), "{value:#}");
    assert_eq!(value["centers"][0]["reached"]["state"], "files", "{value:#}");
}
