//! What goes wrong on the way to Figma.

use std::time::Duration;

use insta::assert_snapshot;

use crate::fakes::figma::{Fake, Fault};
use crate::secrets::Folder;
use crate::terminal::{bursar, show, unrecorded};

use super::{USAGE, code, drew, run, world};

const DAILY: &str = "/v1/ai_usage/daily";

fn start() -> (Fake, Folder) {
    let fake = Fake::start();
    fake.state(|state| state.rows = vec![drew("carol", 1, 85)]);
    let folder = world(&fake, USAGE);
    (fake, folder)
}

/// What the plan is without any trouble: Carol drew at No access.
const REFUSED: i32 = 3;

#[test]
fn what_passes_by_itself_is_waited_for() {
    for fault in [Fault::Slow(Duration::from_millis(300)), Fault::Reset, Fault::Status(503), Fault::Limited(0)] {
        let (fake, folder) = start();
        fake.fault(DAILY, fault.clone());
        assert_eq!(code(folder.path(), "plan"), REFUSED, "{fault:?}");
        assert_eq!(fake.asked().len(), if matches!(fault, Fault::Slow(_)) { 1 } else { 2 }, "{fault:?}");
    }
}

#[test]
fn trouble_of_figmas_own_is_an_error_and_another_run_is_fine() {
    let (fake, folder) = start();
    fake.fault(DAILY, Fault::Status(500));
    assert_snapshot!(run(folder.path(), "plan"));
    assert_eq!(code(folder.path(), "plan"), REFUSED);
}

#[test]
fn too_long_a_wait_is_not_waited_for() {
    let (fake, folder) = start();
    fake.fault(DAILY, Fault::Limited(9000));
    assert_snapshot!(run(folder.path(), "plan"));
}

#[test]
fn a_token_that_has_expired() {
    let (fake, folder) = start();
    fake.state(|state| state.expired = true);
    assert_snapshot!(run(folder.path(), "plan"));
}

#[test]
fn a_token_that_is_not_there() {
    let (fake, folder) = start();
    assert_snapshot!(show("plan", &bursar(folder.path()).arg("plan").output().unwrap(), folder.path()));
    assert_eq!(fake.asked(), [""; 0]);
}

#[test]
fn a_token_of_another_kind() {
    let (_fake, folder) = start();
    let mut command = bursar(folder.path());
    command.env("BURSAR_FIGMA_TOKEN", "another").arg("plan");
    let shown = show("plan", &command.output().unwrap(), folder.path());
    assert!(shown.contains("exit 1") && shown.contains("Invalid token"), "{shown}");
}

#[test]
fn a_cursor_that_leads_back_ends() {
    let (fake, folder) = start();
    for _ in 0..3 {
        let body = r#"{"rows":[],"next_cursor":"c-1","has_next_page":true}"#;
        fake.fault(DAILY, Fault::Body(body.to_owned()));
    }
    assert_snapshot!(run(folder.path(), "plan"));
    assert_eq!(fake.asked().len(), 2);
}

#[test]
fn what_is_no_answer_of_figma_is_an_error() {
    if unrecorded("figma_usage::faults::what_is_no_answer_of_figma_is_an_error") {
        return;
    }
    let mut all = String::new();
    let bodies = [
        "<!doctype html><title>Log in</title>",
        "{}",
        r#"{"rows": 7}"#,
        "\u{1b}[31m",
        r#"{"rows": [], "next_cursor": "", "has_next_page": true}"#,
        "",
    ];
    for body in bodies {
        let (fake, folder) = start();
        fake.fault(DAILY, Fault::Body(body.to_owned()));
        all.push_str(&run(folder.path(), "plan"));
    }
    assert_snapshot!(all);
}

#[test]
fn odd_rows_are_passed_over() {
    if unrecorded("figma_usage::faults::odd_rows_are_passed_over") {
        return;
    }
    let (fake, folder) = start();
    let day = super::ago(0);
    let body = format!(
        r#"{{"rows": [{{}}, {{"day": "{day}", "plan_credits_sum": "x"}}, {{"day": "{day}", "user_id": 9,
        "user_email": "carol@acme.example", "plan_credits_sum": "12.5", "new": [1]}}], "next_cursor": null}}"#
    );
    fake.fault(DAILY, Fault::Body(body));
    let shown = run(folder.path(), "plan");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("2 rows of Figma's count are not understood and passed over"), "{shown}");
    assert!(
        words.contains("drew 12.5 paid credits on [today-0], although the export of [today-5] shows No"),
        "{shown}"
    );
}

#[test]
fn a_host_that_nobody_allowed_gets_no_token() {
    let (fake, folder) = start();
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(fake.url(), "https://figma.evil.example")).unwrap();
    assert_snapshot!(run(folder.path(), "plan"));
}

#[test]
fn names_from_figma_cannot_move_a_cursor() {
    let (fake, folder) = start();
    fake.state(|state| state.rows[0].email = Some("zoe\u{1b}[2Jx@acme.example".to_owned()));
    let out = super::output(folder.path(), "plan");
    let text = [out.stdout, out.stderr].concat();
    assert!(!text.contains(&0x1b), "{}", String::from_utf8_lossy(&text));
    assert!(String::from_utf8_lossy(&text).contains("zoe\\u{1b}[2jx@acme.example"));
}
