//! What goes wrong on the way: before and after a write is carried out, at the server and between.

use crate::fakes::litellm::When;
use crate::fakes::proxy::{Fault as Broken, Faults, Got, Proxy};

use super::fake::{Fault, Limit};
use super::{World, designers, whole};

const USER: &str = "PATCH /usage_limits/users/user-alice";

fn world() -> World {
    World::of(&["alice", "bob"], &whole("{ member: alice, cap: 9 }", "{ cap: 5 }"))
}

/// What comes of one fault while the files are applied; whatever came of it, another apply converges.
fn with(fault: Fault) -> (Vec<String>, Vec<String>) {
    let world = world();
    world.fault_and_apply(fault)
}

impl World {
    fn fault_and_apply(&self, fault: Fault) -> (Vec<String>, Vec<String>) {
        self.fake.fault(fault);
        let outcomes = self.applied("");
        let writes = self.writes();
        self.fake.clear_faults();
        self.applied("");
        self.converged();
        (outcomes, writes)
    }
}

const OTHERS: &str = "chat/chat/others applied";
const SKIPPED: &str = "chat/chat/others skipped: it depends on chat/chat/grants/alice, which was not made";
const ONCE: [&str; 2] = [USER, "PATCH /usage_limits/workspace"];

#[test]
fn a_lost_answer_is_settled_by_reading_back_and_nothing_is_sent_twice() {
    let (outcomes, writes) = with(Fault::reset(USER, When::After));
    let lost = "no answer came (connection closed before message completed)";
    assert_eq!(
        outcomes,
        [format!("chat/chat/grants/alice applied: read back, it is so; before that: {lost}"), OTHERS.to_owned()]
    );
    assert_eq!(writes, ONCE);
    let (outcomes, writes) = with(Fault::reset(USER, When::Before));
    assert_eq!(
        outcomes,
        [format!("chat/chat/grants/alice unknown: {lost}; read back, it is not set"), SKIPPED.to_owned()]
    );
    assert_eq!(writes, [USER]);
}

#[test]
fn an_error_of_the_server_tells_nothing_so_it_is_read_back() {
    for status in [500, 502, 503, 504] {
        let said = |outcome: &str| format!("chat/chat/grants/alice {outcome}");
        let path = "PATCH /v1/manage/workspaces/0d6f5b1e-4c1a-4b8e-9f51-0a6f3f1f7c11/usage_limits/users/user-alice";
        let (outcomes, writes) = with(Fault { when: When::After, ..Fault::status(USER, status) });
        let why = format!("{path} answered {status}: no reason given");
        assert_eq!(outcomes[0], said(&format!("applied: read back, it is so; before that: {why}")));
        assert_eq!(writes, ONCE);
        let (outcomes, writes) = with(Fault::status(USER, status));
        assert_eq!(outcomes[0], said(&format!("unknown: {why}; read back, it is not set")));
        assert_eq!(writes, [USER]);
    }
}

#[test]
fn the_workspace_and_the_groups_are_settled_alike() {
    for (when, outcome) in [(When::After, "applied"), (When::Before, "unknown")] {
        let (outcomes, writes) = with(Fault::reset("PATCH /usage_limits/workspace", when));
        assert!(outcomes[1].starts_with(&format!("chat/chat/others {outcome}: ")), "{outcomes:?}");
        assert_eq!(writes, ONCE);
        for on in ["PATCH /usage_limits/groups", "POST /groups", "DELETE /groups"] {
            let rules = designers("{ member: alice }", "default_cap: 7\n    others: blocked");
            let world = World::of(&["alice", "bob"], &rules);
            world.fake.state(|state| state.group("group_7", "Designers", None, &["bob"]));
            let (outcomes, writes) = world.fault_and_apply(Fault::reset(on, when));
            assert_eq!(
                outcomes.iter().filter(|words| words.contains(&format!(" {outcome}: "))).count(),
                1,
                "{outcomes:?}"
            );
            let written: std::collections::BTreeSet<&String> = writes.iter().collect();
            assert_eq!(written.len(), writes.len(), "each at most once: {writes:?}");
        }
    }
}

#[test]
fn too_many_requests_are_waited_for() {
    for on in ["GET /usage_limits/users", "GET /usage_limits/workspace", "GET /usage_limits/groups", "PATCH"] {
        let fault = Fault { times: 2, retry_after: Some(0), ..Fault::status(on, 429) };
        assert_eq!(with(fault).0, ["chat/chat/grants/alice applied", OTHERS], "{on}");
    }
}

#[test]
fn a_refusal_is_a_failure_in_the_vendors_words_and_the_rest_goes_on() {
    let world =
        World::of(&["alice", "bob"], &whole("{ member: alice, cap: 9 }, { member: bob, cap: 9 }", "{ cap: 5 }"));
    // Somebody who leaves between the look and the write: the path is no longer there.
    world.fake.meanwhile("GET /usage_limits/users", 1, |state| {
        state.users.remove("user-alice");
    });
    let outcomes = world.applied("--allow cuts=3");
    let path = "PATCH /v1/manage/workspaces/0d6f5b1e-4c1a-4b8e-9f51-0a6f3f1f7c11/usage_limits/users/user-alice";
    let gone = format!("chat/chat/grants/alice failed: {path} answered 404: no reason given");
    assert_eq!(outcomes, [gone.as_str(), "chat/chat/grants/bob applied", SKIPPED]);
}

#[test]
fn a_membership_that_the_directory_refuses_is_a_failure() {
    let world = World::of(&["alice"], &designers("{ member: alice }", "others: unmanaged"));
    world.fake.state(|state| {
        state.words = true;
        state.group("group_7", "Designers", None, &[]);
    });
    world.fake.meanwhile("GET /users/user-alice/groups", 0, |state| {
        state.groups.get_mut("group_7").unwrap().scim = true;
    });
    let path = "POST /v1/manage/workspaces/0d6f5b1e-4c1a-4b8e-9f51-0a6f3f1f7c11/groups/group_7/users";
    let no = format!("chat/design/grants/alice failed: {path} answered 409: The group is managed through SCIM.");
    assert_eq!(world.applied(""), [no]);
}

#[test]
fn a_read_back_that_fails_leaves_it_to_the_look_at_the_end() {
    let world = world();
    world.fake.fault(Fault::status("GET /usage_limits/users/user-alice", 403));
    let outcomes = world.applied("");
    // The look after the last write tells; until then nobody knows, so that what depends on it waits.
    let said = "chat/chat/grants/alice applied: no answer came; the center shows that it was made";
    assert_eq!(outcomes, [said, SKIPPED]);
}

#[test]
fn any_proxy_on_the_way_is_survived_and_no_write_is_repeated() {
    for (seed, fault) in (0..).zip(Broken::ALL) {
        let world = world();
        world.fake.state(|state| state.set("bob", Limit::of("3")));
        let faults = Faults { seed, percent: vec![(fault, 25)], ..Faults::default() };
        let root = world.fake.url().trim_end_matches("/v1").to_owned();
        let proxy = Proxy::start(&root, faults);
        let path = world.folder.path().join("bursar.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&root, proxy.url())).unwrap();
        let _ = world.command("apply --yes -q");
        // A write that the server saw is not seen by it again, whatever the client heard of it.
        let mut seen = std::collections::BTreeSet::new();
        for exchange in proxy.log().into_iter().filter(|exchange| exchange.method != "GET") {
            let known = exchange.server.is_some() || !matches!(exchange.client, Got::Answer(429));
            assert!(!known || seen.insert(exchange.path.clone()), "{fault:?}: {} was sent twice", exchange.path);
        }
        std::fs::write(&path, text).unwrap();
        assert_eq!(world.code("apply --yes -q"), 0, "{fault:?}");
        world.converged();
        world.fake.state(|state| {
            assert_eq!((state.own("alice"), state.own("bob"), state.others()), ("9".into(), "–".into(), "5".into()));
        });
    }
}
