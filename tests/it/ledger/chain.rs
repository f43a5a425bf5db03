//! That nobody changes a line unseen.

use std::fs;
use std::path::Path;

use bursar::ledger::{Broken, Ended, What, Wrong, append, walk};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::road::raised;
use super::{World, add, document, on, read};

fn ended(exit: u8) -> What {
    What::Ended(Ended { outcomes: Vec::new(), exit: Some(exit), told_by: None })
}

/// A ledger of so many lines.
fn ledger(folder: &Path, lines: u8) -> Vec<Vec<u8>> {
    for exit in 0..lines {
        add(folder, "0", &ended(exit));
    }
    let bytes = fs::read(folder.join("ledger.jsonl")).unwrap();
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn broken(lines: &[Vec<u8>]) -> Option<Broken> {
    walk(&lines.concat(), |_| {}).broken
}

#[test]
fn the_first_wrong_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lines = ledger(folder.path(), 6);
    assert_eq!(broken(&lines), None);
    let wrong = |edit: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut lines = lines.clone();
        edit(&mut lines);
        broken(&lines).unwrap()
    };
    let changed = wrong(&|lines| {
        let line = String::from_utf8(lines[2].clone()).unwrap();
        lines[2] = line.replace("\"exit\":2", "\"exit\":0").into_bytes();
    });
    assert_eq!(changed, Broken { line: 3, why: Wrong::Unlike { after: 4 } });
    let gone = wrong(&|lines| drop(lines.remove(2)));
    assert_eq!(gone, Broken { line: 3, why: Wrong::Number { found: 4, next: 3 } });
    let moved = wrong(&|lines| lines.swap(2, 3));
    assert_eq!(moved, Broken { line: 3, why: Wrong::Number { found: 4, next: 3 } });
    let twice = wrong(&|lines| lines.insert(2, lines[1].clone()));
    assert_eq!(twice, Broken { line: 3, why: Wrong::Number { found: 2, next: 3 } });
    let torn = wrong(&|lines| {
        lines[5].pop();
    });
    assert_eq!(torn, Broken { line: 6, why: Wrong::Torn });
    let text = wrong(&|lines| lines[4] = b"x\n".to_vec());
    assert_eq!(text.line, 5);
    assert!(matches!(text.why, Wrong::NotAnEntry(_)), "{text}");
    let newer = wrong(&|lines| {
        lines[4] = String::from_utf8(lines[4].clone())
            .unwrap()
            .replace("ledger.v1", "ledger.v2")
            .into_bytes();
    });
    assert_eq!(newer, Broken { line: 5, why: Wrong::Newer("bursar.ledger.v2".to_owned()) });
    let headless = wrong(&|lines| {
        lines.remove(0);
        lines[0] = String::from_utf8(lines[0].clone())
            .unwrap()
            .replace("\"seq\":2", "\"seq\":1")
            .into_bytes();
    });
    assert_eq!(headless, Broken { line: 1, why: Wrong::Beginning });
    // The last line has nobody behind it: whoever kept its hash knows.
    let mut cut = lines.clone();
    cut.pop();
    let (whole, cut) = (walk(&lines.concat(), |_| {}), walk(&cut.concat(), |_| {}));
    assert_eq!(cut.broken, None);
    assert_eq!(cut.find(&whole.head().unwrap()), None);
    assert_eq!(whole.find(&whole.head().unwrap()[..12]), Some(6));
}

#[test]
fn a_look_at_the_chain() {
    let world = raised();
    let head = world.json("log --check")["head"].as_str().unwrap().to_owned();
    assert_snapshot!("check", world.terminal("log --check"));
    assert_snapshot!("check_expect", world.terminal(&format!("log --check --expect {head}")).replace(&head, "[hash]"));
    assert_eq!(world.code(&format!("log --check --expect {}", &head[..12].to_uppercase())), 0);
    for (line, code) in [
        ("log --check --expect 0123456789ab", 1),
        ("log --check --expect 0123", 64),
        ("log --check --expect not-a-hash-at-all", 64),
        ("log --expect 0123456789ab", 64),
        ("log --check --member bob", 64),
        ("log --format markdown", 64),
    ] {
        assert_eq!(world.code(line), code, "{line}");
    }
    let text = String::from_utf8(world.bytes()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // Cut off behind a whole line: the chain is sound, and what was said of it is not there.
    fs::write(world.file(), lines[..2].concat()).unwrap();
    assert_eq!(world.code("log --check"), 0);
    assert_snapshot!("check_cut", world.terminal(&format!("log --check --expect {head}")));
    // Somebody gave themselves another approver.
    fs::write(world.file(), text.replace("carol", "mallory")).unwrap();
    assert_snapshot!("check_changed", world.terminal("log --check"));
    let json = world.json("log --check");
    assert_eq!((&json["check"]["sound"], &json["check"]["line"]), (&false.into(), &3.into()));
    assert_snapshot!("log_changed", world.terminal("log --member bob"));
    // The next apply says it too, and is not held up by it.
    world.edit("bob, cap: 2000", "bob, cap: 2001");
    let out = world.run("apply --yes -q");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.contains("ledger.jsonl was changed: line 3 is not the one"), "{said}");
    assert_eq!(world.json("log --check")["check"]["line"], 3, "it is not mended by that");
}

#[test]
fn nothing_is_written_behind_what_is_no_line() {
    let world = raised();
    let mut text = world.bytes();
    text.pop();
    fs::write(world.file(), &text).unwrap();
    world.edit("bob, cap: 2000", "bob, cap: 2001");
    assert_snapshot!("apply_torn", world.terminal("apply --yes -q"));
    assert_snapshot!("check_torn", world.terminal("log --check"));
    assert_eq!(world.bytes(), text);
    assert_eq!(world.code("plan --detailed-exitcode"), 2, "nothing was sent");
    // Moved away, a new one begins.
    fs::rename(world.file(), world.path().join(".bursar/ledger-1.jsonl")).unwrap();
    assert_eq!(world.code("apply --yes -q"), 0);
    assert_eq!(world.code("log --check"), 0);
}

#[test]
fn two_runs_at_once_are_both_in_it() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for run in 0..6_u8 {
            let at = folder.path();
            scope.spawn(move || {
                for exit in 0..8 {
                    add(at, &run.to_string(), &ended(exit));
                }
            });
        }
    });
    let bytes = fs::read(folder.path().join("ledger.jsonl")).unwrap();
    let mut seen = Vec::new();
    let chain = walk(&bytes, |entry| seen.push(entry));
    assert_eq!((chain.entries(), chain.broken), (48, None));
    for run in 0..6_u8 {
        let own = seen.iter().filter(|entry| entry.run == run.to_string());
        let exits: Vec<_> = own
            .map(|entry| match &entry.what {
                What::Ended(ended) => ended.exit.unwrap(),
                _ => panic!("{entry:?}"),
            })
            .collect();
        assert_eq!(exits, (0..8).collect::<Vec<u8>>());
    }
}

#[test]
fn two_centers_of_one_store() {
    let world = World::new(&super::CONFIG.replace("version: 1\n", "version: 1\nlock: shared\n"));
    let other = super::CONFIG
        .replace("version: 1\n", "version: 1\nlock: ../shared\n")
        .replace("{ provider: embedded }", "{ provider: embedded, path: other.db }");
    fs::create_dir(world.path().join("other")).unwrap();
    fs::write(world.path().join("other/bursar.yaml"), other).unwrap();
    let children: Vec<_> = [".", "other"]
        .map(|folder| {
            let mut command = world.command("apply --yes -q");
            command.arg("-C").arg(folder).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .into();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let bytes = fs::read(world.path().join("shared/ledger.jsonl")).unwrap();
    let story = read(&bytes);
    assert_eq!((story.chain.entries(), &story.chain.broken), (4, &None));
    assert!(story.open().is_empty());
}

#[test]
fn the_appender_is_asked_again_where_somebody_was_faster() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = 0;
    let tail = on(append(&document(folder.path()), |bytes| {
        asked += 1;
        if asked == 1 {
            assert!(bytes.is_empty());
            // On a thread of its own, as another process would.
            let at = folder.path().to_owned();
            std::thread::spawn(move || add(&at, "faster", &ended(1))).join().unwrap();
        }
        vec![("slower".to_owned(), ended(2))]
    }))
    .unwrap();
    assert_eq!((asked, tail.seq), (2, 2));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Whatever is done to the bytes, either a line is wrong or the last hash that was told is gone.
    #[test]
    fn nothing_is_changed_unseen(
        count in 1..8_u8,
        how in 0..6_u8,
        at in any::<prop::sample::Index>(),
        with in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let lines = ledger(folder.path(), count);
        let whole = lines.concat();
        let head = walk(&whole, |_| {}).head().unwrap();
        let (line, other) = (at.index(lines.len()), with.index(lines.len()));
        let mut changed = lines.clone();
        match how {
            0 => {
                let position = with.index(changed[line].len());
                changed[line][position] = byte;
            }
            1 => drop(changed.remove(line)),
            2 => changed.swap(line, other),
            3 => changed.insert(line, lines[other].clone()),
            4 => changed = vec![whole[..at.index(whole.len())].to_vec()],
            _ => changed[line].insert(0, byte),
        }
        let bytes = changed.concat();
        prop_assume!(bytes != whole);
        let chain = walk(&bytes, |_| {});
        // What was put behind the last line is seen by its chain alone.
        let put_behind = bytes.starts_with(&whole);
        prop_assert!(chain.broken.is_some() || (!put_behind && chain.find(&head).is_none()));
    }
}
