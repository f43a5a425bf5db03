//! What comes after the first answer: newer exports, ends, other rules, other plans, and what an account lacks.

use std::fs;

use super::{Road, shown};
use crate::secrets::Folder;
use crate::terminal::terminal;

/// Once all is confirmed, an export of the day after: what Figma then shows, with whatever else `edit` does to it.
fn exported_anew(edit: impl Fn(&Road)) -> (Road, String) {
    let road = Road::confirmed();
    for (name, limit) in [("alice", 1500), ("bob", 750), ("carol", 750), ("dana", 750), ("erin", 500), ("frank", 750)] {
        let row = format!("{name}@acme.example,Full,");
        road.edit("exports/people.csv", &format!("{row}Full access,"), &format!("{row}Custom limit,{limit}"));
    }
    road.edit("exports/people.csv", "Full access,", "No access,");
    edit(&road);
    // A day after the confirmation, by the clock that the confirmation has.
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap();
    road.edit("bursar.yaml", "taken: 2026-11-20", &format!("taken: {day}"));
    let plan = road.terminal(&format!("plan -C examples/figma --as-of {day}"));
    (road, plan.replace(&day.to_string(), "[the day after]"))
}

#[test]
fn an_export_of_what_was_clicked_changes_nothing() {
    let (_, plan) = exported_anew(|_| ());
    assert!(plan.contains("Nothing to change."), "{plan}");
}

#[test]
fn whoever_joins_is_in_the_next_plan() {
    let (_, plan) = exported_anew(|road| {
        let people = road.text("exports/people.csv");
        fs::write(road.path("exports/people.csv"), people + "Olga Olsen,olga@acme.example,Full,Full access,\n")
            .unwrap();
    });
    shown!("road_joined", plan);
}

#[test]
fn a_newer_export_speaks_against_the_record() {
    let (_, plan) = exported_anew(|road| {
        road.edit("exports/people.csv", "bob@acme.example,Full,Custom limit,750", "bob@acme.example,Full,Full access,");
        road.edit("exports/people.csv", "Gina Gomez,gina@acme.example,Full,No access,\n", "");
    });
    shown!("road_contradicted", plan);
}

#[test]
fn a_right_that_ended_is_taken_back_by_hand() {
    let road = Road::confirmed();
    assert_eq!(road.code("plan -C examples/figma --as-of 2026-12-31 --detailed-exitcode"), 0);
    shown!("road_expired", road.terminal("plan -C examples/figma --as-of 2027-01-01"));
    let plan: serde_json::Value =
        serde_json::from_str(&road.stdout("plan -C examples/figma --as-of 2027-01-01 --format json")).unwrap();
    let change = &plan["changes"][0];
    assert_eq!((&change["cause"], &change["subject"]), (&"expiry".into(), &"erin".into()), "{change}");
    assert!(change["delivery"]["manual"].is_object(), "{change}");
    assert_eq!(road.code("apply -C examples/figma --as-of 2027-01-01 --yes --runbook erin.md"), 0);
    let book = road.text("erin.md");
    assert!(book.contains("Set `erin@acme.example` to No access"), "{book}");
}

#[test]
fn everybody_else_may_have_a_little() {
    let road = Road::new();
    road.edit("bursar.yaml", "others: blocked", "others: { cap: 50 }");
    shown!("road_others_plan", road.terminal("plan -C examples/figma"));
    assert_eq!(road.code("apply -C examples/figma --yes --allow cuts=14 --runbook steps.md"), 0);
    shown!("road_others_steps", road.text("steps.md").split("<!-- bursar.runbook").next().unwrap());
    assert_eq!(road.code("confirm -C examples/figma steps.md --all --by Ada"), 0);
    assert_eq!(road.code("plan -C examples/figma --detailed-exitcode"), 0);
}

#[test]
fn what_is_there_becomes_a_file_that_changes_nothing() {
    for road in [Road::new(), Road::confirmed()] {
        let imported = road.stdout("import -C examples/figma --center design");
        // What was confirmed of the plan's size is part of what is there.
        assert_eq!(imported.contains("limit: 5000"), road.path("figma.record.yaml").exists(), "{imported}");
        fs::write(road.path("bursar.yaml"), imported).unwrap();
        assert_eq!(road.code("plan -C examples/figma --detailed-exitcode"), 0);
    }
}

#[test]
fn a_control_that_is_not_there_fails_the_doctor_until_it_is() {
    let road = Road::applied();
    assert_eq!(road.code("doctor -C examples/figma"), 0);
    shown!("road_missing", road.terminal("confirm -C examples/figma steps.md --missing cap_amount --by Ada"));
    shown!("road_doctor_missing", road.terminal("doctor -C examples/figma"));
    shown!("road_support_note", road.terminal("doctor -C examples/figma --support-note"));
    // It arrived: somebody set one.
    assert_eq!(road.code("confirm -C examples/figma steps.md --only 1 --by Ada"), 4);
    assert_eq!(road.code("doctor -C examples/figma"), 0);
}

/// An enterprise with two billing groups that have credits set aside.
const GROUPS: &str = "\
version: 1
centers:
  design:
    provider: figma
    plan: enterprise
    organization: Acme
    export:
      people: people.csv
      taken: 2026-11-20
      columns: { email: Email, access: Paid AI credit access, limit: Paid AI credit limit, billing_group: Billing group }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
pools:
  brand:
    center: design
    target: { billing_group: Brand }
    budget: { limit: 2000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 1500 }]
    others: blocked
  product:
    center: design
    target: { billing_group: Product }
    budget: { limit: 3000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: bob, cap: 750 }]
    others: unmanaged
";

#[test]
fn billing_groups_have_credits_set_aside() {
    let folder = Folder::new();
    fs::write(folder.path().join("bursar.yaml"), GROUPS).unwrap();
    let people = "Email,Paid AI credit access,Paid AI credit limit,Billing group\n\
                  alice@acme.example,Full access,,Brand\ncarol@acme.example,Full access,,Brand\n\
                  bob@acme.example,Full access,,Product\ndan@acme.example,Full access,,Product\n";
    fs::write(folder.path().join("people.csv"), people).unwrap();
    let at = |line: &str| terminal(folder.path(), &format!("--as-of 2026-11-23 {line}"));
    shown!("road_groups_plan", at("plan"));
    let applied = at("apply --yes --runbook steps.md");
    assert!(applied.contains("--- exit 0"), "{applied}");
    let book = fs::read_to_string(folder.path().join("steps.md")).unwrap();
    shown!("road_groups_steps", book.split("<!-- bursar.runbook").next().unwrap());
    shown!("road_groups_confirm", at("confirm steps.md --all --by Ada"));
    shown!("road_groups_plan_empty", at("plan --detailed-exitcode"));
}

#[test]
fn the_first_file_leads_to_the_first_plan() {
    let folder = Folder::new();
    let at = |line: &str| terminal(folder.path(), line);
    shown!("road_init", at("init --center figma"));
    shown!("road_init_file", fs::read_to_string(folder.path().join("bursar.yaml")).unwrap());
    shown!("road_init_no_export", at("plan"));
    fs::create_dir(folder.path().join("exports")).unwrap();
    let people = "Name,Email,Paid AI credit access,Paid AI credit limit\n\
                  Alice,alice@example.com,Full access,\nBob,bob@example.com,Full access,\nCarol,carol@example.com,No access,\n";
    fs::write(folder.path().join("exports/people.csv"), people).unwrap();
    // Without a word on the columns nothing is known, and all of it is planned.
    shown!("road_init_unmapped", at("plan"));
    let file = fs::read_to_string(folder.path().join("bursar.yaml")).unwrap();
    let mapped = file
        .replace("# taken: 2026-11-20   ", "taken: 2026-11-20   ")
        .replace("# columns:", "columns:");
    assert_ne!(file, mapped);
    fs::write(folder.path().join("bursar.yaml"), mapped).unwrap();
    shown!("road_init_plan", at("plan --as-of 2026-11-23"));
}
