//! `revoke --expired`: rules that have ended leave the files, and nobody gains anything by it.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::{FILE, TODAY, on_the_day};
use crate::output::json::{findings, validator};
use crate::terminal::{bursar, folder, terminal};

const DUE: &str = include_str!("../../../schema/due.v1.schema.json");

/// What a program is told of an edit.
pub(super) fn told(at: &Path, line: &str) -> Value {
    let out = bursar(at)
        .args(line.split(' '))
        .args(["--as-of", TODAY, "--format", "json"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(findings(&validator(DUE), &told), Vec::<String>::new(), "{told:#}");
    told
}

fn file(at: &Path) -> String {
    fs::read_to_string(at.join("bursar.yaml")).unwrap()
}

#[test]
fn rules_that_have_ended_go_and_comments_stay() {
    let folder = folder(FILE);
    let at = folder.path();
    assert_snapshot!("expired_dry_run", terminal(at, &on_the_day("revoke --expired --dry-run")));
    assert_eq!(file(at), FILE);
    let all = told(at, "revoke --expired --dry-run");
    assert_eq!((all["rules"].as_array().unwrap().len(), all["left"].as_array().unwrap().len()), (2, 1));
    assert_snapshot!("expired_markdown", terminal(at, &on_the_day("revoke --expired --dry-run --format markdown")));
    assert_snapshot!("expired", terminal(at, &on_the_day("revoke --expired")));
    assert_snapshot!("expired_file", file(at));
    let once = file(at);
    assert_snapshot!("expired_again", terminal(at, &on_the_day("revoke --expired")));
    assert_eq!(file(at), once);
    assert_eq!(told(at, "revoke --expired")["rules"], serde_json::json!([]));
    assert_snapshot!("expired_yes", terminal(at, &on_the_day("revoke --expired --yes")));
    assert_snapshot!("expired_nothing", terminal(at, &on_the_day("revoke --expired --yes")));
}

#[test]
fn one_pool_alone() {
    let folder = folder(FILE);
    let at = folder.path();
    assert_snapshot!("expired_in_open", terminal(at, &on_the_day("revoke --expired --pool open")));
    assert_eq!(file(at), FILE);
    assert_snapshot!("expired_no_pool", terminal(at, &on_the_day("revoke --expired --pool opn")));
    assert_snapshot!("expired_with_member", terminal(at, &on_the_day("revoke ai bob --expired")));
    assert_snapshot!("expired_usage", terminal(at, &on_the_day("revoke --expired --usage nowhere.json")));
    assert_snapshot!("expired_sarif", terminal(at, &on_the_day("revoke --expired --format sarif")));
}

/// What the center still holds would stay for good without the rule.
#[test]
fn unmanaged_others_keep_what_they_have() {
    let folder = folder(&FILE.replace("others: blocked", "others: unmanaged"));
    let at = folder.path();
    assert_snapshot!("expired_unmanaged", terminal(at, &on_the_day("revoke --expired --pool ai --dry-run")));
    assert_snapshot!("expired_unmanaged_yes", terminal(at, &on_the_day("revoke --expired --pool ai --dry-run --yes")));
}

/// Many rules are one edit, and not all of them are told of.
#[test]
fn many_rules_are_one_edit() {
    let members: Vec<String> = (0..2000).map(|i| format!("  m{i}: {{ email: m{i}@acme.example }}\n")).collect();
    let members = members.concat();
    let rule =
        |i| format!("      - {{ member: m{i}, cap: 5, expires: 2026-{}-30 }}\n", if i % 3 == 0 { 12 } else { 10 });
    let rules: String = (0..2000).map(rule).collect();
    let (head, tail) = FILE.split_once("      - group: designers\n").unwrap();
    let (_, tail) = tail.split_once("    others: blocked\n").unwrap();
    let head = head.replace("groups:\n", &format!("{members}groups:\n"));
    let folder = folder(&format!("{head}{rules}    others: blocked\n{tail}"));
    let at = folder.path();
    let shown = terminal(at, &on_the_day("revoke --expired --pool ai"));
    assert!(shown.contains("taken out: 1333 rules") && shown.contains("… and 1293 more; -v shows all"), "{shown}");
    assert_eq!(file(at).matches("expires: 2026-12-30").count(), 667);
    assert!(!file(at).contains("2026-10-30"));
    assert_eq!(
        told(at, "grant --due 10w --expires 2027-01-31 --pool ai")["rules"]
            .as_array()
            .unwrap()
            .len(),
        667
    );
    assert_eq!(file(at).matches("expires: 2027-01-31").count(), 667);
}

/// A pool that loses its last rule still grants nobody anything.
#[test]
fn the_last_rule_leaves_an_empty_list() {
    for (access, rest) in [
        ("[{ member: bob, expires: 2026-01-31 }]", "access: []\n"),
        ("\n      # of bob\n      - member: bob\n        expires: 2026-01-31\n", "access: []\n"),
        ("[\n      # of somebody\n      { member: bob, expires: 2026-01-31 },\n    ]\n", "# of somebody"),
    ] {
        let (head, tail) = FILE.split_once("    access:").unwrap();
        let (_, tail) = tail.split_once("    others: blocked\n").unwrap();
        let tail = format!("    others: blocked\n{tail}");
        let access = access.trim_end_matches('\n');
        let text = format!("{head}    access:{}{access}\n{tail}", if access.starts_with('[') { " " } else { "" });
        let folder = folder(&text);
        let at = folder.path();
        let shown = terminal(at, &on_the_day("revoke --expired --pool ai"));
        assert!(shown.contains("--- exit 0"), "{shown}\n{text}");
        assert!(file(at).contains(rest), "{}", file(at));
        assert!(terminal(at, &on_the_day("validate -q")).contains("--- exit 0"), "{}", file(at));
        assert!(!file(at).contains("2026-01-31"));
    }
}

/// Two rules of one list in brackets, each in a line of its own, with a comment between them that is about neither.
#[test]
fn a_comment_between_two_rules_stays() {
    let text = FILE.replace(
        "access: [{ member: alice, cap: 10, starts: 2026-12-01 }, { member: dave, cap: 90, expires: 2026-11-21 }, { member: erin, expires: 2026-11-22 }]",
        "access: [\n      { member: dave, cap: 90, expires: 2026-11-21 }, # behind\n      # between\n      { member: erin, expires: 2026-11-20 },\n    ]",
    );
    let folder = folder(&text.replace("others: { cap: 50 }", "others: blocked"));
    let at = folder.path();
    assert!(terminal(at, &on_the_day("revoke --expired --pool open")).contains("--- exit 0"));
    let (_, list) = file(at).split_once("  open:").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert!(list.contains("access: [\n      # between\n    ]\n"), "{list}");
}

#[test]
fn line_ends_stay_as_they_are() {
    let folder = folder(&FILE.replace('\n', "\r\n"));
    let at = folder.path();
    assert!(terminal(at, &on_the_day("revoke --expired")).contains("--- exit 0"));
    let text = file(at);
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']) && !text.contains("member: bob"), "{text:?}");
    assert!(terminal(at, &on_the_day("grant --due 2w --expires 2027-02-28")).contains("--- exit 0"));
    let text = file(at);
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']) && text.contains("expires: 2027-02-28\r\n"), "{text:?}");
}

/// Pools in several files, one of which has nothing to lose.
#[test]
fn a_folder_of_files() {
    let folder = crate::secrets::Folder::new();
    let at = folder.path();
    fs::create_dir(at.join("bursar")).unwrap();
    let (people, pools) = FILE.split_once("pools:\n").unwrap();
    let (ai, open) = pools.split_once("  open:\n").unwrap();
    let file = |name: &str, text: &str| fs::write(at.join("bursar").join(name), text).unwrap();
    file("people.yaml", people);
    file("ai.yaml", &format!("version: 1\npools:\n{ai}"));
    file("open.yml", &format!("version: 1\npools:\n  open:\n{}", open.replace("{ cap: 50 }", "blocked")));
    assert_snapshot!("expired_folder", terminal(at, &on_the_day("revoke --expired")));
    let text = |name: &str| fs::read_to_string(at.join("bursar").join(name)).unwrap();
    assert_eq!(text("people.yaml"), people);
    assert!(!text("ai.yaml").contains("member: bob") && !text("open.yml").contains("dave"));
    let shown = terminal(at, &on_the_day("validate"));
    assert!(shown.contains("--- exit 0") && !shown.contains("BUR080"), "{shown}");
}

/// What an apply has not taken yet is still an expiry after the rule is gone, told from the commit before.
#[test]
fn what_was_not_taken_yet_is_no_drift() {
    let text = format!(
        "{FILE}guardrails:\n  revocations: {{ count: 9, percent: 100 }}\n  cuts: {{ count: 9, percent: 100 }}\n  drift: refuse\n"
    );
    let folder = folder(&text);
    let at = folder.path();
    let git = |args: &[&str]| {
        let out = std::process::Command::new("git")
            .arg("-C")
            .arg(at)
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.example"])
            .args(args)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    fs::write(at.join(".gitignore"), ".bursar/\n").unwrap();
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "Credits"]);
    let out = bursar(at).args(["apply", "--yes", "-q", "--as-of", "2026-10-01"]).output().unwrap();
    assert!(out.status.success());
    assert!(terminal(at, &on_the_day("revoke --expired")).contains("--- exit 0"));
    git(&["commit", "-qam", "Remove what has expired"]);
    assert_snapshot!("expired_then_planned", terminal(at, &on_the_day("plan -q --base HEAD~1 --pool ai")));
}
