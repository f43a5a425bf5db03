//! Pools that are groups: who is in them, their default, and what somebody else keeps.

use insta::assert_snapshot;

use super::fake::Limit;
use super::{World, designers, pool, whole};

fn world(pools: &str) -> World {
    let world = World::of(&["alice", "bob", "carol", "xeno"], pools);
    world.fake.state(|state| state.group("group_7", "Designers", None, &["bob", "xeno"]));
    world
}

#[test]
fn a_group_is_given_its_default_before_people_join_it_and_others_go() {
    let world = world(&designers(
        "{ member: alice }, { member: bob }, { member: carol, cap: 30 }",
        "default_cap: 100\n    others: blocked",
    ));
    assert_snapshot!("group_plan", world.run("plan"));
    world.applied("--allow cuts=4");
    let writes = [
        // Carol has a limit of her own, and so need not wait for the default as alice does.
        "PATCH /usage_limits/users/user-carol",
        "POST /groups/group_7/users",
        "PATCH /usage_limits/groups/group_7",
        "POST /groups/group_7/users",
        "DELETE /groups/group_7/users/user-xeno",
    ];
    assert_eq!(world.writes(), writes);
    world.fake.state(|state| {
        assert_eq!(state.members("group_7"), ["alice", "bob", "carol"]);
        assert_eq!((state.own("alice"), state.own("carol")), ("–".to_owned(), "30".to_owned()));
        assert_eq!(state.groups["group_7"].limit, Some(Limit::of("100")));
    });
    world.converged();
}

#[test]
fn others_of_a_group_can_have_a_cap_of_their_own() {
    let world = world(&designers("{ member: bob }", "default_cap: unlimited\n    others: { cap: 4 }"));
    world.applied("");
    world.fake.state(|state| {
        assert_eq!(state.members("group_7"), ["bob", "xeno"]);
        assert_eq!((state.own("bob"), state.own("xeno")), ("–".to_owned(), "4".to_owned()));
        assert_eq!(state.groups["group_7"].limit, Some(Limit::unlimited()));
    });
    world.converged();
    world.files(&designers("{ member: bob }", "default_cap: inherit\n    others: { cap: 4 }"));
    world.applied("");
    world.fake.state(|state| assert_eq!(state.groups["group_7"].limit, None));
    world.converged();
}

#[test]
fn who_is_in_a_scim_group_is_compared_and_never_written() {
    let world =
        world(&designers("{ member: alice }, { member: bob, cap: 6 }", "default_cap: 100\n    others: blocked"));
    world.fake.state(|state| state.groups.get_mut("group_7").unwrap().scim = true);
    assert_snapshot!("scim_plan", world.run("plan"));
    world.applied("");
    assert_eq!(world.writes(), ["PATCH /usage_limits/users/user-bob", "PATCH /usage_limits/groups/group_7"]);
    world.fake.state(|state| assert_eq!(state.members("group_7"), ["bob", "xeno"]));
}

#[test]
fn a_name_has_to_be_that_of_exactly_one_group() {
    let rules = designers("{ member: bob }", "others: unmanaged");
    let world = world(&rules);
    world.converged();
    world.fake.state(|state| state.group("group_9", "Designers", None, &[]));
    assert_snapshot!("two_of_a_name", world.run("plan"));
    world.files(&rules.replace("{ group: Designers }", "{ group_id: group_9 }"));
    assert_eq!(world.applied(""), ["chat/design/grants/bob applied"]);
    world.fake.state(|state| assert_eq!(state.members("group_9"), ["bob"]));
    world.files(&rules.replace("Designers", "Painters"));
    assert_snapshot!("none_of_a_name", world.run("plan"));
    // Two pools that are one group, by name and by id.
    world.fake.state(|state| state.groups.remove("group_9"));
    world.files(&(rules + &pool("again", "{ group_id: group_7 }", "access: []\n    others: unmanaged")));
    assert_snapshot!("one_group_twice", world.run("plan"));
}

#[test]
fn a_group_with_a_higher_default_wins_and_is_named() {
    let world = world(&whole("{ member: alice, cap: 9 }", "blocked"));
    world.fake.state(|state| {
        state.group("group_7", "Designers", Some(Limit::of("40")), &["bob", "xeno"]);
        state.group("group_8", "Researchers", Some(Limit::of("60")), &["bob"]);
        state.group("group_9", "Interns", Some(Limit::of("0")), &["carol"]);
    });
    let wins = |people: &str, name: &str, cap: &str| {
        format!(
            "chat: the group {name} lets {people} without a limit of their own draw {cap} credits each, which wins over `others`"
        )
    };
    assert_eq!(world.notes(), [wins("1 person", "Designers", "40"), wins("1 person", "Researchers", "60")]);
    // Nobody whom a group's default reaches is hit by what others get.
    assert_eq!(world.planned(), ["chat/chat/grants/alice cuts", "chat/chat/others revokes"]);
    world.applied("");
    world.converged();
    // Somebody whose own limit goes falls back on the group, and the outcome says so.
    world.fake.state(|state| state.set("bob", Limit::of("500")));
    assert_eq!(world.planned(), ["chat/chat/grants/bob cuts"]);
    let held = "what holds for them now is 60 credits, by the default of the group Researchers";
    assert_eq!(world.applied(""), [format!("chat/chat/grants/bob applied: {held}")]);
}

#[test]
fn leaving_one_group_of_several_says_what_still_holds() {
    let world = world(&designers("{ member: bob }", "default_cap: 100\n    others: blocked"));
    world.fake.state(|state| {
        state.group("group_7", "Designers", Some(Limit::of("100")), &["bob", "xeno"]);
        state.group("group_8", "Researchers", Some(Limit::of("60")), &["xeno"]);
    });
    let held = "what holds for them now is 60 credits, by the default of the group Researchers";
    assert_eq!(world.applied(""), [format!("chat/design/grants/?xeno@acme.example applied: {held}")]);
    world.converged();
}

#[test]
fn a_limit_of_ones_own_goes_with_the_membership_unless_another_pool_grants_it() {
    let pools = |carol: &str| {
        whole("{ member: alice, cap: 8 }", "unmanaged")
            + &designers(&format!("{{ member: bob, cap: 5 }}{carol}"), "others: blocked")
    };
    let world = world(&pools(""));
    world.fake.state(|state| {
        state.group("group_7", "Designers", None, &["alice", "bob", "carol"]);
        for (name, most) in [("alice", "8"), ("bob", "5"), ("carol", "7")] {
            state.set(name, Limit::of(most));
        }
    });
    world.applied("");
    world.fake.state(|state| {
        assert_eq!(state.members("group_7"), ["bob"]);
        let own: Vec<String> = ["alice", "bob", "carol"].map(|name| state.own(name)).into();
        assert_eq!(own, ["8", "5", "–"], "alice's limit is the other pool's");
    });
    world.converged();
}

#[test]
fn who_joins_with_a_limit_that_the_plan_did_not_show_keeps_it_until_the_next_plan() {
    let world = world(&designers("{ member: alice }, { member: bob }", "default_cap: 100\n    others: unmanaged"));
    world.fake.state(|state| {
        state.set("alice", Limit::of("5000"));
        state.groups.get_mut("group_7").unwrap().limit = Some(Limit::of("100"));
    });
    let kept = world.applied("");
    assert!(kept[0].contains("not effective"), "{kept:?}");
    assert_eq!(world.fake.state(|state| state.members("group_7")), ["alice", "bob", "xeno"]);
    assert_eq!(world.fake.state(|state| state.own("alice")), "5000");
    assert_eq!(world.planned(), ["chat/design/grants/alice cuts"]);
    world.applied("");
    assert_eq!(world.fake.state(|state| state.own("alice")), "–");
    world.converged();
}

#[test]
fn a_group_has_no_budget_of_its_own() {
    let rules =
        designers("{ member: bob }", "others: unmanaged").replace("unit: credits,", "limit: 500, unit: credits,");
    let world = world(&rules);
    let note =
        "design: a group has no budget of its own, so its limit stays in the file; the credits are the workspace's";
    assert_eq!(world.notes(), [note]);
    world.converged();
}
