//! What a plan may do, and the exact consent to more.

use std::fmt::Write as _;

use bursar::model::{Limit, Others, Target, Threat, WhenExhausted};
use bursar::plan::{Allow, Plan};
use insta::assert_snapshot;

use crate::world::{World, id, member, pool_id, source, stranger};

fn refusals(plan: &Plan) -> String {
    let mut text = String::new();
    for refusal in &plan.refusals {
        let allow = refusal.allow.as_deref().unwrap_or("no way");
        let _ = writeln!(
            text,
            "{} {} > {}: {} [{allow}]",
            refusal.guardrail, refusal.actual, refusal.limit, refusal.message
        );
    }
    if text.is_empty() { "accepted".to_owned() } else { text }
}

fn revoke(world: &mut World, people: usize) {
    for n in 0..people {
        world.want().grants.remove(&member(&format!("m{n:03}")));
    }
}

#[test]
fn ten_revocations_pass_and_eleven_do_not() {
    let mut world = World::embedded();
    world.crowd(100, "100");
    revoke(&mut world, 10);
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    revoke(&mut world, 11);
    assert_snapshot!(refusals(&world.plan()), @"revocations 11 > 10: this plan takes a right from 11 people, and 10 is the most [revocations=11]");
}

#[test]
fn consent_is_to_the_number_that_was_seen() {
    let mut world = World::embedded();
    world.crowd(100, "100");
    revoke(&mut world, 12);
    world.allow("revocations=12");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    world.allows.clear();
    world.allow("revocations=13");
    assert_snapshot!(refusals(&world.plan()), @"revocations 12 > 10: this plan takes a right from 12 people, and 10 is the most [revocations=12]");
    world.allows.clear();
    world.allow("revocations=11");
    assert_snapshot!(refusals(&world.plan()), @"revocations 12 > 10: this plan takes a right from 12 people, and 10 is the most [revocations=12]");
}

#[test]
fn consent_to_another_plan_is_refused_even_within_the_limits() {
    let mut world = World::embedded();
    world.crowd(100, "100");
    revoke(&mut world, 2);
    world.allow("revocations=3");
    world.allow("cuts=1");
    assert_snapshot!(refusals(&world.plan()), @r#"
    revocations 2 > 3: consent was given to revocations=3, but in this plan it is 2 [revocations=2]
    cuts 0 > 1: consent was given to cuts=1, but in this plan it is 0 [no way]
    "#);
}

#[test]
fn a_percentage_counts_from_three_people_on() {
    let mut world = World::embedded();
    world.want().grants.remove(&member("alice"));
    world.want().grants.remove(&member("bob"));
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    world.want().grants.remove(&member("carol"));
    assert_snapshot!(refusals(&world.plan()), @"revocations 100% > 25%: in ai this plan takes a right from 3 people, 100% of its 3 grants, and 25% is the most [revocations=3]");
    world.allow("revocations=3");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
}

#[test]
fn exactly_the_percentage_passes() {
    let mut world = World::embedded();
    world.crowd(9, "100");
    revoke(&mut world, 3);
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    revoke(&mut world, 4);
    assert_snapshot!(refusals(&world.plan()), @"revocations 33% > 25%: in ai this plan takes a right from 4 people, 33% of its 12 grants, and 25% is the most [revocations=4]");
}

#[test]
fn a_large_pool_does_not_hide_a_small_one() {
    let mut world = World::embedded();
    let small = world.want().clone();
    world.crowd(100, "100");
    world.add("small", &small);
    world.desired.state.pools.get_mut("small").unwrap().grants.clear();
    assert_snapshot!(refusals(&world.plan()), @"revocations 100% > 25%: in small this plan takes a right from 3 people, 100% of its 3 grants, and 25% is the most [revocations=3]");
}

#[test]
fn a_pool_without_observed_grants_is_no_excuse() {
    let mut world = World::embedded();
    world.have().grants.clear();
    world.want().grants.clear();
    let some = Others::Cap(world.cap("50"));
    world.have().others = Some(some);
    assert_snapshot!(refusals(&world.plan()), @"revocations 100% > 25%: in ai this plan takes a right from 4 people, 100% of its 0 grants, and 25% is the most [revocations=4]");
}

#[test]
fn a_deleted_pool_revokes_all_its_grants() {
    let mut world = World::embedded();
    world.crowd(20, "100");
    world.desired.state.pools.clear();
    world.desired.absent.insert(pool_id("ai"), (Target::default(), source(1)));
    assert_snapshot!(refusals(&world.plan()), @"revocations 23 > 10: this plan takes a right from 23 people, and 10 is the most [revocations=23]");
}

#[test]
fn others_that_turn_to_blocked_count_everybody_they_hit() {
    let mut world = World::embedded();
    let some = Others::Cap(world.cap("50"));
    world.have().others = Some(some);
    for n in 0..30 {
        world.observed.roster.insert(stranger(&format!("Guest {n}")));
    }
    assert_snapshot!(refusals(&world.plan()), @"revocations 31 > 10: this plan takes a right from 31 people, and 10 is the most [revocations=31]");
}

#[test]
fn a_person_whom_two_changes_hit_is_counted_once() {
    let mut world = World::litellm();
    let period = bursar::model::Period::Lifetime;
    world.have().budget.period = Some(bursar::model::Period::Daily);
    world.want().budget.period = Some(period);
    for grant in world.want().grants.values_mut() {
        grant.period = grant.period.map(|_| period);
    }
    for grant in world.have().grants.values_mut() {
        grant.period = grant.period.map(|_| bursar::model::Period::Daily);
    }
    assert_snapshot!(refusals(&world.plan()), @"cuts 100% > 50%: in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most [cuts=3]");
}

#[test]
fn cuts_have_a_limit_of_their_own() {
    let mut world = World::embedded();
    world.crowd(60, "100");
    let less = world.grant("50");
    for n in 0..21 {
        world.want().grants.insert(member(&format!("m{n:03}")), less);
    }
    assert_snapshot!(refusals(&world.plan()), @"cuts 21 > 20: this plan lowers the cap of 21 people, and 20 is the most [cuts=21]");
    world.allow("cuts=21");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
}

#[test]
fn additions_are_limited_on_request() {
    let mut world = World::embedded();
    let grant = world.grant("50");
    for n in 0..6 {
        world.want().grants.insert(member(&format!("new{n}")), grant);
    }
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    world.guardrails.additions = Some(Threat { count: 5, percent: None });
    assert_snapshot!(refusals(&world.plan()), @"additions 6 > 5: this plan grants 6 people, and 5 is the most [additions=6]");
    world.allow("additions=6");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
}

#[test]
fn the_protected_are_hit_only_with_consent() {
    let mut world = World::embedded();
    world.guardrails.protected.extend([id("alice"), id("bob")]);
    let raised = world.grant("600");
    world.want().grants.insert(member("alice"), raised);
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    let cut = world.grant("100");
    world.want().grants.insert(member("alice"), cut);
    let lower = world.cap("10");
    world.want().default_cap = Some(lower);
    assert_snapshot!(refusals(&world.plan()), @"protected 2 > 0: 2 of the changes take something from a protected member [protected=2]");
    world.allow("protected=2");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
}

#[test]
fn the_worst_case_is_limited_and_unbounded_is_over_every_limit() {
    let mut world = World::embedded();
    let (unit, most) = (world.unit, world.amount("1500"));
    world.guardrails.worst_case.insert(unit, most);
    // 500 + 300 + 200.
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    let more = world.grant("1200.5");
    world.want().grants.insert(member("carol"), more);
    assert_snapshot!(refusals(&world.plan()), @"worst_case.credits 2001 > 1500: the worst case is 2,001 credits in 31 days, and 1,500 credits is the most [worst_case.credits=2001]");
    world.allow("worst_case.credits=2001");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    world.allows.clear();
    // An unlimited cap is bounded by a budget that blocks.
    let unlimited = world.grant("unlimited");
    world.want().grants.insert(member("carol"), unlimited);
    assert_snapshot!(refusals(&world.plan()), @"worst_case.credits 10000 > 1500: the worst case is 10,000 credits in 31 days, and 1,500 credits is the most [worst_case.credits=10000]");
    world.want().budget.when_exhausted = Some(WhenExhausted::Alert);
    assert_snapshot!(refusals(&world.plan()), @"worst_case.credits unbounded > 1500: the worst case is unbounded credits in 31 days, and 1,500 credits is the most [no way]");
    world.want().budget.when_exhausted = Some(WhenExhausted::Block);
    world.want().budget.limit = Some(Limit::None);
    assert_snapshot!(refusals(&world.plan()), @"worst_case.credits unbounded > 1500: the worst case is unbounded credits in 31 days, and 1,500 credits is the most [no way]");
}

#[test]
fn consent_has_one_spelling() {
    let parse = |text: &str| text.parse::<Allow>().map_or_else(|why| why, |allow| allow.to_string());
    assert_snapshot!(parse("revocations=12"), @"revocations=12");
    assert_snapshot!(parse("worst_case.USD=20000"), @"worst_case.USD=20000");
    assert_snapshot!(parse("revocations"), @"`revocations` has no number; write what the plan names, such as revocations=12");
    assert_snapshot!(parse("revocations=all"), @"`all` is no whole number");
    assert_snapshot!(parse("everything=1"), @"`everything` is no guardrail; there are revocations, cuts, moves, additions, drift, protected and worst_case.UNIT");
    assert_snapshot!(parse("worst_case.dollars=1"), @"`worst_case.dollars` is no guardrail; there are revocations, cuts, moves, additions, drift, protected and worst_case.UNIT");
}

#[test]
fn others_who_lose_what_they_may_draw_are_counted_however_they_lose_it() {
    let mut world = World::embedded();
    world.guardrails.revocations = Threat { count: 10, percent: None };
    let inherit = Some(Others::Cap(bursar::model::Cap::Inherit));
    world.want().others = inherit;
    world.have().others = inherit;
    for n in 0..20 {
        world.observed.roster.insert(stranger(&format!("drew{n}")));
    }
    let as_it_was = world.clone();
    // By a default cap of nothing.
    let nothing = Some(world.cap("0"));
    world.want().default_cap = nothing;
    assert_snapshot!(refusals(&world.plan()), @"revocations 22 > 10: this plan takes a right from 22 people, and 10 is the most [revocations=22]");
    // By a budget of nothing.
    world = as_it_was.clone();
    let nothing = Some(Limit::Amount(world.amount("0")));
    world.want().budget.limit = nothing;
    assert_snapshot!(refusals(&world.plan()), @"revocations 24 > 10: this plan takes a right from 24 people, and 10 is the most [revocations=24]");
    // By deleting the pool.
    world = as_it_was;
    world.desired.state.pools.clear();
    world.desired.absent.insert(pool_id("ai"), (Target::of("pool", "ai"), source(1)));
    assert_snapshot!(refusals(&world.plan()), @"revocations 24 > 10: this plan takes a right from 24 people, and 10 is the most [revocations=24]");
}

#[test]
fn a_budget_of_next_to_nothing_cuts_everybody_whose_cap_no_longer_fits() {
    let mut world = World::embedded();
    world.guardrails.protected.insert(id("alice"));
    let limit = |world: &World, to: &str| Some(Limit::Amount(world.amount(to)));
    // 500, 300 by default and 200 still fit.
    world.want().budget.limit = limit(&world, "500");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    world.want().budget.limit = limit(&world, "0.01");
    assert_snapshot!(refusals(&world.plan()), @"
    cuts 100% > 50%: in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most [cuts=3]
    protected 1 > 0: 1 of the changes take something from a protected member [protected=1]
    ");
    // A budget that stops nobody becomes one that does.
    world.have().budget.when_exhausted = Some(WhenExhausted::Alert);
    assert_snapshot!(refusals(&world.plan()), @"
    cuts 100% > 50%: in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most [cuts=3]
    protected 1 > 0: 1 of the changes take something from a protected member [protected=1]
    ");
}

#[test]
fn consent_to_a_worst_case_is_held_against_it_also_where_nothing_limits_it() {
    let mut world = World::embedded();
    world.allow("worst_case.credits=1000");
    assert_snapshot!(refusals(&world.plan()), @"accepted");
    world.allows.clear();
    world.allow("worst_case.credits=999");
    assert_snapshot!(refusals(&world.plan()), @"worst_case.credits 1000 > 999: consent was given to worst_case.credits=999, but in this plan it is 1000 [worst_case.credits=1000]");
}
