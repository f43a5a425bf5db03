//! What a plan says of what people have drawn already of what it takes.

use bursar::model::{Cap, CenterId, Limit, Others, WhenExhausted};
use bursar::output::markdown::{self, Frame};
use bursar::output::text::{self, Style};
use bursar::plan::{Effect, Plan, drawn};
use bursar::usage::{CapFrom, CenterUse, PersonUse};
use insta::assert_snapshot;
use serde_json::Value;

use super::{at, center, credits, person, pool};
use crate::output::json::{PLAN, findings, validator};
use crate::world::{World, date, lines, member, pool_id, source};

const NOW: &str = "2026-11-23T06:00:00Z";

/// Alice drew 450 of 500, bob 250 of the default of 300, carol 40 of 200; zoe is one of the others and drew 30.
fn drew() -> CenterUse {
    let by_default = PersonUse { cap_from: Some(CapFrom::Default), ..person("250", "300") };
    let other = PersonUse { granted: false, cap_from: Some(CapFrom::Others), ..person("30", "50") };
    let of = pool(
        "ai",
        at(NOW),
        &[
            ("alice", PersonUse { last: Some(date("2026-11-21")), ..person("450", "500") }),
            ("bob", by_default),
            ("carol", person("40", "200")),
            ("zoe@acme.example", other),
        ],
    );
    center("gateway", at(NOW), vec![of])
}

fn told(world: &World, usage: &CenterUse, today: &str) -> Plan {
    let mut plan = world.plan();
    drawn::tell(plan.changes.iter_mut(), usage, &world.desired, date(today));
    plan
}

fn text(plan: &Plan) -> String {
    let mut out = Vec::new();
    text::plan(&mut out, plan, Style::default()).unwrap();
    String::from_utf8(out).unwrap()
}

/// What the changes say, a line each.
fn said(plan: &Plan) -> Vec<String> {
    plan.changes.iter().flat_map(bursar::output::drawn).collect()
}

#[test]
fn a_cap_below_what_was_drawn_blocks_at_once() {
    let mut world = World::embedded();
    let (alice, carol) = (world.grant("400"), world.grant("100"));
    world.want().grants.insert(member("alice"), alice);
    world.want().grants.insert(member("carol"), carol);
    world.want().grants.remove(&member("bob"));
    let plan = told(&world, &drew(), "2026-11-23");
    assert_snapshot!("planned_text", text(&plan));
    let mut out = Vec::new();
    markdown::plan(&mut out, &plan, &Frame::comment("bursar.yaml")).unwrap();
    assert_snapshot!("planned_markdown", String::from_utf8(out).unwrap());
    let mut out = Vec::new();
    bursar::output::json::plan(&mut out, &plan).unwrap();
    let value: Value = serde_json::from_slice(&out).unwrap();
    let errors = findings(&validator(PLAN), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    let of = value["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["subject"] == "alice")
        .unwrap();
    assert_snapshot!("planned_json", serde_json::to_string_pretty(&of["drawn"]).unwrap());
    assert_eq!(plan.hash, world.plan().hash, "what was drawn is no part of what is approved");
    assert_eq!(lines(&plan), lines(&world.plan()));
}

#[test]
fn what_was_drawn_is_said_of_what_takes_and_of_nothing_else() {
    let mut world = World::embedded();
    let say = |edit: &dyn Fn(&mut World)| {
        let mut world = world.clone();
        edit(&mut world);
        said(&told(&world, &drew(), "2026-11-23")).join("; ")
    };
    let cap = |name: &'static str, cap: &'static str| {
        move |world: &mut World| {
            let grant = world.grant(cap);
            world.want().grants.insert(member(name), grant);
        }
    };
    assert_eq!(say(&cap("alice", "450")), "blocks alice at once: 450 of 450 credits drawn this month");
    assert_eq!(say(&cap("alice", "451")), "");
    assert_eq!(say(&cap("alice", "2000")), "");
    assert_eq!(say(&cap("bob", "200")), "blocks bob at once: 250 of 200 credits drawn this month");
    assert_eq!(say(&cap("alice", "inherit")), "blocks alice at once: 450 of 300 credits drawn this month");
    assert_eq!(say(&cap("alice", "0")), "alice drew 450 credits this month, last on 2026-11-21");
    let default = say(&|world| world.want().default_cap = Some(Cap::Amount(credits("100"))));
    assert_eq!(default, "blocks bob at once: 250 of 100 credits drawn this month");
    let limit = |limit: &'static str, when| {
        move |world: &mut World| {
            world.want().budget.limit = Some(Limit::Amount(credits(limit)));
            world.want().budget.when_exhausted = Some(when);
            world.have().budget.when_exhausted = Some(when);
        }
    };
    let blocks = say(&limit("770", WhenExhausted::Block));
    assert_eq!(blocks, "blocks everybody at once: 770 of 770 credits drawn this month");
    assert_eq!(say(&limit("771", WhenExhausted::Block)), "");
    let deleted = say(&|world| {
        world.desired.state.pools.clear();
        world.desired.absent.insert(pool_id("ai"), (bursar::model::Target::default(), source(1)));
    });
    assert!(deleted.starts_with("alice drew 450 credits this month, last on 2026-11-21; bob drew"), "{deleted}");
    let others = say(&|world| world.have().others = Some(Others::Cap(Cap::Amount(credits("50")))));
    assert_eq!(others, "zoe@acme.example drew 30 credits this month");
    world.have().others = Some(Others::Cap(Cap::Amount(credits("50"))));
    world.want().others = Some(Others::Cap(Cap::Amount(credits("20"))));
    let lowered = said(&told(&world, &drew(), "2026-11-23")).join("; ");
    assert_eq!(lowered, "blocks zoe@acme.example at once: 30 of 20 credits drawn this month");
}

#[test]
fn a_period_that_is_over_tells_nothing_of_the_one_that_runs() {
    let mut world = World::embedded();
    world.want().grants.remove(&member("alice"));
    world.want().grants.remove(&member("carol"));
    let bob = world.grant("100");
    world.want().grants.insert(member("bob"), bob);
    let on = |today: &str| said(&told(&world, &drew(), today));
    assert_eq!(on("2026-11-30").len(), 2, "alice drew nine days ago, and of carol no day is told");
    assert_eq!(on("2026-11-28").len(), 3);
    assert_eq!(on("2026-12-01"), Vec::<String>::new());
    let mut recent = drew();
    recent.pools[0].people.get_mut(&member("alice")).unwrap().last = Some(date("2026-11-30"));
    assert_eq!(said(&told(&world, &recent, "2026-12-01")), ["alice used it on 2026-11-30"]);
    let mut elsewhere = drew();
    elsewhere.center = CenterId::new("other").unwrap();
    assert_eq!(said(&told(&world, &elsewhere, "2026-11-23")), Vec::<String>::new());
}

#[test]
fn a_long_list_names_the_first_and_hostile_names_stay_names() {
    let mut world = World::embedded();
    world.crowd(30, "100");
    world.want().grants.clear();
    world.desired.state.pools.clear();
    world.desired.absent.insert(pool_id("ai"), (bursar::model::Target::default(), source(1)));
    let names: Vec<String> = (0..30).map(|n| format!("m{n:03}")).collect();
    let mut people: Vec<(&str, PersonUse)> = names.iter().map(|name| (name.as_str(), person("1", "100"))).collect();
    people.push(("<img src=x> `@acme/all` |", person("2", "100")));
    let usage = center("gateway", at(NOW), vec![pool("ai", at(NOW), &people)]);
    let plan = told(&world, &usage, "2026-11-23");
    assert!(plan.changes.iter().any(|change| change.effect == Effect::Revokes));
    assert!(text(&plan).contains("… and 21 more people who have drawn"), "{}", text(&plan));
    let mut world = World::embedded();
    let hostile = bursar::model::Subject::Stranger("<img src=x> `@acme/all` |".into());
    let grant = world.grant("100");
    world.have().grants.insert(hostile.clone(), grant);
    let plan = told(&world, &usage, "2026-11-23");
    let mut out = Vec::new();
    markdown::plan(&mut out, &plan, &Frame::comment("bursar.yaml")).unwrap();
    assert_snapshot!("planned_hostile_markdown", String::from_utf8(out).unwrap());
}
