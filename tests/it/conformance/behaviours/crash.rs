//! Runs that are told to end, runs that die, and runs that meet.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Command;

use serde_json::Value;

use crate::conformance::desk::Desk;
use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;

const BOOKS: [&str; 3] = ["alice 31", "bob 51", "carol 71"];

/// Three raises of what [`File::base`] asks.
fn raised() -> File {
    File::base().cap("alice", "31").cap("bob", "51").cap("carol", "71")
}

/// A center that is as [`File::base`] asks, and a desk that asks for more.
fn ready(stage: &Stage) -> Desk<'_> {
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&raised());
    desk
}

/// Every change in a journal has one intent and one outcome, in that order.
fn assert_whole(desk: &Desk<'_>, journal: &str) {
    let text = std::fs::read_to_string(desk.path(journal)).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    let mut open = BTreeMap::<(String, String), usize>::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = line["change"]["id"].as_str().or(line["change"].as_str()).unwrap().to_owned();
        let key = (line["run"].to_string(), id);
        if line["kind"] == "intent" {
            assert_eq!(open.insert(key, 1), None, "{text}");
        } else {
            assert_eq!(open.insert(key, 0), Some(1), "{text}");
        }
    }
    assert!(!open.is_empty() && open.values().all(|left| *left == 0), "{text}");
}

pub(super) fn an_interrupt(row: &Row) {
    let stage = Stage::open(row);
    let desk = ready(&stage);
    let freeze = stage.freeze();
    let mut child = desk.start("apply --yes --journal run.jsonl");
    freeze.came(&desk.path("run.jsonl"));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    // Once it has heard of it, the write that is under way goes on.
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("interrupted: ") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    freeze.let_go(true);
    let out = child.wait_with_output().unwrap();
    desk.assert_code("apply --yes --journal run.jsonl", &out, 143);
    stage.calm_down();
    assert_whole(&desk, "run.jsonl");
    desk.ends("resume run.jsonl --yes", 0);
    assert_whole(&desk, "run.jsonl");
    desk.assert_settled();
    stage.assert_books(&BOOKS);
}

pub(super) fn a_kill(row: &Row) {
    for seen in [false, true] {
        let stage = Stage::open(row);
        let desk = ready(&stage);
        let freeze = stage.freeze();
        let mut child = desk.start("apply --yes --journal run.jsonl");
        freeze.came(&desk.path("run.jsonl"));
        child.kill().unwrap();
        child.wait().unwrap();
        freeze.let_go(seen);
        stage.calm_down();
        desk.ends("resume run.jsonl --yes", 0);
        assert_whole(&desk, "run.jsonl");
        desk.assert_settled();
        stage.assert_books(&BOOKS);
    }
}

pub(super) fn two_at_once(row: &Row) {
    let stage = Stage::open(row);
    let desk = ready(&stage);
    let freeze = stage.freeze();
    let child = desk.start("apply --yes --journal run.jsonl");
    freeze.came(&desk.path("run.jsonl"));
    let out = desk.run("apply --yes");
    desk.assert_code("apply --yes", &out, 6);
    freeze.let_go(true);
    let out = child.wait_with_output().unwrap();
    desk.assert_code("apply --yes --journal run.jsonl", &out, 0);
    stage.calm_down();
    desk.assert_settled();
    stage.assert_books(&BOOKS);
}
