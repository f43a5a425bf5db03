//! The command as a person meets it, in real repositories.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::base::{Clone, FILES};
use crate::output::json::{findings, validator};
use crate::terminal::bursar;

/// A repository with one commit; nothing was ever applied.
fn repository() -> Clone {
    let clone = Clone::empty();
    clone.write("bursar.yaml", FILES);
    clone.commit("Grant credits");
    clone
}

/// One in which the branch `topic` raises alice, and `main` went on without it and cut bob.
fn parted() -> Clone {
    let clone = repository();
    clone.git(&["checkout", "-qb", "topic"]);
    clone.edit("bursar.yaml", "cap: 500", "cap: 600, reason: Leads the prototype, expires: 2026-12-31");
    clone.commit("Raise alice");
    clone.git(&["checkout", "-q", "main"]);
    clone.edit("bursar.yaml", "cap: 100", "cap: 50");
    clone.commit("Cut bob");
    clone.git(&["checkout", "-q", "topic"]);
    clone
}

#[test]
fn ranges() {
    let clone = parted();
    assert_snapshot!("terminal_two", clone.terminal("diff main..topic --as-of 2026-06-15"));
    assert_snapshot!("terminal_merge_base", clone.terminal("diff main... --as-of 2026-06-15"));
    assert_snapshot!("terminal_none", clone.terminal("diff ..topic"));
    clone.edit("bursar.yaml", "others: blocked", "others: { cap: 10 }");
    assert_snapshot!("terminal_working_files", clone.terminal("diff HEAD --as-of 2026-06-15"));
    assert_snapshot!("terminal_help", clone.terminal("diff --help"));
}

#[test]
fn exit_codes() {
    let clone = parted();
    let code = |line: &str| bursar(clone.at()).args(line.split(' ')).output().unwrap().status.code();
    assert_eq!(code("diff main..topic"), Some(0));
    assert_eq!(code("diff main..topic --detailed-exitcode"), Some(2));
    assert_eq!(code("diff topic..topic --detailed-exitcode"), Some(0));
    assert_eq!(code("diff main..topic --format diff"), Some(64));
    assert_eq!(code("diff"), Some(64));
    clone.write("bursar.yaml", &(FILES.replace("500", "10") + "guardrails: { cuts: { count: 0 } }\n"));
    assert_snapshot!("terminal_refused", clone.terminal("diff topic --detailed-exitcode"));
    assert_eq!(code("diff topic --detailed-exitcode --allow cuts=1"), Some(2));
    assert_eq!(code("diff topic --allow cuts=1"), Some(0));
    assert_eq!(code("diff topic --allow cuts=2"), Some(3));
}

#[test]
fn no_credentials_no_network_and_nothing_is_written() {
    let clone = repository();
    let llm = FILES.replace(
        "local: { provider: embedded }",
        "local: { provider: litellm, base_url: \"http://127.0.0.1:1\", token: { env: NOT_SET } }",
    );
    let llm = llm
        .replace("unit: credits", "unit: USD")
        .replace("center: local", "center: local\n    target: { team: x }");
    clone.write("bursar.yaml", &llm);
    clone.commit("Another center");
    clone.edit("bursar.yaml", "cap: 500", "cap: 600");
    let listing = || {
        let mut names: Vec<_> = fs::read_dir(clone.at()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        (names, clone.git(&["status", "--porcelain"]))
    };
    let before = listing();
    let said = clone.terminal("diff HEAD");
    assert!(said.contains("1 change: 1 raise") && said.ends_with("--- exit 0\n"), "{said}");
    assert_eq!(listing(), before);
}

#[test]
fn json() {
    let clone = parted();
    let text = clone.terminal("diff main..topic --as-of 2026-06-15 --format json");
    assert_snapshot!("terminal_json", text);
    let out = bursar(clone.at()).args(["diff", "main", "--format", "json"]).output().unwrap();
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    let schema = bursar(clone.at()).args(["schema", "diff"]).output().unwrap().stdout;
    let schema = String::from_utf8(schema).unwrap();
    assert_eq!(findings(&validator(&schema), &json), Vec::<String>::new());
}

#[test]
fn a_config_that_comes_or_goes() {
    let clone = Clone::empty();
    clone.commit("Nothing yet");
    clone.write("bursar.yaml", FILES);
    assert_snapshot!("terminal_new", clone.terminal("diff HEAD"));
    clone.commit("Grant credits");
    fs::remove_file(clone.at().join("bursar.yaml")).unwrap();
    assert_snapshot!("terminal_gone", clone.terminal("diff HEAD"));
    assert_snapshot!("terminal_neither", clone.terminal("diff HEAD~1"));
    assert_snapshot!("terminal_neither_there", clone.terminal("diff HEAD..HEAD -c other.yaml"));
}

#[test]
fn a_config_that_was_renamed_is_no_difference() {
    let clone = repository();
    clone.git(&["mv", "bursar.yaml", "credits.yaml"]);
    let said = clone.terminal("diff HEAD -c credits.yaml");
    assert!(said.contains("No difference."), "{said}");
    clone.commit("Rename");
    let said = clone.terminal("diff HEAD~1..HEAD -c credits.yaml");
    assert!(said.contains("No difference."), "{said}");
    // On a branch that is not checked out, where the working files say nothing of the new name.
    clone.git(&["checkout", "-q", "HEAD~1"]);
    let said = clone.terminal("diff main~1..main -c credits.yaml");
    assert!(said.contains("No difference."), "{said}");
    // Rules that move into files of a folder; the center stays where it is.
    clone.git(&["checkout", "-q", "main"]);
    let text = FILES.replace("provider: embedded", "provider: embedded, path: ../.bursar/center.db");
    let (head, pools) = text.split_once("pools:\n").unwrap();
    clone.git(&["rm", "-q", "credits.yaml"]);
    clone.write("bursar/people.yaml", head);
    clone.write("bursar/pools/ai.yaml", &format!("version: 1\npools:\n{pools}"));
    clone.git(&["add", "-A"]);
    assert_snapshot!("terminal_folder", clone.terminal("diff main~1"));
}

#[test]
fn the_config_in_force_at_a_revision_is_the_one_that_is_compared() {
    let clone = Clone::empty();
    let folder = FILES.replace("provider: embedded", "provider: embedded, path: ../.bursar/center.db");
    clone.write("bursar/all.yaml", &folder);
    clone.commit("Grant credits");
    clone.git(&["checkout", "-qb", "topic"]);
    clone.write("bursar.yaml", &FILES.replace("cap: 500", "cap: 4000"));
    clone.commit("Put a file before the folder");
    // Whatever is checked out, the file counts where it is, and the folder where it is alone.
    for checked_out in ["topic", "main"] {
        clone.git(&["checkout", "-q", checked_out]);
        let said = clone.terminal("diff main..topic --as-of 2026-06-15");
        assert!(said.contains("4,000"), "{checked_out}: {said}");
    }
    clone.git(&["checkout", "-q", "topic"]);
    clone.git(&["rm", "-q", "bursar.yaml"]);
    let said = clone.terminal("diff HEAD --as-of 2026-06-15");
    assert!(said.contains("4,000"), "{said}");
}

#[test]
fn errors() {
    let clone = parted();
    assert_snapshot!("terminal_error_unknown", clone.terminal("diff nowhere..topic"));
    assert_snapshot!("terminal_error_flag", clone.terminal("diff -- --output"));
    assert_snapshot!("terminal_error_markdown", clone.terminal("diff main --format diff"));
    clone.git(&["checkout", "-q", "--orphan", "alone"]);
    clone.commit("Alone");
    assert_snapshot!("terminal_error_no_merge_base", clone.terminal("diff main...alone"));
    // Both sides have something wrong, and all of it is shown.
    clone.edit("bursar.yaml", "others: blocked", "other: blocked");
    clone.commit("Break it");
    clone.edit("bursar.yaml", "unit: credits", "unit: beans");
    assert_snapshot!("terminal_error_both", clone.terminal("diff alone"));
    let nowhere = crate::terminal::folder(FILES);
    assert_snapshot!("terminal_error_no_repository", crate::terminal::terminal(nowhere.path(), "diff main"));
}

#[test]
fn a_shallow_clone_says_what_is_missing() {
    let of = parted();
    let clone = Clone::empty();
    let url = format!("file://{}", of.at().display());
    clone.git(&["fetch", "-q", "--depth", "1", &url, "main:main-there", "topic:topic-there"]);
    clone.git(&["checkout", "-qf", "topic-there"]);
    assert_snapshot!("terminal_error_shallow", clone.terminal("diff HEAD~1"));
    assert_snapshot!("terminal_error_shallow_merge_base", clone.terminal("diff main-there...topic-there"));
    // What was fetched can be compared.
    assert_snapshot!("terminal_shallow", clone.terminal("diff main-there..topic-there --as-of 2026-06-15"));
}

/// A group that reaches many is one line with names, and all of it where it is asked for.
#[test]
fn a_group_of_many() {
    let clone = Clone::empty();
    let members: Vec<String> = (0..200).map(|n| format!("  m{n:03}: {{ email: m{n:03}@acme.example }}\n")).collect();
    let members = members.concat();
    let files = |count: usize| {
        let people: Vec<String> = (0..count).map(|n| format!("m{n:03}")).collect();
        FILES
            .replace("members:\n", &format!("groups:\n  many: [{}]\nmembers:\n{members}", people.join(", ")))
            .replace("access:\n", "access:\n      - { group: many, cap: 5 }\n")
    };
    clone.write("bursar.yaml", &files(1));
    clone.commit("One");
    clone.write("bursar.yaml", &files(200));
    assert_snapshot!("terminal_many", clone.terminal("diff HEAD"));
    let all = clone.terminal("diff HEAD -v");
    assert!(all.contains("m199") && !all.contains("shows all"), "{all}");
}
