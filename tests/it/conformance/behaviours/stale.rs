//! What moved since it was looked at.

use std::sync::Arc;

use serde_json::Value;

use crate::conformance::desk::Desk;
use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;
use crate::fakes::proxy::{Count, Hold};

/// Two raises of what [`File::base`] asks.
fn raised() -> File {
    File::base().cap("bob", "60").cap("carol", "80")
}

pub(super) fn what_moved_since_the_plan_was_saved(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&raised());
    desk.ends("plan --out plan.json", 0);
    stage.desk(&File::base().cap("bob", "55")).apply();
    let before = stage.seen();
    desk.ends("apply plan.json --yes", 5);
    assert_eq!((stage.seen() - before).writes, 0, "a stale plan writes nothing");
    stage.assert_books(&["alice 30", "bob 55", "carol 70"]);
}

pub(super) fn what_moves_while_a_plan_is_applied(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&raised());
    let plan = desk.plan();
    assert_eq!(plan.changes().len(), 2, "{:?}", plan.words());
    // An apply looks as the plan did. What it asks next belongs to the first write.
    let hold = Arc::new(Hold::new(Count::All, plan.looked.reads));
    stage.proxy().hold(&hold);
    let line = "apply --yes --format json";
    let child = desk.start(line);
    assert!(hold.came(), "the apply asks nothing more");
    stage.desk_behind(&File::base().cap("bob", "55")).apply();
    hold.let_go(true);
    let out = child.wait_with_output().unwrap();
    desk.assert_code(line, &out, 4);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let expected = [("bob", "refused"), ("carol", "applied")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(Desk::outcomes(&report), expected, "{report:#}");
    stage.assert_books(&["alice 30", "bob 55", "carol 80"]);
    stage.proxy().calm_down();
    desk.apply();
    stage.assert_books(&["alice 30", "bob 60", "carol 80"]);
}

pub(super) fn a_plan_that_was_applied(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&raised());
    desk.ends("plan --out plan.json", 0);
    desk.ends("verify plan.json", 0);
    desk.ends("apply plan.json --yes", 0);
    // All of it is done.
    desk.ends("verify plan.json", 2);
    desk.assert_settled();
    stage.desk(&File::base().cap("carol", "80").cap("bob", "55")).apply();
    desk.ends("verify plan.json", 5);
    desk.ends("plan --detailed-exitcode", 2);
}
