//! The `http` center as a file's user meets it, beside the embedded one.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{READ, Serving, WRITE, pool};
use crate::terminal::{bursar, show};

/// A file with one center, over HTTP or beside it, and everything that a pool can have.
fn file(center: &str) -> String {
    format!(
        "\
version: 1
centers:
  gate: {center}
members:
  alice: {{ email: alice@acme.example }}
  bob: {{ email: bob@acme.example }}
  carol: {{ email: carol@acme.example }}
pools:
  design-ai:
    center: gate
    target: {{ pool: Design / AI }}
    description: Paid credits for design
    budget: {{ limit: 1000, unit: credits, period: monthly, when_exhausted: block }}
    access:
      - {{ member: alice, cap: 500 }}
      - {{ member: bob, cap: 12.50, expires: 2999-12-31 }}
      - {{ member: carol }}
    default_cap: 100
    others: {{ cap: 5 }}
    alerts:
      - {{ at: 80%, of: budget, notify: [ops] }}
      - {{ at: {{ amount: 450 }}, of: caps, notify: [ops, member] }}
  labs:
    center: gate
    budget: {{ unit: USD, period: lifetime, when_exhausted: overage }}
    access:
      - {{ member: alice, cap: unlimited }}
    others: blocked
notify:
  ops: {{ email: [ops@acme.example] }}
"
    )
}

pub(super) fn over_http(url: &str) -> String {
    format!("{{ provider: http, base_url: \"{url}\", token: {{ env: GATE_TOKEN }} }}")
}

fn folder(text: &str) -> crate::secrets::Folder {
    crate::terminal::folder(text)
}

/// Gives a center an id that snapshots can hold.
fn name(home: &Path) {
    let db = rusqlite::Connection::open(home.join("center.db")).unwrap();
    db.execute_batch("UPDATE center SET id = 'the-center'").unwrap();
}

fn run(at: &Path, line: &str) -> String {
    let out = bursar(at).args(line.split(' ')).env("GATE_TOKEN", WRITE).output().unwrap();
    show(line, &out, at)
}

fn code(at: &Path, line: &str) -> i32 {
    bursar(at)
        .args(line.split(' '))
        .env("GATE_TOKEN", WRITE)
        .output()
        .unwrap()
        .status
        .code()
        .unwrap()
}

fn json(at: &Path, line: &str) -> Value {
    let out = bursar(at).args(line.split(' ')).env("GATE_TOKEN", WRITE).output().unwrap();
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

fn edit(at: &Path, from: &str, to: &str) {
    let path = at.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn it_plans_applies_draws_and_imports_as_the_embedded_one_does() {
    let home = tempfile::tempdir().unwrap();
    let server = Serving::guarded(home.path());
    name(home.path());
    let here = folder(&file("{ provider: embedded }"));
    let there = folder(&file(&over_http(&server.url)));
    let (here, there) = (here.path(), there.path());
    assert_snapshot!("http_plan", run(there, "plan"));
    let same = |line: &str| {
        let strip = |mut plan: Value| {
            for key in ["hash", "expires_at", "centers", "calls"] {
                plan.as_object_mut().unwrap().remove(key);
            }
            plan
        };
        assert_eq!(strip(json(here, line)), strip(json(there, line)), "{line}");
    };
    same("plan --format json");
    assert_snapshot!("http_apply", run(there, "apply --yes"));
    assert_eq!(code(here, "apply --yes"), 0);
    assert_eq!(code(there, "plan --detailed-exitcode"), 0);

    // The same edit on both sides is the same plan: raises, cuts, somebody who goes, an alert that changes.
    for at in [here, there] {
        edit(at, "cap: 500", "cap: 700");
        edit(at, "cap: 12.50", "cap: 10");
        edit(at, "      - { member: carol }\n", "");
        edit(at, "others: { cap: 5 }", "others: blocked");
        edit(at, "at: 80%", "at: 90%");
        edit(at, "limit: 1000", "limit: 2000");
    }
    same("plan --format json");
    assert_eq!(code(there, "apply --yes"), 0);
    assert_eq!(code(here, "apply --yes"), 0);
    assert_eq!(code(there, "plan --detailed-exitcode"), 0);

    for (line, snapshot) in [
        ("draw design-ai alice 600", "http_draw"),
        ("draw design-ai alice 600", "http_draw_used_up"),
        ("draw design-ai carol 1 --format json", "http_draw_not_eligible"),
    ] {
        assert_eq!(run(there, line), run(here, line), "{line}");
        assert_snapshot!(snapshot, run(there, line));
    }
    assert_eq!(run(there, "draw labs alice 0.01"), run(here, "draw labs alice 0.01"));
    assert_eq!(code(there, "draw labs alice 0"), 1);

    // What is imported is what is there.
    let imported = |at: &Path| {
        let text = run(at, "import --center gate");
        text.split_once("pools:\n").unwrap().1.to_owned()
    };
    assert_eq!(imported(there), imported(here));
    let again = folder("");
    let out = bursar(there)
        .args(["import", "--center", "gate"])
        .env("GATE_TOKEN", READ)
        .output()
        .unwrap();
    std::fs::write(again.path().join("bursar.yaml"), &out.stdout).unwrap();
    assert_eq!(code(again.path(), "validate"), 0, "{}", run(again.path(), "validate"));
    assert_eq!(code(again.path(), "plan --detailed-exitcode"), 0, "{}", run(again.path(), "plan"));

    // And gone is gone.
    for at in [here, there] {
        let text = std::fs::read_to_string(at.join("bursar.yaml")).unwrap();
        let start = text.find("    budget: { unit: USD").unwrap();
        let end = text.find("notify:\n  ops:").unwrap();
        std::fs::write(at.join("bursar.yaml"), format!("{}    ensure: absent\n{}", &text[..start], &text[end..]))
            .unwrap();
    }
    same("plan --format json");
    assert_eq!(code(there, "apply --yes"), 0, "{}", run(there, "apply --yes"));
    assert_eq!(code(there, "plan --detailed-exitcode"), 0);
}

#[test]
fn a_plan_is_bound_to_the_center_and_not_to_its_address() {
    let text = file("GATE");
    let hash = |home: &Path| {
        let server = Serving::guarded(home);
        let at = folder(&text.replace("GATE", &over_http(&server.url)));
        json(at.path(), "plan --format json")["hash"].as_str().unwrap().to_owned()
    };
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = hash(one.path());
    assert_eq!(hash(one.path()), first, "another port is the same center");
    assert_ne!(hash(other.path()), first);
}

#[test]
fn what_somebody_changed_meanwhile_is_not_overwritten() {
    use bursar::centers::Verdict;
    let home = tempfile::tempdir().unwrap();
    let server = super::limits::Inner::start(home.path(), bursar::server::Limits::default());
    let center = super::law::There::at(&format!("http://{}", server.address));
    let first = super::law::small("10", "blocked");
    center.apply(&first);
    let changes = center.plan(&super::law::small("20", "2"));
    assert_eq!(changes.len(), 4, "{changes:?}");
    let mut other = super::Connection::to(&server.address);
    // The pool's budget, what holds for others, and one of two grants move; the other grant does not.
    let mut moved = pool("15");
    moved["others"] = json!({ "cap": "unlimited" });
    assert_eq!(other.ask("PUT", "/v1/pools/p", &[], Some(&moved)).status, 200);
    assert_eq!(
        other
            .ask("PUT", "/v1/pools/p/grants/alice", &[], Some(&json!({ "cap": "unlimited" })))
            .status,
        200
    );
    let written = center.write(&changes);
    let shown: Vec<String> = changes
        .iter()
        .zip(&written)
        .map(|(change, written)| {
            format!("{}: {:?} {}", change.object(), written.verdict, written.message.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r"
    p: Refused changed since the plan: the pool was changed
    p/grants/alice: Refused changed since the plan: the cap of alice is now unlimited, the end never
    p/grants/bob: Applied -
    p/others: Refused changed since the plan: others are now unlimited
    ");
    assert_eq!(written.iter().filter(|written| written.verdict == Verdict::Applied).count(), 1);
    let now = other.ask("GET", "/v1/pools/p", &[], None).json();
    assert_eq!((&now["budget"], &now["others"]), (&moved["budget"], &moved["others"]));
    // Somebody came into the pool that shall go.
    let gone = center.plan(&super::law::absent());
    assert_eq!(other.ask("PUT", "/v1/pools/p/grants/eve", &[], Some(&json!({ "cap": "inherit" }))).status, 201);
    let written = center.write(&gone);
    assert_eq!(written[0].message.as_deref(), Some("changed since the plan: other people have grants in the pool"));
}

#[test]
fn wrong_turns_are_said() {
    let home = tempfile::tempdir().unwrap();
    let server = Serving::guarded(home.path());
    name(home.path());
    let at = folder(&file(&over_http(&server.url)));
    let with = |token: &str, line: &str| {
        let out = bursar(at.path()).args(line.split(' ')).env("GATE_TOKEN", token).output().unwrap();
        show(line, &out, at.path())
    };
    assert_snapshot!("http_wrong_token", with("nobody-knows-this-token", "plan"));
    assert_eq!(code(at.path(), "plan"), 0);
    assert_snapshot!("http_read_token_applies", with(READ, "apply --yes"));
    assert_snapshot!("http_read_token_draws", with(READ, "draw labs alice 1"));
    assert_snapshot!("http_draw_before_the_first_apply", with(WRITE, "draw labs alice 1"));
    let wrong = folder(&file(&over_http(&format!("{}/elsewhere", server.url))));
    assert_snapshot!("http_no_center", run(wrong.path(), "plan"));
}
