//! `plan --out`, `apply PLAN` and `verify PLAN` as a process.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::output::json::{PLAN, findings, validator};
use crate::terminal::{bursar, folder, only_locks, terminal};

const FILES: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
      - { member: bob, cap: 100 }
    others: blocked
  chat:
    center: local
    budget: { limit: 200, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: carol, cap: 20 }
    others: blocked
";

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("bursar.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn code(folder: &Path, line: &str) -> i32 {
    bursar(folder).args(line.split_whitespace()).output().unwrap().status.code().unwrap()
}

/// A folder with the plan of its files in `plan.json`.
fn saved() -> crate::secrets::Folder {
    let folder = folder(FILES);
    assert_eq!(code(folder.path(), "plan -q --out plan.json"), 0);
    folder
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn change(folder: &Path, edit: impl Fn(&mut Value)) {
    let path = folder.join("plan.json");
    let mut plan = json(&path);
    edit(&mut plan);
    fs::write(path, serde_json::to_string_pretty(&plan).unwrap()).unwrap();
}

fn rows(folder: &Path, query: &str) -> u32 {
    let center = rusqlite::Connection::open(folder.join(".bursar/center.db")).unwrap();
    center.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_plan_is_saved_verified_and_applied() {
    let folder = folder(FILES);
    let at = folder.path();
    assert_snapshot!("saved_plan", terminal(at, "plan --out plan.json"));
    let path = at.join("plan.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(findings(&validator(PLAN), &json(&path)), Vec::<String>::new());
    let out = |line: &str| bursar(at).args(line.split_whitespace()).output().unwrap();
    assert_eq!(out("plan --out plan.json").stdout, out("plan").stdout, "stdout is what it is without --out");
    assert!(out("plan -q --out plan.json").stderr.is_empty());
    assert_eq!(fs::read_dir(at).unwrap().count(), 2, "nothing is left beside it");

    assert_snapshot!("verify_same", terminal(at, "verify plan.json"));
    assert_snapshot!("verify_same_json", terminal(at, "verify plan.json --format json"));
    assert!(!at.join(".bursar").exists(), "a token that may read is enough");
    assert_snapshot!("apply_saved_without_a_terminal", terminal(at, "apply plan.json"));
    assert_eq!(code(at, "apply --yes -q --pool chat"), 0);
    assert_snapshot!("verify_part", terminal(at, "verify plan.json"));
    assert_snapshot!("apply_saved", terminal(at, "apply plan.json --yes"));
    assert_snapshot!("verify_done", terminal(at, "verify plan.json"));
    assert_snapshot!("apply_saved_again", terminal(at, "apply plan.json --yes"));
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
}

#[test]
fn what_was_not_approved_is_not_done() {
    let folder = saved();
    let at = folder.path();
    edit(at, "cap: 500", "cap: 700");
    edit(
        at,
        "      - { member: bob, cap: 100 }\n",
        "      - { member: bob, cap: 100 }\n      - { member: carol, cap: 1 }\n",
    );
    assert_snapshot!("apply_stale", terminal(at, "apply plan.json --yes"));
    assert_snapshot!("verify_stale", terminal(at, "verify plan.json"));
    assert_snapshot!("verify_stale_json", terminal(at, "verify plan.json --format json"));
    assert!(only_locks(at), "nothing was written");
}

#[test]
fn what_moved_since_makes_a_plan_stale() {
    let folder = folder(FILES);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes -q"), 0);
    edit(at, "cap: 500", "cap: 700");
    assert_eq!(code(at, "plan -q --out plan.json"), 0);
    let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
    assert_eq!(
        center
            .execute("UPDATE grants SET cap = '650 credits' WHERE cap = '500 credits'", [])
            .unwrap(),
        1
    );
    drop(center);
    assert_snapshot!("verify_moved", terminal(at, "verify plan.json"));
    assert_eq!(code(at, "apply plan.json --yes"), 5);
}

#[test]
fn more_people_than_were_approved_make_a_plan_stale() {
    let open = FILES.replacen("others: blocked", "others: { cap: 5 }", 1);
    let folder = folder(&open);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes -q"), 0);
    edit(at, "others: { cap: 5 }", "others: blocked");
    assert_eq!(code(at, "plan -q --out plan.json"), 0);
    // Two who could draw and whom nobody was shown.
    edit(at, "  bob: {", "  dave: {}\n  erin: {}\n  bob: {");
    assert_snapshot!("verify_people", terminal(at, "verify plan.json"));
    assert_eq!(code(at, "apply plan.json --yes"), 5);
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    type Break = fn(&Path);
    let broken: [(&str, Break); 13] = [
        ("truncated", |at| {
            let text = fs::read(at.join("plan.json")).unwrap();
            fs::write(at.join("plan.json"), &text[..text.len() / 2]).unwrap();
        }),
        ("empty", |at| fs::write(at.join("plan.json"), "").unwrap()),
        ("no_json", |at| fs::copy(at.join("bursar.yaml"), at.join("plan.json")).map(drop).unwrap()),
        ("no_plan", |at| fs::write(at.join("plan.json"), "{\"schema\": \"bursar.apply.v1\"}").unwrap()),
        ("no_schema", |at| fs::write(at.join("plan.json"), "{\"changes\": []}").unwrap()),
        ("future", |at| change(at, |plan| plan["schema"] = "bursar.plan.v2".into())),
        ("tampered", |at| change(at, |plan| plan["changes"][2]["after"]["cap"]["amount"] = "900".into())),
        ("tampered_id", |at| change(at, |plan| plan["changes"][2]["id"] = "local/ai/grants/eve".into())),
        ("tampered_center", |at| change(at, |plan| plan["changes"][2]["center"] = "other".into())),
        ("tampered_twice", |at| {
            change(at, |plan| {
                let twice = plan["changes"][2].clone();
                plan["changes"].as_array_mut().unwrap().push(twice);
            });
        }),
        ("tampered_less", |at| change(at, |plan| drop(plan["changes"].as_array_mut().unwrap().pop()))),
        ("tampered_identity", |at| change(at, |plan| plan["centers"]["local"] = "elsewhere.db".into())),
        ("prolonged", |at| change(at, |plan| plan["expires_at"] = "2999-01-01T00:00:00Z".into())),
    ];
    let mut all = String::new();
    for (name, make) in broken {
        let folder = saved();
        let at = folder.path();
        make(at);
        let shown = terminal(at, "apply plan.json --yes");
        let _ = writeln!(all, "# {name}\n{shown}");
        assert_eq!(code(at, "apply plan.json --yes"), 1, "{name}");
        assert_eq!(code(at, "verify plan.json"), 1, "{name}");
        assert!(!at.join(".bursar").exists(), "{name}: nothing was written");
    }
    let folder = saved();
    let _ = writeln!(all, "# missing\n{}", terminal(folder.path(), "verify plans.json"));
    let _ = writeln!(all, "# nowhere\n{}", terminal(folder.path(), "plan -q --out nowhere/plan.json"));
    let _ = writeln!(all, "# a folder\n{}", terminal(folder.path(), "verify ."));
    let _ = writeln!(all, "# both\n{}", terminal(folder.path(), "apply plan.json --pool ai"));
    assert_snapshot!("unusable_plans", all);
}

#[test]
fn a_plan_whose_time_is_over_is_refused() {
    let folder = saved();
    let at = folder.path();
    change(at, |plan| plan["expires_at"] = "2026-01-01T00:00:00Z".into());
    assert_snapshot!("apply_expired", terminal(at, "apply plan.json --yes"));
    assert_snapshot!("verify_expired", terminal(at, "verify plan.json --format json"));
}

#[test]
fn a_plan_for_another_account_is_refused() {
    let folder = saved();
    let at = folder.path();
    edit(at, "provider: embedded", "provider: embedded, path: other.db");
    assert_snapshot!("apply_foreign", terminal(at, "apply plan.json --yes"));
    assert_snapshot!("verify_foreign", terminal(at, "verify plan.json"));
    let renamed = fs::read_to_string(at.join("bursar.yaml")).unwrap().replace("local", "own");
    fs::write(at.join("bursar.yaml"), renamed).unwrap();
    assert_snapshot!("apply_no_such_center", terminal(at, "apply plan.json --yes"));
    assert!(!at.join("other.db").exists());
}

#[test]
fn the_part_of_the_files_that_a_plan_is_about_is_kept() {
    let folder = folder(FILES);
    let at = folder.path();
    assert_eq!(code(at, "plan -q --pool chat --center local --out plan.json"), 0);
    assert_eq!(json(&at.join("plan.json"))["selection"], serde_json::json!({ "center": "local", "pool": "chat" }));
    assert_eq!(findings(&validator(PLAN), &json(&at.join("plan.json"))), Vec::<String>::new());
    assert_eq!(code(at, "verify plan.json"), 0);
    assert_eq!(code(at, "apply plan.json --yes"), 0);
    assert_eq!(rows(at, "SELECT count(*) FROM pools"), 1);
    assert_eq!(code(at, "plan --detailed-exitcode"), 2);
    edit(at, "  chat:\n", "  talk:\n");
    assert_eq!(code(at, "verify plan.json"), 5);
}

#[test]
fn consent_is_given_again_and_holds_for_what_is_left() {
    let people = (0..12).fold(String::new(), |text, i| text + &format!("  p{i:02}: {{}}\n"));
    let rules = (0..12).fold(String::new(), |text, i| text + &format!("      - {{ member: p{i:02}, cap: 10 }}\n"));
    let text = FILES.replace("pools:\n", &format!("{people}pools:\n"));
    let text = text.replace("      - { member: carol, cap: 20 }\n", &rules);
    let folder = folder(&text);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes -q"), 0);
    edit(at, &format!("    access:\n{rules}"), "    access: []\n");
    assert_eq!(code(at, "plan -q --out plan.json --allow revocations=12"), 0);
    assert_eq!(code(at, "apply plan.json --yes -q"), 3, "the file holds no consent");
    assert_eq!(code(at, "apply plan.json --yes -q --allow revocations=11"), 3);
    let remove = |name: &str| {
        let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
        let gone = "DELETE FROM grants WHERE member = (SELECT id FROM members WHERE name = ?1)";
        assert_eq!(center.execute(gone, [name]).unwrap(), 1);
    };
    remove("p03");
    assert_eq!(code(at, "verify plan.json"), 2);
    assert_eq!(code(at, "plan -q --allow revocations=12"), 3, "for a plan of now it is another number");
    assert_eq!(code(at, "apply plan.json --yes -q --allow revocations=13"), 3);
    assert_eq!(rows(at, "SELECT count(*) FROM grants"), 13);
    assert_eq!(code(at, "apply plan.json --yes -q --allow revocations=12"), 0);
    assert_eq!(rows(at, "SELECT count(*) FROM grants"), 2);
}

#[test]
fn rewriting_the_files_makes_no_plan_stale_and_one_value_does() {
    let folder = saved();
    let at = folder.path();
    let path = at.join("bursar.yaml");
    let before = fs::read_to_string(&path).unwrap();
    // Another order, other line ends, block style, comments, another name for a file of the same content.
    let rewritten = before
        .replace(
            "      - { member: alice, cap: 500 }\n      - { member: bob, cap: 100 }\n",
            "      - { cap: 100, member: bob } # second\n      - member: alice\n        cap: 500\n",
        )
        .replace("version: 1\n", "# reviewed\nversion: 1\n\n")
        .replace('\n', "\r\n");
    assert_ne!(rewritten, before);
    fs::write(&path, rewritten).unwrap();
    assert_eq!(code(at, "verify plan.json"), 0);
    fs::rename(&path, at.join("credits.yaml")).unwrap();
    assert_eq!(code(at, "verify plan.json -c credits.yaml"), 0);
    for (from, to) in [
        ("cap: 500", "cap: 501"),
        ("- { member: alice, cap: 500 }", "- { member: carol, cap: 500 }"),
        ("provider: embedded", "provider: embedded, path: o.db"),
        ("others: blocked", "others: { cap: 1 }"),
    ] {
        assert!(before.contains(from));
        fs::write(&path, before.replacen(from, to, 1)).unwrap();
        assert_eq!(code(at, "verify plan.json"), 5, "{to}");
    }
}
