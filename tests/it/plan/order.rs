//! The order in which changes are made.

use bursar::model::{Others, Target};
use bursar::plan::{Kind, Plan};
use insta::assert_snapshot;

use crate::world::{World, member, pool_id, source};

/// The kinds and effects of a plan, in its order.
fn order(plan: &Plan) -> String {
    let lines: Vec<String> = plan
        .changes
        .iter()
        .map(|c| format!("{} {} {}", c.kind, c.effect.as_str(), c.object()))
        .collect();
    lines.join("\n")
}

#[test]
fn pools_first_then_what_gives_then_what_takes() {
    let mut world = World::embedded();
    let pool = world.want().clone();
    for name in ["new", "old", "wider", "narrower"] {
        world.add(name, &pool);
    }
    world.observed.state.pools.remove("new");
    world.desired.state.pools.remove("old");
    world.desired.absent.insert(pool_id("old"), (Target::default(), source(1)));
    let (wide, narrow) = (world.cap("900"), world.cap("10"));
    world.desired.state.pools.get_mut("wider").unwrap().default_cap = Some(wide);
    world.desired.state.pools.get_mut("narrower").unwrap().default_cap = Some(narrow);
    let (raised, cut) = (world.grant("600"), world.grant("100"));
    world.want().grants.insert(member("dave"), cut);
    world.want().grants.insert(member("alice"), raised);
    world.want().grants.insert(member("carol"), cut);
    world.want().grants.remove(&member("bob"));
    let some = Others::Cap(world.cap("5"));
    world.have().others = Some(some);
    world.want().alerts.as_mut().unwrap().clear();
    assert_snapshot!(order(&world.plan()), @r#"
    pool.create grants new
    pool.update raises wider
    grant.add raises ai/grants/dave
    grant.update raises ai/grants/alice
    grant.add grants new/grants/alice
    grant.add grants new/grants/bob
    grant.add grants new/grants/carol
    grant.update cuts ai/grants/carol
    pool.update cuts narrower
    grant.revoke revokes ai/grants/bob
    others.update revokes ai/others
    alert.remove neutral ai/alerts/budget@80%
    alert.add neutral new/alerts/budget@80%
    pool.delete revokes old
    "#);
}

#[test]
fn alerts_that_travel_with_the_pool_come_with_it() {
    let mut world = World::litellm();
    let (key, alert) = world.alert("5000", &["ops@acme.example"]);
    world.want().alerts.as_mut().unwrap().insert(key, alert);
    let (cap, raised) = (world.cap("900"), world.grant("600"));
    world.want().default_cap = Some(cap);
    world.want().grants.insert(member("alice"), raised);
    assert_snapshot!(order(&world.plan()), @r#"
    pool.update raises ai
    alert.add neutral ai/alerts/budget@5000USD
    grant.update raises ai/grants/alice
    "#);
    world.want().default_cap = world.have().default_cap;
    assert_snapshot!(order(&world.plan()), @r#"
    grant.update raises ai/grants/alice
    alert.add neutral ai/alerts/budget@5000USD
    "#);
}

#[test]
fn who_follows_a_new_default_waits_for_it() {
    let mut world = World::embedded();
    let (zero, some, few) = (world.cap("0"), world.cap("300"), world.amount("100"));
    let (hundred, inherit) = (world.grant("100"), world.grant("inherit"));
    world.have().default_cap = Some(zero);
    world.want().default_cap = Some(some);
    // The pool's change is a cut as a whole, so it comes late; alice must not follow a default of zero until then.
    world.want().budget.limit = Some(bursar::model::Limit::Amount(few));
    world.have().grants.insert(member("alice"), hundred);
    world.want().grants.insert(member("alice"), inherit);
    let plan = world.plan();
    let at = |kind: Kind| plan.changes.iter().position(|change| change.kind == kind).unwrap();
    assert!(at(Kind::PoolUpdate) < at(Kind::GrantUpdate), "{}", order(&plan));
}

#[test]
fn who_leaves_the_default_for_less_does_so_before_it_gets_lower_than_that() {
    let mut world = World::embedded();
    let (low, own, inherit) = (world.cap("5"), world.grant("10"), world.grant("inherit"));
    // Bob goes from the default of 300 to ten of his own, alice from 500 to the new default of five.
    world.want().default_cap = Some(low);
    world.want().grants.insert(member("bob"), own);
    world.want().grants.insert(member("alice"), inherit);
    assert_snapshot!(order(&world.plan()), @r#"
    grant.update cuts ai/grants/bob
    pool.update cuts ai
    grant.update cuts ai/grants/alice
    "#);
}

#[test]
fn who_goes_over_to_the_others_does_so_before_the_default_gets_lower_than_theirs() {
    let mut world = World::embedded();
    let (low, others) = (world.cap("5"), Others::Cap(world.cap("10")));
    // Bob goes from the default of 300 to the ten of the others, and dave, who had as much as the default, to 200 of his
    // own; the default goes to five.
    let own = world.grant("200");
    world.want().default_cap = Some(low);
    world.have().others = Some(Others::Cap(bursar::model::Cap::Inherit));
    world.want().others = Some(others);
    world.want().grants.remove(&member("bob"));
    world.want().grants.insert(member("dave"), own);
    assert_snapshot!(order(&world.plan()), @"
    grant.add cuts ai/grants/dave
    grant.revoke cuts ai/grants/bob
    others.update cuts ai/others
    pool.update cuts ai
    ");
    // Where the others get less than the default, whoever joins it does so before.
    let inherit = world.grant("inherit");
    let twenty = world.cap("20");
    world.want().default_cap = Some(twenty);
    world.want().grants.insert(member("dave"), inherit);
    assert_snapshot!(order(&world.plan()), @"
    grant.revoke cuts ai/grants/bob
    pool.update cuts ai
    grant.add cuts ai/grants/dave
    others.update cuts ai/others
    ");
    // Where the others get as much as the default, so does whoever goes over to them, and waits for it.
    world.have().others = Some(Others::Cap(world.cap("400")));
    world.want().others = Some(Others::Cap(bursar::model::Cap::Inherit));
    assert_snapshot!(order(&world.plan()), @"
    pool.update cuts ai
    grant.add cuts ai/grants/dave
    others.update cuts ai/others
    grant.revoke cuts ai/grants/bob
    ");
}
