//! The record is written whole or not at all, and no entry is lost on the way.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;
use std::time::Duration;

use super::{World, book, markdown};
use crate::terminal::bursar;

fn crowd(people: usize) -> serde_json::Value {
    let names: Vec<String> = (0..people).map(|i| format!("p{i}@acme.example")).collect();
    let items: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "7 credits")).collect();
    book(&[(1, "cap_amount", &items)])
}

fn entries(record: &str) -> usize {
    record.lines().filter(|line| line.contains("cap: 7 credits")).count()
}

#[test]
fn two_at_once_lose_nothing() {
    let world = World::new();
    world.write("runbook.md", &markdown(&crowd(12), &[]));
    let children: Vec<_> = (0..12)
        .map(|i| {
            let mut command = bursar(world.path());
            command.args(["confirm", "runbook.md", "-q", "--by", "Ada", "--only", &format!("p{i}@acme.example")]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let out = child.wait_with_output().unwrap();
        crate::secrets::look_at(&out);
        // Whoever is last finds nothing left.
        assert!(matches!(out.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!(entries(&world.record()), 12, "{}", world.record());
}

#[test]
fn a_kill_leaves_the_old_or_the_new() {
    let world = World::new();
    world.write("first.md", &markdown(&crowd(1), &[]));
    world.write("runbook.md", &markdown(&crowd(3000), &[]));
    assert_eq!(world.code("confirm first.md --all --by Ada"), 0);
    let first = world.record();
    for wait in [60, 120, 180, 240, 320, 420, 560, 800] {
        world.write("figma.record.yaml", &first);
        let mut command = bursar(world.path());
        command.args(["confirm", "runbook.md", "-q", "--by", "Ada", "--all"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
        let found = entries(&world.record());
        assert!(found == 1 || found == 3000, "{wait}: {found}");
        assert_eq!(world.code("validate"), 0);
    }
    assert_eq!(world.code("confirm runbook.md -q --all --by Ada"), 0);
    assert_eq!(entries(&world.record()), 3000);
}

#[test]
fn a_link_stays_and_so_does_the_mode() {
    let world = World::new();
    let real = world.path().join("kept/real.record.yaml");
    fs::create_dir(world.path().join("kept")).unwrap();
    fs::write(&real, "version: 1\ncenters: {}\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    let link = world.path().join("figma.record.yaml");
    symlink("kept/real.record.yaml", &link).unwrap();
    world.write("runbook.md", &markdown(&world.book(), &["s1"]));
    assert_eq!(world.code("confirm runbook.md --by Ada"), 4);
    assert!(link.is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("bob@acme.example"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(world.path().join("kept")).unwrap().count(), 1);
    // One that leads nowhere is not taken for a record that is empty.
    fs::remove_file(&real).unwrap();
    for line in ["plan", "validate", "confirm runbook.md --by Ada"] {
        let out = world.run(line);
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(1), "{line}: {said}");
        assert!(said.contains("is a link that leads nowhere"), "{line}: {said}");
    }
}

#[test]
fn a_record_that_cannot_be_written_is_left_as_it_is() {
    let world = World::new();
    world.write("runbook.md", &markdown(&world.book(), &["s1"]));
    fs::create_dir(world.path().join("figma.record.yaml")).unwrap();
    let out = world.run("confirm runbook.md --by Ada");
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("figma.record.yaml cannot be read") && said.contains("help: "), "{said}");
}

/// A record is read in jobs of whoever proposes a change. A link or a pipe in its place must not print another file, nor
/// hold the job up.
#[test]
fn a_record_that_is_another_file_is_not_read() {
    let world = World::new();
    world.write("private.txt", "hunter: {swordfish\n");
    let link = world.path().join("figma.record.yaml");
    for target in ["private.txt", "/proc/self/environ", "/dev/zero"] {
        symlink(target, &link).unwrap();
        for line in ["plan", "validate", "doctor", "validate figma.record.yaml"] {
            let out = world.run(line);
            let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
            assert_eq!(out.status.code(), Some(1), "{target} {line}\n{text}");
            assert!(text.contains("is a link, and what it leads to"), "{target} {line}\n{text}");
            assert!(!text.contains("swordfish") && !text.contains("PATH="), "{text}");
        }
        fs::remove_file(&link).unwrap();
    }
    assert!(std::process::Command::new("mkfifo").arg(&link).status().unwrap().success());
    let shown = world.terminal("plan");
    assert!(shown.contains("it is no regular file") && shown.contains("exit 1"), "{shown}");
}
