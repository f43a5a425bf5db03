//! What the vendor does otherwise than one would think, trap by trap, and what must not be written over.

use insta::assert_snapshot;

use super::fake::{Key, Limit};
use super::{World, designers, whole};

/// What comes of others where alice's limit could not be set.
const SKIPPED: &str = "chat/chat/others skipped: it depends on chat/chat/grants/alice, which was not made";
/// The same of bob's.
const SKIPPED_BY_BOB: &str = "chat/chat/others skipped: it depends on chat/chat/grants/bob, which was not made";

#[test]
fn unlimited_beats_every_default_and_nothing_of_ones_own_follows_it() {
    let world = World::of(
        &["alice", "bob"],
        &whole("{ member: alice, cap: unlimited }, { member: bob, cap: inherit }", "{ cap: 0 }"),
    );
    world.fake.state(|state| state.set("bob", Limit::unlimited()));
    assert_eq!(
        world.planned(),
        ["chat/chat/grants/alice neutral", "chat/chat/others revokes", "chat/chat/grants/bob revokes"]
    );
    world.applied("");
    world
        .fake
        .state(|state| assert_eq!((state.own("alice"), state.own("bob")), ("unlimited".into(), "–".into())));
    world.converged();
}

#[test]
fn closing_a_workspace_revokes_everybody_whom_nothing_else_reaches_and_is_counted() {
    let people = ["alice", "bob", "carol", "dora", "emil", "xbot"];
    let world = World::of(&people, &whole("{ member: alice, cap: 9 }", "blocked"));
    let path = world.folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("revocations: { count: 20, percent: 100 }", "revocations: { count: 4 }"))
        .unwrap();
    assert_snapshot!("closing_refused", world.run("plan"));
    assert_eq!(world.code("apply --yes"), 3);
    assert!(world.writes().is_empty());
    assert_eq!(world.code("apply --yes --allow revocations=5"), 0);
    assert_eq!(world.fake.state(|state| state.others()), "0");
}

#[test]
fn owners_and_admins_without_a_grant_are_named() {
    let world = World::of(&["ada", "alice", "bob"], &whole("{ member: alice, cap: 9 }", "blocked"));
    world.fake.state(|state| {
        state.users.get_mut("user-ada").unwrap().role = "account-owner";
        state.users.get_mut("user-alice").unwrap().role = "account-admin";
    });
    let note = "chat: ada is account-owner and has no grant, so `others: blocked` keeps them from drawing; grant them \
                something, or name them under `protected`";
    assert_eq!(world.notes(), [note]);
    // Once it is so there is nothing left to warn of.
    world.applied("");
    assert_eq!(world.notes(), [""; 0]);
}

#[test]
fn others_without_a_limit_is_a_finding() {
    let world = World::of(&["alice"], &whole("{ member: alice, cap: 9 }", "{ cap: unlimited }"));
    assert_snapshot!("others_unlimited", world.run("validate"));
    let group = designers("{ member: alice }", "others: { cap: unlimited }");
    world.files(&group);
    assert_eq!(world.code("validate"), 0, "a member of a group can have no limit");
    world.files(&whole("{ member: alice, cap: 2.5 }", "{ cap: 9 }"));
    assert_snapshot!("no_such_amount", world.run("validate"));
}

#[test]
fn more_than_the_vendor_holds_is_not_sent() {
    let world = World::of(&["alice"], &whole("{ member: alice, cap: 2147483648 }", "{ cap: 2147483647 }"));
    let why = "chat/chat/grants/alice failed: a limit is at most 2,147,483,647 credits";
    // Others are not cut before everybody has what they are granted.
    assert_eq!(world.applied(""), [why, SKIPPED]);
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn a_limit_with_something_unknown_in_it_is_not_written_over() {
    let world =
        World::of(&["alice", "bob"], &whole("{ member: alice, cap: 9 }, { member: bob, cap: 9 }", "{ cap: 9 }"));
    world.fake.state(|state| {
        // The vendor's description knows no such field, so nothing of it is recorded.
        state.words = true;
        state.set("alice", Limit { odd: true, ..Limit::of("5") });
        state.default = Some(Limit { odd: true, ..Limit::of("5") });
    });
    let odd = "it has a field `rollover` that this version does not know";
    assert_eq!(
        world.notes(),
        [
            format!("chat: the workspace default is left alone: {odd}"),
            format!("chat: the limit of alice is left alone: {odd}")
        ]
    );
    let refused =
        |object: &str| format!("chat/chat/{object} refused: not written over: {odd}; change it in the admin console");
    assert_eq!(
        world.applied(""),
        ["chat/chat/grants/bob applied".to_owned(), refused("grants/alice"), refused("others")]
    );
    assert_eq!(world.writes(), ["PATCH /usage_limits/users/user-bob"]);
}

#[test]
fn somebody_else_who_edits_between_the_plan_and_the_write_is_not_undone() {
    let world =
        World::of(&["alice", "bob"], &whole("{ member: alice, cap: 9 }, { member: bob, cap: 9 }", "{ cap: 9 }"));
    // The third read of people is that of the first change; the plan of the apply itself reads before.
    world
        .fake
        .meanwhile("GET /usage_limits/users", 0, |state| state.set("alice", Limit::of("7")));
    world
        .fake
        .meanwhile("GET /usage_limits/users", 0, |state| state.set("bob", Limit::of("9")));
    let outcomes = world.applied("--allow cuts=3");
    let moved = "chat/chat/grants/alice refused: changed since the plan: it was not set, it is cap 7 credits";
    assert_eq!(outcomes, [moved, "chat/chat/grants/bob already", SKIPPED]);
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn what_is_accepted_and_not_effective_is_said() {
    let world = World::of(&["alice"], &whole("{ member: alice, cap: 9 }", "{ cap: 9 }"));
    world.fake.state(|state| state.forgets = true);
    let lost = |object: &str, is: &str| {
        format!("chat/chat/{object} unknown: it was accepted, and it is not effective: it is {is}")
    };
    assert_eq!(world.applied(""), [lost("grants/alice", "not set"), SKIPPED.to_owned()]);
    assert_eq!(world.writes(), ["PATCH /usage_limits/users/user-alice"], "sent once");
    world.files(&whole("", "{ cap: 9 }"));
    assert_eq!(world.applied(""), [lost("others", "others unlimited")]);
    assert_eq!(world.writes(), ["PATCH /usage_limits/workspace"], "sent once");
}

#[test]
fn people_go_by_address_and_those_without_one_by_id() {
    let world = World::of(&["alice", "xeno", "xtwo"], &whole("{ member: alice, cap: 9 }", "{ cap: 1 }"));
    world.fake.state(|state| {
        state.users.get_mut("user-alice").unwrap().email = Some("Alice@ACME.example".to_owned());
        state.users.get_mut("user-xeno").unwrap().email = None;
        state.users.get_mut("user-xtwo").unwrap().email = Some("alice@acme.example".to_owned());
        state.set("xeno", Limit::of("5"));
        state.set("xtwo", Limit::of("6"));
    });
    assert_eq!(world.notes(), ["alice is there twice; user-xtwo is taken for somebody else"]);
    let all = [
        "chat/chat/grants/alice applied",
        "chat/chat/others applied",
        "chat/chat/grants/?user-xeno applied",
        "chat/chat/grants/?user-xtwo applied",
    ];
    let mut applied: Vec<String> = world
        .applied("--allow cuts=4")
        .iter()
        .map(|words| words.split(": ").next().unwrap().to_owned())
        .collect();
    applied.sort();
    assert_eq!(applied, {
        let mut all = all.map(str::to_owned);
        all.sort();
        all
    });
    // Paths take the id, never `account_user_id`.
    assert!(world.writes().iter().all(|line| !line.contains("__")));
    world.fake.state(|state| {
        assert_eq!((state.own("alice"), state.own("xeno"), state.own("xtwo")), ("9".into(), "–".into(), "–".into()));
    });
}

#[test]
fn somebody_who_is_not_in_the_workspace_is_named_and_not_invited() {
    let world =
        World::of(&["alice", "bob"], &whole("{ member: alice, cap: 9 }, { member: bob, cap: 9 }", "{ cap: 1 }"));
    world.fake.state(|state| state.users.remove("user-bob"));
    assert_eq!(world.notes(), ["bob (bob@acme.example) is not in this center, and nobody there has a name like that"]);
    let gone = "chat/chat/grants/bob failed: bob@acme.example is not in the workspace: invite them first";
    assert_eq!(world.applied("--allow cuts=3"), ["chat/chat/grants/alice applied", gone, SKIPPED_BY_BOB]);
}

#[test]
fn a_list_that_moves_is_read_again_once_and_then_given_up() {
    let many: Vec<String> = (0..150).map(|i| format!("x{i:03}")).collect();
    let mut names: Vec<&str> = many.iter().map(String::as_str).collect();
    names.push("alice");
    let world = World::of(&names, &whole("{ member: alice, cap: 9 }", "unmanaged"));
    world.fake.state(|state| state.twice = 1);
    assert_eq!(world.planned(), ["chat/chat/grants/alice cuts"]);
    let lists = world.fake.asked().iter().filter(|line| *line == "GET /usage_limits/users").count();
    assert_eq!(lists, 4, "two pages, twice");
    world.fake.state(|state| state.twice = 2);
    assert_snapshot!("unsteady", world.run("plan"));
}

#[test]
fn a_group_whose_members_do_not_add_up_is_read_again() {
    let world =
        World::of(&["alice", "bob", "carol"], &designers("{ member: alice }, { member: bob }", "others: blocked"));
    world.fake.state(|state| {
        state.group("group_7", "Designers", None, &["alice", "bob"]);
        state.miscounted = 1;
    });
    world.converged();
    // A count that is always one too many is what it is.
    world.fake.state(|state| state.miscounted = 2);
    world.converged();
    // One that differs each time is not.
    world.fake.state(|state| state.miscounted = 2);
    world.fake.meanwhile("GET /groups/group_7/users", 0, |state| {
        state.groups.get_mut("group_7").unwrap().members.remove("user-bob");
    });
    assert_snapshot!("unsteady_group", world.run("plan"));
}

#[test]
fn keys_of_the_wrong_kind_are_refused_in_the_vendors_words() {
    let world = World::of(&["alice"], &whole("{ member: alice, cap: 9 }", "unmanaged"));
    for (key, name) in [(Key::Platform, "platform"), (Key::Elsewhere, "elsewhere"), (Key::DirectoryOnly, "no_limits")] {
        world.fake.state(|state| (state.key, state.words) = (key, true));
        assert_snapshot!(format!("key_{name}"), world.run("plan"));
    }
    // One that only reads plans, and every write of it fails in the vendor's words.
    world.fake.state(|state| state.key = Key::Reads);
    let no = "chat/chat/grants/alice failed: URL does not let this token do that: Missing scope: chatgpt.enterprise.usage_limit.write";
    assert_eq!(world.applied(""), [no]);
}
