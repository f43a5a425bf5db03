//! The whole road of a workspace: the example's plan and apply as a person sees them, drift, import, and the order of
//! what is written.

use insta::assert_snapshot;

use super::fake::{Fake, Limit, WORKSPACE};
use super::{KEY, VARIABLE, World, designers, whole};
use crate::terminal::{bursar, example, show};

/// The workspace of the example before Bursar.
fn acme() -> Fake {
    let fake = Fake::start();
    fake.state(|state| {
        for name in ["ada", "alice", "bob", "carol", "dana", "erin", "frank", "grace"] {
            state.join(name);
        }
        state.users.get_mut("user-ada").unwrap().role = "account-owner";
        state.set("frank", Limit::of("4000"));
        state.default = Some(Limit::of("50"));
        state.group("group_7", "Designers", None, &["carol", "grace"]);
        state.group("group_8", "Researchers", Some(Limit::of("600")), &["grace"]);
    });
    fake
}

#[test]
fn the_example_end_to_end() {
    let fake = acme();
    let folder = example("chatgpt");
    let at = folder.path();
    let path = at.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let place = format!("workspace: {WORKSPACE}\n");
    assert!(text.contains(&place), "the example's workspace is that of the fake");
    std::fs::write(&path, text.replace(&place, &format!("{place}    base_url: {}\n", fake.url()))).unwrap();
    let output = |line: &str| bursar(at).env(VARIABLE, KEY).args(line.split_whitespace()).output().unwrap();
    let run = |line: &str| show(line, &output(line), at);
    let day = "--as-of 2026-11-23";
    assert_snapshot!("example_plan", run(&format!("plan {day}")));
    assert!(fake.asked().iter().all(|line| line.starts_with("GET ")), "a plan writes nothing");
    assert_snapshot!("example_apply", run(&format!("apply --yes --runbook steps.md {day}")));
    fake.state(|state| {
        let own: Vec<String> = ["ada", "alice", "bob", "carol", "dana", "erin", "frank"]
            .map(|name| state.own(name))
            .into();
        assert_eq!(own, ["5000", "1500", "1500", "–", "–", "800", "–"]);
        assert_eq!((state.others(), state.members("group_7")), ("100".to_owned(), vec!["carol".into(), "dana".into()]));
        assert_eq!(state.groups["group_7"].limit, Some(Limit::of("1000")));
    });
    let runbook = std::fs::read_to_string(at.join("steps.md")).unwrap();
    // Before the steps is the time, after them what the file is read back by.
    let steps = runbook.split("- [ ] **Step").nth(1).unwrap().split("<!-- bursar.runbook").next().unwrap();
    assert_snapshot!("example_runbook", steps);
    assert_snapshot!("example_confirm", run(&format!("confirm steps.md --all --by Ada {day}")));
    assert_eq!(output(&format!("plan --detailed-exitcode {day}")).status.code(), Some(0));
    // Somebody edits by hand, and erin's rule ends.
    fake.state(|state| state.set("bob", Limit::of("9000")));
    assert_snapshot!("example_drift", run("plan --as-of 2027-01-01"));
}

#[test]
fn a_workspace_is_closed_from_the_granted_to_the_rest_and_opened_the_other_way_round() {
    let world = World::of(&["alice", "bob", "carol"], &whole("{ member: alice, cap: 500 }", "blocked"));
    world.fake.state(|state| state.set("bob", Limit::of("300")));
    assert_eq!(
        world.planned(),
        ["chat/chat/grants/alice cuts", "chat/chat/others revokes of 1", "chat/chat/grants/bob revokes"]
    );
    let closed = world.applied("");
    let bob = "chat/chat/grants/bob applied";
    assert_eq!(closed, ["chat/chat/grants/alice applied", "chat/chat/others applied", bob]);
    let writes =
        ["PATCH /usage_limits/users/user-alice", "PATCH /usage_limits/workspace", "PATCH /usage_limits/users/user-bob"];
    assert_eq!(world.writes(), writes);
    world.fake.state(|state| {
        assert_eq!((state.own("alice"), state.own("bob"), state.others()), ("500".into(), "–".into(), "0".into()));
    });
    world.converged();
    world.fake.asked();
    world.files(&whole("", "{ cap: 800 }"));
    assert_eq!(world.planned(), ["chat/chat/others grants of 2", "chat/chat/grants/alice raises"]);
    world.applied("");
    assert_eq!(world.writes(), ["PATCH /usage_limits/workspace", "PATCH /usage_limits/users/user-alice"]);
    world
        .fake
        .state(|state| assert_eq!((state.own("alice"), state.others()), ("–".into(), "800".into())));
    world.converged();
}

#[test]
fn every_kind_of_cap_is_written_and_read_back() {
    let caps = "{ member: alice, cap: unlimited }, { member: bob, cap: 0 }, { member: carol, cap: inherit }, { member: dora, cap: 7 }";
    let world = World::of(&["alice", "bob", "carol", "dora"], &whole(caps, "{ cap: 50 }"));
    world.fake.state(|state| state.set("carol", Limit::of("9")));
    world.applied("");
    world.fake.state(|state| {
        let own: Vec<String> = ["alice", "bob", "carol", "dora"].map(|name| state.own(name)).into();
        assert_eq!(own, ["unlimited", "0", "–", "7"]);
    });
    world.converged();
    world.files(&whole(caps, "{ cap: inherit }"));
    world.applied("");
    assert_eq!(world.fake.state(|state| state.others()), "–", "no default of its own is what `inherit` says");
    world.converged();
    // What the files say nothing of stays.
    world.fake.state(|state| state.default = Some(Limit::of("33")));
    world.files(&whole(caps, "unmanaged"));
    world.converged();
    assert_eq!(world.fake.state(|state| state.others()), "33");
}

#[test]
fn a_default_cap_of_the_workspace_is_written_member_by_member() {
    let rules = "access: [{ member: alice }, { member: bob, cap: 9 }]\n    default_cap: 70\n    others: unmanaged";
    let world = World::of(&["alice", "bob"], &super::pool("chat", "workspace", rules));
    world.applied("");
    world
        .fake
        .state(|state| assert_eq!((state.own("alice"), state.own("bob")), ("70".into(), "9".into())));
    world.converged();
}

#[test]
fn a_plan_announces_the_requests_that_its_apply_sends() {
    let both = |alice: u32, rest: &str| {
        let group = designers("{ member: carol }, { member: dora, cap: 40 }", rest);
        whole(&format!("{{ member: alice, cap: {alice} }}, {{ member: bob, cap: 5 }}"), "{ cap: 10 }") + &group
    };
    let world =
        World::of(&["alice", "bob", "carol", "dora", "xeno"], &both(10, "default_cap: 20\n    others: blocked"));
    world.fake.state(|state| {
        state.group("group_7", "Designers", None, &["xeno"]);
        state.set("xeno", Limit::of("77"));
    });
    for pools in [
        both(10, "default_cap: 20\n    others: blocked"),
        both(30, "default_cap: 15\n    others: { cap: 1 }"),
        whole("{ member: alice, cap: 30 }", "blocked") + &designers("{ member: carol, cap: 3 }", "others: blocked"),
    ] {
        world.files(&pools);
        let plan = world.json("plan");
        let looked = world.fake.asked().len();
        let refusals = plan["refusals"].as_array().unwrap().iter();
        let allows: Vec<String> = refusals
            .map(|refusal| format!("--allow {}", refusal["allow"].as_str().unwrap()))
            .collect();
        let applied = world.applied(&allows.join(" "));
        assert!(applied.iter().all(|words| words.contains(" applied")), "{applied:#?}");
        let asked = world.fake.asked();
        let (reads, writes): (Vec<_>, Vec<_>) = asked[looked..].iter().partition(|line| line.starts_with("GET "));
        let calls = &plan["calls"]["chat"];
        assert_eq!(
            (calls["reads"].as_u64(), calls["writes"].as_u64()),
            (Some(reads.len() as u64), Some(writes.len() as u64)),
            "{asked:#?}"
        );
        world.converged();
        world.fake.asked();
    }
}

#[test]
fn a_first_file_for_a_workspace_is_written_by_init() {
    let folder = crate::secrets::Folder::new();
    let code = |line: &str| bursar(folder.path()).args(line.split(' ')).output().unwrap().status.code();
    assert_eq!(code("init --center chatgpt"), Some(0));
    assert_snapshot!("init", std::fs::read_to_string(folder.path().join("bursar.yaml")).unwrap());
    assert_eq!(code("validate --strict"), Some(0));
}

#[test]
fn what_is_there_is_imported_to_no_change() {
    let world = World::of(&["alice", "bob", "carol", "xeno"], "");
    world.fake.state(|state| {
        state.set("alice", Limit::unlimited());
        state.set("xeno", Limit::of("0"));
        state.default = Some(Limit::of("25"));
        state.group("group_7", "Designers", Some(Limit::of("90")), &["carol", "bob"]);
        state.group("group_8", "Nobody's", None, &["bob"]);
        state.set("bob", Limit::of("5"));
    });
    world.files(&whole("{ member: alice, cap: 1 }", "unmanaged"));
    let imported = world.command("import --center chat");
    assert_snapshot!("import", show("import --center chat", &imported, world.folder.path()));
    std::fs::write(world.folder.path().join("bursar.yaml"), &imported.stdout).unwrap();
    world.converged();
}
