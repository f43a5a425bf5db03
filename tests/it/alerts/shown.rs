//! What a terminal, a program and each recipient is shown.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use super::{PASSWORD, World};
use crate::output::json::{findings, validator};
use crate::terminal::{bursar, show};

const SCHEMA: &str = include_str!("../../../schema/alerts.v1.schema.json");
const BODY: &str = include_str!("../../../schema/alert.v1.schema.json");

const ALL: [&str; 3] = [
    "{ at: 50%, of: budget, notify: [ops] }",
    "{ at: 80%, of: budget, notify: [ops, chat, hook] }",
    "{ at: 90%, of: caps, notify: [ops, hook, member] }",
];

/// A pool at 92 % of its budget, with two people near their caps.
fn near() -> World {
    let world = World::new(&ALL);
    for (who, amount) in [("alice", "545"), ("bob", "190"), ("carol", "185")] {
        world.draw(who, amount);
    }
    world
}

#[test]
fn a_dry_run_shows_every_message_and_sends_none() {
    let world = near();
    assert_snapshot!("dry_run", world.show("alerts --dry-run"));
    assert!(world.mail.letters().is_empty() && world.hooks.received().is_empty());
    assert!(!world.at().join(".bursar/alerts.json").exists());
}

#[test]
fn everybody_hears_once_of_everything_that_concerns_them() {
    let world = near();
    assert_snapshot!("told", world.show("alerts -q"));
    let mut letters = world.mail.letters();
    letters.sort_by(|a, b| a.to.cmp(&b.to));
    let to: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["ai-ops@acme.example", "alice@acme.example", "bob@acme.example"]);
    let plain = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.starts_with("Date: "));
        lines.map(|line| format!("{line}\n")).collect::<Vec<_>>().concat()
    };
    assert_snapshot!("letter", plain(&letters[0].text));
    assert_snapshot!("letter_of_a_member", plain(&letters[2].text));
    let login = &world.mail.logins()[0];
    assert!(login.starts_with("AUTH PLAIN ") && !login.contains(PASSWORD));

    let received = world.hooks.received();
    assert_eq!(received.len(), 2);
    let hook = received.iter().find(|one| one.path.starts_with("/hook/")).unwrap();
    assert_eq!(findings(&validator(BODY), &hook.json()), Vec::<String>::new());
    assert_eq!(hook.headers["webhook-id"], format!("msg_{}", hook.json()["id"].as_str().unwrap()));
    assert!(hook.headers["webhook-signature"].starts_with("v1,"));
    let slack = received.iter().find(|one| one.path.starts_with("/slack/")).unwrap();
    assert_eq!(slack.json().as_object().unwrap().len(), 1);
    assert_snapshot!("slack", slack.json()["text"].as_str().unwrap());

    assert_snapshot!("told_before", world.show("alerts -q"));
    assert_eq!(world.mail.letters().len(), 3);
    assert_eq!(world.hooks.received().len(), 2);
}

#[test]
fn of_several_levels_the_highest_is_named_to_each_who_hears_of_it() {
    let world = World::new(&[
        "{ at: 50%, of: budget, notify: [ops, chat] }",
        "{ at: 80%, of: budget, notify: [ops] }",
        "{ at: { amount: 700 }, of: budget, notify: [ops, chat] }",
        "{ at: 95%, of: budget, notify: [chat] }",
    ]);
    world.draw("alice", "600");
    world.draw("bob", "200");
    let (_, report) = world.alerts();
    let told = report["reached"][0]["told"].as_array().unwrap();
    let levels: Vec<&Value> = told.iter().map(|told| &told["level"]).collect();
    assert_eq!(
        levels,
        [
            &serde_json::json!({ "percent": 80 }),
            &serde_json::json!({ "amount": { "amount": "700", "unit": "credits" } })
        ]
    );
    world.draw("carol", "150");
    assert_eq!(world.statuses(), ["before", "sent"], "only chat hears of 95 %");
    assert_eq!(world.mail.letters().len(), 1);
}

#[test]
fn a_raise_recovers_and_what_is_crossed_again_is_said_again() {
    let world = World::new(&["{ at: 80%, of: budget, notify: [hook] }"]);
    world.draw("alice", "600");
    world.draw("bob", "200");
    assert_eq!(world.statuses(), ["sent"]);
    world.edit("limit: 1000", "limit: 1100");
    assert_snapshot!("recovered", world.show("alerts -q"));
    assert_eq!(world.statuses(), Vec::<String>::new(), "it is said once");
    world.draw("carol", "120");
    assert_eq!(world.statuses(), ["sent"]);
    let received = world.hooks.received();
    assert_eq!(received.len(), 2);
    assert_ne!(received[0].headers["webhook-id"], received[1].headers["webhook-id"], "it is another crossing");
    // Lowered again, nothing is new: the same level is reached.
    world.edit("limit: 1100", "limit: 1050");
    assert_eq!(world.statuses(), ["before"]);
}

#[test]
fn the_report_keeps_its_schema() {
    let schema = validator(SCHEMA);
    let world = near();
    for line in ["alerts --dry-run --format json", "alerts --format json", "alerts --format json"] {
        let report: Value = serde_json::from_slice(&world.run(line).stdout).unwrap();
        assert_eq!(findings(&schema, &report), Vec::<String>::new());
        assert_eq!(report["reached"].as_array().unwrap().len(), 4, "the budget and three people");
        let mut wrong = report.clone();
        wrong["reached"][0]["told"][0]["status"] = "perhaps".into();
        assert_ne!(findings(&schema, &wrong), Vec::<String>::new());
    }
}

#[test]
fn who_cannot_be_reached_keeps_nobody_else_from_hearing() {
    let world = near();
    let mut command = world.command("alerts -v");
    command
        .env_remove("BURSAR_SLACK")
        .env("BURSAR_SMTP_URL", "mail.acme.example")
        .env_remove("BURSAR_WEBHOOK_SECRET");
    assert_snapshot!("unreachable", show("alerts -v", &command.output().unwrap(), world.at()));
    assert_eq!(world.hooks.received().len(), 1);
    assert!(!world.hooks.received()[0].headers.contains_key("webhook-signature"));
    let mut command = world.command("alerts");
    command
        .env("BURSAR_HOOK", "http://hooks.acme.example/x")
        .env("BURSAR_WEBHOOK_SECRET", "short");
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert_eq!(world.mail.letters().len(), 3, "what was missing is there now");
}

#[test]
fn the_summary_is_a_page() {
    let world = near();
    let out = world.run("alerts --summary page.md");
    // carol has no address.
    assert_eq!(out.status.code(), Some(1));
    assert_snapshot!("summary", fs::read_to_string(world.at().join("page.md")).unwrap());
}

#[test]
fn a_state_that_is_not_ours_stops_everything() {
    let world = near();
    for (name, text) in [("damaged", "{\"schema\": 1}"), ("newer", "{\"schema\": \"bursar.alert-state.v9\"}")] {
        fs::write(world.at().join(".bursar/alerts.json"), text).unwrap();
        assert_snapshot!(format!("state_{name}"), world.show("alerts"));
        assert!(world.mail.letters().is_empty());
    }
}

#[test]
fn wrong_usage() {
    let world = World::new(&ALL);
    assert_snapshot!("no_format", world.show("alerts --format markdown"));
    assert_snapshot!("no_repository", world.show("alerts --issue acme"));
    assert_snapshot!("no_pool", world.show("alerts --pool other"));
    assert_snapshot!("nothing_reached", world.show("alerts"));
    assert!(!world.at().join(".bursar/alerts.json").exists(), "nothing to remember");
}

#[test]
fn a_center_that_cannot_be_read_keeps_nobody_else_from_hearing() {
    let world = near();
    let path = world.at().join("bursar.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace(
        "centers:\n",
        "centers:\n  far: { provider: http, base_url: \"http://127.0.0.1:9\", token: { env: BURSAR_FAR } }\n",
    );
    let text = text.replace(
        "pools:\n",
        "pools:\n  there: { center: far, budget: { limit: 9, unit: credits, period: monthly }, access: [], others: unmanaged, \
         alerts: [{ at: 9%, of: budget, notify: [ops] }] }\n",
    );
    fs::write(path, text).unwrap();
    let out = world.command("alerts -q").env("BURSAR_FAR", "no").output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stdout).contains("not read: far: "));
    assert_eq!(world.mail.letters().len(), 3);
    let out = bursar(world.at()).args(["alerts", "-q", "--center", "local"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&out.stdout).contains("far"));
}
