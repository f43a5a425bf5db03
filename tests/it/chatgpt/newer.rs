//! The shape that answers have after 2.5.3: `limit: null` beside `limit_amount`, limits that end, and dollars.

use insta::assert_snapshot;

use super::fake::Limit;
use super::{World, whole};

const DAY: &str = "--as-of 2026-11-23";

fn world(access: &str, others: &str) -> World {
    let world = World::of(&["alice", "bob", "carol"], &whole(access, others));
    world.fake.state(|state| {
        state.newer = true;
        state.default = Some(Limit::of("500"));
    });
    world
}

#[test]
fn a_null_beside_an_amount_is_that_amount() {
    let world = world("{ member: alice, cap: 9 }", "{ cap: 500 }");
    world.fake.state(|state| state.set("alice", Limit::of("9")));
    world.converged();
    world.files(&whole("{ member: alice, cap: 9 }", "blocked"));
    assert_eq!(world.planned(), ["chat/chat/others revokes of 2"]);
    world.applied("");
    assert_eq!(world.fake.state(|state| state.others()), "0");
    world.converged();
}

#[test]
fn a_grant_that_ends_with_the_month_is_ended_by_the_workspace() {
    let rules = "{ member: alice, cap: 9, expires: 2026-11-30 }, { member: bob, cap: 9, expires: 2026-12-15 }";
    let world = world(rules, "{ cap: 500 }");
    assert_snapshot!("temporary_plan", world.run(&format!("plan {DAY}")));
    world.applied(DAY);
    world
        .fake
        .state(|state| assert_eq!((state.own("alice"), state.own("bob")), ("9 for now".into(), "9".into())));
    assert_eq!(world.code(&format!("plan --detailed-exitcode {DAY}")), 0);
    // The month is over: the workspace forgot it, and the files ask nothing more.
    world.fake.state(|state| state.users.get_mut("user-alice").unwrap().limit = None);
    assert_eq!(world.code("plan --detailed-exitcode --as-of 2026-12-01"), 0);
}

#[test]
fn where_the_period_is_no_calendar_month_ends_are_bursars_own() {
    let world = world("{ member: alice, cap: 9, expires: 2026-11-30 }", "{ cap: 500 }");
    world.fake.state(|state| {
        state.period_ends = "2026-12-14T00:00:00.000Z";
        state.set("bob", Limit { temporary: true, ..Limit::of("4") });
    });
    world.files(&whole("{ member: alice, cap: 9, expires: 2026-11-30 }", "unmanaged"));
    assert_eq!(world.applied(DAY), ["chat/chat/grants/alice applied"]);
    assert_eq!(world.fake.state(|state| state.own("alice")), "9");
    assert_eq!(world.code(&format!("plan --detailed-exitcode {DAY}")), 0);
}

#[test]
fn a_limit_that_ends_is_shown_before_it_is_made_to_stay() {
    let world = world("{ member: alice, cap: 9 }", "{ cap: 500 }");
    world.fake.state(|state| state.set("alice", Limit { temporary: true, ..Limit::of("9") }));
    assert_snapshot!("temporary_drift", world.run("plan"));
    world.applied("");
    assert_eq!(world.fake.state(|state| state.own("alice")), "9");
    world.converged();
    // An end that nobody can read is not flattened.
    world.fake.state(|state| {
        state.period_ends = "the ides of March";
        state.set("alice", Limit { temporary: true, ..Limit::of("5") });
    });
    let odd = "it ends at a time that is not understood";
    assert_eq!(
        world.applied(""),
        [format!("chat/chat/grants/alice refused: not written over: {odd}; change it in the admin console")]
    );
    assert_eq!(world.fake.state(|state| state.own("alice")), "5 for now");
}

#[test]
fn a_workspace_that_counts_in_dollars_has_pools_in_dollars() {
    let world = world("{ member: alice, cap: 12.50 }", "{ cap: 5 }");
    world.fake.state(|state| state.usd = true);
    assert_snapshot!("dollars_in_a_pool_of_credits", {
        world.files(&whole("{ member: alice, cap: 12 }", "{ cap: 5 }"));
        world.run("plan")
    });
    let dollars = whole("{ member: alice, cap: 12.50 }", "{ cap: 5 }").replace("unit: credits", "unit: USD");
    world.files(&dollars);
    assert_eq!(world.applied("--allow cuts=3"), ["chat/chat/grants/alice applied", "chat/chat/others applied"]);
    world
        .fake
        .state(|state| assert_eq!((state.own("alice"), state.others()), ("12.5".into(), "5".into())));
    world.converged();
    // One limit of another unit among them is left alone.
    let mut stray = Limit::of("7");
    stray.odd = true;
    world.fake.state(|state| state.set("alice", stray));
    let refused = "chat/chat/grants/alice refused: not written over: it has a field `rollover` that this version does not know; change it in the admin console";
    assert_eq!(world.applied(""), [refused]);
}
