//! Pools and centers from their beginning to their end.

use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;

pub(super) fn an_empty_center_is_filled(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    assert!(desk.apply().changes().len() >= 3, "three people at least");
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
    let before = stage.seen();
    desk.ends("apply --yes", 0);
    assert_eq!((stage.seen() - before).writes, 0, "there was nothing to do");
}

pub(super) fn what_is_there_is_imported(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    let imported = desk.ends("import --center main", 0);
    assert!(imported.contains("alice"), "{imported}");
    desk.writes(&imported);
    desk.ends("validate", 0);
    desk.assert_settled();
}

pub(super) fn a_pool_of_nobody_is_left_alone(row: &Row) {
    let stage = Stage::open(row);
    let other = stage.desk(&File::base().second());
    other.apply();
    let desk = stage.desk(&File::base());
    let plan = desk.plan();
    assert_eq!(plan.words(), Vec::<String>::new());
    let unmanaged = plan.json["unmanaged"].to_string();
    assert!(unmanaged.contains("labs"), "{unmanaged}");
    desk.asks(&File::base().cap("alice", "20"));
    desk.apply();
    // Who asks for both finds the other one as it was.
    other.asks(&File::base().cap("alice", "20").second());
    other.assert_settled();
}

pub(super) fn a_pool_goes_by_ensure_absent(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&File::base().absent());
    let plan = desk.apply();
    assert_eq!(plan.one()["kind"], "pool.delete", "{:#}", plan.one());
    stage.assert_books(&[]);
    desk.asks(&File::base());
    desk.apply();
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
}
