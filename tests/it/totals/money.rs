//! What a plan's worst case is worth, and whose credits are in it.

use std::collections::BTreeMap;
use std::fs;

use bursar::centers::{embedded, figma, litellm};
use bursar::model::{Amount, CenterId, Guardrails, RateId, Unit, WhenExhausted, parse_decimal};
use bursar::output::money;
use bursar::plan::{Plan, hash};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{RATES, two};
use crate::output::json::{findings, validator};
use crate::terminal::{bursar, terminal};
use crate::world::{World, plan_of};

const SCHEMA: &str = include_str!("../../../schema/plan.v1.schema.json");

fn rates(list: &[(&str, &str)]) -> BTreeMap<RateId, Amount> {
    let rate = |(name, number): &(&str, &str)| {
        let amount = Amount::new(parse_decimal(number).unwrap(), Unit::USD).unwrap();
        (RateId::new(name).unwrap(), amount)
    };
    list.iter().map(rate).collect()
}

/// A plan over three centers: alice's cap goes from 500 to 700 in the first.
fn plan() -> Plan {
    let worlds =
        [World::on(&embedded::CAPABILITIES), World::on(&figma::CAPABILITIES), World::on(&litellm::CAPABILITIES)];
    let parts = worlds.into_iter().zip(["a", "b", "c"]).map(|(mut world, name)| {
        if name == "a" {
            let raised = world.grant("700");
            world.want().grants.insert(crate::world::member("alice"), raised);
        }
        (CenterId::new(name).unwrap(), world.parts().remove(&world.center).unwrap())
    });
    plan_of(&parts.collect(), &Guardrails::default(), &[])
}

fn lines(rates: &BTreeMap<RateId, Amount>) -> Vec<String> {
    let mut plan = plan();
    plan.summary.worst_case.tell_worth(rates);
    money(&plan.summary.worst_case)
}

#[test]
fn whose_credits_are_in_a_sum() {
    assert_eq!(
        lines(&BTreeMap::new()),
        ["2,000 → 2,200 credits/month (embedded 1,000 → 1,200, figma 1,000)", "1,000 USD/month, as before",]
    );
    // The credits of one provider are nobody else's.
    let mut one = World::embedded().plan();
    one.summary.worst_case.tell_worth(&BTreeMap::new());
    assert_eq!(money(&one.summary.worst_case), ["1,000 credits/month, as before"]);
}

#[test]
fn the_worth_is_told_only_where_every_credit_has_one() {
    let figma = [("figma_credit", "0.024")];
    assert_eq!(lines(&rates(&figma)).len(), 2);
    let all = rates(&[("figma_credit", "0.024"), ("embedded_credit", "0.015"), ("http_credit", "7")]);
    // 1000 × 0.015 + 1000 × 0.024 + 1000, and 200 × 0.015 more.
    assert_eq!(lines(&all)[2], "worth at most 1,039 → 1,042 USD/month");
    // Without credits there is nothing to be worth.
    let mut dollars = World::litellm().plan();
    dollars.summary.worst_case.tell_worth(&all);
    assert_eq!(dollars.summary.worst_case.worth, None);
}

#[test]
fn what_nothing_bounds_is_worth_as_much() {
    let mut world = World::embedded();
    let all = world.grant("unlimited");
    world.want().grants.insert(crate::world::member("alice"), all);
    world.want().budget.when_exhausted = Some(WhenExhausted::Alert);
    let mut plan = world.plan();
    plan.summary.worst_case.tell_worth(&rates(&[("embedded_credit", "0.5")]));
    assert_eq!(money(&plan.summary.worst_case)[1], "worth 500 → unbounded USD/month");
}

#[test]
fn no_rate_is_in_the_hash() {
    let mut told = plan();
    let hashed = told.hash.clone();
    told.summary
        .worst_case
        .tell_worth(&rates(&[("figma_credit", "0.024"), ("embedded_credit", "0.015")]));
    assert!(told.summary.worst_case.worth.is_some());
    assert_eq!(hash(&told.centers, &told.changes), hashed);
}

/// What a reviewer sees, and what a program reads.
#[test]
fn every_format_tells_it() {
    let folder = two(true);
    let at = folder.path();
    let out = terminal(at, "plan -q --as-of 2026-11-22");
    assert_snapshot!("money_plan", &out[out.find("worst case").unwrap()..]);
    let page = terminal(at, "plan -q --as-of 2026-11-22 --format markdown");
    let line = page.lines().find(|line| line.starts_with("**Worst case:**")).unwrap();
    assert_snapshot!("money_markdown", line);
    let json = |line: &str| -> Value {
        let out = bursar(at).args(line.split_whitespace()).output().unwrap();
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let plan = json("plan -q --as-of 2026-11-22 --format json");
    let errors = findings(&validator(SCHEMA), &plan);
    assert!(errors.is_empty(), "{errors:#?}");
    let money = &plan["summary"]["worst_case"];
    assert_eq!(money["credits"]["figma"], json!({ "before": "unbounded", "after": "5000" }));
    let sum = |side: &str| money["worth"][side]["USD"].clone();
    assert_eq!((sum("before"), sum("after")), ("unbounded".into(), worth(money).into()));
    // Without rates it is as it was.
    let hashed = plan["hash"].clone();
    let file = at.join("bursar.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(RATES, "")).unwrap();
    let plan = json("plan -q --as-of 2026-11-22 --format json");
    assert_eq!((&plan["hash"], &plan["summary"]["worst_case"]["worth"]), (&hashed, &Value::Null));
}

/// What the other numbers of a summary come to.
fn worth(money: &Value) -> String {
    let number = |value: &Value| parse_decimal(value.as_str().unwrap()).unwrap();
    let sum = number(&money["credits"]["embedded"]["after"]) * parse_decimal("0.01").unwrap()
        + number(&money["credits"]["figma"]["after"]) * parse_decimal("0.024").unwrap()
        + number(&money["after"]["USD"]);
    Amount::new(sum, Unit::USD).unwrap().number()
}
