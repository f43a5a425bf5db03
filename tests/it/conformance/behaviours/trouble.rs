//! Centers that say no, that ask for patience, and that are cut off.

use std::time::Duration;

use serde_json::Value;

use crate::conformance::desk::Desk;
use crate::conformance::file::File;
use crate::conformance::site::Row;
use crate::conformance::stage::Stage;
use crate::fakes::proxy::Fault;

/// What can become of one write.
const LOST: [Fault; 4] = [Fault::ResetBefore, Fault::ResetAfter, Fault::Broken, Fault::BrokenAfter];

/// A token of nobody.
const WRONG: &str = "wrong-b3Vd8Kq1Zs6Yw0Np";

pub(super) fn a_wrong_token(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.token(WRONG);
    for line in ["plan", "apply --yes", "import --center main", "apply --yes -v"] {
        // What is asked here is wrong on purpose: nothing for a record of what the vendor describes.
        let out = desk.command(line).env_remove("BURSAR_HTTP_LOG").output().unwrap();
        desk.assert_code(line, &out, 1);
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(said.contains("help: "), "{said}");
        assert!(!said.contains(&WRONG[WRONG.len() / 2..]), "the token stands in what was said");
    }
    assert_eq!(stage.seen().writes, 0);
    stage.assert_books(&[]);
}

pub(super) fn patience_is_obeyed(row: &Row) {
    let stage = Stage::open(row);
    let desk = stage.desk(&File::base());
    desk.apply();
    desk.asks(&File::base().cap("bob", "60"));
    let before = stage.proxy().log().len();
    stage.proxy().strike(0, Fault::Wait);
    desk.ends("apply --yes", 0);
    let log = &stage.proxy().log()[before..];
    let refused = log.iter().position(|exchange| exchange.server.is_none()).unwrap();
    let again = |exchange: &&crate::fakes::proxy::Exchange| exchange.path == log[refused].path;
    let next = log[refused + 1..]
        .iter()
        .filter(|exchange| exchange.method == log[refused].method)
        .find(again);
    let waited = next.unwrap().came.saturating_sub(log[refused].went);
    assert!(waited >= Duration::from_millis(990), "{} waited {waited:?}", stage.row);
    stage.assert_books(&["alice 30", "bob 60", "carol 70"]);
}

/// Applies while one write is hit, and looks whether what is said of it is so; then once more, until it is done.
fn survives(desk: &Desk<'_>, fault: (usize, Fault), what: &str) {
    let consent = desk.plan().consent();
    desk.stage.proxy().strike(fault.0, fault.1);
    let out = desk.run(&format!("apply --yes --format json{consent}"));
    let code = out.status.code().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let report: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{what}: {code} {said}"));
    desk.stage.proxy().calm_down();
    let outcomes = Desk::outcomes(&report);
    let all_made = outcomes.iter().all(|(_, outcome)| ["applied", "already"].contains(&outcome.as_str()));
    let left = desk.plan();
    assert_eq!(code == 0, left.changes().is_empty(), "{what}: ends with {code} and leaves {:?}", left.words());
    assert!(!all_made || left.changes().is_empty(), "{what}: told {outcomes:?} and leaves {:?}", left.words());
    if code != 0 {
        assert!([1, 4].contains(&code), "{what}: {code}");
    }
    desk.apply();
}

pub(super) fn a_write_that_fails_or_is_lost(row: &Row) {
    for fault in LOST {
        let stage = Stage::open(row);
        let desk = stage.desk(&File::base());
        desk.apply();
        desk.asks(&File::base().cap("bob", "60"));
        survives(&desk, (0, fault), &format!("{} {fault:?}", stage.row));
        stage.assert_books(&["alice 30", "bob 60", "carol 70"]);
    }
}

pub(super) fn a_first_apply_that_fails_or_is_lost(row: &Row) {
    let stage = Stage::open(row);
    let before = stage.seen();
    stage.desk(&File::base()).apply();
    let writes = (stage.seen() - before).writes;
    for nth in 0..writes {
        for fault in [Fault::ResetAfter, Fault::Broken] {
            let stage = Stage::open(row);
            let desk = stage.desk(&File::base());
            survives(&desk, (nth, fault), &format!("{} write {nth} {fault:?}", stage.row));
            stage.assert_books(&["alice 30", "bob 50", "carol 70"]);
        }
    }
}
