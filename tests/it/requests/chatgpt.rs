//! Requests of a ChatGPT workspace, answered as people do it.

use std::fs;
use std::process::Output;

use bursar::apply::lock::{Locker, Runner, Terms};
use bursar::model::{CenterId, CenterSettings, Place};
use insta::assert_snapshot;
use serde_json::Value;

use crate::fakes::chatgpt::{Fake, Fault, KEY, Limit, Request, State, WORKSPACE};
use crate::fakes::litellm::When;
use crate::output::json::{findings, validator};
use crate::secrets::Folder;
use crate::terminal::{bursar, folder, show};

const SCHEMA: &str = include_str!("../../../schema/requests.v1.schema.json");
const TOKEN: &str = "BURSAR_CHATGPT_TOKEN";
pub(super) const PATCH: &str = "PATCH /usage_limits/requests";

const POOLS: &str = "\
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
pools:
  chat-ai:
    center: chat
    target: workspace
    budget: { unit: credits, period: monthly }
    access:
      # Alice leads the pilot.
      - member: alice   # until it ends
        cap: 10
    others: { cap: 5 }
";

/// A workspace in which alice, bob and somebody unknown ask for more.
pub(super) struct World {
    pub(super) fake: Fake,
    pub(super) folder: Folder,
}

impl World {
    pub(super) fn new(more: &str) -> Self {
        let fake = Fake::start();
        fake.state(|state| {
            for name in ["alice", "bob", "zoe"] {
                state.join(name);
            }
            state.default = Some(Limit::of("5"));
            state.set("alice", Limit::of("10"));
            for (id, user, status, asks) in [
                ("request_1", "alice", "denied", 15),
                ("request_2", "alice", "pending", 30),
                ("request_3", "bob", "pending", 40),
                ("request_4", "zoe", "pending", 50),
            ] {
                state.requests.insert(id.to_owned(), Request { user: State::id(user), status, asks });
            }
        });
        let center = format!(
            "  chat: {{ provider: chatgpt, workspace: {WORKSPACE}, base_url: \"{}\", token: {{ env: {TOKEN} }} }}\n",
            fake.url()
        );
        let folder = folder(&format!("version: 1\ncenters:\n{center}{POOLS}{more}"));
        Self { fake, folder }
    }

    pub(super) fn command(&self, line: &str) -> Output {
        let mut command = bursar(self.folder.path());
        command
            .env("BURSAR_ACTOR", "ana")
            .env(TOKEN, KEY)
            .args(line.split_whitespace())
            .output()
            .unwrap()
    }

    pub(super) fn run(&self, line: &str) -> String {
        show(line, &self.command(line), self.folder.path()).replace(self.fake.url(), "URL")
    }

    pub(super) fn code(&self, line: &str) -> i32 {
        self.command(line).status.code().unwrap()
    }

    fn file(&self) -> String {
        fs::read_to_string(self.folder.path().join("bursar.yaml")).unwrap()
    }

    /// What the vendor holds of a person, and of a request.
    fn held(&self, name: &str, request: &str) -> (Option<Limit>, &'static str) {
        self.fake
            .state(|state| (state.users[&State::id(name)].limit.clone(), state.requests[request].status))
    }

    fn answers(&self) -> usize {
        self.fake.asked().iter().filter(|line| line.starts_with("PATCH")).count()
    }
}

#[test]
fn what_waits_is_listed() {
    let world = World::new("");
    assert_snapshot!("chatgpt_list", world.run("requests list"));
    let value: Value = serde_json::from_slice(&world.command("requests list --format json").stdout).unwrap();
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}");
    let told: Vec<_> = value["requests"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 3);
    assert_eq!((&told[0]["right"], &told[0]["cap"]["amount"]), (&"granted".into(), &"10".into()));
    assert_eq!((&told[1]["right"], &told[1]["cap"]["amount"]), (&"others".into(), &"5".into()));
    assert_eq!((&told[2]["known"], &told[2]["who"]), (&false.into(), &"zoe@acme.example".into()));
    assert_eq!(world.answers(), 0, "it only looks");
    world.fake.state(|state| state.requests.clear());
    assert_snapshot!("chatgpt_list_none", world.run("requests list"));
}

#[test]
fn a_yes_is_in_the_file_before_the_vendor_hears_it() {
    let world = World::new("");
    let before = world.file();
    assert_snapshot!("chatgpt_dry_run", world.run("requests approve request_2 --dry-run"));
    assert_eq!((world.file(), world.answers()), (before.clone(), 0));
    assert_snapshot!("chatgpt_approve", world.run("requests approve request_2"));
    assert_eq!(world.file(), before.replace("cap: 10\n", "cap: 30\n"), "nothing else, comments included");
    assert_eq!(world.held("alice", "request_2"), (Some(Limit::of("30")), "approved"));
    assert_eq!(world.code("plan --detailed-exitcode"), 0, "the files and the workspace agree");
    // One of the others gets a rule of his own, with exactly what was said.
    let line = "requests approve request_3 --cap 25 --reason DES-212 --expires 2030-12-31";
    assert_snapshot!("chatgpt_approve_other", world.run(line));
    assert_snapshot!("chatgpt_file", world.file()[world.file().find("members:").unwrap()..]);
    assert_eq!(world.held("bob", "request_3"), (Some(Limit::of("25")), "approved"));
    assert_eq!(world.code("plan --detailed-exitcode"), 0);
    assert_eq!(world.code("requests approve request_2"), 1, "it waits no longer");
}

#[test]
fn the_file_alone_can_be_edited() {
    let world = World::new("");
    assert_snapshot!("chatgpt_file_only", world.run("requests approve request_2 --file-only"));
    assert!(world.file().contains("cap: 30\n"));
    assert_eq!(world.held("alice", "request_2"), (Some(Limit::of("10")), "pending"));
    assert_eq!(world.answers(), 0);
    assert_eq!(world.code("plan --detailed-exitcode"), 2, "the next apply sets it");
}

#[test]
fn the_vendor_is_not_asked_where_the_files_refuse() {
    let world = World::new("guardrails: { reason_above: { credits: 20 } }\n");
    let before = world.file();
    assert_snapshot!("chatgpt_refused", world.run("requests approve request_2"));
    assert_eq!((world.file(), world.answers()), (before.clone(), 0));
    for (name, line) in [
        ("chatgpt_stranger", "requests approve request_4"),
        ("chatgpt_no_such", "requests approve request_9"),
        ("chatgpt_answered", "requests deny request_1 --yes"),
        ("chatgpt_other_pool", "requests approve request_2 --pool lab"),
        ("chatgpt_not_whole", "requests approve request_2 --cap 7.5"),
    ] {
        assert_snapshot!(name, world.run(line));
    }
    assert_eq!((world.file(), world.answers()), (before, 0));
    assert_eq!(world.code("requests approve request_2 --reason DES-212"), 0);
    assert_eq!(world.held("alice", "request_2").1, "approved");
}

/// Two pools of one center that both name her: the center keeps one cap per person, so that both give the same.
#[test]
fn which_pool_has_to_be_said_where_nothing_tells() {
    let world = World::new("");
    world.fake.state(|state| {
        state.group("group_1", "Designers", None, &["alice"]);
    });
    let more = "  design:
    center: chat
    target: { group: Designers }
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cap: 10 }]
    others: unmanaged
";
    fs::write(world.folder.path().join("bursar.yaml"), world.file() + more).unwrap();
    let before = world.file();
    assert_snapshot!("chatgpt_which_pool", world.run("requests approve request_2"));
    assert_eq!((world.file(), world.answers()), (before, 0));
}

#[test]
fn an_edit_stays_where_the_vendor_did_not_take_the_answer() {
    let world = World::new("");
    world.fake.meanwhile("GET /usage_limits/requests", 0, |state| {
        state.requests.get_mut("request_2").unwrap().status = "denied";
    });
    assert_snapshot!("chatgpt_no_longer", world.run("requests approve request_2"));
    assert!(world.file().contains("cap: 30\n"));
    assert_eq!(world.held("alice", "request_2").0, Some(Limit::of("10")));
    // What was sent, and whether it arrived nobody knows.
    world.fake.fault(Fault::reset(PATCH, When::Before));
    assert_snapshot!("chatgpt_unknown", world.run("requests approve request_3"));
    assert!(world.file().contains("bob"));
    assert_eq!(world.held("bob", "request_3"), (None, "pending"));
    // It may have arrived: the list tells.
    let world = World::new("");
    world.fake.fault(Fault::reset(PATCH, When::After));
    assert_eq!(world.code("requests approve request_2"), 0);
    assert_eq!(world.held("alice", "request_2"), (Some(Limit::of("30")), "approved"));
    // A key that may not write.
    let world = World::new("");
    world.fake.state(|state| state.key = crate::fakes::chatgpt::Key::Reads);
    assert_snapshot!("chatgpt_read_only", world.run("requests approve request_2"));
    assert!(world.file().contains("cap: 30\n"));
}

#[test]
fn a_no_is_asked_about_and_leaves_the_files_alone() {
    let world = World::new("");
    let before = world.file();
    assert_snapshot!("chatgpt_deny_unasked", world.run("requests deny request_3"));
    assert_eq!(world.held("bob", "request_3").1, "pending");
    assert_snapshot!("chatgpt_deny", world.run("requests deny request_3 --yes"));
    assert_eq!(world.held("bob", "request_3"), (None, "denied"));
    assert_eq!(world.file(), before);
    world.fake.meanwhile("GET /usage_limits/requests", 0, |state| {
        state.requests.get_mut("request_2").unwrap().status = "approved";
    });
    assert_snapshot!("chatgpt_deny_late", world.run("requests deny request_2 --yes"));
    world.fake.fault(Fault::reset(PATCH, When::Before));
    assert_eq!(world.code("requests deny request_4 --yes"), 4);
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_asked_before_a_no() {
    for (typed, exit, status) in [("n\n", 1, "pending"), ("y\n", 0, "denied")] {
        let world = World::new("");
        let line = "requests deny request_3";
        let asked = crate::process::on_a_terminal(world.folder.path(), line, typed, &[(TOKEN, KEY)]);
        let Some((shown, code)) = asked else { return };
        assert!(shown.contains("Deny request_3? [y/N]"), "{shown}");
        assert_eq!((code, world.held("bob", "request_3").1), (exit, status), "{shown}");
    }
}

/// An apply that is under way has to be waited for, and nothing is edited until then.
#[tokio::test]
async fn another_run_is_waited_for() {
    let world = World::new("");
    let before = world.file();
    let settings = CenterSettings {
        workspace: Some(WORKSPACE.to_owned()),
        base_url: Some(world.fake.url().to_owned()),
        ..CenterSettings::new(CenterId::new("chat").unwrap(), "chatgpt", ".")
    };
    let place = Place::Local(world.folder.path().join(".bursar"));
    let locker = Locker::open(&place, Runner::new("alice".to_owned(), None), Terms::default()).unwrap();
    let identity = bursar::centers::identity(&settings).unwrap();
    let locks = locker.lock(&[(settings.id, identity.clone())].into()).await.unwrap();
    assert_eq!(world.code("requests approve request_2"), 6);
    assert_eq!((world.file(), world.answers()), (before, 0));
    assert!(locks.release().await.is_empty());
    assert_eq!(world.code("requests approve request_2"), 0);
    assert!(locker.holder(&identity).await.unwrap().is_none(), "it was given back");
}
