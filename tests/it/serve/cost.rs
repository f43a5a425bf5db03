//! What a plan for an `http` center announces, and what its apply sends and takes: counted and timed before the server.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::center::over_http;
use super::{READ, Serving, WRITE};
use crate::fakes::proxy::{Exchange, Faults, Got, Proxy};
use crate::secrets::Folder;
use crate::terminal::{bursar, folder};

/// A server, and a proxy before it that counts.
struct Watched {
    proxy: Proxy,
    home: tempfile::TempDir,
    _server: Serving,
}

impl Watched {
    fn start(args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let tokens = [("BURSAR_SERVE_READ_TOKEN", READ), ("BURSAR_SERVE_WRITE_TOKEN", WRITE)];
        let server = Serving::start(home.path(), args, &tokens);
        Self { proxy: Proxy::start(&server.url, Faults::default()), home, _server: server }
    }

    /// Files with these members and pools.
    fn files(&self, members: usize, pools: &str) -> Folder {
        let mut text = format!("version: 1\ncenters:\n  gate: {}\nmembers:\n", over_http(self.proxy.url()));
        for i in 0..members {
            let _ = writeln!(text, "  p{i:04}: {{ email: p{i:04}@acme.example }}");
        }
        folder(&format!("{text}pools:\n{pools}"))
    }
}

/// A pool with a limit, so many members with a cap, a cap for others, and what else there is.
fn pool(name: &str, limit: u32, members: std::ops::Range<usize>, cap: u32, others: &str, more: &str) -> String {
    let mut text = format!(
        "  {name}:\n    center: gate\n    budget: {{ limit: {limit}, unit: credits, period: monthly, when_exhausted: block }}\n    \
         access:\n"
    );
    if members.is_empty() {
        text = text.replace("access:\n", "access: []\n");
    }
    for i in members {
        let _ = writeln!(text, "      - {{ member: p{i:04}, cap: {cap} }}");
    }
    let _ = writeln!(text, "    others: {others}{more}");
    text
}

fn run(at: &Path, line: &str) -> Value {
    let out = bursar(at)
        .args(line.split(' '))
        .args(["--format", "json"])
        .env("GATE_TOKEN", WRITE)
        .output()
        .unwrap();
    // A plan that needs consent is shown whole.
    let fine = out.status.success() || (line == "plan" && out.status.code() == Some(3));
    assert!(fine, "{line}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Plans and applies. What the plan announced, and what the apply sent once it had its own plan.
fn plan_and_apply(watched: &Watched, at: &Path) -> (Value, Vec<Exchange>) {
    // What people drew is asked for where somebody is there to read it, and is part of no count.
    let log = || -> Vec<Exchange> {
        let all = watched.proxy.log().into_iter();
        all.filter(|one| !one.path.ends_with("/usage")).collect()
    };
    let start = log().len();
    let plan = run(at, "plan");
    let looked = log().len() - start;
    let allows: Vec<String> = plan["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| format!(" --allow {}", refusal["allow"].as_str().unwrap()))
        .collect();
    let report = run(at, &format!("apply --yes -q{}", allows.concat()));
    assert_eq!(report["summary"]["applied"], plan["changes"].as_array().unwrap().len());
    let sent = log().split_off(start + 2 * looked);
    let calls = plan["calls"]["gate"].clone();
    let reads = sent.iter().filter(|exchange| exchange.method == "GET").count();
    let lines: Vec<String> = sent.iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    assert_eq!((&calls["reads"], &calls["writes"]), (&json!(reads), &json!(sent.len() - reads)), "{lines:#?}");
    (calls, sent)
}

#[test]
fn the_calls_are_those_that_the_plan_announces() {
    let watched = Watched::start(&[]);
    let alert = "\n    alerts: [{ at: 80%, of: budget, notify: [ops] }]\nnotify:\n  ops: { email: [ops@acme.example] }";
    let shapes = [
        // A pool and three batches; then the center, the pools, two pages of members and two of grants.
        (1200, pool("ai", 9, 0..1200, 1, "blocked", ""), json!({ "reads": 6, "writes": 4, "seconds": 0 })),
        // The budget and the default cap in one write, others and an alert: one read, for the first tells the version.
        (1200, pool("ai", 10, 0..1200, 1, "{ cap: 1 }", alert), json!({ "reads": 7, "writes": 3, "seconds": 0 })),
        // Exactly one page of grants is left; whoever loses theirs stays a member.
        (1200, pool("ai", 10, 0..1000, 1, "{ cap: 1 }", alert), json!({ "reads": 5, "writes": 1, "seconds": 0 })),
        // Caps up for everybody, and a second pool for the first ten.
        (
            1200,
            pool("ai", 10, 0..1000, 2, "{ cap: 1 }", "") + &pool("bi", 5, 0..10, 1, "blocked", alert),
            json!({ "reads": 6, "writes": 5, "seconds": 0 }),
        ),
        // One pool goes with all its grants, who are looked at before.
        (
            1200,
            "  ai: { center: gate, ensure: absent }\n".to_owned() + &pool("bi", 5, 0..10, 1, "blocked", alert),
            json!({ "reads": 7, "writes": 1, "seconds": 0 }),
        ),
        // Nothing to do is nothing to send.
        (
            1200,
            "  ai: { center: gate, ensure: absent }\n".to_owned() + &pool("bi", 5, 0..10, 1, "blocked", alert),
            json!({ "reads": 0, "writes": 0, "seconds": 0 }),
        ),
    ];
    for (at, (members, pools, expected)) in shapes.into_iter().enumerate() {
        let files = watched.files(members, &pools);
        let (calls, _) = plan_and_apply(&watched, files.path());
        assert_eq!(calls, expected, "shape {at}");
    }
    let members: i64 = super::sql(watched.home.path(), "SELECT count(*) FROM members");
    assert_eq!(members, 1200);
}

// One of two places where time is asserted: a plan that says how long it takes must be right about it.
#[test]
fn a_plan_says_how_long_the_servers_limit_makes_it_take_and_runs_into_none() {
    let watched = Watched::start(&["--rate", "600"]);
    let pools: String = (0..16).map(|i| pool(&format!("t{i:02}"), 9, i..i + 2, 1, "blocked", "")).collect();
    let files = watched.files(40, &pools);
    let (calls, sent) = plan_and_apply(&watched, files.path());
    let refused = watched.proxy.log().iter().filter(|exchange| exchange.client == Got::Answer(429)).count();
    assert_eq!(refused, 0);
    let (first, last) = (&sent[0], &sent[sent.len() - 1]);
    let (took, said) = (last.went.abs_diff(first.came), Duration::from_secs(calls["seconds"].as_u64().unwrap()));
    assert!((4..=7).contains(&said.as_secs()), "{calls}");
    assert!(took.abs_diff(said) <= said / 5, "took {took:?}, said {said:?}, sent {}", sent.len());
}
