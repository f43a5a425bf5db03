//! From the plan to the record, and back to a plan without changes.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{World, markdown, shown};
use crate::output::json::{findings, validator};

const SCHEMA: &str = include_str!("../../../schema/confirm.v1.schema.json");

#[test]
fn what_is_ticked_is_recorded_and_the_rest_stays_planned() {
    let world = World::new();
    assert_eq!(world.code("plan --detailed-exitcode"), 2);
    world.write("runbook.md", &markdown(&world.book(), &["s1", "s3.i1"]));
    shown!("confirm_ticked", world.terminal("confirm runbook.md --by Ada"));
    let plan = String::from_utf8(world.run("plan").stdout).unwrap();
    assert!(plan.contains("alice") && !plan.contains("bob") && !plan.contains("carol"), "{plan}");
    shown!("confirm_all", world.terminal("confirm runbook.md --all --by Grace"));
    shown!("confirm_record", world.record());
    // Everything with the same export.
    assert_eq!(world.code("plan --detailed-exitcode"), 0);
    // A second time nothing is another, and who was first stays.
    let before = world.record();
    shown!("confirm_again", world.terminal("confirm runbook.md --all --by Grace"));
    assert_eq!(world.record(), before);
    assert_eq!(world.code("validate"), 0);
}

#[test]
fn a_newer_export_that_disagrees_counts_more() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &[]));
    assert_eq!(world.code("confirm runbook.md --all --by Ada"), 0);
    assert_eq!(world.code("plan --detailed-exitcode"), 0);
    let people = fs::read_to_string(world.path().join("people.csv")).unwrap();
    world.write("people.csv", &people.replace("carol@acme.example,Full access,", "carol@acme.example,Custom limit,77"));
    assert_eq!(world.code("plan --detailed-exitcode"), 2);
    let plan = String::from_utf8(world.run("plan").stdout).unwrap();
    assert!(plan.contains("carol"), "{plan}");
}

#[test]
fn explain_says_who_set_it() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &["s1", "s3"]));
    assert_eq!(world.code("confirm runbook.md --by Ada"), 4);
    shown!("confirm_explain", world.terminal("explain bob --live --as-of 2026-11-22"));
    shown!("confirm_explain_stranger", world.terminal("explain carol@acme.example --live --as-of 2026-11-22"));
    let alice = String::from_utf8(world.run("explain alice --live").stdout).unwrap();
    assert!(!alice.contains("confirmed"), "{alice}");
    let out = world.run("explain bob --live --format json");
    let value: Value = serde_json::from_slice(&out.stdout).unwrap();
    let schema = validator(include_str!("../../../schema/explain.v1.schema.json"));
    assert_eq!(findings(&schema, &value), Vec::<String>::new());
    let confirmed = &value["pools"][0]["live"]["confirmed"];
    assert_eq!((&confirmed["level"], &confirmed["by"]), (&"500 credits".into(), &"Ada".into()));
    assert!(confirmed["source"].as_str().unwrap().starts_with("figma.record.yaml:"));
}

#[test]
fn a_program_reads_what_was_recorded() {
    let world = World::new();
    let schema = validator(SCHEMA);
    let mut book = world.book();
    book["steps"][0]["items"][0]["sets"] = serde_json::json!({
        "pool": { "target": { "plan": "plan" }, "limit": "5000 credits", "when_exhausted": "block" },
    });
    world.write("runbook.md", &markdown(&book, &["s1"]));
    for (line, recorded, exit) in [
        ("confirm runbook.md --by Ada --format json", 1, 4),
        ("confirm runbook.md --by Ada --only 2 --format json", 1, 4),
        ("confirm runbook.md --by Ada --only alice --missing others --format json", 0, 4),
        ("confirm runbook.md --by Ada --all --format json", 1, 0),
        ("confirm runbook.md --by Ada --all --format json", 0, 0),
    ] {
        let out = world.run(line);
        assert_eq!(out.status.code(), Some(exit), "{line}\n{}", String::from_utf8_lossy(&out.stderr));
        let value: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(findings(&schema, &value), Vec::<String>::new());
        let items = value["items"].as_array().unwrap();
        assert_eq!(items.iter().filter(|item| item["fate"] == "recorded").count(), recorded, "{line}");
        assert_eq!(value["whole"], exit == 0);
        let mut wrong = value.clone();
        wrong["items"][0]["fate"] = "perhaps".into();
        assert!(!findings(&schema, &wrong).is_empty());
    }
    let printed = world.run("schema confirm");
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), SCHEMA);
}

#[test]
fn only_names_steps_and_people() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &["s1", "s2", "s3"]));
    for (only, recorded) in
        [("2", vec!["alice"]), ("bob,CAROL@acme.example", vec!["bob", "carol"]), ("1,1,bob@acme.example", vec!["bob"])]
    {
        let _ = fs::remove_file(world.path().join("figma.record.yaml"));
        assert_eq!(world.code(&format!("confirm runbook.md --by Ada --only {only}")), 4, "{only}");
        let record = world.record();
        for name in ["alice", "bob", "carol"] {
            assert_eq!(record.contains(&format!("{name}@acme.example:")), recorded.contains(&name), "{only}\n{record}");
        }
    }
}

#[test]
fn a_control_that_is_not_there_is_recorded_until_somebody_uses_it() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &["s3"]));
    shown!("confirm_missing", world.terminal("confirm runbook.md --by Ada --missing cap_amount"));
    assert!(world.record().contains("    missing:\n      cap_amount: { by: Ada,"), "{}", world.record());
    assert_eq!(world.code("validate"), 0);
    shown!("confirm_found", world.terminal("confirm runbook.md --by Ada --only bob"));
    assert!(!world.record().contains("missing:"), "{}", world.record());
}

#[test]
fn git_says_who_confirms() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &["s1"]));
    let out = crate::terminal::bursar(world.path())
        .env("HOME", world.path())
        .args(["confirm", "runbook.md"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(64));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("who confirms is not known") && said.contains("--by NAME"), "{said}");
    assert!(!world.path().join("figma.record.yaml").exists());
    for args in [&["init", "-q"][..], &["config", "user.name", "Zoë Ünal"]] {
        assert!(Command::new("git").args(args).current_dir(world.path()).status().unwrap().success());
    }
    assert_eq!(world.code("confirm runbook.md"), 4);
    assert!(world.record().contains("by: \"Zoë Ünal\""), "{}", world.record());
}

#[test]
fn the_page_and_its_export_are_read_too() {
    let world = World::new();
    let book = world.book();
    let parsed: bursar::plan::Runbook = serde_json::from_value(book.clone()).unwrap();
    let json = bursar::plan::embedded(&parsed).unwrap();
    world.write(
        "runbook.html",
        &format!("<!doctype html>\n<script type=\"application/json\" id=\"runbook\">{json}</script>\n"),
    );
    shown!("confirm_page_without_ticks", world.terminal("confirm runbook.html --by Ada"));
    assert_eq!(world.code("confirm runbook.html --by Ada --only 1"), 4);
    let export = serde_json::json!({
        "schema": "bursar.confirmation.v1", "runbook": book, "done": ["design/design-ai/grants/alice"], "missing": ["others"],
    });
    world.write("confirmation.json", &export.to_string());
    shown!("confirm_export", world.terminal("confirm confirmation.json --by Ada"));
}
