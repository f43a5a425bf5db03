//! From the question to the answer: plan, runbook, confirmation, and a plan without changes.

use std::fs;

use serde_json::{Value, json};

use super::{Road, commands, shown};

#[test]
fn the_question_is_answered() {
    let road = Road::new();
    shown!("road_plan_refused", road.terminal("plan -C examples/figma"));
    shown!("road_doctor_before", road.terminal("doctor -C examples/figma"));
    shown!("road_apply", road.terminal("apply -C examples/figma --yes --allow revocations=8 --runbook steps.md"));
    // What the runbook says is what its reader types in the folder of the files.
    let book = road.text("steps.md");
    assert!(book.contains("`bursar confirm steps.md --all`"), "{book}");
    shown!("road_confirm", road.terminal("confirm -C examples/figma steps.md --all --by Ada"));
    shown!("road_record", road.text("figma.record.yaml"));
    shown!("road_plan_empty", road.terminal("plan -C examples/figma"));
    shown!("road_explain", road.terminal("explain alice --live -C examples/figma"));
    shown!("road_doctor_after", road.terminal("doctor -C examples/figma"));
    assert_eq!(road.code("plan -C examples/figma --detailed-exitcode"), 0);
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let road = Road::new();
    let readme = include_str!("../../../README.md");
    let lines = commands(readme, "bursar plan    -C examples/figma");
    let codes: Vec<Option<i32>> = lines.iter().map(|line| road.shell(road.0.path(), line).status.code()).collect();
    assert_eq!(codes, [Some(3), Some(0), Some(0), Some(0)], "{lines:#?}");
    assert!(road.text("figma.record.yaml").contains("by: Ada Lovelace"));
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let road = Road::new();
    let page = include_str!("../../../docs/centers/figma.md");
    let folder = road.path("");
    for args in ["init -q", "config user.name Ada", "config user.email ada@acme.example"] {
        assert!(road.shell(&folder, &format!("git {args}")).status.success());
    }
    let mut codes = Vec::new();
    for line in commands(page, "bursar apply").into_iter().chain(commands(page, "--missing")) {
        // The page's reader is asked; here nobody is.
        let line = if line.starts_with("bursar apply") { line.replacen("apply", "apply --yes", 1) } else { line };
        let line = if line.ends_with("git commit") { format!("{line} -q -m confirmed") } else { line };
        let out = road.shell(&folder, &line);
        codes.push((line, out.status.code()));
    }
    let codes: Vec<Option<i32>> = codes.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes, [Some(3), Some(0), Some(0), Some(0), Some(0), Some(0)]);
}

#[test]
fn what_is_ticked_in_the_markdown_is_recorded() {
    let road = Road::applied();
    road.edit("steps.md", "- [ ] **Step 2.**", "- [x] **Step 2.**");
    road.edit("steps.md", "- [ ] `gina@acme.example`", "- [x] `gina@acme.example`");
    shown!("road_ticked", road.terminal("confirm -C examples/figma steps.md --by Ada"));
    shown!("road_ticked_plan", road.terminal("plan -C examples/figma"));
}

#[test]
fn only_some_of_it_is_recorded() {
    let road = Road::applied();
    shown!("road_only", road.terminal("confirm -C examples/figma steps.md --only 5,alice,nora@acme.example --by Ada"));
    let plan = road.stdout("plan -C examples/figma");
    assert!(!plan.contains("alice") && !plan.contains("nora") && plan.contains("milo"), "{plan}");
    assert!(plan.starts_with("12 changes: 7 revocations, 5 cuts\n"), "{plan}");
    assert_eq!(road.code("confirm -C examples/figma steps.md --only zoe --by Ada"), 64);
}

/// The data that the page keeps in itself.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"runbook\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn what_the_page_exports_is_recorded() {
    let road = Road::applied();
    let runbook = data(&road.text("steps.html"));
    let ids = |number: usize| {
        let items = runbook["steps"][number - 1]["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let done: Vec<Value> = [1, 2, 4].into_iter().flat_map(ids).collect();
    let exported =
        json!({ "schema": "bursar.confirmation.v1", "runbook": runbook, "done": done, "missing": Vec::<Value>::new() });
    fs::write(road.path("confirmation.json"), exported.to_string()).unwrap();
    shown!("road_exported", road.terminal("confirm -C examples/figma confirmation.json --by Ada"));
    let plan = road.stdout("plan -C examples/figma");
    assert!(plan.starts_with("2 changes: 1 cut, 1 other change\n") && plan.contains("erin"), "{plan}");
    // The page itself, for whoever did all of it.
    assert_eq!(road.code("confirm -C examples/figma steps.html --all --by Ada"), 0);
    assert_eq!(road.code("plan -C examples/figma --detailed-exitcode"), 0);
}

#[test]
fn a_limit_that_nobody_looked_up_takes_nothing_from_anybody() {
    let road = Road::new();
    // Everybody has what the files ask already; only the number of the plan is not known.
    for (name, to) in [("alice", "Custom limit,1500"), ("erin", "Custom limit,500")] {
        road.edit(
            "exports/people.csv",
            &format!("{name}@acme.example,Full,Full access,"),
            &format!("{name}@acme.example,Full,{to}"),
        );
    }
    for name in ["bob", "carol", "dana", "frank"] {
        let row = format!("{name}@acme.example,Full,");
        road.edit("exports/people.csv", &format!("{row}Full access,"), &format!("{row}Custom limit,750"));
    }
    road.edit("exports/people.csv", "Full access", "No access");
    shown!("road_limit", road.terminal("plan -C examples/figma"));
    // A limit of nothing is another matter: it takes from everybody who has something.
    road.edit("bursar.yaml", "limit: 5000", "limit: 0");
    let plan = road.stdout("plan -C examples/figma");
    assert!(plan.contains("Refused") && plan.contains("takes a right from 6 people"), "{plan}");
}
