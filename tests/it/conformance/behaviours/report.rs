//! What is said of a center.

use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;
use crate::output::json::{PLAN, findings, validator};

pub(super) fn a_plan_is_of_its_schema(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    let schema = validator(PLAN);
    let plan = desk.apply();
    assert_eq!(findings(&schema, &plan.json), Vec::<String>::new());
    desk.asks(&File::base().cap("dave", "5").cap("bob", "55").without("alice"));
    assert_eq!(findings(&schema, &desk.plan().json), Vec::<String>::new());
}

pub(super) fn a_healthy_center_has_nothing_wrong(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    let said = desk.ends("doctor", 0);
    assert!(said.contains("main"), "{said}");
    // It may ask whether it could write; nothing comes of it.
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
    desk.assert_settled();
}

pub(super) fn who_may_what_is_explained(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    let said = desk.ends("explain alice --live", 0);
    assert!(said.contains("30 "), "{said}");
    assert!(said.contains("bursar.yaml:"), "{said}");
}
