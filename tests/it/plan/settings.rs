//! Centers in which a grant is nothing but a setting of the person's own, and those in which people move.

use bursar::model::{Lapse, Membership, Others, Target};
use bursar::plan::{Plan, narrow};
use insta::assert_snapshot;

use crate::config::ONE_SETTING;
use crate::world::{World, date, lines, member, pool_id, stranger};

/// The account as a pool: alice has 500 and carol 200 of their own, bob and dave draw what others do, which is 50.
fn account() -> World {
    let mut world = World::on(&ONE_SETTING);
    let fifty = Others::Cap(world.cap("50"));
    for pool in [world.desired.state.pools.get_mut("ai"), world.observed.state.pools.get_mut("ai")] {
        let pool = pool.unwrap();
        pool.target = Target::of("account", "account");
        pool.default_cap = None;
        pool.others = Some(fifty);
        pool.alerts = None;
    }
    world.have().grants.remove(&member("bob"));
    world
}

/// What is done to whom, in order, without the values.
fn steps(plan: &Plan) -> String {
    let lines = plan.changes.iter().map(|change| {
        let people: Vec<_> = change.people.iter().map(bursar::model::Subject::name).collect();
        format!("{} {} {} {}", change.kind, change.effect.as_str(), change.object(), people.join(" "))
    });
    lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_setting_that_says_nothing_is_none() {
    // Bob is granted, and has no cap of his own: there is nothing to write.
    let world = account();
    assert_eq!(lines(&world.plan()), "nothing");
}

#[test]
fn who_loses_a_setting_draws_what_others_do() {
    let mut world = account();
    let inherit = world.grant("inherit");
    world.want().grants.insert(member("alice"), inherit);
    world.want().grants.remove(&member("carol"));
    let own = world.grant("80");
    world.want().grants.insert(member("dave"), own);
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.add ai/grants/dave: null -> {"cap":{"amount":"80","unit":"credits"},"expires":null} @13
    cuts grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":"inherit","expires":null} @15
    cuts grant.revoke ai/grants/carol: {"cap":{"amount":"200","unit":"credits"},"expires":null} -> null @15
    "#);
}

#[test]
fn a_rule_that_ended_makes_one_of_the_others() {
    let mut world = account();
    world.lapse("alice", Lapse::Expired(date("2026-11-01")));
    assert_snapshot!(lines(&world.plan()), @r#"cuts grant.revoke ai/grants/alice: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> null (expiry) @15"#);
    // Nobody writes a cap of nothing for somebody whose setting the vendor took away by itself.
    world.have().grants.remove(&member("alice"));
    assert_eq!(lines(&world.plan()), "nothing");
}

#[test]
fn what_somebody_inherits_from_elsewhere_tells_a_raise_from_a_cut() {
    let mut world = account();
    let hundred = world.grant("100");
    world.want().grants.insert(member("dave"), hundred);
    assert_eq!(steps(&world.plan()), "grant.add raises ai/grants/dave");
    let tier = world.cap("300");
    world.observed.inherited.entry(pool_id("ai")).or_default().insert(member("dave"), tier);
    assert_eq!(steps(&world.plan()), "grant.add cuts ai/grants/dave");
    // And whom a change of the rule for others does not reach.
    world.want().grants.remove(&member("dave"));
    world.want().others = Some(Others::Blocked);
    assert_eq!(steps(&world.plan()), "others.update revokes ai/others bob");
}

#[test]
fn an_account_is_closed_after_the_granted_have_what_they_shall_and_opened_before() {
    let mut world = account();
    // Dave is to have a cap, carol none any more, and everybody else nothing.
    let own = world.grant("20");
    world.want().grants.insert(member("dave"), own);
    world.want().grants.remove(&member("carol"));
    world.want().others = Some(Others::Blocked);
    assert_snapshot!(steps(&world.plan()), @r"
    grant.add cuts ai/grants/dave
    others.update revokes ai/others bob
    grant.revoke revokes ai/grants/carol
    ");
    let wide = Others::Cap(world.cap("400"));
    world.want().others = Some(wide);
    assert_snapshot!(steps(&world.plan()), @r"
    others.update raises ai/others bob
    grant.add cuts ai/grants/dave
    grant.revoke raises ai/grants/carol
    ");
}

/// The account, and a club in it that takes in alice, who is in none.
fn club() -> World {
    let mut world = account();
    let mut club = world.want().clone();
    club.target = Target::of("club", "Design");
    club.others = Some(Others::Blocked);
    club.grants.retain(|subject, _| *subject == member("alice"));
    world.add("design", &club);
    world.want().grants.remove(&member("alice"));
    let alice = bursar::model::MemberId::new("alice").unwrap();
    world.desired.sources.get_mut("ai").unwrap().deciding.remove(&alice);
    world
}

fn narrowed(mut world: World) -> World {
    narrow(&world.desired, world.capabilities, &mut world.observed);
    world
}

#[test]
fn the_rule_for_others_leaves_alone_whom_another_pool_names() {
    // Alice's cap is one setting that shows in the account too, and the club names her.
    assert_eq!(steps(&club().plan()), "grant.revoke cuts ai/grants/alice");
    assert_eq!(lines(&narrowed(club()).plan()), "nothing");
    // In the club, everybody who is there counts, whoever else names them.
    let mut world = club();
    let grant = world.grant("200");
    world
        .observed
        .state
        .pools
        .get_mut("design")
        .unwrap()
        .grants
        .insert(member("carol"), grant);
    assert_eq!(steps(&narrowed(world).plan()), "grant.revoke revokes design/grants/carol");
}

#[test]
fn joining_one_club_is_leaving_another() {
    let mut world = club();
    world.observed.state.pools.get_mut("design").unwrap().grants.clear();
    world.observed.state.pools.get_mut("ai").unwrap().grants.remove(&member("alice"));
    let of = |pool: Option<&str>, name: &str| Membership { pool: pool.map(pool_id), name: name.to_owned() };
    assert_snapshot!(lines(&world.plan()), @r#"grants grant.add design/grants/alice: null -> {"cap":{"amount":"500","unit":"credits"},"expires":null} @25"#);
    let without = world.plan().hash;
    world.observed.memberships.insert(member("alice"), of(None, "Engineering"));
    let plan = world.plan();
    assert_eq!(plan.changes[0].moves_from, Some(of(None, "Engineering")));
    assert_ne!(plan.hash, without, "who is taken out of what is approved");
    assert_eq!(plan.refusals[0].message, "this plan takes out of another pool 1 person, and 0 is the most");
    assert_eq!(plan.refusals[0].allow.as_deref(), Some("moves=1"));
    world.allow("moves=1");
    assert_eq!(world.plan().refusals, []);
    // In the account there is nothing to join, and in the club itself she is no newcomer.
    world.observed.memberships.insert(member("alice"), of(Some("design"), "Design"));
    assert_eq!(world.plan().changes[0].moves_from, None);
    world.observed.memberships.insert(stranger("zoe"), of(None, "Engineering"));
    assert_eq!(world.plan().refusals[0].message, "consent was given to moves=1, but in this plan it is 0");
}

#[test]
fn where_there_is_nothing_to_join_a_share_is_one_of_everybody() {
    let mut world = account();
    let few = world.grant("20");
    for name in ["alice", "carol", "dave"] {
        world.want().grants.insert(member(name), few);
    }
    let refusals = world.plan().refusals;
    assert_eq!(
        refusals[0].message,
        "in ai this plan lowers the cap of 3 people, 75% of its 4 people, and 50% is the most"
    );
    // Others who draw as well make it a smaller share, though none of them has a setting; of those who have one it is
    // still all.
    for name in ["erin", "frank"] {
        world.observed.roster.insert(member(name));
    }
    assert_eq!(world.plan().refusals, []);
    let more = world.grant("200");
    world.have().grants.insert(member("dave"), more);
    let refusals = world.plan().refusals;
    assert_eq!(
        refusals[0].message,
        "in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most"
    );
}
