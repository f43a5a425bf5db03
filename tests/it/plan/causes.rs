//! Two tiny worlds and a base: why each change is there.

use bursar::model::{
    Cap, Desired, Ended, Lapse, Limit, OnDrift, Others, Roster, Source, Subject, Target, WhenExhausted,
};
use bursar::plan::{Plan, in_terms_of};
use insta::assert_snapshot;

use crate::world::{World, date, id, member, pool_id, source, stranger};

/// Files, base and center alike.
fn world() -> World {
    let mut world = World::embedded();
    world.base = Some(world.desired.clone());
    world
}

/// The pool `ai` as the base asks.
fn base(world: &mut World) -> &mut bursar::model::Pool {
    world.base.as_mut().unwrap().state.pools.get_mut("ai").unwrap()
}

/// Each change with its cause, and the refusals.
fn causes(plan: &Plan) -> String {
    let changes = plan.changes.iter().map(|change| {
        let fields = if change.fields.is_empty() { String::new() } else { format!(" [{}]", change.fields.join(" ")) };
        format!("{}: {} {} {}{fields}", change.cause.as_str(), change.effect.as_str(), change.kind, change.object())
    });
    let refusals = plan
        .refusals
        .iter()
        .map(|refusal| format!("refused: {} ({})", refusal.message, refusal.allow.as_deref().unwrap_or("no way")));
    changes.chain(refusals).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_edit_of_the_files_is_config() {
    let mut world = world();
    let (more, less) = (world.grant("600"), world.grant("100"));
    world.want().grants.insert(member("alice"), more);
    world.want().grants.insert(member("carol"), less);
    world.want().grants.insert(member("dave"), less);
    world.want().grants.remove(&member("bob"));
    assert_snapshot!(causes(&world.plan()), @r#"
    config: grants grant.add ai/grants/dave
    config: raises grant.update ai/grants/alice [cap]
    config: cuts grant.update ai/grants/carol [cap]
    config: revokes grant.revoke ai/grants/bob
    "#);
}

#[test]
fn what_somebody_did_in_the_center_is_drift() {
    let mut world = world();
    let (more, less) = (world.grant("600"), world.grant("100"));
    world.have().grants.insert(member("alice"), more);
    world.have().grants.insert(member("carol"), less);
    world.have().grants.insert(stranger("Zoe"), less);
    world.have().grants.remove(&member("bob"));
    world.have().others = Some(Others::Cap(less.cap.unwrap()));
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: raises grant.add ai/grants/bob
    drift: raises grant.update ai/grants/carol [cap]
    drift: cuts grant.update ai/grants/alice [cap]
    drift: revokes grant.revoke ai/grants/?Zoe
    drift: revokes others.update ai/others [others]
    refused: this plan takes from 3 people what was added or changed outside review (drift=3)
    "#);
}

#[test]
fn a_reviewer_who_saw_a_raise_did_not_see_the_cut() {
    let mut world = world();
    // 500 in the base, 600 in the files, and somebody gave 9000 in the center.
    let (raised, given) = (world.grant("600"), world.grant("9000"));
    world.want().grants.insert(member("alice"), raised);
    world.have().grants.insert(member("alice"), given);
    // A new grant of 100, where somebody had given 400 already.
    let (new, given) = (world.grant("100"), world.grant("400"));
    world.want().grants.insert(member("dave"), new);
    world.have().grants.insert(member("dave"), given);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    drift: cuts grant.update ai/grants/dave [cap]
    refused: this plan takes from 2 people what was added or changed outside review (drift=2)
    "#);
}

#[test]
fn a_cut_that_was_reviewed_is_config_however_far_down_it_goes() {
    let mut world = world();
    let (cut, given) = (world.grant("400"), world.grant("9000"));
    world.want().grants.insert(member("alice"), cut);
    world.have().grants.insert(member("alice"), given);
    world.want().grants.remove(&member("bob"));
    world.have().grants.insert(member("bob"), given);
    assert_snapshot!(causes(&world.plan()), @r#"
    config: cuts grant.update ai/grants/alice [cap]
    config: revokes grant.revoke ai/grants/bob
    "#);
}

#[test]
fn a_raise_that_was_made_by_hand_already_is_no_change() {
    let mut world = world();
    let raised = world.grant("600");
    world.want().grants.insert(member("alice"), raised);
    world.have().grants.insert(member("alice"), raised);
    assert_snapshot!(causes(&world.plan()), @"");
}

#[test]
fn a_day_that_came_is_expiry_and_an_end_that_the_edit_brings_is_config() {
    let mut world = world();
    let expired = Lapse::Expired(date("2026-10-31"));
    world.lapse("bob", expired);
    assert_snapshot!(causes(&world.plan()), @"config: revokes grant.revoke ai/grants/bob");
    world.base = Some(world.desired.clone());
    assert_snapshot!(causes(&world.plan()), @"expiry: revokes grant.revoke ai/grants/bob");
    // The expired rule is deleted before anybody applied its end.
    world.desired.lapsed.clear();
    assert_snapshot!(causes(&world.plan()), @"expiry: revokes grant.revoke ai/grants/bob");
}

#[test]
fn a_rule_that_ended_and_left_a_lower_one_is_expiry() {
    let mut world = world();
    let lower = world.grant("200");
    let ended = Ended { on: date("2026-10-31"), cap: Some(world.cap("500")) };
    world.want().grants.insert(member("alice"), lower);
    world.desired.outlived.entry(pool_id("ai")).or_default().insert(id("alice"), ended);
    assert_snapshot!(causes(&world.plan()), @"config: cuts grant.update ai/grants/alice [cap]");
    world.base = Some(world.desired.clone());
    assert_snapshot!(causes(&world.plan()), @"expiry: cuts grant.update ai/grants/alice [cap]");
}

#[test]
fn others_that_become_blocked_explain_the_strangers_they_hit() {
    let mut world = world();
    let grant = world.grant("50");
    world.have().grants.insert(stranger("Zoe"), grant);
    base(&mut world).others = None;
    assert_snapshot!(causes(&world.plan()), @"config: revokes grant.revoke ai/grants/?Zoe");
    base(&mut world).others = Some(Others::Blocked);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: revokes grant.revoke ai/grants/?Zoe
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
}

#[test]
fn a_pool_that_the_edit_brings_under_management_is_its_doing() {
    let mut world = world();
    let grant = world.grant("50");
    world.have().grants.insert(stranger("Zoe"), grant);
    world.have().grants.insert(member("alice"), grant);
    world.base = Some(Desired::default());
    assert_snapshot!(causes(&world.plan()), @r#"
    config: raises grant.update ai/grants/alice [cap]
    config: revokes grant.revoke ai/grants/?Zoe
    "#);
}

#[test]
fn a_pool_that_the_edit_deletes_is_its_doing() {
    let mut world = world();
    let grant = world.grant("50");
    world.have().grants.insert(stranger("Zoe"), grant);
    let less = world.amount("1");
    base(&mut world).budget.limit = Some(Limit::Amount(less));
    world.desired.state.pools.clear();
    world.desired.absent.insert(pool_id("ai"), (Target::of("pool", "ai"), source(10)));
    assert_snapshot!(causes(&world.plan()), @r#"
    config: revokes pool.delete ai
    refused: in ai this plan takes a right from 4 people, 100% of its 4 grants, and 25% is the most (revocations=4)
    "#);
    // The base deleted it as well: it is there again.
    world.base = Some(world.desired.clone());
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: revokes pool.delete ai
    refused: in ai this plan takes a right from 4 people, 100% of its 4 grants, and 25% is the most (revocations=4)
    refused: this plan takes from 4 people what was added or changed outside review (drift=4)
    "#);
}

#[test]
fn a_pool_that_comes_back_takes_nothing_from_those_in_it_unseen() {
    let mut world = world();
    let grant = world.grant("50");
    world.have().grants.insert(stranger("Zoe"), grant);
    let base = world.base.as_mut().unwrap();
    base.state.pools.clear();
    base.absent.insert(pool_id("ai"), (Target::of("pool", "ai"), source(10)));
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: revokes grant.revoke ai/grants/?Zoe
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
}

#[test]
fn a_pool_is_drift_where_undoing_it_takes_from_people_whom_the_edit_spares() {
    let mut world = world();
    // The edit lowers the default, which only bob follows.
    world.want().default_cap = Some(world.cap("100"));
    assert_snapshot!(causes(&world.plan()), @"config: cuts pool.update ai [default_cap]");
    // Somebody also took the limit away: it comes back, and nobody saw that.
    world.have().budget.limit = Some(Limit::None);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts pool.update ai [budget.limit default_cap]
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
    // Or a limit is smaller than everybody's cap, and somebody raised it: taking that back hits alice too.
    let (small, enough, usual) = (world.amount("150"), world.amount("1000"), world.amount("10000"));
    base(&mut world).budget.limit = Some(Limit::Amount(small));
    world.want().budget.limit = Some(Limit::Amount(small));
    world.have().budget.limit = Some(Limit::Amount(enough));
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts pool.update ai [budget.limit default_cap]
    refused: in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most (cuts=3)
    refused: this plan takes from 3 people what was added or changed outside review (drift=3)
    "#);
    base(&mut world).budget.limit = Some(Limit::Amount(usual));
    world.want().budget.limit = Some(Limit::Amount(usual));
    // What was done there takes nothing from anybody.
    world.have().budget.limit = Some(Limit::Amount(usual));
    world.have().description = Some("by hand".to_owned());
    base(&mut world).description = Some("as written".to_owned());
    world.want().description = Some("as written".to_owned());
    assert_snapshot!(causes(&world.plan()), @"config: cuts pool.update ai [description default_cap]");
    // The edit only describes, and the limit that comes back is lower than what is there.
    let mut world = self::world();
    world.want().description = Some("new words".to_owned());
    world.have().budget.when_exhausted = Some(WhenExhausted::Overage);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts pool.update ai [description budget.when_exhausted]
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
}

#[test]
fn alerts_have_causes_one_by_one() {
    let mut world = world();
    let (at_80, louder) = world.alert("80%", &["ops@acme.example", "cfo@acme.example"]);
    let (at_90, alert) = world.alert("90%", &["ops@acme.example"]);
    let (at_50, _) = world.alert("50%", &[]);
    world.want().alerts.as_mut().unwrap().insert(at_90, alert.clone());
    world.have().alerts.as_mut().unwrap().insert(at_80, louder);
    world.have().alerts.as_mut().unwrap().insert(at_50, alert);
    assert_snapshot!(causes(&world.plan()), @r#"
    config: neutral alert.add ai/alerts/budget@90%
    drift: neutral alert.update ai/alerts/budget@80% [notify]
    drift: neutral alert.remove ai/alerts/budget@50%
    "#);
}

#[test]
fn without_a_base_nothing_is_said_and_nothing_is_drift() {
    let mut world = world();
    world.base = None;
    let grant = world.grant("50");
    world.have().grants.insert(stranger("Zoe"), grant);
    assert_snapshot!(causes(&world.plan()), @"unattributed: revokes grant.revoke ai/grants/?Zoe");
    world.allow("drift=1");
    assert_snapshot!(causes(&world.plan()), @r#"
    unattributed: revokes grant.revoke ai/grants/?Zoe
    refused: consent was given to drift=1, but in this plan it is 0 (no way)
    "#);
}

#[test]
fn drift_passes_with_exact_consent_or_where_the_files_say_so() {
    let mut world = world();
    let (grant, much) = (world.grant("50"), world.grant("9000"));
    world.have().grants.insert(stranger("Zoe"), grant);
    world.have().grants.insert(member("alice"), much);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    drift: revokes grant.revoke ai/grants/?Zoe
    refused: this plan takes from 2 people what was added or changed outside review (drift=2)
    "#);
    world.allow("drift=1");
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    drift: revokes grant.revoke ai/grants/?Zoe
    refused: this plan takes from 2 people what was added or changed outside review (drift=2)
    "#);
    world.allows.clear();
    world.allow("drift=2");
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    drift: revokes grant.revoke ai/grants/?Zoe
    "#);
    world.allows.clear();
    world.guardrails.drift = OnDrift::Revert;
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    drift: revokes grant.revoke ai/grants/?Zoe
    "#);
    // The other limits hold all the same.
    world.guardrails.revocations.count = 0;
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    drift: revokes grant.revoke ai/grants/?Zoe
    refused: this plan takes a right from 1 person, and 0 is the most (revocations=1)
    "#);
}

/// A roster of members under `NAME@acme.example`.
fn roster(members: &[(&str, &str)]) -> Roster {
    let mut roster = Roster::default();
    for (name, identity) in members {
        roster.insert(id(name), identity);
    }
    roster
}

const PEOPLE: [(&str, &str); 3] = [("alice", "a@acme.example"), ("bob", "b@acme.example"), ("carol", "c@acme.example")];

/// The base in the head's words, where the two know people by these identities.
fn rename(world: &mut World, base: &[(&str, &str)], head: &[(&str, &str)]) {
    let old = world.base.take().unwrap();
    world.base = Some(in_terms_of(&world.desired, &roster(head), &world.observed, old, &roster(base)));
}

fn swap<V>(map: &mut std::collections::BTreeMap<Subject, V>, from: &str, to: Subject) {
    let value = map.remove(&member(from)).unwrap();
    map.insert(to, value);
}

#[test]
fn a_member_who_was_renamed_is_the_same_person() {
    let mut world = world();
    // Both sides know her by the new name; the edit cuts her too.
    for grants in
        [&mut world.desired.state, &mut world.observed.state].map(|s| &mut s.pools.get_mut("ai").unwrap().grants)
    {
        swap(grants, "alice", member("alicia"));
    }
    let less = world.grant("400");
    world.want().grants.insert(member("alicia"), less);
    let head = [("alicia", "A@acme.example"), PEOPLE[1], PEOPLE[2]];
    rename(&mut world, &PEOPLE, &head);
    assert_snapshot!(causes(&world.plan()), @"config: cuts grant.update ai/grants/alicia [cap]");
}

#[test]
fn a_member_who_left_the_files_is_a_stranger_in_the_center() {
    let mut world = world();
    world.want().grants.remove(&member("carol"));
    swap(&mut world.have().grants, "carol", stranger("C@acme.example"));
    rename(&mut world, &PEOPLE, &PEOPLE[..2]);
    assert_snapshot!(causes(&world.plan()), @"config: revokes grant.revoke ai/grants/?C@acme.example");
    // The same after her rule had ended.
    let mut world = self::world();
    world.want().grants.remove(&member("carol"));
    swap(&mut world.have().grants, "carol", stranger("C@acme.example"));
    base(&mut world).grants.remove(&member("carol"));
    let ended = Lapse::Expired(date("2026-10-31"));
    world
        .base
        .as_mut()
        .unwrap()
        .lapsed
        .entry(pool_id("ai"))
        .or_default()
        .insert(id("carol"), ended);
    rename(&mut world, &PEOPLE, &PEOPLE[..2]);
    assert_snapshot!(causes(&world.plan()), @"config: revokes grant.revoke ai/grants/?C@acme.example");
}

#[test]
fn another_identity_is_another_person() {
    let mut world = world();
    // The address of alice was wrong: the center knows the old one, and nobody by the new one.
    swap(&mut world.have().grants, "alice", stranger("a@acme.example"));
    let head = [("alice", "alice@acme.example"), PEOPLE[1], PEOPLE[2]];
    rename(&mut world, &PEOPLE, &head);
    assert_snapshot!(causes(&world.plan()), @r#"
    config: grants grant.add ai/grants/alice
    config: revokes grant.revoke ai/grants/?a@acme.example
    "#);
}

#[test]
fn a_pool_is_its_object_and_not_its_name() {
    let mut world = world();
    let much = world.grant("9000");
    world.have().grants.insert(member("alice"), much);
    // Renamed, with the same object: what was done there is drift all the same.
    for state in [&mut world.desired.state, &mut world.observed.state] {
        let pool = state.pools.remove("ai").unwrap();
        state.pools.insert(pool_id("genai"), pool);
    }
    rename(&mut world, &PEOPLE, &PEOPLE);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update genai/grants/alice [cap]
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
    // The old name for another object: the edit brings that one under management.
    let mut world = self::world();
    world.have().grants.insert(member("alice"), much);
    world.want().target = Target::of("pool", "other");
    rename(&mut world, &PEOPLE, &PEOPLE);
    assert_snapshot!(causes(&world.plan()), @"config: cuts grant.update ai/grants/alice [cap]");
}

#[test]
fn causes_reach_centers_that_write_others_one_by_one() {
    let mut world = World::litellm();
    world.base = Some(world.desired.clone());
    let grant = world.grant("50");
    world.want().others = Some(Others::Cap(Cap::Amount(world.amount("10"))));
    world.have().grants.insert(stranger("Zoe"), grant);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/?Zoe [cap]
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
    world.base = Some(world.desired.clone());
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/?Zoe [cap]
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
}

#[test]
fn where_a_rule_stands_says_nothing_about_its_cause() {
    let mut world = world();
    let moved = Source { file: "moved.yaml".into(), line: 1 };
    world.desired.sources.get_mut("ai").unwrap().rules = vec![moved];
    let much = world.grant("9000");
    world.have().grants.insert(member("alice"), much);
    assert_snapshot!(causes(&world.plan()), @r#"
    drift: cuts grant.update ai/grants/alice [cap]
    refused: this plan takes from 1 person what was added or changed outside review (drift=1)
    "#);
}
