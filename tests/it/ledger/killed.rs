//! Runs that died: whatever is there then, the ledger is whole, and the next run tells what became of them.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bursar::apply::Outcome;
use insta::assert_snapshot;

use super::{CONFIG, World, read};

const PEOPLE: usize = 1500;

fn crowd() -> String {
    let people = (0..PEOPLE).fold(String::new(), |text, i| text + &format!("  p{i}: {{}}\n"));
    let rules = (0..PEOPLE).fold(String::new(), |text, i| text + &format!("      - {{ member: p{i}, cap: 10 }}\n"));
    format!(
        "version: 1\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n{people}pools:\n  ai:\n    center: local\n    \
         budget: {{ limit: 90000, unit: credits, period: monthly, when_exhausted: block }}\n    access:\n{rules}    others: blocked\n"
    )
}

/// Kills an apply as soon as the journal has so many bytes; with none, as soon as the ledger is there.
fn kill(world: &World, bytes: u64) {
    let mut command = world.command("apply --yes -q --journal run.jsonl");
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    let size = |name: &str| fs::metadata(world.path().join(name)).map_or(0, |file| file.len());
    let is_there = || if bytes == 0 { world.file().exists() } else { size("run.jsonl") >= bytes };
    while !is_there() {
        assert!(started.elapsed() < Duration::from_mins(1), "no journal");
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Everybody's cap came about, and is told once.
fn everybody_is_told_once(world: &World, how: &str) {
    let story = read(&world.bytes());
    assert_eq!(story.chain.broken, None, "{how}");
    assert!(story.open().is_empty(), "{how}: {:?}", story.open());
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for act in story.acts.iter().filter(|act| act.made.happened()) {
        *told.entry(act.made.change.id()).or_default() += 1;
    }
    assert_eq!(told.len(), PEOPLE + 1, "{how}");
    assert!(told.values().all(|count| *count == 1), "{how}");
    assert!(story.acts.iter().all(|act| act.made.outcome != Outcome::Failed), "{how}");
}

#[test]
fn a_kill_at_any_moment_leaves_a_ledger_that_the_next_run_finishes() {
    let text = crowd();
    for (bytes, next) in [
        (0, "apply --yes -q"),
        (1, "apply --yes -q"),
        (1, "resume run.jsonl --yes -q"),
        (200_000, "apply --yes -q"),
        (200_000, "resume run.jsonl --yes -q"),
        (600_000, "resume run.jsonl --yes -q"),
        (700_000, "apply --yes -q"),
    ] {
        let world = World::new(&text);
        kill(&world, bytes);
        let how = format!("{bytes}, {next}");
        let check = world.run("log --check");
        assert_eq!(check.status.code(), Some(0), "{how}");
        let open = if world.file().exists() { read(&world.bytes()).open().len() } else { 0 };
        let said = String::from_utf8_lossy(&check.stdout).contains("`bursar resume run.jsonl` finishes it");
        assert_eq!(said, open == 1, "{how}");
        let code = world.code(next);
        let ended_before_anything = code == 1 && next.starts_with("resume");
        if ended_before_anything {
            assert_eq!(world.code("apply --yes -q"), 0, "{how}");
        } else {
            assert_eq!(code, 0, "{how}");
        }
        everybody_is_told_once(&world, &how);
        for line in world.lines().iter().filter(|line| line["kind"] == "ended" && line["exit"].is_null()) {
            assert!(line["told_by"].is_string(), "{how}");
        }
    }
}

/// A run that died in the middle, made of one that did not: its end is cut off, and with it the last lines of its journal.
fn died(journal_lines: usize) -> World {
    let world = World::new(CONFIG);
    assert_eq!(world.code("apply --yes -q --journal run.jsonl"), 0);
    let cut = |name: &str, lines: usize| {
        let path = world.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.split_inclusive('\n').take(lines).collect::<String>()).unwrap();
    };
    cut(".bursar/ledger.jsonl", 1);
    cut("run.jsonl", journal_lines);
    world
}

#[test]
fn a_run_without_an_end_is_told() {
    // The pool was made; of alice and bob the intents are there.
    let world = died(4);
    assert_snapshot!("killed_log", world.terminal("log"));
    assert_snapshot!("killed_check", world.terminal("log --check"));
    let json = world.json("log --check");
    assert_eq!((&json["runs"][0]["ended"], &json["runs"][0]["journal"]), (&false.into(), &"run.jsonl".into()));
    assert_snapshot!("killed_resume", world.terminal("resume run.jsonl --yes"));
    assert_snapshot!("killed_log_after", world.terminal("log"));
    assert_eq!(world.json("log --check")["runs"].as_array().unwrap().len(), 0);
    // Nothing more is told by doing it once more.
    let before = world.bytes();
    assert_eq!(world.code("resume run.jsonl --yes -q"), 0);
    assert_eq!(world.bytes(), before);
}

#[test]
fn the_next_apply_tells_it_too_and_looks_what_came_about() {
    let world = died(4);
    world.edit("bob, cap: 500", "bob, cap: 700");
    assert_snapshot!("killed_apply", world.terminal("apply --yes"));
    let lines = world.lines();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["begun", "ended", "begun", "ended"]);
    assert_eq!((&lines[1]["run"], &lines[1]["told_by"]), (&lines[0]["run"], &lines[2]["run"]));
    let outcomes: Vec<_> = lines[1]["outcomes"].as_array().unwrap().iter().map(|made| &made["outcome"]).collect();
    assert_eq!(outcomes, ["applied", "applied", "applied"], "the center shows it");
    assert!(world.terminal("log --member bob").contains("bob has 700 credits/month of ai"));
}

#[test]
fn what_cannot_be_read_any_more_stays_open() {
    let world = died(4);
    fs::remove_file(world.path().join("run.jsonl")).unwrap();
    world.edit("bob, cap: 500", "bob, cap: 700");
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_eq!(world.json("log --check")["runs"].as_array().unwrap().len(), 1);
    // Nor is anything read because the ledger says so: a place of somebody else's, or what is no file.
    for journal in ["s3://evil/run", "/dev/zero", "/proc/self/mem", "."] {
        let world = died(4);
        let text = String::from_utf8(world.bytes()).unwrap();
        fs::write(world.file(), text.replace("run.jsonl", journal)).unwrap();
        world.edit("bob, cap: 500", "bob, cap: 700");
        assert_eq!(world.code("apply --yes -q"), 0, "{journal}");
        assert_eq!(read(&world.bytes()).open().len(), 1, "{journal}");
    }
}

#[test]
fn a_run_of_another_center_is_not_ours_to_tell() {
    let world = died(4);
    let text = String::from_utf8(world.bytes()).unwrap();
    fs::write(world.file(), text.replace(".bursar/center.db", "another.db")).unwrap();
    world.edit("bob, cap: 500", "bob, cap: 700");
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_eq!(read(&world.bytes()).open().len(), 1, "it may be under way");
}
