//! Stores that do not let anybody write.

use std::fs;
use std::process::Command;

use bursar::ledger::{Ended, What};
use insta::assert_snapshot;

use super::{CONFIG, World, add, alike, read};
use crate::terminal::show;

#[test]
fn nothing_is_sent_where_the_beginning_cannot_be_written() {
    let world = World::new(CONFIG);
    fs::create_dir_all(world.file()).unwrap();
    assert_snapshot!("begun_refused", world.terminal("apply --yes"));
    assert!(!world.path().join(".bursar/center.db").exists(), "nothing was sent");
    assert_snapshot!("log_refused", world.terminal("log --check"));
    fs::remove_dir(world.file()).unwrap();
    assert_eq!(world.code("apply --yes -q"), 0);
}

/// Runs an apply that may write files of so many KiB at most, as on a disk that fills.
fn on_a_small_disk(world: &World, kib: u64) -> std::process::Output {
    let mut command = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" apply --yes --journal run.jsonl");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_bursar")]);
    command
        .current_dir(world.path())
        .env_clear()
        .env("NO_COLOR", "1")
        .env("BURSAR_ACTOR", "ana");
    command.env("HOME", world.path()).env("PATH", std::env::var_os("PATH").unwrap());
    command.output().unwrap()
}

/// Fills the ledger, so that this much is left of so many KiB.
fn fill(world: &World, kib: u64, left: u64) {
    let ended = |told_by: String| What::Ended(Ended { outcomes: Vec::new(), exit: None, told_by: Some(told_by) });
    let folder = world.path().join(".bursar");
    add(&folder, "0", &ended(String::new()));
    let empty = world.bytes().len() as u64;
    // The second line has a hash where the first has null, and its quotes.
    let second = empty + 64 + 2 - 4;
    let length = kib * 1024 - left - empty - second;
    add(&folder, "0", &ended("x".repeat(usize::try_from(length).unwrap())));
    // A moment has up to nine digits behind its seconds.
    assert!((kib * 1024 - world.bytes().len() as u64).abs_diff(left) <= 10);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_before_the_first_write_and_after_the_last() {
    let kib = 400;
    // Not even the beginning has room.
    let world = World::new(CONFIG);
    fill(&world, kib, 100);
    let before = world.bytes();
    let out = on_a_small_disk(&world, kib);
    let shown = alike(&show("apply --yes --journal run.jsonl", &out, world.path()));
    assert_eq!(out.status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("error: the ledger cannot be written") && shown.contains("help: nothing was sent"),
        "{shown}"
    );
    assert_eq!(world.bytes(), before);
    assert!(!world.path().join(".bursar/center.db").exists());
    // The beginning has, and the end has not.
    let world = World::new(CONFIG);
    fill(&world, kib, 900);
    let out = on_a_small_disk(&world, kib);
    let shown = alike(&show("apply --yes --journal run.jsonl", &out, world.path()));
    assert_eq!(out.status.code(), Some(0), "as the apply itself: {shown}");
    let warning = "warning: the end of this run could not be written to the ledger: ";
    assert!(shown.contains(warning) && shown.contains("its journal run.jsonl has it"), "{shown}");
    let story = read(&world.bytes());
    assert_eq!((story.chain.entries(), &story.chain.broken, story.open().len()), (3, &None, 1));
    assert!(world.terminal("log --check").contains("`bursar resume run.jsonl` finishes it"));
    // With room again, the next run writes it down.
    world.edit("bob, cap: 500", "bob, cap: 700");
    assert_eq!(world.code("apply --yes -q"), 0);
    let story = read(&world.bytes());
    assert_eq!((story.chain.entries(), &story.chain.broken, story.open().len()), (6, &None, 0));
    assert_eq!(story.acts.len(), 4);
}

#[test]
fn a_store_that_does_not_answer() {
    let world = World::new(&CONFIG.replace("version: 1\n", "version: 1\nlock: s3://bucket/prefix\n"));
    let out = world
        .command("log --check")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "hunter2hunter2")
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    let shown = show("log --check", &out, world.path());
    assert_eq!(out.status.code(), Some(1), "{shown}");
    assert!(shown.contains("error: ") && shown.contains("help: check the network"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
