//! Who acts and who approved, from the environment of the run.

use std::fs;

use insta::assert_snapshot;

use super::{CONFIG, World, alike};
use crate::terminal::{bursar, show};

#[test]
fn on_github() {
    let world = World::new(CONFIG);
    let mut command = bursar(world.path());
    command.env("HOME", world.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("CI", "true");
    command.envs([
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", "alice"),
        ("GITHUB_TRIGGERING_ACTOR", "bob"),
        ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/credits"),
        ("GITHUB_RUN_ID", "17"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("BURSAR_APPROVER", "carol, dave"),
    ]);
    let out = command.args(["apply", "--yes"]).output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    let said = String::from_utf8_lossy(&out.stderr);
    let anchors: Vec<&str> = said.lines().filter(|line| line.starts_with("ledger: ")).collect();
    let lines = world.lines();
    // What the log of the CI system keeps is what the ledger can be held against.
    assert_eq!(anchors.len(), 2, "{said}");
    assert_eq!(anchors[0], format!("ledger: entry 1, head {}", lines[1]["prev"].as_str().unwrap()));
    let head = anchors[1].strip_prefix("ledger: entry 2, head ").unwrap();
    assert_eq!(world.json("log --check")["head"], head);
    let who = &lines[0]["who"];
    assert_eq!((&who["name"], &who["from"], &who["rerun_by"]), (&"alice".into(), &"github".into(), &"bob".into()));
    assert_eq!(who["approvers"], serde_json::json!(["carol", "dave"]));
    assert_eq!(who["run_url"], "https://github.com/acme/credits/actions/runs/17/attempts/2");
    assert_eq!(who["ref"], "refs/heads/main");
    // The commit is that of the files, whatever the environment says.
    assert_ne!(who["commit"], "0123456789abcdef0123456789abcdef01234567");
    assert_snapshot!("log_github", world.terminal("log --member bob"));
    // Quiet is quiet, and a terminal is not told what nobody keeps.
    for (line, ci) in [("apply --yes -q", "true"), ("apply --yes", "false"), ("apply --yes", "")] {
        world.edit("bob, cap: 5", "bob, cap: 55");
        let out = world.command(line).env("CI", ci).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && !said.contains("ledger"), "{line} {ci}: {said}");
    }
}

#[test]
fn git_says_who_it_is_where_nobody_else_does() {
    let world = World::new(CONFIG);
    fs::write(world.path().join(".gitconfig"), "[user]\n\tname = Grace\n").unwrap();
    let mut command = bursar(world.path());
    command.env("HOME", world.path()).env("USER", "root");
    assert!(command.args(["apply", "--yes", "-q"]).output().unwrap().status.success());
    let who = world.lines()[0]["who"].clone();
    assert_eq!((&who["name"], &who["from"]), (&"Grace".into(), &"git".into()));
    assert!(who["host"].as_str().unwrap().starts_with("root@"), "{who}");
    assert_eq!(who.get("approvers"), None);
    assert_eq!(who.get("dirty"), None, "nothing but what is ignored is beside the files");
}

#[test]
fn the_files_that_count_are_those_of_the_config() {
    let world = World::new(CONFIG);
    fs::write(world.path().join("notes.yaml"), "nothing of it").unwrap();
    assert_eq!(world.code("apply --yes -q"), 0);
    world.edit("bob, cap: 500", "bob, cap: 600");
    assert_eq!(world.code("apply --yes -q"), 0);
    world.commit("Ana", "Six hundred");
    world.edit("alice, cap: 300", "alice, cap: 301");
    world.commit("Ana", "And one");
    assert_eq!(world.code("apply --yes -q"), 0);
    let lines = world.lines();
    let dirty: Vec<bool> = lines.iter().step_by(2).map(|line| line["who"]["dirty"] == true).collect();
    assert_eq!(dirty, [false, true, false]);
    assert_ne!(lines[0]["who"]["commit"], lines[4]["who"]["commit"]);
}

#[test]
fn nothing_that_somebody_wrote_moves_the_terminal() {
    let world = World::new(CONFIG);
    world.commit("Mal\u{1b}[2Jlory", "\u{202e}lious \u{1b}]0;title\u{7}");
    let out = world
        .command("apply --yes -q")
        .env("BURSAR_ACTOR", "al\u{1b}[31mice\u{200b}\nsecond line")
        .env("BURSAR_APPROVER", "car\u{9b}2Jol")
        .output()
        .unwrap();
    assert!(out.status.success());
    let line = "log --member alice";
    let shown = alike(&show(line, &world.run(line), world.path()));
    assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{200b}', '\u{7}']), "{shown:?}");
    assert_snapshot!("log_hostile", shown);
    // Whoever can write the store can write anything: it is shown, and moves nothing.
    let text = String::from_utf8(world.bytes()).unwrap();
    let text = text
        .replace("\"plan\":\"", "\"plan\":\"\\u001b[2J")
        .replace("\"journal\":\"", "\"journal\":\"\\u001b[2J");
    let begun = text.lines().next().unwrap();
    fs::write(world.file(), format!("{begun}\n")).unwrap();
    for line in ["log", "log --check", "log --member alice"] {
        let shown = show(line, &world.run(line), world.path());
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
