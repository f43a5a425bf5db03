//! The fuzz targets on stable: every committed seed, and thousands of texts that are nearly one.
//!
//! `BURSAR_LONG=5000` runs so many of each; cargo-fuzz finds more (see fuzz/Cargo.toml).

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::terminal::unrecorded;

/// How long one input may take: far more than any does, far less than a hang.
const PATIENCE: Duration = Duration::from_secs(20);
/// What breaks parsers: put in anywhere.
const WORDS: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "0.1",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[",
    "\"\\ud800\"",
    "\u{202e}",
    "\u{0}",
    "\u{feff}",
    "\\u0000",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "? ",
    ": ",
    "- ",
    "|\n",
    "\r\n",
    "\t",
    "9999-12-31",
    "bursar.plan.v2",
];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// One step away from a text.
#[derive(Clone, Debug)]
enum Step {
    Flip(usize, u8),
    Cut(usize, usize),
    Again(usize, usize),
    Put(usize, &'static str),
    Ends(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<usize>();
    prop_oneof![
        (at, any::<u8>()).prop_map(|(at, bits)| Step::Flip(at, bits)),
        (at, 1..40_usize).prop_map(|(at, length)| Step::Cut(at, length)),
        (at, 1..200_usize).prop_map(|(at, length)| Step::Again(at, length)),
        (at, proptest::sample::select(WORDS)).prop_map(|(at, word)| Step::Put(at, word)),
        at.prop_map(Step::Ends),
    ]
}

fn take(text: &mut Vec<u8>, step: &Step) {
    let place = |at: usize| at % (text.len() + 1);
    match *step {
        Step::Flip(at, bits) => {
            let at = place(at);
            if let Some(byte) = text.get_mut(at) {
                *byte ^= bits;
            }
        }
        Step::Cut(at, length) => {
            let at = place(at);
            text.drain(at..(at + length).min(text.len()));
        }
        Step::Again(at, length) => {
            let at = place(at);
            let part = text[at..(at + length).min(text.len())].to_vec();
            text.splice(at..at, part);
        }
        Step::Put(at, word) => {
            let at = place(at);
            text.splice(at..at, word.bytes());
        }
        Step::Ends(at) => text.truncate(place(at)),
    }
}

fn run(name: &str, target: targets::Run, bytes: &[u8]) {
    let start = Instant::now();
    target(bytes);
    assert!(start.elapsed() < PATIENCE, "{name} hangs on {:?}", String::from_utf8_lossy(bytes));
}

fn fuzz(name: &str, cases: u32) {
    let (_, target) = targets::ALL.iter().find(|(known, _)| *known == name).unwrap();
    let seeds = seeds(name);
    assert!(seeds.len() >= 3, "{name} has too few seeds");
    for seed in &seeds {
        run(name, *target, seed);
    }
    let long: Option<u32> = std::env::var("BURSAR_LONG").ok().and_then(|cases| cases.parse().ok());
    let config =
        ProptestConfig { cases: long.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() };
    let near = (proptest::sample::select(seeds), proptest::collection::vec(step(), 1..12));
    TestRunner::new(config)
        .run(&near, |(mut text, steps)| {
            for step in &steps {
                take(&mut text, step);
            }
            run(name, *target, &text);
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_target_has_its_binary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for (name, _) in targets::ALL {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
        assert!(
            std::fs::read_to_string(root.join(format!("targets/{name}.rs")))
                .unwrap()
                .contains(&format!("targets::{name}("))
        );
    }
}

/// A target that refuses its seeds at once looks at nothing.
#[test]
fn the_seeds_are_what_they_shall_be() {
    for plan in seeds("plan") {
        let saved = bursar::plan::SavedPlan::parse(&plan).unwrap();
        assert!(!saved.changes.is_empty());
    }
    for journal in seeds("journal") {
        bursar::apply::History::read(&*journal).unwrap();
    }
    let leases = seeds("lease")
        .into_iter()
        .filter(|lease| bursar::apply::lock::Lease::parse(lease).is_ok());
    assert!(leases.count() >= 3);
}

#[test]
fn config() {
    fuzz("config", 2000);
}

#[test]
fn litellm() {
    // What the vendor's fake would be held to does not hold for answers that are damaged on purpose.
    if !unrecorded("fuzz::litellm") {
        fuzz("litellm", 120);
    }
}

#[test]
fn plan() {
    fuzz("plan", 5000);
}

#[test]
fn journal() {
    fuzz("journal", 5000);
}

#[test]
fn lease() {
    fuzz("lease", 5000);
}

#[test]
fn http() {
    if !unrecorded("fuzz::http") {
        fuzz("http", 100);
    }
}
