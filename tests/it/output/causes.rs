//! Why each change is there, in every format.

use std::collections::BTreeSet;
use std::sync::Arc;

use bursar::model::{Limit, Origin};
use bursar::output::text::Style;
use bursar::output::{json, markdown, text};
use bursar::plan::{Cause, Plan};
use insta::assert_snapshot;

use crate::world::{World, member, stranger};

/// A plan with an edit, something done by hand, and who wrote and did it, in words that mean no good.
pub(super) fn plan() -> Plan {
    let mut world = World::embedded();
    world.base = Some(world.desired.clone());
    let (raise, given) = (world.grant("600"), world.grant("40"));
    world.want().grants.insert(member("alice"), raise);
    world.want().grants.insert(member("dave"), given);
    world.have().grants.insert(stranger("Zoe"), given);
    world.have().grants.remove(&member("carol"));
    let less = world.amount("9000");
    world.have().budget.limit = Some(Limit::Amount(less));
    let mut plan = world.plan();
    for change in &mut plan.changes {
        change.written = Some(Arc::new(match change.subject.as_ref() {
            Some(subject) if *subject == member("dave") => Origin::NotCommitted,
            _ => Origin::Commit {
                id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
                author: "Eve \u{1b}[31m`|<b> @acme/all\u{202e}, with a name as long as that".to_owned(),
                at: "2026-11-20T10:00:00Z".parse().unwrap(),
            },
        }));
        if change.cause == Cause::Drift && change.subject == Some(stranger("Zoe")) {
            change.audit = Some(format!("mallory@acme.example at noon \u{1b}[2J`|\n## {}", "x".repeat(300)));
        }
    }
    plan
}

#[test]
fn for_a_person() {
    let mut out = Vec::new();
    text::plan(&mut out, &plan(), Style { width: 100, ..Style::default() }).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
    5 changes: 1 revocation, 2 raises, 2 grants
    For gateway at center.db.
    Causes: 2 config, 3 drift.

    Refused
      this plan takes from 1 person what was added or changed outside review
        to consent to exactly this: --allow drift=1

    Revocations (1)
      gateway / ai
        - Zoe  40 credits/month → nothing  added outside review, not in the files, bursar.yaml:13
          the center's record: mallory@acme.example at noon \u{1b}[2J`|\n##
            xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…

    Raises (2)
      gateway / ai
        ↑ limit  9,000 → 10,000 credits/month (+1,000)  changed outside review, bursar.yaml:11
        ↑ alice  500 → 600 credits/month (+100)         bursar.yaml:15, 0123456789 Eve \u{1b}[31m`|<b> @acme/all\u{202e}, with a name a…

    Grants (2)
      gateway / ai
        + carol  nothing → 200 credits/month  removed outside review, bursar.yaml:15
        + dave   nothing → 40 credits/month   bursar.yaml:13, not committed yet

    Requests: gateway: 3 reads, 4 writes
    Plan d56ec0d4fbec

    Refused
      this plan takes from 1 person what was added or changed outside review
        to consent to exactly this: --allow drift=1

    worst case: 840 → 1,140 credits/month
    "#);
}

#[test]
fn for_a_pull_request() {
    let mut out = Vec::new();
    let frame = markdown::Frame { base: Some("origin/main"), ..markdown::Frame::comment("bursar.yaml") };
    markdown::plan(&mut out, &plan(), &frame).unwrap();
    assert_snapshot!("page_with_causes", String::from_utf8(out).unwrap());
}

#[test]
fn for_a_program() {
    let mut out = Vec::new();
    let plan = plan();
    json::plan(&mut out, &plan).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../schema/plan.v1.schema.json")).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    assert!(
        validator.is_valid(&value),
        "{:?}",
        validator.iter_errors(&value).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    let changes = value["changes"].as_array().unwrap();
    let causes: BTreeSet<&str> = changes.iter().map(|change| change["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, BTreeSet::from(["config", "drift"]));
    // A program gets all of it, as it is.
    let zoe = changes.iter().find(|change| change["subject"] == "Zoe").unwrap();
    assert!(zoe["audit"].as_str().unwrap().ends_with("xxx"));
    assert_eq!(zoe["written"]["author"], "Eve \u{1b}[31m`|<b> @acme/all\u{202e}, with a name as long as that");
    let mut wrong = value.clone();
    wrong["changes"][0]["written"]["commit"] = "HEAD".into();
    assert!(!validator.is_valid(&wrong));
}
