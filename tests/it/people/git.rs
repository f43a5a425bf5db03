//! The CSV at revisions and as it is staged and pushed: it is a part of the config wherever the YAML is.

use insta::assert_snapshot;
use serde_json::Value;

use super::{FILES, PEOPLE};
use crate::base::Clone;
use crate::hooks::Repo;
use crate::output::json::{findings, validator};
use crate::terminal::bursar;

const DIFF: &str = include_str!("../../../schema/diff.v1.schema.json");

/// A repository whose people stand in a CSV, and a second commit that changes nothing but the CSV.
fn clone() -> Clone {
    let clone = Clone::empty();
    clone.write("bursar.yaml", FILES);
    clone.write("people.csv", PEOPLE);
    clone.commit("Grant credits");
    clone.edit("people.csv", "zoe@acme.example,,,", "zoe@acme.example,,designers,");
    clone.edit("people.csv", "carol@acme.example,,designers,active\n", "");
    clone.edit("people.csv", "alice-acme", "alice-new");
    clone.commit("Take in what HR says");
    clone
}

#[test]
fn a_diff_of_the_csv_alone_names_people_and_their_rows() {
    let clone = clone();
    assert_snapshot!("git_diff", clone.terminal("diff HEAD~1..HEAD --as-of 2026-06-15"));
    assert_snapshot!("git_diff_markdown", clone.terminal("diff HEAD~1..HEAD --as-of 2026-06-15 --format markdown"));
    let out = bursar(clone.at()).args("diff HEAD~1..HEAD --format json".split(' ')).output().unwrap();
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(findings(&validator(DIFF), &json), Vec::<String>::new(), "{json:#}");
    assert_eq!(json["groups"][0]["rows"], serde_json::json!({ "carol": "people.csv:4", "zoe": "people.csv:4" }));
    // The working files are compared likewise, and the same on both sides is no difference.
    clone.edit("people.csv", "bob@acme.example", "bob@other.example");
    assert_snapshot!("git_diff_working", clone.terminal("diff HEAD --as-of 2026-06-15"));
    assert!(clone.terminal("diff HEAD..HEAD").contains("No difference."));
}

#[test]
fn a_plan_tells_the_cause_by_the_csv_of_the_base() {
    let clone = clone();
    clone.git(&["checkout", "-q", "HEAD~1"]);
    assert!(clone.terminal("apply --yes").ends_with("--- exit 0\n"));
    clone.git(&["checkout", "-q", "main"]);
    assert_snapshot!("git_plan", clone.terminal("plan --base HEAD~1 --as-of 2026-06-15"));
}

#[test]
fn a_folder_that_moved_is_found_with_its_csv() {
    let clone = Clone::empty();
    // A center that is the same wherever the files are.
    let center = "provider: http, base_url: \"http://127.0.0.1:1\", token: { env: BURSAR_TOKEN }";
    let files = FILES.replace("people.csv", "hr/people.csv").replace("provider: embedded", center);
    clone.write("old/main.yaml", &files);
    clone.write("old/hr/people.csv", PEOPLE);
    clone.commit("Grant credits");
    clone.git(&["mv", "old", "bursar"]);
    clone.edit("bursar/hr/people.csv", "zoe@acme.example,,,", "zoe@acme.example,,designers,");
    clone.commit("Move");
    assert_snapshot!("git_moved", clone.terminal("diff HEAD~1..HEAD --as-of 2026-06-15"));
}

#[test]
fn what_a_revision_lacks_is_said() {
    let clone = clone();
    clone.git(&["rm", "-q", "people.csv"]);
    clone.commit("Lose the people");
    assert_snapshot!("git_missing", clone.terminal("diff HEAD~1..HEAD"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", clone.at().join("people.csv")).unwrap();
        clone.commit("Lead elsewhere");
        assert_snapshot!("git_link", clone.terminal("diff HEAD~2..HEAD"));
    }
}

fn repo() -> Repo {
    let repo = Repo::empty();
    repo.write("bursar.yaml", FILES);
    repo.write("people.csv", PEOPLE);
    repo.git("add -A");
    repo.git("commit -qm one");
    repo.bursar("hook install");
    repo
}

#[test]
fn a_staged_csv_is_checked_and_no_other() {
    let repo = repo();
    repo.edit("people.csv", "alice@acme.example", "alice at acme");
    repo.git("add people.csv");
    // The working file is right again, and the index is not.
    repo.edit("people.csv", "alice at acme", "alice@acme.example");
    let said = repo.try_git("commit -qm two");
    assert!(!said.done);
    assert_snapshot!("hook_stopped", said.text);
    repo.git("add people.csv");
    repo.write("notes.csv", "Email\nno address\n");
    repo.git("add notes.csv");
    repo.try_git("commit -qm two").silent();
    // One that goes takes everybody with it.
    repo.git("rm -q people.csv");
    let said = repo.try_git("commit -qm three");
    assert!(!said.done && said.text.contains("people.csv is not there"), "{}", said.text);
    assert_eq!(repo.log(), ["two", "one"]);
}

#[test]
fn a_pushed_csv_is_held_against_the_guardrails() {
    let repo = repo();
    repo.git("init -q --bare ../remote.git");
    repo.git("remote add origin ../remote.git");
    repo.git("push -q origin main");
    // Nothing of the config changes, whatever else does.
    repo.write("notes.csv", "a\n");
    repo.git("add -A");
    repo.git("commit -qm notes");
    repo.try_git("push -q origin main").silent();
    repo.edit("people.csv", "carol@acme.example,,designers,active", "carol@acme.example,,,active");
    repo.git("commit -qam two");
    let said = repo.try_git("push -q origin main");
    assert!(!said.done);
    assert_snapshot!("hook_push", said.text);
}
