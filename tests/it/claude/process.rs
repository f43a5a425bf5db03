//! The examples as processes, against the fake: what a person sees, and what is there afterwards.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use super::fake::{ACTIONS, Fake, Fault, Flavor, KEY, RULE, State, When, Workspace};
use crate::secrets::Folder;
use crate::terminal::{Bursar, bursar, example, let_locks_run_out, show};

/// An example with its center on the fake.
fn on(fake: &Fake, name: &str) -> Folder {
    let folder = example(&format!("claude/{name}"));
    let url = fake.url();
    if name == "gateway" {
        edit(
            folder.path(),
            "base_url: https://claude-gateway.acme.example\n    allow_host: [claude-gateway.acme.example]",
            &format!("base_url: {url}"),
        );
    } else {
        edit(folder.path(), "    provider: claude\n", &format!("    provider: claude\n    base_url: {url}\n"));
    }
    folder
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// The organization of the Enterprise example: limits of everybody, of seats and of some people, and a group.
fn enterprise() -> (Fake, Folder) {
    let fake = super::start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Research", "direct", &["dee", "eve"]);
        state.limit(json!({"type": "organization"}), Some("500000"), "monthly");
        state.limit(json!({"type": "seat_tier", "seat_tier": "enterprise_standard"}), Some("2500"), "monthly");
        state.limit(State::user("bo"), Some("90000"), "monthly");
        state.users[0].seat = Some("enterprise_standard".to_owned());
        state.spent.insert(("user_bo".to_owned(), "monthly".to_owned()), "31402.5".to_owned());
    });
    let folder = on(&fake, "enterprise");
    (fake, folder)
}

fn command(at: &Path, line: &str) -> Bursar {
    let mut command = bursar(at);
    command.env("BURSAR_CLAUDE_TOKEN", KEY).env("BURSAR_GATEWAY_KEY", KEY);
    command.args(line.split_whitespace());
    command
}

fn run(at: &Path, line: &str) -> String {
    shown(line, &command(at, line).output().unwrap(), at)
}

/// The hash of a plan may hold the fake's address, which differs from run to run. What was drawn "this month" is told
/// where the day that is asked about lies in it, and the days of the examples are fixed.
fn shown(line: &str, output: &std::process::Output, folder: &Path) -> String {
    let text = show(line, output, folder);
    let line = |line: &str| if line.starts_with("Plan ") { "Plan [hash]\n".to_owned() } else { line.to_owned() };
    let of_today = |line: &&str| line.trim_start().starts_with("blocks ");
    text.split_inclusive('\n').filter(|line| !of_today(line)).map(line).collect()
}

fn code(at: &Path, line: &str) -> i32 {
    command(at, line).output().unwrap().status.code().unwrap()
}

fn start(at: &Path, line: &str) -> Child {
    command(at, line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn every_example_validates_and_is_canonical() {
    for name in ["enterprise", "console", "gateway"] {
        let folder = example(&format!("claude/{name}"));
        assert_eq!(code(folder.path(), "validate --strict --as-of 2026-11-22 -q"), 0, "{name}");
        assert_eq!(code(folder.path(), "fmt --check"), 0, "{name}");
    }
}

#[test]
fn the_enterprise_example_end_to_end() {
    let (fake, folder) = enterprise();
    let at = folder.path();
    assert_snapshot!("enterprise_plan", run(at, "plan --as-of 2026-11-22"));
    let today = command(at, "plan").output().unwrap();
    let today = String::from_utf8_lossy(&today.stdout);
    assert!(today.contains("\n      blocks bo at once: 314.025 of 200 USD drawn this month\n"), "{today}");
    fake.state(|state| assert_eq!(state.limits.len(), 3, "a plan writes nothing"));
    assert_snapshot!("enterprise_apply", run(at, "apply --yes --as-of 2026-11-22"));
    fake.state(|state| {
        assert_eq!(state.own("cy", "monthly"), Some(Some("60000".to_owned())));
        assert_eq!(state.own("dee", "monthly"), Some(Some("15000".to_owned())));
        assert_eq!(state.own("eve", "monthly"), Some(Some("0".to_owned())));
        assert_eq!(state.groups[0].members, ["user_dee"]);
    });
    assert_eq!(code(at, "plan --as-of 2026-11-22 --detailed-exitcode"), 0);
    // The rule of a lead ends, and the one of the group is left.
    assert_snapshot!("enterprise_after_an_expiry", run(at, "plan --as-of 2027-01-01"));
}

#[test]
fn a_plan_announces_the_requests_that_its_apply_sends() {
    let (fake, folder) = enterprise();
    let at = folder.path();
    let out = command(at, "plan --as-of 2026-11-22 --format json").output().unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let calls = &plan["calls"]["claude"];
    let looked = fake.asked().len();
    assert_eq!(code(at, "apply --yes -q --as-of 2026-11-22"), 0);
    let asked = fake.asked();
    let (reads, writes): (Vec<_>, Vec<_>) = asked[looked..].iter().partition(|line| line.starts_with("GET "));
    assert_eq!(calls["reads"], reads.len(), "{calls} {asked:#?}");
    assert_eq!(calls["writes"], writes.len(), "{calls} {asked:#?}");
}

#[test]
fn what_is_imported_plans_to_no_change() {
    let (fake, folder) = enterprise();
    let at = folder.path();
    assert_eq!(code(at, "apply --yes -q --as-of 2026-11-22"), 0);
    fake.state(|state| state.group("rbac_group_2", "Research", "scim", &["ana"]));
    imports(at, "claude", "enterprise_import");
    let fake = super::start(Flavor::Gateway);
    let folder = on(&fake, "gateway");
    assert_eq!(code(folder.path(), "apply --yes -q"), 0);
    imports(folder.path(), "claude-gateway", "gateway_import");
}

fn imports(at: &Path, center: &str, snapshot: &str) {
    // The group's name became ambiguous, so that the file itself is no longer a way to it.
    let line = format!("import --center {center}");
    let out = command(at, &line).output().unwrap();
    assert_snapshot!(snapshot.to_owned(), shown(&line, &out, at));
    std::fs::write(at.join("imported.yaml"), &out.stdout).unwrap();
    assert_eq!(code(at, "validate -c imported.yaml -q"), 0);
    let plan = "plan --detailed-exitcode -c imported.yaml";
    assert_eq!(code(at, plan), 0, "{}", run(at, plan));
}

#[test]
fn the_gateway_example_end_to_end() {
    let fake = super::start(Flavor::Gateway);
    let folder = on(&fake, "gateway");
    let at = folder.path();
    assert_snapshot!("gateway_plan", run(at, "plan"));
    assert_snapshot!("gateway_apply", run(at, "apply --yes"));
    fake.state(|state| {
        assert_eq!(state.own("bo", "monthly"), Some(None));
        assert_eq!(state.row(&json!({"type": "organization"}), "monthly"), Some(Some("5000".to_owned())));
    });
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    assert_snapshot!("gateway_doctor", run(at, "doctor"));
}

/// The Console of the example: one limit too low, one person in the workspace who is not named.
fn console() -> (Fake, Folder) {
    let fake = super::start(Flavor::Console);
    fake.state(|state| {
        let members = vec![("user_eve".to_owned(), "workspace_developer".to_owned())];
        state
            .workspaces
            .push(Workspace { id: "wrkspc_1".to_owned(), name: "ML".to_owned(), archived: false, members });
        state.limit(json!({"type": "organization"}), Some("500000"), "monthly");
    });
    let folder = on(&fake, "console");
    (fake, folder)
}

/// The job of a workflow that may ask who it is.
fn job(fake: &Fake, at: &Path, line: &str) -> Bursar {
    let mut command = bursar(at);
    command
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/actions/token?api-version=2.0", fake.url()))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ACTIONS);
    command.args(line.split_whitespace());
    command
}

#[test]
fn the_console_example_without_a_key() {
    let (fake, folder) = console();
    let at = folder.path();
    let in_job = |line: &str| shown(line, &job(&fake, at, line).output().unwrap(), at);
    assert_snapshot!("console_plan", in_job("plan"));
    assert_snapshot!("console_apply", in_job("apply --yes --allow revocations=1"));
    fake.state(|state| {
        assert_eq!(state.row(&json!({"type": "organization"}), "monthly"), Some(Some("900000".to_owned())));
        let members: Vec<&str> = state.workspaces[0].members.iter().map(|(user, _)| user.as_str()).collect();
        assert_eq!(members, ["user_ana", "user_bo"]);
        assert!(!state.tokens.is_empty());
    });
    assert_eq!(job(&fake, at, "plan -v --detailed-exitcode").output().unwrap().status.code(), Some(0));
}

#[test]
fn a_bearer_that_ends_is_fetched_again() {
    let (fake, folder) = console();
    // Good for no time at all: each request that comes later needs another.
    fake.state(|state| state.token_seconds = 0);
    assert_eq!(job(&fake, folder.path(), "plan").output().unwrap().status.code(), Some(0));
    assert!(fake.state(|state| state.tokens.len()) > 2);
    // Or one that is no longer taken although it should be.
    let (fake, folder) = console();
    fake.fault(Fault { skip: 1, ..Fault::status("GET /v1/organizations/users", 401) });
    fake.fault(Fault::status("GET /v1/organizations/spend_limits", 401));
    assert_eq!(job(&fake, folder.path(), "plan").output().unwrap().status.code(), Some(0));
    assert_eq!(fake.state(|state| state.tokens.len()), 2);
}

#[test]
fn a_run_that_has_no_identity_and_one_that_is_not_let_in() {
    let (fake, folder) = console();
    let at = folder.path();
    assert_snapshot!("console_not_in_actions", run(at, "plan"));
    edit(at, RULE, "fdrl_01OTHER");
    assert_snapshot!("console_not_let_in", shown("plan", &job(&fake, at, "plan").output().unwrap(), at));
}

#[test]
fn doctor_names_the_scopes_that_a_key_lacks() {
    let (fake, folder) = enterprise();
    let at = folder.path();
    assert_snapshot!("enterprise_doctor", run(at, "doctor"));
    fake.state(|state| state.scopes = Some(["read:spend_limits"].into()));
    assert_snapshot!("enterprise_doctor_scopes", run(at, "doctor"));
    fake.state(|state| state.scopes = None);
    // A key of the other product, and an organization of it.
    let admin = "sk-ant-admin01-0000000000000000";
    fake.state(|state| {
        state.keys.push(admin.to_owned());
        state.flavor = Flavor::Console;
    });
    let out = command(at, "plan").env("BURSAR_CLAUDE_TOKEN", admin).output().unwrap();
    assert_snapshot!("enterprise_plan_console", shown("plan", &out, at));
    let mut doctor = command(at, "doctor");
    let out = doctor.env("BURSAR_CLAUDE_TOKEN", admin).output().unwrap();
    assert_snapshot!("enterprise_doctor_console", shown("doctor", &out, at));
}

#[test]
fn a_key_that_is_wrong_and_an_organization_that_is_another() {
    let (fake, folder) = enterprise();
    let at = folder.path();
    let out = command(at, "plan").env("BURSAR_CLAUDE_TOKEN", "sk-ant-api01-wrong").output().unwrap();
    assert_snapshot!("enterprise_wrong_key", shown("plan", &out, at));
    fake.state(|state| "11112222-0000-4000-8000-000000000000".clone_into(&mut state.organization.0));
    assert_snapshot!("enterprise_other_account", run(at, "plan"));
    assert_snapshot!("enterprise_other_account_doctor", run(at, "doctor"));
}

#[test]
fn writing_that_is_not_switched_on() {
    let (fake, folder) = enterprise();
    fake.state(|state| state.writes = false);
    let line = "apply --yes --as-of 2026-11-22";
    assert_snapshot!("enterprise_writes_off", run(folder.path(), line));
}

/// Forty people with a cap, each of which is a call.
fn crowd(fake: &Fake) -> Folder {
    let folder = on(fake, "enterprise");
    let names: Vec<String> = (0..40).map(|number| format!("p{number:02}")).collect();
    fake.state(|state| state.people(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let mut text = std::fs::read_to_string(folder.path().join("bursar.yaml")).unwrap();
    text.truncate(text.find("members:").unwrap());
    text.push_str("members:\n");
    for name in &names {
        let _ = writeln!(text, "  {name}: {{ email: {name}@acme.example }}");
    }
    text.push_str("pools:\n  ai:\n    center: claude\n    budget: { unit: USD, period: monthly }\n    access:\n");
    for name in &names {
        let _ = writeln!(text, "      - {{ member: {name}, cap: 10 }}");
    }
    text.push_str("    others: unmanaged\n");
    std::fs::write(folder.path().join("bursar.yaml"), text).unwrap();
    folder
}

/// How often each person's limit was written.
fn written(fake: &Fake) -> usize {
    fake.state(|state| (0..40).filter(|number| state.own(&format!("p{number:02}"), "monthly").is_some()).count())
}

#[test]
fn a_run_that_is_ended_goes_on_where_it_stopped() {
    for (signal, again) in
        [("-TERM", "resume run.jsonl --yes"), ("-KILL", "resume run.jsonl --yes"), ("-KILL", "apply --yes")]
    {
        for when in [When::Before, When::After] {
            let fake = Fake::start(Flavor::Enterprise);
            let folder = crowd(&fake);
            let at = folder.path();
            fake.fault(Fault { skip: 26, ..Fault::slow("POST", when, 30_000) });
            let mut child = start(at, "apply --yes -q --journal run.jsonl --allow cuts=40");
            let mut posts = 0;
            let started = Instant::now();
            while posts < 27 {
                posts += fake.asked().iter().filter(|line| line.starts_with("POST")).count();
                assert!(started.elapsed() < Duration::from_mins(1), "{posts}");
                std::thread::sleep(Duration::from_millis(5));
            }
            let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(killed.unwrap().success());
            let ended = child.wait().unwrap();
            assert_eq!(ended.code(), (signal == "-TERM").then_some(143), "{signal}");
            fake.clear_faults();
            fake.asked();
            if signal == "-KILL" {
                let_locks_run_out(at);
            }
            let before = written(&fake);
            let line = format!("{again} -q --allow cuts={}", 40 - before);
            assert_eq!(code(at, &line), 0, "{}", run(at, &line));
            let sent = fake.asked().iter().filter(|line| line.starts_with("POST")).count();
            assert_eq!(sent, 40 - before, "{signal} {again} {when:?}: nothing that is there is written again");
            assert_eq!(written(&fake), 40);
            assert_eq!(code(at, "plan --detailed-exitcode"), 0);
        }
    }
}
