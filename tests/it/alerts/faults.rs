//! What goes wrong on the way: nobody hears of one crossing twice within the hour unless the first surely did not arrive, and
//! nobody never.

use std::process::Stdio;

use super::World;
use crate::fakes::post::{Answer, Fault};
use crate::secrets;

/// An hour, and what a claim may last beside it.
const LONG: i64 = 75;

fn mailed() -> World {
    let world = World::new(&["{ at: 50%, of: budget, notify: [ops] }"]);
    world.draw("alice", "600");
    world
}

fn hooked() -> World {
    let world = World::new(&["{ at: 50%, of: budget, notify: [hook] }"]);
    world.draw("alice", "600");
    world
}

#[test]
fn a_letter_that_surely_was_not_taken_is_sent_by_the_next_run() {
    for fault in [Fault::Gone, Fault::Mail451, Fault::Rcpt550, Fault::DropBeforeData, Fault::Data554, Fault::Data452] {
        let world = mailed();
        world.mail.fails(fault);
        assert_eq!(world.statuses(), ["failed"], "{fault:?}");
        assert!(world.mail.letters().is_empty());
        assert_eq!(world.statuses(), ["sent"], "{fault:?}");
        assert_eq!(world.statuses(), ["before"]);
        assert_eq!(world.mail.letters().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_letter_whose_answer_was_lost_is_not_sent_within_the_hour_and_then_is() {
    let world = mailed();
    world.mail.fails(Fault::DropAfterData);
    assert_eq!(world.statuses(), ["unknown"]);
    assert_eq!(world.statuses(), ["waits"]);
    world.minutes_pass(55);
    assert_eq!(world.statuses(), ["waits"]);
    assert_eq!(world.mail.letters().len(), 1);
    world.minutes_pass(6);
    assert_eq!(world.statuses(), ["sent"]);
    let letters = world.mail.letters();
    let id = |i: usize| letters[i].text.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    assert_eq!((letters.len(), id(0)), (2, id(1)), "a reader knows that it is the same");
    assert_eq!(world.statuses(), ["before"]);
}

#[test]
fn a_server_that_is_not_there_is_a_definite_no() {
    let world = mailed();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let out = world.command("alerts").env("BURSAR_SMTP_URL", format!("smtp://{gone}")).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stdout).contains("not told: "));
    assert_eq!(world.statuses(), ["sent"]);
}

#[test]
fn one_letter_that_fails_keeps_no_other_back() {
    let world = World::new(&["{ at: 50%, of: caps, notify: [member, ops] }"]);
    for who in ["alice", "bob"] {
        world.draw(who, if who == "alice" { "400" } else { "150" });
    }
    world.mail.fails(Fault::Rcpt550);
    world.mail.fails(Fault::Mail451);
    let mut statuses = world.statuses();
    statuses.sort();
    assert_eq!(statuses, ["failed", "failed", "failed", "sent"], "ops hears of two people in one letter");
    assert_eq!(world.mail.letters().len(), 1);
    assert!(world.statuses().iter().all(|status| matches!(status.as_str(), "sent" | "before")));
    assert_eq!(world.mail.letters().len(), 3);
}

#[test]
fn a_webhook_that_asks_to_wait_is_waited_for() {
    let world = hooked();
    world
        .hooks
        .answers([Answer::Status(429, "retry-after: 0\r\n"), Answer::Status(503, "retry-after: 0\r\n")]);
    assert_eq!(world.statuses(), ["sent"]);
    let received = world.hooks.received();
    assert_eq!(received.len(), 3);
    assert_eq!(received[0].headers["webhook-id"], received[2].headers["webhook-id"]);
}

#[test]
fn a_webhook_that_asks_to_wait_for_long_is_told_by_the_next_run() {
    let world = hooked();
    world.hooks.answers([Answer::Status(429, "retry-after: 3600\r\n")]);
    assert_eq!(world.statuses(), ["failed"]);
    assert_eq!(world.statuses(), ["sent"]);
}

#[test]
fn what_a_webhook_refuses_is_sent_by_the_next_run() {
    for answer in [
        Answer::Status(400, ""),
        Answer::Status(404, ""),
        Answer::Status(410, ""),
        Answer::Status(302, "location: http://127.0.0.1:9/elsewhere\r\n"),
    ] {
        let world = hooked();
        world.hooks.answers([answer]);
        assert_eq!(world.statuses(), ["failed"]);
        assert_eq!(world.statuses(), ["sent"]);
        assert_eq!(world.hooks.received().len(), 2, "no redirect is followed");
    }
}

#[test]
fn what_a_webhook_may_have_taken_waits_for_the_hour() {
    for answer in [Answer::DoneBut(500), Answer::DoneBut(502), Answer::DoneBut(504), Answer::Drop] {
        let world = hooked();
        world.hooks.answers([answer.clone()]);
        assert_eq!(world.statuses(), ["unknown"], "{answer:?}");
        assert_eq!(world.statuses(), ["waits"], "{answer:?}");
        assert_eq!(world.hooks.received().len(), 1, "{answer:?}");
        world.minutes_pass(61);
        assert_eq!(world.statuses(), ["sent"], "{answer:?}");
        let received = world.hooks.received();
        assert_eq!(received[0].headers["webhook-id"], received[1].headers["webhook-id"]);
        assert_eq!(received[0].body, received[1].body);
    }
}

#[test]
fn a_higher_level_does_not_wait() {
    let world = World::new(&["{ at: 50%, of: budget, notify: [hook] }", "{ at: 75%, of: budget, notify: [hook] }"]);
    world.draw("alice", "600");
    world.hooks.answers([Answer::Drop]);
    assert_eq!(world.statuses(), ["unknown"]);
    world.draw("bob", "200");
    assert_eq!(world.statuses(), ["sent"], "it is another crossing");
}

#[test]
fn a_run_that_is_killed_while_it_sends_is_as_one_whose_answer_was_lost() {
    let world = hooked();
    world.hooks.answers([Answer::Hang]);
    let mut child = world.command("alerts").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    world.hooks.wait_for(1);
    child.kill().unwrap();
    secrets::look_at(&child.wait_with_output().unwrap());
    assert_eq!(world.statuses(), ["waits"]);
    world.minutes_pass(61);
    assert_eq!(world.statuses(), ["waits"], "it may have left up to ten minutes after the claim");
    world.minutes_pass(LONG - 61);
    assert_eq!(world.statuses(), ["sent"]);
    assert_eq!(world.hooks.received().len(), 2);
}

#[test]
fn of_many_runs_at_the_same_moment_one_sends() {
    let world = World::new(&["{ at: 50%, of: budget, notify: [hook, ops] }"]);
    world.draw("alice", "600");
    let run = |_| {
        let mut command = world.command("alerts");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let runs: Vec<_> = (0..6).map(run).collect();
    for run in runs {
        let out = run.wait_with_output().unwrap();
        secrets::look_at(&out);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!((world.hooks.received().len(), world.mail.letters().len()), (1, 1));
    assert_eq!(world.statuses(), ["before", "before"]);
}

#[test]
fn more_people_than_are_told_at_once() {
    let world = World::new(&["{ at: 50%, of: caps, notify: [member, hook] }"]);
    let path = world.at().join("bursar.yaml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    for i in 0..120 {
        text = text.replace("members:\n", &format!("members:\n  p{i:03}: {{ email: p{i:03}@acme.example }}\n"));
        text = text.replace("    access:\n", &format!("    access:\n      - {{ member: p{i:03}, cap: 1 }}\n"));
    }
    std::fs::write(path, text).unwrap();
    world.apply();
    let db = rusqlite::Connection::open(world.at().join(".bursar/center.db")).unwrap();
    let drawn = db
        .execute(
            "INSERT INTO draws (pool, pool_name, member, amount, at)
             SELECT p.id, p.name, m.id, '1 credits', '2026-11-01T00:00:00Z' FROM pools p, members m WHERE m.name LIKE 'p___'",
            [],
        )
        .unwrap();
    assert_eq!(drawn, 120);
    let (code, report) = world.alerts();
    assert_eq!((code, report["messages"].as_array().unwrap().len()), (0, 121));
    assert_eq!(world.mail.letters().len(), 120);
    assert_eq!(world.hooks.received()[0].json()["alerts"].as_array().unwrap().len(), 120);
    assert!(world.statuses().iter().all(|status| status == "before"));
    assert_eq!(world.mail.letters().len(), 120);
}
