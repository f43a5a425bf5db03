//! A hook that is there already works as before, and comes first.

use std::fs;
use std::os::unix::fs::symlink;

use super::{FILES, RIGHT, Repo, WRONG, write_program};

#[test]
fn a_foreign_hook_comes_first_and_its_refusal_is_the_end() {
    let repo = Repo::without_hooks();
    repo.foreign("pre-commit", "#!/bin/sh\necho \"theirs: $# $0\" >&2\n[ ! -e ../stop ] || exit 7\n");
    repo.bursar("hook install");
    repo.edit("bursar.yaml", RIGHT, WRONG);
    let said = repo.try_git("commit -qam two");
    said.stopped();
    // It looks at its own name, so it is told the one that it had.
    assert!(said.text.starts_with("theirs: 0 .git/hooks/pre-commit\n"), "{}", said.text);
    fs::write(repo.beside("stop"), "").unwrap();
    let said = repo.try_git("commit -qam two");
    assert!(!said.done && !said.text.contains("error["), "ours was not reached: {}", said.text);
    fs::remove_file(repo.beside("stop")).unwrap();
    repo.edit("bursar.yaml", WRONG, "cap: 90");
    let said = repo.try_git("commit -qam two");
    assert!(said.done && said.text == "theirs: 0 .git/hooks/pre-commit\n", "{}", said.text);
    repo.bursar("hook uninstall");
    repo.edit("bursar.yaml", "cap: 90", WRONG);
    assert!(repo.try_git("commit -qam three").done);
}

#[test]
fn what_git_tells_a_push_reaches_both() {
    let repo = Repo::without_hooks();
    repo.foreign("pre-push", "#!/bin/sh\necho \"$@\" >> ../args\ncat >> ../refs\n");
    repo.bursar("hook install --pre-push");
    repo.git("init -q --bare ../remote.git");
    repo.git("remote add origin ../remote.git");
    let said = repo.try_git("push -q origin main main:other");
    assert!(said.done && said.text.contains("origin/other"), "{}", said.text);
    assert_eq!(fs::read_to_string(repo.beside("args")).unwrap(), "origin ../remote.git\n");
    let refs = fs::read_to_string(repo.beside("refs")).unwrap();
    assert_eq!(refs.lines().count(), 2, "{refs}");
    // Nothing to push, nothing to read.
    repo.try_git("push -q origin main").silent();
    assert_eq!(fs::read_to_string(repo.beside("refs")).unwrap(), refs);
    // A hook that reads nothing.
    repo.bursar("hook uninstall");
    repo.foreign("pre-push", "#!/bin/sh\nexit 0\n");
    repo.bursar("hook install --pre-push");
    repo.git("commit -q --allow-empty -m two");
    repo.try_git("push -q origin main").silent();
}

#[test]
fn every_kind_of_hook_runs_as_it_did() {
    let hooks = [
        // Whoever asks whether it was started or read.
        "#!/bin/bash\nmain() { echo ran >&2; }\nif [ \"${BASH_SOURCE[0]}\" = \"$0\" ]; then main; fi\n",
        // Options of the shell hold.
        "#!/bin/sh -e\necho ran >&2\n: \"$0\"\nfalse\necho too far >&2\n",
        // No shell at all.
        "#!/usr/bin/env python3\nimport sys\nprint('ran', file=sys.stderr)\n",
        // No first line.
        "echo ran >&2\n",
    ];
    for (i, hook) in hooks.iter().enumerate() {
        let repo = Repo::without_hooks();
        repo.foreign("pre-commit", hook);
        let line = "commit -q --allow-empty -m two";
        let before = repo.try_git(line);
        assert_eq!(before.text, "ran\n", "{i}");
        repo.bursar("hook install");
        let after = repo.try_git(line);
        assert_eq!((after.done, after.text), (before.done, before.text), "{i}");
    }
}

#[test]
fn a_linked_hook_finds_what_lies_beside_it() {
    let repo = Repo::without_hooks();
    write_program(
        &repo.at().join("scripts/hook.sh"),
        "#!/bin/sh\n. \"$(dirname \"$(readlink -f \"$0\")\")/part.sh\"\n",
    );
    repo.write("scripts/part.sh", "echo part >&2\n");
    symlink("../../scripts/hook.sh", repo.hook("pre-commit")).unwrap();
    repo.bursar("hook install");
    assert_eq!(repo.try_git("commit -q --allow-empty -m two").text, "part\n");
}

/// One script behind the names of several hooks.
#[test]
fn a_linked_hook_that_looks_at_its_name_finds_the_old_one() {
    let repo = Repo::without_hooks();
    write_program(&repo.at().join("scripts/all.sh"), "#!/bin/sh\necho \"for $(basename \"$0\")\" >&2\n");
    symlink("../../scripts/all.sh", repo.hook("pre-commit")).unwrap();
    repo.bursar("hook install");
    assert_eq!(repo.try_git("commit -q --allow-empty -m two").text, "for pre-commit\n");
    repo.bursar("hook uninstall");
    assert_eq!(repo.try_git("commit -q --allow-empty -m three").text, "for pre-commit\n");
}

/// husky finds the real hook by the name under which its stub was started.
#[test]
fn husky_runs_what_it_ran() {
    let repo = Repo::without_hooks();
    repo.git("config core.hooksPath .husky/_");
    write_program(&repo.at().join(".husky/_/pre-commit"), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"\n");
    repo.write(
        ".husky/_/h",
        "#!/usr/bin/env sh\nn=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\n\
         sh -e \"$s\" \"$@\"\nc=$?\nexit $c\n",
    );
    repo.write(".husky/pre-commit", "echo husky >&2\n");
    repo.bursar("hook install");
    repo.edit("bursar.yaml", RIGHT, WRONG);
    let said = repo.try_git("commit -qam two");
    said.stopped();
    assert!(said.text.starts_with("husky\n"), "{}", said.text);
    repo.write(".husky/pre-commit", "exit 3\n");
    repo.write("bursar.yaml", FILES);
    assert!(!repo.try_git("commit -q --allow-empty -m two").done);
}

/// Other managers of hooks move what they find, and call it there.
#[test]
fn ours_works_under_another_name_and_goes_from_there() {
    let repo = Repo::without_hooks();
    repo.foreign("pre-commit", "#!/bin/sh\necho first >&2\n");
    repo.bursar("hook install --pre-commit");
    fs::rename(repo.hook("pre-commit"), repo.hook("pre-commit.legacy")).unwrap();
    repo.foreign("pre-commit", "#!/bin/sh\n\"$(dirname \"$0\")/pre-commit.legacy\" \"$@\"\n");
    repo.edit("bursar.yaml", RIGHT, WRONG);
    let said = repo.try_git("commit -qam two");
    said.stopped();
    assert!(said.text.starts_with("first\n"), "{}", said.text);
    let said = repo.terminal("hook install --pre-commit");
    assert!(said.contains("pre-commit: installed already"), "{said}");
    repo.bursar("hook uninstall");
    let said = repo.try_git("commit -qam two");
    assert!(said.done && said.text == "first\n", "{}", said.text);
}

/// pre-commit, ours over it, and pre-commit again over both: it moves ours aside and calls it, and must not be called by it.
#[test]
fn a_manager_in_front_and_behind_is_called_once() {
    const MANAGER: &str = "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\necho manager >&2\n\
        cd \"$(dirname \"$0\")\" || exit\n[ ! -x pre-commit.legacy ] || cd ../.. || exit\n\
        [ ! -x .git/hooks/pre-commit.legacy ] || PRE_COMMIT_RUNNING_LEGACY=1 .git/hooks/pre-commit.legacy\n";
    let repo = Repo::without_hooks();
    repo.foreign("pre-commit", MANAGER);
    repo.bursar("hook install --pre-commit");
    fs::rename(repo.hook("pre-commit"), repo.hook("pre-commit.legacy")).unwrap();
    repo.foreign("pre-commit", MANAGER);
    repo.edit("bursar.yaml", RIGHT, WRONG);
    let said = repo.try_git("commit -qam two");
    said.stopped();
    assert_eq!(said.text.matches("manager").count(), 1, "{}", said.text);
    repo.bursar("hook uninstall");
    let left: Vec<_> = fs::read_dir(repo.hook("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("bursar") || name == "pre-commit.legacy"),
        "{left:?}"
    );
    assert_eq!(fs::read_to_string(repo.hook("pre-commit")).unwrap(), MANAGER);
}
