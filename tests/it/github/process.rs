//! The example as a process, against the fake: what a person sees, and what is there afterwards.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use insta::assert_snapshot;

use super::fake::{Budget, Fake, Fault, TOKEN, When};
use crate::secrets::Folder;
use crate::terminal::{bursar, example, show};

/// The example with its enterprise on the fake, where everybody has a seat.
pub(super) fn company(fake: &Fake) -> Folder {
    let folder = example("github");
    edit(folder.path(), "enterprise: acme   ", &format!("enterprise: acme\n    base_url: {}", fake.url()));
    fake.state(|state| state.seat(&["alice-acme", "bob-acme", "carol-acme", "dan-acme", "erin-acme", "frank-acme"]));
    folder
}

pub(super) fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

fn output(folder: &Path, line: &str) -> Output {
    let mut command = bursar(folder);
    command
        .env("BURSAR_GITHUB_TOKEN", TOKEN)
        .args(["--as-of", "2026-12-01"])
        .args(line.split_whitespace());
    command.output().unwrap()
}

/// Runs with the fake's token and shows it as a terminal would.
fn run(folder: &Path, line: &str) -> String {
    shown(line, &output(folder, line), folder)
}

/// The hash of a plan holds the fake's address, which differs from run to run.
pub(super) fn shown(line: &str, output: &Output, folder: &Path) -> String {
    let text = show(line, output, folder);
    let line = |line: &str| if line.starts_with("Plan ") { "Plan [hash]\n".to_owned() } else { line.to_owned() };
    text.split_inclusive('\n').map(line).collect()
}

fn code(folder: &Path, line: &str) -> i32 {
    output(folder, line).status.code().unwrap()
}

/// The consent that a plan asks for: the first apply limits people whom nothing limited before.
fn allows(folder: &Path) -> String {
    let plan: serde_json::Value = serde_json::from_slice(&output(folder, "plan --format json").stdout).unwrap();
    let refusals = plan["refusals"].as_array().into_iter().flatten();
    refusals
        .map(|refusal| format!(" --allow {}", refusal["allow"].as_str().unwrap()))
        .collect::<Vec<_>>()
        .concat()
}

/// Applies, with that consent.
fn apply(folder: &Path) -> i32 {
    code(folder, &format!("apply --yes{}", allows(folder)))
}

#[test]
fn the_example_of_a_company_end_to_end() {
    let fake = Fake::start();
    let folder = company(&fake);
    let at = folder.path();
    assert_eq!(code(at, "validate --strict"), 0, "{}", run(at, "validate --strict"));
    assert_snapshot!("company_plan", run(at, "plan"));
    fake.state(|state| assert!(state.centers.is_empty() && state.budgets.is_empty(), "a plan writes nothing"));
    assert_snapshot!("company_apply", run(at, "apply --yes --allow cuts=3"));
    fake.state(|state| {
        let design = state.named("Design").unwrap();
        assert_eq!(design.pool, Some(true));
        assert_eq!(state.amount("cost_center", &design.id), Some(300));
        assert_eq!((state.ceiling("alice-acme"), state.ceiling("bob-acme")), (Some(80), Some(40)));
        assert_eq!((state.ceiling("carol-acme"), state.ceiling("frank-acme")), (Some(100), Some(19)));
        assert_eq!(
            state.own_budget("erin-acme").unwrap().expires.map(|day| day.to_string()).as_deref(),
            Some("2027-03-31")
        );
    });
    assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{}", run(at, "plan"));
    // Somebody works in the console.
    fake.state(|state| {
        let design = state.centers.iter_mut().find(|center| center.name == "Design").unwrap();
        design.users.push("frank-acme".to_owned());
        design.pool = Some(false);
        state.budget(Budget::user("frank-acme", 500));
    });
    assert_snapshot!("company_drift", run(at, "plan"));
    assert_eq!(apply(at), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{}", run(at, "plan"));
    fake.state(|state| assert_eq!((state.own("frank-acme"), state.home("frank-acme")), (None, None)));
}

#[test]
fn a_move_is_refused_until_somebody_allows_that_many() {
    let fake = Fake::start();
    let folder = company(&fake);
    let at = folder.path();
    assert_eq!(apply(at), 0);
    edit(at, "designers: [alice, bob]", "designers: [alice, bob, carol]");
    edit(at, "platform: [carol, dan]", "platform: [dan]");
    assert_snapshot!("move_refused", run(at, "apply --yes"));
    fake.state(|state| assert_eq!(state.home("carol-acme"), Some("Platform")));
    assert_eq!(code(at, "apply --yes --allow moves=2"), 3, "consent is to the number that was seen");
    let done = run(at, "apply --yes --allow moves=1");
    assert!(done.ends_with("--- exit 0\n"), "{done}");
    fake.state(|state| assert_eq!(state.home("carol-acme"), Some("Design")));
    assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{}", run(at, "plan"));
}

#[test]
fn the_account_is_imported_to_no_change() {
    let fake = Fake::start();
    let folder = company(&fake);
    let at = folder.path();
    assert_eq!(apply(at), 0);
    let out = output(at, "import --center copilot");
    assert_snapshot!("company_import", shown("import --center copilot", &out, at));
    std::fs::write(at.join("live.yaml"), &out.stdout).unwrap();
    assert_eq!(code(at, "validate -c live.yaml"), 0, "{}", run(at, "validate -c live.yaml"));
    assert_eq!(code(at, "plan --detailed-exitcode -c live.yaml"), 0, "{}", run(at, "plan -c live.yaml"));
}

#[test]
fn a_lost_answer_to_any_write_is_repaired_by_the_next_run() {
    for on in ["POST", "PATCH", "DELETE"] {
        for when in [When::Before, When::After] {
            let fake = Fake::start();
            let folder = company(&fake);
            let at = folder.path();
            if on != "POST" {
                assert_eq!(apply(at), 0);
                edit(at, "cap: 19", "cap: 39");
                edit(at, "{ member: alice, cap: 80, reason: Leads the prototype }", "{ member: alice }");
            }
            for skip in 0..3 {
                fake.fault(Fault { skip, ..Fault::reset(on, when) });
            }
            let first = run(at, if on == "POST" { "apply --yes --allow cuts=3" } else { "apply --yes" });
            fake.clear_faults();
            assert_eq!(apply(at), 0, "{on} {when:?}\n{first}");
            assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{on} {when:?}\n{first}");
            fake.state(|state| {
                let mut keys: Vec<_> =
                    state.budgets.iter().map(|budget| (&budget.scope, &budget.entity, &budget.user)).collect();
                let before = keys.len();
                keys.sort();
                keys.dedup();
                assert_eq!(keys.len(), before, "{on} {when:?}: a budget was made twice");
            });
        }
    }
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_stopped() {
    for resumes in [true, false] {
        let fake = Fake::start();
        let folder = company(&fake);
        let at = folder.path();
        fake.fault(Fault { skip: 4, ..Fault::slow("POST", 20_000) });
        let mut command = bursar(at);
        command.env("BURSAR_GITHUB_TOKEN", TOKEN);
        command.args(["--as-of", "2026-12-01", "apply", "--yes", "--allow", "cuts=3", "--journal", "run.jsonl"]);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let started = std::time::Instant::now();
        let mut posts = 0;
        while posts < 5 {
            posts += fake.asked().iter().filter(|line| line.starts_with("POST")).count();
            assert!(started.elapsed() < std::time::Duration::from_mins(1), "{posts} writes");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        fake.clear_faults();
        crate::terminal::let_locks_run_out(at);
        let line = if resumes { "resume run.jsonl" } else { "apply" };
        let line = format!("{line} --yes{}", allows(at));
        let again = output(at, &line);
        assert_eq!(again.status.code(), Some(0), "{}", shown(&line, &again, at));
        assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{}", run(at, "plan"));
    }
}

#[test]
fn what_doctor_says_of_a_token() {
    // Whose a token is, is no part of the description of billing.
    let doctor = |with: &dyn Fn(&Fake), token: &str| {
        let fake = Fake::start();
        let folder = company(&fake);
        with(&fake);
        let mut command = bursar(folder.path());
        command
            .env_remove("BURSAR_HTTP_LOG")
            .env("BURSAR_GITHUB_TOKEN", OsStr::new(token))
            .arg("doctor");
        shown("doctor", &command.output().unwrap(), folder.path())
    };
    assert_snapshot!("doctor_classic", doctor(&|_| {}, TOKEN));
    let fine_grained = |fake: &Fake| fake.state(|state| state.scopes = None);
    assert_snapshot!("doctor_fine_grained", doctor(&fine_grained, TOKEN));
    let too_little = |fake: &Fake| fake.state(|state| (state.scopes, state.reads) = (Some("repo"), false));
    assert_snapshot!("doctor_too_little", doctor(&too_little, TOKEN));
    let no_seats =
        |fake: &Fake| fake.state(|state| (state.scopes, state.odd.no_seats) = (Some("admin:enterprise"), true));
    assert_snapshot!("doctor_no_seats", doctor(&no_seats, TOKEN));
    assert_snapshot!("doctor_wrong", doctor(&|_| {}, "wrong-token-of-nobody"));
}
