//! Many people: how many requests a plan and an apply take, as the documentation says it.

use super::{World, designers, whole};

fn people(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("p{i:05}")).collect()
}

/// Files that give everybody a limit of their own, in a workspace of so many people.
fn world(count: usize) -> World {
    let people = people(count);
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    let rules: Vec<String> = names.iter().map(|name| format!("{{ member: {name}, cap: 9 }}")).collect();
    World::of(&names, &whole(&rules.join(", "), "unmanaged"))
}

#[test]
fn five_thousand_people_are_read_with_52_requests() {
    let names = people(5000);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::of(&names, &whole("{ member: p00000, cap: 9 }", "unmanaged"));
    assert_eq!(world.planned(), ["chat/chat/grants/p00000 cuts"]);
    assert_eq!(world.fake.asked().len(), 1 + 1 + 50);
}

#[test]
fn a_group_is_read_with_one_request_and_one_for_each_hundred() {
    let names = people(250);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::of(&names, &designers("{ member: p00000 }", "others: unmanaged"));
    world.fake.state(|state| state.group("group_7", "Designers", None, &names));
    world.converged();
    assert_eq!(world.fake.asked().len(), 1 + 1 + 3 + (1 + 3));
}

/// How much a plan and an apply of so many people take at 5 requests a second, as the documentation has it.
fn row(count: usize, plan: u64, apply: u64) -> String {
    let grouped = if count >= 1000 { format!("{},000", count / 1000) } else { count.to_string() };
    format!("| {grouped} | {} s | {plan} | {} minutes | {apply} |", plan.div_ceil(5), apply.div_ceil(300))
}

#[test]
fn the_documentation_says_how_many_requests_people_take() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/centers/chatgpt.md")).unwrap();
    for count in [100, 1000, 10_000] {
        let world = world(count);
        let plan = world.json("plan");
        let looked = world.fake.asked().len() as u64;
        let calls = &plan["calls"]["chat"];
        // What an apply reads to plan, and what the plan announces beside that.
        let apply = looked + calls["reads"].as_u64().unwrap() + calls["writes"].as_u64().unwrap();
        let row = row(count, looked, apply);
        assert!(page.contains(&row), "{row}");
    }
}
