//! A pool that another center holds until its own offers what it needs, and its way back.

mod laws;
mod process;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::secrets::Folder;
use crate::terminal::{bursar, folder, terminal};

const CONFIG: &str = "\
version: 1
centers:
  design:
    provider: figma
    plan: organization
    organization: acme
    export:
      people: people.csv
      columns: { email: Email, access: Access, limit: Limit }
      values: { full: [Full access], custom: [Custom limit], none: [No access] }
  gateway: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
pools:
  design-ai:
    center: design
    target: plan
    budget: { unit: credits, period: monthly }
    access:
      - { member: alice, cap: 2000 }
      - { member: bob, cap: 500 }
    others: blocked
    fallback: gateway
";

const PEOPLE: &str = "Email,Access,Limit\nalice@acme.example,Full access,\nbob@acme.example,No access,\n";
const DONE: &str = "Email,Access,Limit\nalice@acme.example,Custom limit,2000\nbob@acme.example,Custom limit,500\n";
const MISSING: &str = "\
version: 1
centers:
  design:
    missing:
      cap_amount: { by: Ada, at: 2026-11-20T09:00:00Z }
";

/// The control is missing, as somebody wrote down.
fn world() -> Folder {
    let folder = folder(CONFIG);
    fs::write(folder.path().join("people.csv"), PEOPLE).unwrap();
    fs::write(folder.path().join("figma.record.yaml"), MISSING).unwrap();
    folder
}

fn control_comes(at: &Path) {
    fs::write(at.join("figma.record.yaml"), "version: 1\n").unwrap();
}

fn ok(at: &Path, line: &str) -> String {
    let out = bursar(at).args(line.split_whitespace()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{line}\n{said}");
    said
}

#[test]
fn the_road_there_and_back() {
    let folder = world();
    let at = folder.path();
    assert_snapshot!("fallback_plan", terminal(at, "plan"));
    ok(at, "apply --yes");
    assert!(ok(at, "plan").contains("Nothing to change"));
    assert!(ok(at, "draw design-ai alice 10").contains("drawn: 10"));
    assert!(ok(at, "explain alice --live").contains(".bursar/center.db"));
    assert!(ok(at, "plan --center gateway").contains("Nothing to change"));
    assert!(ok(at, "import --center gateway").contains("bursar-fallback-design-ai"));

    control_comes(at);
    assert_snapshot!("fallback_control_came", terminal(at, "plan"));
    assert!(ok(at, "plan --center gateway").contains("Nothing to change"), "nobody loses it on the way");

    fs::write(at.join("people.csv"), DONE).unwrap();
    assert_snapshot!("fallback_last_step", terminal(at, "plan"));
    ok(at, "plan --center gateway --out plan.json");
    assert!(ok(at, "verify plan.json").contains("exactly what would be done"));
    ok(at, "apply plan.json --yes");
    let after = ok(at, "plan");
    assert!(after.contains("Nothing to change") && !after.contains("gives it up"), "{after}");
}

#[test]
fn a_control_that_goes_again_keeps_the_pool() {
    let folder = world();
    let at = folder.path();
    ok(at, "apply --yes");
    control_comes(at);
    fs::write(at.join("people.csv"), DONE).unwrap();
    fs::write(at.join("figma.record.yaml"), MISSING).unwrap();
    let plan = ok(at, "plan");
    assert!(plan.contains("Nothing to change") && plan.contains("is held by gateway"), "{plan}");
}

#[test]
fn a_stranger_in_the_fallback_loses_a_right_and_is_counted() {
    let folder = world();
    let at = folder.path();
    ok(at, "apply --yes");
    // Somebody is let in past the pool's own center, and the files say nothing of others.
    let text = CONFIG.replace("others: blocked", "others: unmanaged");
    fs::write(
        at.join("bursar.yaml"),
        text.replace("  bob: {", "  eve: { email: eve@acme.example }\n  bob: {").replace(
            "      - { member: bob, cap: 500 }",
            "      - { member: bob, cap: 500 }\n      - { member: eve, cap: 5 }",
        ),
    )
    .unwrap();
    ok(at, "apply --yes");
    fs::write(at.join("bursar.yaml"), text).unwrap();
    control_comes(at);
    fs::write(at.join("people.csv"), DONE).unwrap();
    let out = bursar(at).args(["plan", "--format", "json"]).output().unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let change = &plan["changes"][0];
    assert_eq!(change["kind"], "pool.delete", "{plan:#}");
    assert_eq!(change["effect"], "revokes", "eve draws nowhere any more");
    assert_eq!(change["people"].as_array().unwrap().len(), 3, "the center refuses to delete more people than these");
    assert_eq!(change["kept"].as_array().unwrap().len(), 2);
}

#[test]
fn an_error_of_the_own_center_is_no_reason_to_move() {
    let folder = world();
    let at = folder.path();
    fs::write(at.join("figma.record.yaml"), "version: 1\ncenters: [\n").unwrap();
    let out = bursar(at).arg("plan").output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(out.stdout.is_empty(), "{}", String::from_utf8_lossy(&out.stdout));
}
