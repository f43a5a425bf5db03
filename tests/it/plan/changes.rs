//! Every kind of change, and what each means for people.

use bursar::model::{
    AlertKey, AlertScope, Cap, Expiry, Grant, Lapse, Limit, Others, Period, Target, Threshold, Unit, WhenExhausted,
};
use insta::assert_snapshot;

use crate::world::{World, date, lines, member, pool_id, source, stranger};

#[test]
fn equal_worlds_have_an_empty_plan() {
    assert_snapshot!(lines(&World::embedded().plan()), @"nothing");
    assert_snapshot!(lines(&World::litellm().plan()), @"nothing");
}

#[test]
fn a_pool_comes_with_everything_in_it() {
    let mut world = World::embedded();
    world.observed.state.pools.clear();
    assert_snapshot!(lines(&world.plan()), @r#"
    grants pool.create ai: null -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} @10
    grants grant.add ai/grants/alice: null -> {"cap":{"amount":"500","unit":"credits"},"expires":null} @15
    grants grant.add ai/grants/bob: null -> {"cap":"inherit","expires":null} @15
    grants grant.add ai/grants/carol: null -> {"cap":{"amount":"200","unit":"credits"},"expires":null} @15
    neutral alert.add ai/alerts/budget@80%: null -> {"at":{"percent":80},"of":"budget","notify":[{"email":"ops@acme.example"}]} @14
    "#);
}

#[test]
fn a_pool_that_shall_not_exist_goes_with_all_its_grants() {
    let mut world = World::embedded();
    world.desired.state.pools.clear();
    world.desired.absent.insert(pool_id("ai"), (Target::of("pool", "ai"), source(10)));
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes pool.delete ai: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> null hits alice bob carol @10
    refused revocations: in ai this plan takes a right from 3 people, 100% of its 3 grants, and 25% is the most (revocations=3)
    "#);
    world.observed.state.pools.clear();
    assert_snapshot!(lines(&world.plan()), @"nothing");
}

#[test]
fn a_pool_that_is_not_mentioned_stays() {
    let mut world = World::embedded();
    world.desired.state.pools.clear();
    assert_snapshot!(lines(&world.plan()), @"nothing");
}

#[test]
fn a_grant_is_added_updated_and_revoked() {
    let mut world = World::embedded();
    let (raise, cut) = (world.grant("600"), world.grant("100"));
    world.want().grants.insert(member("dave"), cut);
    world.want().grants.insert(member("alice"), raise);
    world.want().grants.insert(member("carol"), cut);
    world.want().grants.remove(&member("bob"));
    assert_snapshot!(lines(&world.plan()), @r#"
    grants grant.add ai/grants/dave: null -> {"cap":{"amount":"100","unit":"credits"},"expires":null} @13
    raises grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":{"amount":"600","unit":"credits"},"expires":null} @15
    cuts grant.update ai/grants/carol [cap]: {"cap":{"amount":"200","unit":"credits"},"expires":null} -> {"cap":{"amount":"100","unit":"credits"},"expires":null} @15
    revokes grant.revoke ai/grants/bob: {"cap":"inherit","expires":null} -> null @15
    "#);
}

#[test]
fn a_cap_of_zero_revokes_and_a_cap_above_zero_grants() {
    let mut world = World::embedded();
    let zero = world.grant("0");
    world.want().grants.insert(member("alice"), zero);
    world.have().grants.insert(member("carol"), zero);
    world.want().grants.insert(member("dave"), zero);
    assert_snapshot!(lines(&world.plan()), @r#"
    neutral grant.add ai/grants/dave: null -> {"cap":{"amount":"0","unit":"credits"},"expires":null} @13
    grants grant.update ai/grants/carol [cap]: {"cap":{"amount":"0","unit":"credits"},"expires":null} -> {"cap":{"amount":"200","unit":"credits"},"expires":null} @15
    revokes grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":{"amount":"0","unit":"credits"},"expires":null} @15
    "#);
}

#[test]
fn unlimited_is_above_every_amount() {
    let mut world = World::embedded();
    let unlimited = world.grant("unlimited");
    world.want().grants.insert(member("alice"), unlimited);
    world.have().grants.insert(member("carol"), unlimited);
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":"unlimited","expires":null} @15
    cuts grant.update ai/grants/carol [cap]: {"cap":"unlimited","expires":null} -> {"cap":{"amount":"200","unit":"credits"},"expires":null} @15
    "#);
}

#[test]
fn inherit_reaches_as_far_as_the_default_cap() {
    let mut world = World::embedded();
    let inherit = world.grant("inherit");
    world.want().grants.insert(member("alice"), inherit);
    world.want().grants.insert(member("carol"), inherit);
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.update ai/grants/carol [cap]: {"cap":{"amount":"200","unit":"credits"},"expires":null} -> {"cap":"inherit","expires":null} @15
    cuts grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":"inherit","expires":null} @15
    "#);
}

#[test]
fn a_lower_default_cap_hits_those_who_inherit_it() {
    let mut world = World::embedded();
    let caps = [world.cap("100"), world.cap("0")];
    world.want().default_cap = Some(caps[0]);
    assert_snapshot!(lines(&world.plan()), @r#"cuts pool.update ai [default_cap]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"100","unit":"credits"}} hits bob @12"#);
    world.want().default_cap = Some(caps[1]);
    assert_snapshot!(lines(&world.plan()), @r#"revokes pool.update ai [default_cap]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"0","unit":"credits"}} hits bob @12"#);
    world.want().default_cap = Some(Cap::Unlimited);
    assert_snapshot!(lines(&world.plan()), @r#"raises pool.update ai [default_cap]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":"unlimited"} @12"#);
}

#[test]
fn budgets_grow_shrink_and_stop_holding() {
    let mut world = World::embedded();
    let limits = ["0", "20000", "5000", "10000"].map(|text| Some(Limit::Amount(world.amount(text))));
    world.want().budget.limit = limits[0];
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes pool.update ai [budget.limit]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"0","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} hits alice bob carol @11
    refused revocations: in ai this plan takes a right from 3 people, 100% of its 3 grants, and 25% is the most (revocations=3)
    "#);
    world.want().budget.limit = limits[1];
    assert_snapshot!(lines(&world.plan()), @r#"raises pool.update ai [budget.limit]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"20000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} @11"#);
    world.want().budget.limit = limits[2];
    assert_snapshot!(lines(&world.plan()), @r#"cuts pool.update ai [budget.limit]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"5000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} @11"#);
    world.want().budget.limit = limits[3];
    world.want().budget.when_exhausted = Some(WhenExhausted::Overage);
    assert_snapshot!(lines(&world.plan()), @r#"raises pool.update ai [budget.when_exhausted]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"overage"},"default_cap":{"amount":"300","unit":"credits"}} @11"#);
}

#[test]
fn a_longer_period_cuts_everybody() {
    let mut world = World::embedded();
    world.want().budget.period = Some(Period::Yearly);
    assert_snapshot!(lines(&world.plan()), @r#"
    cuts pool.update ai [budget.period]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"yearly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} hits alice bob carol @11
    refused cuts: in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most (cuts=3)
    "#);
    world.want().budget.period = Some(Period::Daily);
    assert_snapshot!(lines(&world.plan()), @r#"raises pool.update ai [budget.period]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"daily","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} @11"#);
}

#[test]
fn another_unit_cannot_be_compared_and_counts_as_a_cut_of_everybody() {
    let mut world = World::embedded();
    world.have().budget.unit = Unit::USD;
    assert_snapshot!(lines(&world.plan()), @r#"
    cuts pool.update ai [budget.unit]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"USD","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} hits alice bob carol @11
    refused cuts: in ai this plan lowers the cap of 3 people, 100% of its 3 grants, and 50% is the most (cuts=3)
    "#);
}

#[test]
fn a_period_per_grant_is_part_of_the_grant() {
    let mut world = World::litellm();
    let daily = Grant { period: Some(Period::Daily), ..world.grant("500") };
    world.have().grants.insert(member("alice"), daily);
    // A cap that follows the default has no period of its own.
    let inherit = world.grant("inherit");
    world.want().grants.insert(member("carol"), inherit);
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.update ai/grants/carol [cap]: {"cap":{"amount":"200","unit":"USD"},"period":"monthly"} -> {"cap":"inherit"} @15
    cuts grant.update ai/grants/alice [period]: {"cap":{"amount":"500","unit":"USD"},"period":"daily"} -> {"cap":{"amount":"500","unit":"USD"},"period":"monthly"} @15
    "#);
}

#[test]
fn what_was_not_observed_is_not_taken_for_nothing() {
    let mut world = World::embedded();
    world.have().grants.get_mut(&member("alice")).unwrap().cap = None;
    world.have().grants.get_mut(&member("bob")).unwrap().cap = None;
    let unlimited = world.grant("unlimited");
    world.want().grants.insert(member("bob"), unlimited);
    world.have().others = None;
    world.have().budget.limit = None;
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.update ai/grants/bob [cap]: {"expires":null} -> {"cap":"unlimited","expires":null} @15
    cuts pool.update ai [budget.limit]: {"target":{"pool":"ai"},"budget":{"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} @11
    cuts grant.update ai/grants/alice [cap]: {"expires":null} -> {"cap":{"amount":"500","unit":"credits"},"expires":null} @15
    revokes others.update ai/others [others]: null -> "blocked" hits dave @13
    "#);
}

#[test]
fn what_the_files_do_not_mention_is_not_managed() {
    let mut world = World::embedded();
    world.want().budget.limit = None;
    world.want().budget.when_exhausted = None;
    world.want().budget.period = None;
    world.want().default_cap = None;
    world.want().alerts = None;
    world.want().others = None;
    world.want().grants.clear();
    world.have().description = Some("theirs".to_owned());
    assert_snapshot!(lines(&world.plan()), @"nothing");
}

#[test]
fn an_expired_rule_revokes_and_says_why() {
    let mut world = World::embedded();
    world.lapse("alice", Lapse::Expired(date("2026-10-31")));
    world.lapse("bob", Lapse::NotStarted(date("2027-01-01")));
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes grant.revoke ai/grants/alice: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> null (expiry) @15
    revokes grant.revoke ai/grants/bob: {"cap":"inherit","expires":null} -> null @15
    "#);
    // `others: unmanaged` leaves those alone whom no rule names; an expired rule still names its people.
    world.want().others = None;
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes grant.revoke ai/grants/alice: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> null (expiry) @15
    revokes grant.revoke ai/grants/bob: {"cap":"inherit","expires":null} -> null @15
    "#);
}

#[test]
fn a_rule_that_does_not_hold_leaves_nobody_to_what_others_may_draw() {
    let mut world = World::embedded();
    let others = Some(Others::Cap(world.cap("50")));
    world.want().others = others;
    world.have().others = others;
    world.lapse("alice", Lapse::Expired(date("2026-10-31")));
    world.lapse("dave", Lapse::NotStarted(date("2027-01-01")));
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes grant.add ai/grants/dave: null -> {"cap":{"amount":"0","unit":"credits"}} @13
    revokes grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":{"amount":"0","unit":"credits"},"expires":null} (expiry) @15
    "#);
    // Nor where what others may draw is not managed.
    world.want().others = None;
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes grant.add ai/grants/dave: null -> {"cap":{"amount":"0","unit":"credits"}} @13
    revokes grant.update ai/grants/alice [cap]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":{"amount":"0","unit":"credits"},"expires":null} (expiry) @15
    "#);
    // Once it is so, it stays so.
    for name in ["alice", "dave"] {
        let nothing = world.grant("0");
        world.have().grants.insert(member(name), nothing);
    }
    assert_snapshot!(lines(&world.plan()), @"nothing");
}

#[test]
fn a_member_whose_rule_lapsed_and_who_has_nothing_is_no_change() {
    let mut world = World::embedded();
    world.lapse("alice", Lapse::Expired(date("2026-10-31")));
    world.have().grants.remove(&member("alice"));
    assert_snapshot!(lines(&world.plan()), @"nothing");
}

#[test]
fn an_end_of_a_grant_changes_nobodys_right_today() {
    let mut world = World::embedded();
    let ends = Grant { expires: Some(Expiry::On(date("2026-12-31"))), ..world.grant("500") };
    world.want().grants.insert(member("alice"), ends);
    assert_snapshot!(lines(&world.plan()), @r#"neutral grant.update ai/grants/alice [expires]: {"cap":{"amount":"500","unit":"credits"},"expires":null} -> {"cap":{"amount":"500","unit":"credits"},"expires":"2026-12-31"} @15"#);
}

#[test]
fn others_that_turn_to_blocked_take_it_from_everybody_without_a_rule() {
    let mut world = World::embedded();
    let others = Some(Others::Cap(world.cap("50")));
    world.have().others = others;
    world.observed.roster.insert(stranger("Zoë"));
    assert_snapshot!(lines(&world.plan()), @r#"revokes others.update ai/others [others]: {"cap":{"amount":"50","unit":"credits"}} -> "blocked" hits dave Zoë @13"#);
}

#[test]
fn others_get_a_cap_in_one_change() {
    let mut world = World::embedded();
    let others = Some(Others::Cap(world.cap("50")));
    world.want().others = others;
    assert_snapshot!(lines(&world.plan()), @r#"grants others.update ai/others [others]: "blocked" -> {"cap":{"amount":"50","unit":"credits"}} hits dave @13"#);
    let others = Some(Others::Cap(world.cap("80")));
    world.have().others = others;
    assert_snapshot!(lines(&world.plan()), @r#"cuts others.update ai/others [others]: {"cap":{"amount":"80","unit":"credits"}} -> {"cap":{"amount":"50","unit":"credits"}} hits dave @13"#);
}

#[test]
fn a_grant_is_held_against_what_the_person_could_draw_as_one_of_the_others() {
    let mut world = World::embedded();
    let others = Some(Others::Cap(world.cap("50")));
    world.want().others = others;
    world.have().others = others;
    for (name, cap) in [("dave", "20"), ("erin", "80"), ("frank", "50"), ("grace", "0")] {
        let grant = world.grant(cap);
        world.want().grants.insert(member(name), grant);
    }
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.add ai/grants/erin: null -> {"cap":{"amount":"80","unit":"credits"},"expires":null} @13
    neutral grant.add ai/grants/frank: null -> {"cap":{"amount":"50","unit":"credits"},"expires":null} @13
    cuts grant.add ai/grants/dave: null -> {"cap":{"amount":"20","unit":"credits"},"expires":null} @13
    revokes grant.add ai/grants/grace: null -> {"cap":{"amount":"0","unit":"credits"},"expires":null} @13
    "#);
}

#[test]
fn a_stranger_falls_to_others() {
    let mut world = World::embedded();
    let grant = world.grant("40");
    world.have().grants.insert(stranger("Zoë"), grant);
    assert_snapshot!(lines(&world.plan()), @r#"revokes grant.revoke ai/grants/?Zoë: {"cap":{"amount":"40","unit":"credits"},"expires":null} -> null @13"#);
    let others = Some(Others::Cap(world.cap("50")));
    world.want().others = others;
    let others = Some(Others::Cap(world.cap("50")));
    world.have().others = others;
    assert_snapshot!(lines(&world.plan()), @r#"raises grant.revoke ai/grants/?Zoë: {"cap":{"amount":"40","unit":"credits"},"expires":null} -> null @13"#);
    world.want().others = None;
    assert_snapshot!(lines(&world.plan()), @"nothing");
}

#[test]
fn without_a_setting_for_others_each_of_them_is_a_grant() {
    let mut world = World::litellm();
    for (name, cap) in [("low", "40"), ("same", "50"), ("high", "60"), ("follows", "inherit")] {
        let grant = world.grant(cap);
        world.have().grants.insert(stranger(name), grant);
    }
    let others = Some(Others::Cap(world.cap("50")));
    world.want().others = others;
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.update ai/grants/?low [cap]: {"cap":{"amount":"40","unit":"USD"},"period":"monthly"} -> {"cap":{"amount":"50","unit":"USD"},"period":"monthly"} @13
    cuts grant.update ai/grants/?follows [cap period]: {"cap":"inherit"} -> {"cap":{"amount":"50","unit":"USD"},"period":"monthly"} @13
    cuts grant.update ai/grants/?high [cap]: {"cap":{"amount":"60","unit":"USD"},"period":"monthly"} -> {"cap":{"amount":"50","unit":"USD"},"period":"monthly"} @13
    "#);
    world.want().others = Some(Others::Cap(Cap::Inherit));
    assert_snapshot!(lines(&world.plan()), @r#"
    raises grant.update ai/grants/?high [cap]: {"cap":{"amount":"60","unit":"USD"},"period":"monthly"} -> {"cap":"inherit"} @13
    raises grant.update ai/grants/?low [cap]: {"cap":{"amount":"40","unit":"USD"},"period":"monthly"} -> {"cap":"inherit"} @13
    raises grant.update ai/grants/?same [cap]: {"cap":{"amount":"50","unit":"USD"},"period":"monthly"} -> {"cap":"inherit"} @13
    "#);
    let others = Some(Others::Cap(world.cap("0")));
    world.want().others = others;
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes grant.update ai/grants/?follows [cap period]: {"cap":"inherit"} -> {"cap":{"amount":"0","unit":"USD"},"period":"monthly"} @13
    revokes grant.update ai/grants/?high [cap]: {"cap":{"amount":"60","unit":"USD"},"period":"monthly"} -> {"cap":{"amount":"0","unit":"USD"},"period":"monthly"} @13
    revokes grant.update ai/grants/?low [cap]: {"cap":{"amount":"40","unit":"USD"},"period":"monthly"} -> {"cap":{"amount":"0","unit":"USD"},"period":"monthly"} @13
    revokes grant.update ai/grants/?same [cap]: {"cap":{"amount":"50","unit":"USD"},"period":"monthly"} -> {"cap":{"amount":"0","unit":"USD"},"period":"monthly"} @13
    refused revocations: in ai this plan takes a right from 4 people, 57% of its 7 grants, and 25% is the most (revocations=4)
    "#);
    world.want().others = Some(Others::Blocked);
    assert_snapshot!(lines(&world.plan()), @r#"
    revokes grant.revoke ai/grants/?follows: {"cap":"inherit"} -> null @13
    revokes grant.revoke ai/grants/?high: {"cap":{"amount":"60","unit":"USD"},"period":"monthly"} -> null @13
    revokes grant.revoke ai/grants/?low: {"cap":{"amount":"40","unit":"USD"},"period":"monthly"} -> null @13
    revokes grant.revoke ai/grants/?same: {"cap":{"amount":"50","unit":"USD"},"period":"monthly"} -> null @13
    refused revocations: in ai this plan takes a right from 4 people, 57% of its 7 grants, and 25% is the most (revocations=4)
    "#);
}

#[test]
fn alerts_are_objects_of_their_own() {
    let mut world = World::embedded();
    let (eighty, _) = world.alert("80%", &[]);
    let (_, changed) = world.alert("80%", &["ops@acme.example", "cfo@acme.example"]);
    let (amount, added) = world.alert("9000", &["ops@acme.example"]);
    let gone = AlertKey { of: AlertScope::Caps, at: Threshold::Percent(90) };
    world.have().alerts.as_mut().unwrap().insert(gone, added.clone());
    world.want().alerts.as_mut().unwrap().insert(eighty, changed);
    world.want().alerts.as_mut().unwrap().insert(amount, added);
    assert_snapshot!(lines(&world.plan()), @r#"
    neutral alert.add ai/alerts/budget@9000credits: null -> {"at":{"amount":{"amount":"9000","unit":"credits"}},"of":"budget","notify":[{"email":"ops@acme.example"}]} @10
    neutral alert.update ai/alerts/budget@80% [notify]: {"at":{"percent":80},"of":"budget","notify":[{"email":"ops@acme.example"}]} -> {"at":{"percent":80},"of":"budget","notify":[{"email":"cfo@acme.example"},{"email":"ops@acme.example"}]} @14
    neutral alert.remove ai/alerts/caps@90%: {"at":{"percent":90},"of":"caps","notify":[{"email":"ops@acme.example"}]} -> null @10
    "#);
    world.want().alerts = Some(std::collections::BTreeMap::new());
    assert_snapshot!(lines(&world.plan()), @r#"
    neutral alert.remove ai/alerts/budget@80%: {"at":{"percent":80},"of":"budget","notify":[{"email":"ops@acme.example"}]} -> null @10
    neutral alert.remove ai/alerts/caps@90%: {"at":{"percent":90},"of":"caps","notify":[{"email":"ops@acme.example"}]} -> null @10
    "#);
}

#[test]
fn a_description_changes_nobodys_right() {
    let mut world = World::embedded();
    world.want().description = Some("Paid credits".to_owned());
    assert_snapshot!(lines(&world.plan()), @r#"neutral pool.update ai [description]: {"target":{"pool":"ai"},"budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} -> {"target":{"pool":"ai"},"description":"Paid credits","budget":{"limit":{"amount":"10000","unit":"credits"},"unit":"credits","period":"monthly","when_exhausted":"block"},"default_cap":{"amount":"300","unit":"credits"}} @10"#);
}
