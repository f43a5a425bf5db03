//! What the ledger has of requests that were granted: no plan tells it later on, for files and center are alike then.

use std::fs;

use insta::assert_snapshot;

use super::chatgpt::{PATCH, World};
use crate::fakes::chatgpt::{Fault, Key};
use crate::fakes::litellm::When;
use crate::ledger::{alike, json, lines};

impl World {
    fn ledger(&self) -> std::path::PathBuf {
        self.folder.path().join(".bursar/ledger.jsonl")
    }
}

#[test]
fn since_when_somebody_has_it_is_known_without_an_apply() {
    let world = World::new("");
    assert_eq!(world.code("requests approve request_2"), 0);
    let [line] = &lines(&fs::read(world.ledger()).unwrap())[..] else { panic!("one line") };
    assert_eq!((&line["kind"], &line["request"]), (&"approved".into(), &"request_2".into()));
    assert_eq!((&line["who"]["name"], &line["outcomes"][0]["effect"]), (&"ana".into(), &"raises".into()));
    assert_snapshot!("ledger_log", alike(&world.run("log --member alice")));
    let told = json(&world.command("log --member alice --format json"));
    assert_eq!(told["runs"][0]["request"], "request_2");
    assert_eq!((&told["runs"][0]["command"], &told["runs"][0]["plan"]), (&"requests approve".into(), &().into()));
    assert_eq!(told["told"]["standings"][0]["cap"]["amount"], "30");
    // The next apply has nothing to do, and nothing to tell.
    let before = fs::read(world.ledger()).unwrap();
    assert_eq!(world.code("apply --yes"), 0);
    assert_eq!(fs::read(world.ledger()).unwrap(), before);
    assert_eq!(world.code("log --check"), 0);
}

#[test]
fn an_answer_that_was_not_taken_is_none() {
    let world = World::new("");
    world.fake.state(|state| state.key = Key::Reads);
    assert_eq!(world.code("requests approve request_2"), 4);
    world.fake.state(|state| state.key = Key::default());
    assert_eq!(world.code("requests approve request_2 --file-only"), 0);
    assert_eq!(world.code("requests deny request_3 --yes"), 0);
    assert!(!world.ledger().exists());
    // What was sent, and whether it arrived nobody knows.
    world.fake.fault(Fault::reset(PATCH, When::Before));
    assert_eq!(world.code("requests approve request_2"), 4);
    assert_eq!(lines(&fs::read(world.ledger()).unwrap())[0]["outcomes"][0]["outcome"], "unknown");
    assert_snapshot!("ledger_unknown", alike(&world.run("log --member alice")));
}

#[test]
fn a_ledger_that_cannot_be_written_takes_no_answer_back() {
    let world = World::new("");
    fs::create_dir_all(world.ledger()).unwrap();
    let shown = alike(&world.run("requests approve request_2"));
    assert!(shown.contains("warning: the vendor was told, and not in the ledger: "), "{shown}");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
}
