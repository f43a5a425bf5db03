//! What a plan announces, and what its apply sends and takes: counted and timed on the server's side.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::fake::{Fake, KEY, Team};
use crate::fakes::proxy::{Faults, Got, Pace, Proxy};
use crate::terminal::{bursar, folder};

/// So many teams of a hundred dollars a month.
fn teams(count: usize) -> Fake {
    let fake = Fake::start();
    fake.state(|state| {
        for i in 0..count {
            let team = Team { max: Some(100.0), duration: Some("1mo".to_owned()), ..Team::default() };
            state.teams.insert(format!("t{i:03}"), team);
        }
    });
    fake
}

/// Files that want two hundred dollars for each of them.
fn files(url: &str, count: usize) -> crate::secrets::Folder {
    let mut text = format!(
        "version: 1\ncenters:\n  gateway: {{ provider: litellm, base_url: \"{url}\", token: {{ env: KEY }} }}\n\
         members:\n  ann: {{ email: ann@acme.example }}\npools:\n"
    );
    for i in 0..count {
        let _ = write!(
            text,
            "  t{i:03}:\n    center: gateway\n    budget: {{ limit: 200, unit: USD, period: monthly, when_exhausted: block }}\n    \
             access: [{{ member: ann, cap: 7 }}]\n    others: blocked\n"
        );
    }
    folder(&text)
}

fn run(at: &Path, args: &[&str]) -> serde_json::Value {
    let out = bursar(at).env("KEY", KEY).args(args).args(["--format", "json"]).output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

// The one place where time is asserted: a plan that says how long it takes must be right about it.
#[test]
fn a_plan_says_how_long_a_rate_limit_makes_it_take_and_runs_into_none() {
    let count = 18;
    let fake = teams(count);
    let faults = Faults { pace: Some(Pace::new(1200, 10)), ..Faults::default() };
    let proxy = Proxy::start(fake.url(), faults);
    let folder = files(proxy.url(), count);
    let plan = run(folder.path(), &["plan"]);
    let calls = &plan["calls"]["gateway"];
    let looked = proxy.log().len();
    let applied = run(folder.path(), &["apply", "--yes", "-q"]);
    assert_eq!(applied["summary"]["applied"], 2 * count);
    let log = proxy.log();
    let refused: Vec<_> = log.iter().filter(|exchange| exchange.client == Got::Answer(429)).collect();
    assert_eq!(refused.len(), 0, "{refused:#?}");
    // What the apply sent once it had its own plan.
    let sent = &log[2 * looked..];
    assert_eq!(calls["reads"], sent.iter().filter(|exchange| exchange.method == "GET").count());
    assert_eq!(calls["writes"], sent.iter().filter(|exchange| exchange.method != "GET").count());
    let (first, last) = (&sent[0], &sent[sent.len() - 1]);
    let (took, said) = (last.went.abs_diff(first.came), Duration::from_secs(calls["seconds"].as_u64().unwrap()));
    assert!(said >= Duration::from_secs(3), "{calls}");
    assert!(took.abs_diff(said) <= said / 5, "took {took:?}, said {said:?}, sent {}", sent.len());
}

#[test]
fn without_a_limit_no_time_is_announced() {
    let fake = teams(2);
    let folder = files(fake.url(), 2);
    let plan = run(folder.path(), &["plan"]);
    let calls = &plan["calls"]["gateway"];
    // Per pool: its budget and its member, each with a look before; then one page and two teams.
    assert_eq!(calls.to_string(), r#"{"reads":7,"writes":4,"seconds":0}"#);
}

#[test]
fn reads_go_side_by_side_and_pools_are_written_side_by_side() {
    let count = 8;
    let fake = teams(count);
    let latency = Duration::from_millis(25);
    let proxy = Proxy::start(fake.url(), Faults { delay: latency, ..Faults::default() });
    let folder = files(proxy.url(), count);
    run(folder.path(), &["apply", "--yes", "-q"]);
    let log = proxy.log();
    let most = |from: usize, to: usize| {
        let some = &log[from..to];
        some.iter()
            .map(|one| some.iter().filter(|e| e.came <= one.came && one.came < e.went).count())
            .max()
    };
    // A page, the teams, the writes with their looks, a page, the teams.
    assert_eq!(log.len(), 1 + count + 4 * count + 1 + count);
    assert_eq!(most(1, 1 + count), Some(4), "the teams of the first look");
    assert_eq!(most(1 + count, 1 + 5 * count), Some(4), "the pools");
    assert_eq!(most(2 + 5 * count, log.len()), Some(4), "the teams of the last look");
}

/// Measured by `bench/latency`: speed is no matter of a test that must pass.
#[test]
#[ignore = "a measurement, run by bench/latency"]
fn over_a_slow_network() {
    let count: usize = std::env::var("BURSAR_LATENCY_POOLS").map_or(20, |pools| pools.parse().unwrap());
    let fake = teams(count);
    let latency = Duration::from_millis(100);
    let proxy = Proxy::start(fake.url(), Faults { delay: latency, ..Faults::default() });
    let folder = files(proxy.url(), count);
    let started = Instant::now();
    run(folder.path(), &["apply", "--yes", "-q"]);
    let took = started.elapsed();
    let rounds = u32::try_from(rounds(count)).unwrap();
    let bound = latency * rounds;
    #[allow(clippy::print_stdout)] // what a measurement is for
    {
        println!(
            "latency: {count} pools, {} requests, {rounds} round trips one after another: {took:.2?}, {:.2} times {bound:.2?}",
            proxy.log().len(),
            took.as_secs_f64() / bound.as_secs_f64()
        );
    }
}

/// How many round trips of an apply must follow one another, four at once.
fn rounds(pools: usize) -> usize {
    let at_once = pools.div_ceil(4);
    // A page and the teams, twice; per pool and phase a look and a write.
    2 * (1 + at_once) + 2 * 2 * at_once
}
