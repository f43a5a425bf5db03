//! Plans and reports for programs, held against the published schemas.

use std::collections::BTreeSet;

use bursar::output::json;
use bursar::plan::Plan;
use insta::assert_snapshot;
use jsonschema::Validator;
use serde_json::Value;

use super::scenes;
use crate::world::{World, member, plan_of, pool_id, source};

pub(crate) const PLAN: &str = include_str!("../../../schema/plan.v1.schema.json");
const APPLY: &str = include_str!("../../../schema/apply.v1.schema.json");

/// A way to make a good plan a bad one.
type Break = fn(&mut Value);

pub(crate) fn validator(schema: &str) -> Validator {
    let plan: Value = serde_json::from_str(PLAN).unwrap();
    let schema: Value = serde_json::from_str(schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let registry = jsonschema::Registry::new()
        .add("urn:bursar:schema:plan.v1", plan)
        .unwrap()
        .prepare()
        .unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .with_registry(&registry)
        .build(&schema)
        .unwrap()
}

pub(crate) fn findings(validator: &Validator, value: &Value) -> Vec<String> {
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn value(plan: &Plan) -> Value {
    let mut out = Vec::new();
    json::plan(&mut out, plan).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Plans that have every kind of change between them.
fn plans() -> Vec<Plan> {
    let mut gone = World::embedded();
    gone.desired.state.pools.clear();
    gone.desired.absent.insert(pool_id("ai"), (bursar::model::Target::default(), source(1)));
    let mut alerts = World::embedded();
    let (key, alert) = alerts.alert("80%", &["cfo@acme.example"]);
    let (amount, added) = alerts.alert("12.5", &["cfo@acme.example"]);
    alerts.want().alerts.as_mut().unwrap().insert(key, alert);
    alerts.have().alerts.as_mut().unwrap().insert(amount, added);
    let mut unbounded = World::litellm();
    unbounded.want().budget.limit = Some(bursar::model::Limit::None);
    unbounded.want().default_cap = Some(bursar::model::Cap::Inherit);
    let (unit, most) = (unbounded.unit, unbounded.amount("1"));
    unbounded.guardrails.worst_case.insert(unit, most);
    vec![
        World::embedded().plan(),
        scenes::everything().plan(),
        scenes::by_hand().plan(),
        scenes::hostile("\u{1b}\n\u{202e}`|").plan(),
        gone.plan(),
        alerts.plan(),
        unbounded.plan(),
        plan_of(&std::collections::BTreeMap::new(), &unbounded.guardrails, &[]),
    ]
}

#[test]
fn real_plans_keep_the_schema() {
    let validator = validator(PLAN);
    let mut kinds = BTreeSet::new();
    for plan in plans() {
        assert_eq!(findings(&validator, &value(&plan)), Vec::<String>::new());
        kinds.extend(plan.changes.iter().chain(&plan.asserts).map(|change| change.kind.as_str()));
    }
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}

#[test]
fn the_schema_says_no_to_what_is_no_plan() {
    let validator = validator(PLAN);
    let good = value(&scenes::everything().plan());
    let broken: [(&str, Break); 8] = [
        ("unknown key", |plan| plan["more"] = Value::Null),
        ("no hash", |plan| plan["hash"] = "".into()),
        ("amount as a number", |plan| plan["changes"][0]["after"]["budget"]["limit"]["amount"] = 5.into()),
        ("unknown cause", |plan| plan["changes"][0]["cause"] = "whim".into()),
        ("a pool that is a grant", |plan| plan["changes"][0]["kind"] = "grant.add".into()),
        ("created from something", |plan| plan["changes"][0]["before"] = plan["changes"][0]["after"].clone()),
        ("a subject of a pool", |plan| plan["changes"][0]["subject"] = "alice".into()),
        ("unknown delivery", |plan| plan["changes"][0]["delivery"] = "fax".into()),
    ];
    for (what, breaks) in broken {
        let mut plan = good.clone();
        breaks(&mut plan);
        assert!(!findings(&validator, &plan).is_empty(), "{what}");
    }
    // What comes with a base revision is foreseen.
    let mut plan = good;
    plan["changes"][0]["cause"] = "drift".into();
    assert!(findings(&validator, &plan).is_empty());
}

#[test]
fn a_plan_in_json() {
    let mut world = World::embedded();
    world.want().grants.remove(&member("bob"));
    let mut out = Vec::new();
    json::plan(&mut out, &world.plan()).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
    {
      "schema": "bursar.plan.v1",
      "hash": "23fbbb61260f9df5b6e7b4e056b9c90f0323f4154dca8b733dae2d33a4cf565f",
      "expires_at": "2026-11-23T12:00:00Z",
      "centers": {
        "gateway": "center.db"
      },
      "changes": [
        {
          "id": "gateway/ai/grants/bob",
          "center": "gateway",
          "pool": "ai",
          "target": {
            "pool": "ai"
          },
          "kind": "grant.revoke",
          "subject": "bob",
          "known": true,
          "fields": [],
          "before": {
            "cap": "inherit",
            "expires": null
          },
          "after": null,
          "effect": "revokes",
          "cause": "unattributed",
          "delivery": "api",
          "precondition": {
            "observed": {
              "cap": "inherit",
              "expires": null
            },
            "etag": null
          },
          "source": "bursar.yaml:15"
        }
      ],
      "unmanaged": [],
      "asserts": [],
      "refusals": [],
      "calls": {
        "gateway": {
          "reads": 3,
          "writes": 1,
          "seconds": 0
        }
      },
      "notes": [],
      "periods": {
        "gateway": {
          "ai": {
            "before": "monthly",
            "after": "monthly"
          }
        }
      },
      "summary": {
        "counts": {
          "revokes": 1,
          "cuts": 0,
          "grants": 0,
          "raises": 0,
          "neutral": 0
        },
        "worst_case": {
          "before": {
            "credits": "1000"
          },
          "after": {
            "credits": "700"
          }
        }
      }
    }
    "#);
}

#[test]
fn reports_keep_the_schema() {
    let validator = validator(APPLY);
    for plan in plans().into_iter().filter(|plan| plan.summary.counts.revokes > 0) {
        let mut out = Vec::new();
        json::report(&mut out, &scenes::report(&plan), None).unwrap();
        let report: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(findings(&validator, &report), Vec::<String>::new());
        let sum: u64 = report["summary"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, u64::try_from(plan.changes.len()).unwrap());
        let mut wrong = report.clone();
        wrong["outcomes"][0]["change"]["effect"] = "pleases".into();
        assert!(!findings(&validator, &wrong).is_empty());
    }
}
