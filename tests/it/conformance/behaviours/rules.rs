//! What holds for many: the default cap, everybody else, the budget and its alerts.

use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;

pub(super) fn a_default_cap(row: &Row) {
    let stage = Stage::open(row);
    let file = File::base().granted("alice").granted("bob");
    let desk = stage.desk(&file.clone().default_cap("40"));
    desk.apply();
    desk.asks(&file.default_cap("60"));
    let plan = desk.apply();
    // One setting of the pool, or a cap for each of the two.
    let words = plan.words();
    let expected: &[&str] = match words.len() {
        1 => &["pool.update the pool raises"],
        _ => &["grant.update alice raises", "grant.update bob raises"],
    };
    assert_eq!(words, expected);
}

/// zoe has 40, by a file that somebody else applied; the given file does not know her.
fn with_a_stranger(stage: &Stage, others: &str) {
    let file = File::base().member("zoe").cap("zoe", "40").others(others);
    stage.desk(&file).apply();
    stage.assert_books(&["alice 30", "bob 50", "carol 70", "zoe 40"]);
}

pub(super) fn a_stranger_is_revoked_where_others_are_blocked(row: &Row) {
    let stage = Stage::open(row);
    with_a_stranger(&stage, "blocked");
    let desk = stage.desk(&File::base().others("blocked"));
    let plan = desk.apply();
    let change = plan.one();
    assert_eq!(change["effect"], "revokes", "{change:#}");
    assert_eq!(change["subject"], stage.site.stranger("zoe"), "{change:#}");
    assert_eq!(change["known"], false, "{change:#}");
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
}

pub(super) fn others_have_a_cap(row: &Row) {
    let stage = Stage::open(row);
    with_a_stranger(&stage, "blocked");
    let desk = stage.desk(&File::base().others("{ cap: 20 }"));
    let plan = desk.apply();
    assert!(!plan.changes().is_empty());
    let books = stage.site.books().unwrap_or_default();
    assert!(!books.contains(&"zoe 40".to_owned()), "{books:?}");
    desk.asks(&File::base().others("{ cap: 25 }"));
    let plan = desk.apply();
    assert!(plan.words().iter().all(|words| words.ends_with("raises")), "{:?}", plan.words());
}

pub(super) fn others_are_left_as_they_are(row: &Row) {
    let stage = Stage::open(row);
    with_a_stranger(&stage, "unmanaged");
    let desk = stage.desk(&File::base().others("unmanaged"));
    desk.assert_settled();
    // Also who had a rule a moment ago.
    desk.asks(&File::base().without("bob").cap("alice", "35").others("unmanaged"));
    assert_eq!(desk.apply().one()["subject"], "alice");
    stage.assert_books(&["alice 35", "bob 50", "carol 70", "zoe 40"]);
}

pub(super) fn nobody_is_left(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&File::base().nobody());
    let plan = desk.plan();
    assert_eq!(plan.allows(), ["revocations=3"]);
    let before = stage.seen();
    desk.ends("apply --yes", 3);
    desk.ends("apply --yes --allow revocations=2", 3);
    assert_eq!((stage.seen() - before).writes, 0, "a refused plan writes nothing");
    stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
    desk.apply();
    stage.assert_books(&[]);
}

pub(super) fn a_budget(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    for (limit, effect) in [(600, "raises"), (400, "cuts")] {
        desk.asks(&File::base().limit(limit));
        let plan = desk.apply();
        assert_eq!(plan.words(), [format!("pool.update the pool {effect}")]);
        assert_eq!(plan.one()["fields"], serde_json::json!(["budget.limit"]));
    }
}

pub(super) fn an_alert(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base().alerts("[]"));
    desk.apply();
    let alerts = stage.site.alerts();
    desk.asks(&File::base().alerts(alerts));
    let plan = desk.apply();
    assert!(!plan.words().is_empty());
    assert!(plan.words().iter().all(|words| words.starts_with("alert.")), "{:?}", plan.words());
    desk.asks(&File::base().alerts("[]"));
    let plan = desk.apply();
    assert!(!plan.words().is_empty());
    assert!(plan.words().iter().all(|words| words.starts_with("alert.")), "{:?}", plan.words());
}
