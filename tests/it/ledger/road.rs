//! From an apply to the answer: since when has Bob what he has, and who approved it?

use std::fs;

use insta::assert_snapshot;

use super::{CONFIG, World, alike, read};
use crate::terminal::show;

/// Bob's way from 500 to 2,000, with an approver.
pub(super) fn raised() -> World {
    let world = World::new(CONFIG);
    assert_eq!(world.code("apply --yes -q"), 0);
    world.edit("bob, cap: 500", "bob, cap: 2000");
    world.commit("Dana Müller", "Raise Bob for the prototype (DES-212)");
    let out = world.command("apply --yes -q").env("BURSAR_APPROVER", "carol").output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    world
}

#[test]
fn since_when_has_bob_what_he_has() {
    let world = raised();
    assert_snapshot!("log_member", world.terminal("log --member bob"));
    assert_snapshot!("log_all", world.terminal("log"));
    // By whatever he is known.
    for name in ["BOB", "bobby", "Bob@Acme.example"] {
        let told = world.json(&format!("log --member {name}"))["told"].clone();
        assert_eq!(told["standings"], world.json("log --member bob")["told"]["standings"], "{name}");
    }
    // The end of a grant moves, and what he has he has since then.
    world.edit("bob, cap: 2000", "bob, cap: 2000, expires: 2099-12-31");
    world.commit("Ana", "Until the end of the project");
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_snapshot!("log_member_until", world.terminal("log --member bob"));
    // Taken away, and no longer in the files at all.
    world.edit("      - { member: bob, cap: 2000, expires: 2099-12-31 }\n", "");
    world.edit("  bob: { email: bob@acme.example, github: bobby }\n", "");
    world.commit("Ana", "Bob left");
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_snapshot!("log_member_left", world.terminal("log --member bob"));
    assert_snapshot!("log_nobody", world.terminal("log --member zoe"));
    assert_snapshot!("log_no_pool", world.terminal("log --pool ei"));
    assert_eq!(world.code("log --center remote"), 64);
    assert_eq!(world.code("log --pool Not-An-Id"), 64);
}

#[test]
fn a_part_of_it_is_enough() {
    let world = raised();
    assert_snapshot!("log_limit", world.terminal("log --limit 2"));
    let json = world.json("log --limit 2");
    assert_eq!(json["told"]["changes"].as_array().unwrap().len(), 2);
    assert_eq!(json["told"]["left_out"], 2);
    assert_eq!(world.json("log --pool ai --center local")["told"]["changes"].as_array().unwrap().len(), 4);
    let json = world.json("log --member bob");
    let standing = &json["told"]["standings"][0];
    assert_eq!((&standing["right"], &standing["cap"]["amount"]), (&"granted".into(), &"2000".into()));
    assert_eq!(standing["entry"], 4);
    let files = &json["told"]["files"][0];
    assert_eq!(files["commit"]["subject"], "Raise Bob for the prototype (DES-212)");
    let run = &json["runs"][0];
    assert_eq!((&run["by"], &run["approvers"][0]), (&"ana".into(), &"carol".into()));
    assert_eq!(run["commit"]["author"], "Dana Müller");
}

#[test]
fn what_was_there_before_the_ledger_is_told_by_git() {
    let world = World::new(CONFIG);
    assert_snapshot!("log_before", world.terminal("log --member bob"));
    assert_snapshot!("log_empty", world.terminal("log"));
    assert_snapshot!("log_check_empty", world.terminal("log --check"));
    // Without a repository the ledger is there all the same.
    fs::remove_dir_all(world.path().join(".git")).unwrap();
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_snapshot!("log_no_repository", world.terminal("log --member bob"));
    assert_eq!(world.lines()[0]["who"].get("commit"), None);
    // Files that are not sound say nothing, and the ledger does.
    world.edit("cap: 300", "cap: lots");
    assert_snapshot!("log_unsound", world.terminal("log --member bob"));
}

#[test]
fn every_run_that_writes_is_in_it_and_no_other() {
    let world = World::new(CONFIG);
    for line in ["plan", "validate", "explain bob", "log", "log --check"] {
        assert_eq!(world.code(line), 0, "{line}");
        assert!(!world.file().exists(), "{line}");
    }
    assert_eq!(world.code("apply --yes -q"), 0);
    let lines = world.lines();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["begun", "ended"]);
    assert_eq!(lines[0]["run"], lines[1]["run"]);
    assert_eq!(lines[0]["centers"]["local"], ".bursar/center.db");
    assert_eq!(lines[1]["exit"], 0);
    assert_eq!(lines[1]["outcomes"].as_array().unwrap().len(), 3);
    let before = world.bytes();
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_eq!(world.bytes(), before, "nothing to change, nothing to tell");
    // What a guardrail refuses is not begun.
    fs::write(
        world.path().join("bursar.yaml"),
        CONFIG.replace("      - { member: bob, cap: 500 }\n", "") + "guardrails: { revocations: { count: 0 } }\n",
    )
    .unwrap();
    assert_eq!(world.code("apply --yes -q"), 3);
    assert_eq!(world.bytes(), before);
    // With consent it is, and the files are in no commit.
    assert_eq!(world.code("apply --yes -q --allow revocations=1 --base HEAD"), 0);
    let lines = world.lines();
    assert_eq!((&lines[2]["who"]["dirty"], &lines[2]["base"]), (&true.into(), &"HEAD".into()));
    assert_eq!(lines[3]["outcomes"][0]["cause"], "config");
    assert_eq!(lines[2]["prev"].as_str().unwrap().len(), 64);
    assert_snapshot!("log_dirty", world.terminal("log --member bob"));
}

#[test]
fn a_saved_plan_is_told_by_its_own_hash() {
    let world = World::new(CONFIG);
    assert_eq!(world.code("plan --out plan.json -q"), 0);
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(world.path().join("plan.json")).unwrap()).unwrap();
    assert_eq!(world.code("apply plan.json --yes -q"), 0);
    let lines = world.lines();
    assert_eq!(lines[0]["plan"], saved["hash"]);
    assert_eq!(lines[0]["who"].get("dirty"), None, "what is saved beside the files is none of them");
}

#[test]
fn what_a_person_confirmed_is_in_force_since_then() {
    use crate::confirm::{CONFIG as FIGMA, PEOPLE, markdown};
    let world = World::new(FIGMA);
    fs::write(world.path().join("people.csv"), PEOPLE).unwrap();
    let confirm = crate::confirm::World::new();
    fs::write(world.path().join("runbook.md"), markdown(&confirm.book(), &[])).unwrap();
    assert_eq!(world.code("confirm runbook.md --all --by Ada"), 0);
    let lines = world.lines();
    assert_eq!((&lines[0]["kind"], &lines[0]["by"]), (&"confirmed".into(), &"Ada".into()));
    assert_snapshot!("log_confirmed", world.terminal("log"));
    let bob = world.terminal("log --member bob");
    assert!(bob.starts_with("$ bursar log --member bob\n--- stdout\nbob has 500 credits/month of design-ai"), "{bob}");
    // Confirmed before is no news.
    let before = world.bytes();
    assert_eq!(world.code("confirm runbook.md --all --by Grace"), 0);
    assert_eq!(world.bytes(), before);
    // A ledger that cannot be written takes no confirmation back.
    fs::remove_file(world.file()).unwrap();
    fs::remove_file(world.path().join("figma.record.yaml")).unwrap();
    fs::create_dir(world.file()).unwrap();
    let out = world.run("confirm runbook.md --all --by Ada");
    let shown = alike(&show("confirm runbook.md --all --by Ada", &out, world.path()));
    assert_eq!(out.status.code(), Some(0), "{shown}");
    assert!(shown.contains("warning: what was confirmed stands in the record, and not in the ledger"), "{shown}");
    assert!(world.path().join("figma.record.yaml").exists());
}

#[test]
fn what_did_not_come_about_is_told_as_that() {
    let world = raised();
    let text = String::from_utf8(world.bytes()).unwrap();
    // The last run of a ledger, as if the center had answered otherwise.
    for (outcome, sentence) in [
        ("failed", "500 → 2,000 credits/month; failed, and not made"),
        ("refused", "500 → 2,000 credits/month; refused, and not made"),
        ("skipped", "500 → 2,000 credits/month; not tried"),
        ("unknown", "500 → 2,000 credits/month; sent, and nobody knows whether it was made"),
        ("already", "500 → 2,000 credits/month; it was so already"),
    ] {
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[3].replace("\"outcome\":\"applied\"", &format!("\"outcome\":\"{outcome}\""));
        fs::write(world.file(), format!("{}\n{}\n{}\n{last}\n", lines[0], lines[1], lines[2])).unwrap();
        let shown = world.terminal("log --member bob");
        assert!(shown.contains(sentence), "{outcome}: {shown}");
        let has = if outcome == "already" { "bob has 2,000 credits" } else { "bob has 500 credits" };
        assert!(shown.contains(has), "{outcome}: {shown}");
        let said = shown.contains("is not known: entry 4");
        assert_eq!(said, outcome == "unknown", "{shown}");
        let known = world.json("log --member bob")["told"]["standings"][0]["unknown_entry"].clone();
        assert_eq!(known.is_null(), outcome != "unknown");
    }
    let story = read(text.as_bytes());
    assert_eq!(story.chain.broken, None);
}
