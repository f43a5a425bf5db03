//! The example of several centers as a process, against the fake: what a person sees, and what is there afterwards.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::fake::{Fake, Fault, KEY, When};
use crate::terminal::{bursar, example, let_locks_run_out, only_locks, show};

/// The example with its proxy on the fake.
pub(super) fn several(fake: &Fake) -> crate::secrets::Folder {
    let folder = example("several-centers");
    edit(folder.path(), "http://127.0.0.1:4000", fake.url());
    folder
}

pub(super) fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// Runs with the fake's key and shows it as a terminal would.
fn run(folder: &Path, line: &str) -> String {
    let mut command = bursar(folder);
    command.env("BURSAR_LITELLM_KEY", KEY).args(line.split_whitespace());
    shown(line, &command.output().unwrap(), folder)
}

/// The hash of a plan holds the fake's address, which differs from run to run.
fn shown(line: &str, output: &std::process::Output, folder: &Path) -> String {
    let text = show(line, output, folder);
    let line = |line: &str| if line.starts_with("Plan ") { "Plan [hash]\n".to_owned() } else { line.to_owned() };
    text.split_inclusive('\n').map(line).collect()
}

fn code(folder: &Path, line: &str) -> i32 {
    let mut command = bursar(folder);
    command.env("BURSAR_LITELLM_KEY", KEY).args(line.split_whitespace());
    command.output().unwrap().status.code().unwrap()
}

fn start(folder: &Path, line: &str) -> Child {
    let mut command = bursar(folder);
    command.env("BURSAR_LITELLM_KEY", KEY).args(line.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let killed = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
}

/// Waits until the fake was asked something that begins like this.
fn wait_for(fake: &Fake, request: &str) {
    let started = Instant::now();
    while !fake.asked().iter().any(|line| line.starts_with(request)) {
        assert!(started.elapsed() < Duration::from_secs(30), "nobody asked {request}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Every line of the only journal, as its kind and what it is about.
fn journal(folder: &Path) -> Vec<String> {
    let journals = folder.join(".bursar/journals");
    let mut files: Vec<_> = std::fs::read_dir(journals).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let text = std::fs::read_to_string(&files[0]).unwrap();
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let change = line["change"]["id"].as_str().or(line["change"].as_str()).unwrap();
            let outcome = line["outcome"].as_str().map_or(String::new(), |outcome| format!(" {outcome}"));
            format!("{} {change}{outcome}", line["kind"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn the_example_of_several_centers_end_to_end() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    assert_snapshot!("several_plan", run(at, "plan"));
    fake.state(|state| assert!(state.teams.is_empty(), "a plan writes nothing"));
    assert_snapshot!("several_apply", run(at, "apply --yes"));
    fake.state(|state| {
        assert_eq!(state.cap("agents-prod", "alice@acme.example").unwrap().0, Some(120.5));
        assert_eq!(state.cap("agents-prod", "bob@acme.example").unwrap().0, Some(40.0));
        assert_eq!(state.teams["agents-prod"].members.len(), 2, "the caller is not left in it");
    });
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    fake.state(|state| state.seat("agents-prod", "u-eve", Some("eve@acme.example"), None));
    assert_snapshot!("several_drift", run(at, "plan --center gateway"));
    assert_eq!(code(at, "plan --detailed-exitcode --center seats"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode --pool design-ai"), 0);
    assert_eq!(code(at, "apply --yes --pool agents"), 0);
    fake.state(|state| assert!(!state.has("agents-prod", "eve@acme.example")));
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
}

#[test]
fn a_plan_announces_the_requests_that_its_apply_sends() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    let edits = [
        ("cap: 40\n", "cap: 40\n"),
        // Raises, cuts, a person who comes, one who goes, a budget and an alert, all of one pool.
        ("cap: 120.50", "cap: 20"),
        ("engineers: [alice, bob]", "engineers: [bob, carol]"),
        ("limit: 500,", "limit: 400,"),
        ("at: 80%", "at: 70%"),
    ];
    for (from, to) in edits {
        let path = at.join("bursar.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let mut plan = bursar(at);
        plan.env("BURSAR_LITELLM_KEY", KEY)
            .args(["plan", "--format", "json", "--center", "gateway"]);
        let plan: serde_json::Value = serde_json::from_slice(&plan.output().unwrap().stdout).unwrap();
        let calls = &plan["calls"]["gateway"];
        // What an apply asks before there is a plan is what this plan asked.
        let looked = fake.asked().len();
        assert_eq!(code(at, "apply --yes --center gateway"), 0);
        let asked = fake.asked();
        let (reads, writes): (Vec<_>, Vec<_>) = asked[looked..].iter().partition(|line| line.starts_with("GET "));
        assert_eq!(calls["reads"], reads.len(), "{calls} {asked:#?}");
        assert_eq!(calls["writes"], writes.len(), "{calls} {asked:#?}");
    }
}

#[test]
fn both_centers_are_imported_to_no_change() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes"), 0);
    for center in ["gateway", "seats"] {
        let line = format!("import --center {center}");
        let mut command = bursar(at);
        command.env("BURSAR_LITELLM_KEY", KEY).args(line.split_whitespace());
        let out = command.output().unwrap();
        assert_snapshot!(format!("several_import_{center}"), shown(&line, &out, at));
        let file = at.join(format!("{center}.yaml"));
        std::fs::write(&file, &out.stdout).unwrap();
        assert_eq!(code(at, &format!("validate -c {center}.yaml")), 0);
        assert_eq!(
            code(at, &format!("plan --detailed-exitcode -c {center}.yaml")),
            0,
            "{}",
            run(at, &format!("plan -c {center}.yaml"))
        );
    }
}

#[test]
fn too_many_requests_are_waited_for_and_nobody_notices() {
    let fake = Fake::start();
    let folder = several(&fake);
    fake.fault(Fault { retry_after: Some(1), ..Fault::status("POST /team/new", 429) });
    let started = Instant::now();
    assert_eq!(code(folder.path(), "apply --yes"), 0);
    assert!(started.elapsed() >= Duration::from_secs(1), "Retry-After is obeyed");
    let created = fake.asked().iter().filter(|line| *line == "POST /team/new").count();
    assert_eq!(created, 2);
}

#[test]
fn a_vendor_that_asks_for_too_much_patience_is_left_alone() {
    let fake = Fake::start();
    let folder = several(&fake);
    fake.fault(Fault { retry_after: Some(3600), ..Fault::status("GET /v2/team/list", 429) });
    assert_snapshot!("several_no_patience", run(folder.path(), "apply --yes"));
    fake.state(|state| assert!(state.teams.is_empty()));
    assert!(only_locks(folder.path()), "no center and no journal was made");
}

#[test]
fn an_error_before_anything_is_done_stops_only_what_depends_on_it() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    fake.fault(Fault::status("POST /team/new", 500));
    assert_snapshot!("several_half", run(at, "apply --yes"));
    fake.state(|state| assert!(state.teams.is_empty()));
    assert_eq!(code(at, "draw design-ai carol 5"), 0, "the other center was written");
    assert_eq!(code(at, "apply --yes"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
}

#[test]
fn a_run_in_which_nothing_came_about_failed() {
    let fake = Fake::start();
    let folder = several(&fake);
    fake.fault(Fault::status("POST /team/new", 400));
    assert_snapshot!("several_failed", run(folder.path(), "apply --yes --center gateway"));
    fake.state(|state| assert!(state.teams.is_empty()));
}

#[test]
fn a_connection_that_breaks_after_the_write_is_read_back() {
    for on in ["POST /team/new", "POST /team/member_add"] {
        for status in [None, Some(500), Some(502)] {
            let fake = Fake::start();
            let folder = several(&fake);
            let fault = match status {
                None => Fault::reset(on, When::After),
                Some(status) => Fault { when: When::After, ..Fault::status(on, status) },
            };
            fake.fault(fault);
            let shown = run(folder.path(), "apply --yes");
            let left = code(folder.path(), "apply --yes");
            assert_eq!(left, 0, "{on} {status:?}\n{shown}");
            assert_eq!(code(folder.path(), "plan --detailed-exitcode"), 0, "{on} {status:?}\n{shown}");
        }
    }
    let fake = Fake::start();
    let folder = several(&fake);
    fake.fault(Fault::reset("POST /team/member_add", When::After));
    assert_snapshot!("several_reset", run(folder.path(), "apply --yes --center gateway"));
}

#[test]
fn where_nobody_knows_what_came_about_the_run_is_not_called_a_failure() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    // The team is made, the answer is lost, and the proxy can no longer be read.
    fake.fault(Fault::reset("POST /team/new", When::After));
    fake.fault(Fault { times: 100, ..Fault::status("GET /team/info", 403) });
    // The plan's own look finds no team, so it asks for none.
    assert_snapshot!("several_unknown", run(at, "apply --yes --center gateway"));
    fake.state(|state| assert!(state.teams.contains_key("agents-prod")));
    fake.clear_faults();
    assert_eq!(code(at, "apply --yes --center gateway"), 0);
    assert_eq!(code(at, "plan --center gateway --detailed-exitcode"), 0);
}

#[test]
fn an_interrupt_finishes_the_write_under_way_and_keeps_the_journal() {
    for (name, number, exit) in [("-INT", 2, 130), ("-TERM", 15, 143)] {
        let fake = Fake::start();
        let folder = several(&fake);
        let at = folder.path();
        fake.fault(Fault::slow("POST /team/new", 1500));
        let child = start(at, "apply --yes --center gateway");
        wait_for(&fake, "POST /team/new");
        signal(&child, name);
        let out = child.wait_with_output().unwrap();
        assert_eq!(out.status.code(), Some(exit), "signal {number}");
        if number == 2 {
            assert_snapshot!("several_interrupted", shown("apply --yes --center gateway", &out, at));
        }
        fake.state(|state| {
            assert_eq!(state.teams["agents-prod"].members, [], "the team was finished, nobody was added");
        });
        assert_eq!(
            journal(at),
            [
                "intent gateway/agents",
                "intent gateway/agents/alerts/budget@400USD",
                "outcome gateway/agents applied",
                "outcome gateway/agents/alerts/budget@400USD applied",
                "intent gateway/agents/grants/alice",
                "intent gateway/agents/grants/bob",
                "outcome gateway/agents/grants/alice skipped",
                "outcome gateway/agents/grants/bob skipped",
            ]
        );
        assert_eq!(code(at, "apply --yes"), 0);
        assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    }
}

#[test]
fn a_kill_at_any_request_is_repaired_by_resume_and_by_the_next_apply() {
    // Every request that writes, killed before and after it was carried out.
    for on in ["POST /team/new", "POST /team/member_delete", "POST /team/member_add"] {
        for when in [When::Before, When::After] {
            for again in ["resume run.jsonl --yes", "apply --yes"] {
                let fake = Fake::start();
                let folder = several(&fake);
                let at = folder.path();
                fake.fault(Fault { when, ..Fault::slow(on, 20_000) });
                let mut child = start(at, "apply --yes --journal run.jsonl");
                wait_for(&fake, on);
                child.kill().unwrap();
                child.wait().unwrap();
                fake.clear_faults();
                assert_eq!(code(at, again), 0, "{on} {when:?}\n{}", run(at, again));
                assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{on} {when:?}");
                // The caller may have stayed in the team that it made: it is nobody's grant.
                fake.state(|state| {
                    let people = &state.teams["agents-prod"].members;
                    let granted = people.iter().filter(|(id, ..)| id != "default_user_id").count();
                    assert_eq!(granted, 2, "{on} {when:?}");
                });
            }
        }
    }
}

/// A center that hangs: the answer to a write comes much later than anybody who sent a SIGTERM waits.
#[test]
fn a_signal_ends_a_run_within_ten_seconds_also_where_the_center_hangs() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    fake.fault(Fault::slow("POST /team/member_add", 40_000));
    let child = start(at, "apply --yes --center gateway --format json --journal run.jsonl");
    wait_for(&fake, "POST /team/member_add");
    let asked = Instant::now();
    signal(&child, "-TERM");
    let out = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(out.status.code(), Some(143), "{}", String::from_utf8_lossy(&out.stderr));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["outcomes"].as_array().unwrap().len(), 4);
    // The fake had carried it out, and the look at the end saw that; the journal says the same, change by change.
    let text = std::fs::read_to_string(at.join("run.jsonl")).unwrap();
    let told: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for outcome in report["outcomes"].as_array().unwrap() {
        let id = &outcome["change"]["id"];
        let line = told.iter().find(|line| line["kind"] == "outcome" && line["change"] == *id).unwrap();
        assert_eq!((&line["outcome"], &line["message"]), (&outcome["outcome"], &outcome["message"]), "{id}");
    }
    let outcome = |id: &str| {
        let found = told.iter().find(|line| line["kind"] == "outcome" && line["change"] == id).unwrap();
        found["outcome"].as_str().unwrap().to_owned()
    };
    assert!(["applied", "unknown"].contains(&outcome("gateway/agents/grants/alice").as_str()));
    fake.clear_faults();
    assert_eq!(code(at, "resume run.jsonl --yes"), 0);
    assert_eq!(code(at, "plan --center gateway --detailed-exitcode"), 0);
}

#[test]
fn a_second_interrupt_waits_for_nothing() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    // A proxy that asks for minutes of patience.
    fake.fault(Fault { retry_after: Some(100), ..Fault::status("POST /team/new", 429) });
    let started = Instant::now();
    let child = start(at, "apply --yes --center gateway");
    wait_for(&fake, "POST /team/new");
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    let out = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_mins(1));
    assert_eq!(out.status.code(), Some(130));
    assert_snapshot!("several_interrupted_twice", shown("apply --yes --center gateway", &out, at));
    assert_eq!(journal(at), ["intent gateway/agents", "intent gateway/agents/alerts/budget@400USD"]);
    // Nobody waited for the last write, so nobody else begins while it may still be under way.
    assert_eq!(code(at, "apply --yes"), 6);
    let_locks_run_out(at);
    assert_eq!(code(at, "apply --yes"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_sees_a_bar_where_it_takes_longer_than_a_second() {
    let env = [("BURSAR_LITELLM_KEY", KEY)];
    let run = |slow: &[&'static str], line: &str| {
        let fake = Fake::start();
        let folder = several(&fake);
        for on in slow {
            fake.fault(Fault::slow(on, 1600));
        }
        crate::process::on_a_terminal(folder.path(), line, "", &env)
    };
    let Some((quick, 0)) = run(&[], "apply --yes") else { return };
    assert!(!quick.contains("applying") && !quick.contains("reading"), "{quick:?}");
    let (shown, _) = run(&["POST /team/new"], "apply --yes").unwrap();
    assert!(shown.contains("applying") && shown.contains("3/7"), "while a write is under way: {shown:?}");
    let (shown, _) = run(&["GET /v2/team/list"], "plan").unwrap();
    assert!(shown.contains("reading the centers"), "{shown:?}");
    let (shown, _) = run(&["GET /v2/team/list"], "plan -q").unwrap();
    assert!(!shown.contains("reading the centers"), "{shown:?}");
    let (shown, _) = run(&["GET /v2/team/list", "POST /team/new"], "apply --yes -v").unwrap();
    let request = shown.split('\n').find(|line| line.contains("GET /v2/team/list")).unwrap();
    assert!(!request.contains("reading the centers litellm"), "a line of its own: {request:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_stops_the_run_before_the_next_write() {
    let fake = Fake::start();
    let folder = several(&fake);
    let at = folder.path();
    let people: Vec<String> = (0..100).map(|i| format!("  p{i}: {{ email: p{i}@acme.example }}\n")).collect();
    let names: Vec<String> = (0..100).map(|i| format!("p{i}")).collect();
    edit(at, "members:\n", &format!("members:\n{}", people.concat()));
    edit(at, "engineers: [", &format!("engineers: [{}, ", names.join(", ")));
    // No file may grow beyond 8 KiB: enough for the team, too little for everybody's intents.
    let line =
        format!("ulimit -f 8; trap '' XFSZ; exec {} apply --yes -q --center gateway", env!("CARGO_BIN_EXE_bursar"));
    let mut command = std::process::Command::new("bash");
    command
        .args(["-c", &line])
        .current_dir(at)
        .env("BURSAR_LITELLM_KEY", KEY)
        .env("NO_COLOR", "1")
        // The record of a test run is a file too, and long beyond that limit already.
        .env_remove("BURSAR_HTTP_LOG");
    let out = command.output().unwrap();
    assert_eq!(out.status.code(), Some(4), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("2 applied, 102 skipped"), "{text}");
    assert!(text.contains("the journal could not be written, so nothing was sent"), "{text}");
    fake.state(|state| assert_eq!(state.teams["agents-prod"].members, [], "without a line, no write"));
    assert_eq!(code(at, "apply --yes"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
}
