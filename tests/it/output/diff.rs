//! The unified diff of observed against desired.

use std::collections::BTreeMap;

use bursar::model::{Cap, Others};
use bursar::output::diff;
use bursar::plan::CenterPart;
use insta::assert_snapshot;

use super::scenes;
use crate::world::{World, member, pool_id, source, stranger};

fn show(parts: &BTreeMap<bursar::model::CenterId, CenterPart>) -> String {
    let mut out = Vec::new();
    diff::diff(&mut out, parts).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn equal_worlds_differ_in_nothing() {
    assert_eq!(show(&World::embedded().parts()), "");
    assert_eq!(show(&World::litellm().parts()), "");
}

#[test]
fn something_of_everything() {
    assert_snapshot!(show(&scenes::everything().parts()), @r#"
    diff --git a/gateway/ai.yaml b/gateway/ai.yaml
    --- a/gateway/ai.yaml
    +++ b/gateway/ai.yaml
    @@ -1,27 +1,17 @@
     target: { pool: ai }
    +description: Paid credits for the design org
     budget:
    -  limit: 10000
    +  limit: 20000
       unit: credits
       period: monthly
       when_exhausted: block
     default_cap: 300
    -others: { cap: 50 }
    +others: blocked
     alerts:
       - { at: 80%, of: budget, notify: [ops@acme.example] }
    +  - { at: 90%, of: budget, notify: [cfo@acme.example, ops@acme.example] }
     grants:
    -  alice: { cap: 500 }
    -  bob: { cap: inherit }
    -  carol: { cap: 200 }
    -  m000: { cap: 100 }
    -  m001: { cap: 100 }
    -  m002: { cap: 100 }
    -  m003: { cap: 100 }
    -  m004: { cap: 100 }
    -  m005: { cap: 100 }
    -  m006: { cap: 100 }
    -  m007: { cap: 100 }
    -  m008: { cap: 100 }
    -  m009: { cap: 100 }
    -  m010: { cap: 100 }
    +  alice: { cap: 2000 }
    +  carol: { cap: 120.5 }
    +  dave: { cap: unlimited, expires: 2026-12-31 }
       m011: { cap: 100 }
    -  "?Zoë Q.": { cap: 40 }
    diff --git a/gateway/research.yaml b/gateway/research.yaml
    --- /dev/null
    +++ b/gateway/research.yaml
    @@ -0,0 +1,14 @@
    +target: { pool: ai }
    +description: Paid credits for the design org
    +budget:
    +  limit: 20000
    +  unit: credits
    +  period: yearly
    +  when_exhausted: overage
    +default_cap: 300
    +others: blocked
    +alerts:
    +  - { at: 80%, of: budget, notify: [ops@acme.example] }
    +  - { at: 90%, of: budget, notify: [cfo@acme.example, ops@acme.example] }
    +grants:
    +  alice: { cap: 2000 }
    "#);
}

#[test]
fn a_pool_that_goes() {
    let mut world = World::embedded();
    world.desired.state.pools.clear();
    world.desired.absent.insert(pool_id("ai"), (bursar::model::Target::default(), source(1)));
    assert_snapshot!(show(&world.parts()), @r#"
    diff --git a/gateway/ai.yaml b/gateway/ai.yaml
    --- a/gateway/ai.yaml
    +++ /dev/null
    @@ -1,14 +0,0 @@
    -target: { pool: ai }
    -budget:
    -  limit: 10000
    -  unit: credits
    -  period: monthly
    -  when_exhausted: block
    -default_cap: 300
    -others: blocked
    -alerts:
    -  - { at: 80%, of: budget, notify: [ops@acme.example] }
    -grants:
    -  alice: { cap: 500 }
    -  bob: { cap: inherit }
    -  carol: { cap: 200 }
    "#);
}

#[test]
fn what_the_files_do_not_manage_is_on_neither_side() {
    let mut world = World::embedded();
    world.want().budget.limit = None;
    world.want().alerts = None;
    world.want().others = None;
    world.have().description = Some("theirs".to_owned());
    let cap = world.grant("70");
    world.have().grants.insert(stranger("Zoë"), cap);
    assert_eq!(show(&world.parts()), "");
    world.have().grants.insert(member("alice"), cap);
    assert_snapshot!(show(&world.parts()), @r#"
    diff --git a/gateway/ai.yaml b/gateway/ai.yaml
    --- a/gateway/ai.yaml
    +++ b/gateway/ai.yaml
    @@ -5,6 +5,6 @@
       when_exhausted: block
     default_cap: 300
     grants:
    -  alice: { cap: 70 }
    +  alice: { cap: 500 }
       bob: { cap: inherit }
       carol: { cap: 200 }
    "#);
}

#[test]
fn others_are_grants_where_the_center_has_no_setting_for_them() {
    let mut world = World::litellm();
    let cap = world.grant("70");
    world.have().grants.insert(stranger("zoe@acme.example"), cap);
    world.want().others = Some(Others::Cap(Cap::Inherit));
    assert_snapshot!(show(&world.parts()), @r#"
    diff --git a/gateway/ai.yaml b/gateway/ai.yaml
    --- a/gateway/ai.yaml
    +++ b/gateway/ai.yaml
    @@ -11,4 +11,4 @@
       alice: { cap: 500, period: monthly }
       bob: { cap: inherit }
       carol: { cap: 200, period: monthly }
    -  "?zoe@acme.example": { cap: 70 }
    +  "?zoe@acme.example": { cap: inherit }
    "#);
}

#[test]
fn a_long_pool_is_compared_in_no_time() {
    let mut world = scenes::many(20_000);
    let grant = world.grant("100");
    for n in (0..20_000).step_by(2) {
        world.have().grants.insert(member(&format!("m{n:04}")), grant);
    }
    let text = show(&world.parts());
    assert_eq!(text.lines().filter(|line| line.starts_with("+  m")).count(), 10_000);
    assert_eq!(text.lines().filter(|line| line.starts_with('-')).count(), 1);
}
