//! Where hooks go, and that they leave nothing behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use super::{FILES, RIGHT, Repo, WRONG, write_program};
use crate::terminal::{bursar, output_of_a_copy};

/// What is in a folder: names, what they hold or lead to, modes.
fn all(folder: &Path) -> Vec<(PathBuf, String, u32)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let text = match fs::read_link(&path) {
                Ok(target) => target.display().to_string(),
                Err(_) => fs::read_to_string(&path).unwrap(),
            };
            (path, text, metadata.permissions().mode())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn it_is_said_what_was_done() {
    let repo = Repo::without_hooks();
    assert_snapshot!("help_hook", repo.terminal("hook --help"));
    assert_snapshot!("help_hook_install", repo.terminal("hook install --help"));
    assert_snapshot!("help_hook_run", repo.terminal("hook run --help"));
    assert_snapshot!("hook_install", repo.terminal("hook install"));
    assert_snapshot!("hook_install_again", repo.terminal("hook install"));
    assert_snapshot!("hook_uninstall", repo.terminal("hook uninstall"));
    assert_snapshot!("hook_uninstall_again", repo.terminal("hook uninstall"));
    assert_snapshot!("hook_unknown", repo.terminal("hook run post-commit"));
    assert_snapshot!("hook_format", repo.terminal("hook install --format json"));
    repo.foreign("pre-commit", "#!/bin/sh\n");
    assert_snapshot!("hook_install_chained", repo.terminal("hook install --pre-commit"));
    assert_snapshot!("hook_uninstall_chained", repo.terminal("hook uninstall"));
}

#[test]
fn the_text_of_a_hook() {
    let repo = Repo::without_hooks();
    repo.foreign("pre-push", "#!/bin/sh\n");
    repo.bursar("-c bursar.yaml hook install");
    let text = |name: &str| {
        let text = fs::read_to_string(repo.hook(name)).unwrap();
        let text = text.replace(env!("CARGO_BIN_EXE_bursar"), "[bursar]");
        let hash = text.split_once("edited: ").unwrap().1.get(..64).unwrap();
        text.replace(hash, "[hash]")
    };
    assert_snapshot!("script_pre_commit", text("pre-commit"));
    assert_snapshot!("script_pre_push", text("pre-push"));
    for name in ["pre-commit", "pre-merge-commit", "pre-push"] {
        assert!(repo.said(repo.command("sh").arg("-n").arg(repo.hook(name))).done);
        assert_eq!(repo.hook(name).metadata().unwrap().permissions().mode() & 0o777, 0o755);
    }
}

#[test]
fn only_the_hooks_that_are_named() {
    let repo = Repo::without_hooks();
    fs::remove_dir_all(repo.hook("")).unwrap();
    repo.bursar("hook install --pre-push --pre-merge-commit");
    let names = |repo: &Repo| -> Vec<String> {
        all(&repo.hook(""))
            .iter()
            .map(|(path, ..)| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&repo), ["pre-merge-commit", "pre-push"]);
    repo.bursar("hook install");
    repo.bursar("hook uninstall --pre-push");
    assert_eq!(names(&repo), ["pre-commit", "pre-merge-commit"]);
    repo.bursar("hook uninstall");
    assert_eq!(names(&repo), Vec::<String>::new());
}

#[test]
fn installing_again_changes_nothing_and_another_config_changes_the_hook() {
    let repo = Repo::new();
    let before = all(&repo.hook(""));
    repo.bursar("hook install");
    assert_eq!(all(&repo.hook("")), before);
    repo.write("credits.yaml", FILES);
    let said = repo.terminal("-c credits.yaml hook install --pre-commit");
    assert!(said.contains("pre-commit: installed anew"), "{said}");
    repo.edit("credits.yaml", RIGHT, WRONG);
    repo.git("add -A");
    repo.try_git("commit -qm two").stopped();
}

#[test]
fn what_was_there_comes_back_exactly() {
    let repo = Repo::without_hooks();
    repo.write("scripts/push.sh", "#!/bin/sh\nexit 0\n");
    repo.foreign("pre-commit", "#!/bin/sh\nexit 0\n");
    fs::set_permissions(repo.hook("pre-commit"), fs::Permissions::from_mode(0o750)).unwrap();
    // One that Git does not run, since it is no program.
    fs::write(repo.hook("pre-merge-commit"), "exit 1\n").unwrap();
    fs::set_permissions(repo.hook("pre-merge-commit"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../../scripts/push.sh", repo.hook("pre-push")).unwrap();
    let before = all(&repo.hook(""));
    for _ in 0..2 {
        repo.bursar("hook install");
        repo.bursar("hook install");
        assert_ne!(all(&repo.hook("")), before);
        repo.bursar("hook uninstall");
        assert_eq!(all(&repo.hook("")), before);
    }
    symlink("nowhere", repo.hook("update")).unwrap();
    fs::rename(repo.hook("update"), repo.hook("pre-push")).unwrap();
    let before: Vec<PathBuf> = fs::read_dir(repo.hook("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    repo.bursar("hook install --pre-push");
    repo.bursar("hook uninstall --pre-push");
    let after: Vec<PathBuf> = fs::read_dir(repo.hook("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(before.len(), after.len());
    assert_eq!(fs::read_link(repo.hook("pre-push")).unwrap(), Path::new("nowhere"));
}

#[test]
fn what_is_not_recognised_is_not_touched() {
    let repo = Repo::new();
    let mut text = fs::read_to_string(repo.hook("pre-commit")).unwrap();
    text.push_str("npm test\n");
    fs::write(repo.hook("pre-commit"), &text).unwrap();
    assert_snapshot!("hook_install_edited", repo.terminal("hook install"));
    assert_snapshot!("hook_uninstall_edited", repo.terminal("hook uninstall"));
    assert_eq!(fs::read_to_string(repo.hook("pre-commit")).unwrap(), text);
    // Somebody put another hook over ours, which had one behind it.
    let repo = Repo::without_hooks();
    repo.foreign("pre-commit", "#!/bin/sh\n# first\n");
    repo.bursar("hook install");
    repo.foreign("pre-commit", "#!/bin/sh\n# second\n");
    let before = all(&repo.hook(""));
    assert_snapshot!("hook_install_taken", repo.terminal("hook install"));
    assert_snapshot!("hook_uninstall_taken", repo.terminal("hook uninstall"));
    assert_eq!(all(&repo.hook("")), before);
}

#[test]
fn hooks_are_where_git_looks_for_them() {
    let asked = |repo: &Repo, at: &Path| {
        let said = repo.said(repo.command("git").current_dir(at).args(["rev-parse", "--git-path", "hooks"]));
        at.join(said.text.trim().replace("[base]/", &repo.beside("").display().to_string()))
    };
    let check = |repo: &Repo, at: &Path| {
        let folder = asked(repo, at);
        let mut command = bursar(at);
        command.env("HOME", repo.beside("home")).args(["hook", "install"]);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(folder.join("pre-commit").is_file(), "{}", folder.display());
        fs::write(at.join("bursar.yaml"), FILES.replace(RIGHT, WRONG)).unwrap();
        repo.said(repo.command("git").current_dir(at).args(["commit", "-qam", "two"])).stopped();
    };
    let repo = Repo::without_hooks();
    check(&repo, repo.at());
    let repo = Repo::without_hooks();
    repo.git("worktree add -q ../other -b other");
    check(&repo, &repo.beside("other"));
    for path in [".githooks", ".husky/_", "~/own hooks", "/absolute"] {
        let repo = Repo::without_hooks();
        let path = if path.starts_with('/') {
            repo.beside(path.trim_start_matches('/')).display().to_string()
        } else {
            path.to_owned()
        };
        assert!(repo.said(repo.command("git").args(["config", "core.hooksPath", &path])).done);
        check(&repo, repo.at());
        assert!(!repo.hook("pre-commit").exists(), "{path}");
    }
    // A relative one of every repository is a folder in each of them.
    let repo = Repo::without_hooks();
    repo.git("config --global core.hooksPath .githooks");
    check(&repo, repo.at());
    assert!(repo.at().join(".githooks/pre-commit").is_file());
}

#[test]
fn a_folder_of_hooks_that_other_repositories_share_is_left_alone() {
    let repo = Repo::without_hooks();
    repo.git("config --global core.hooksPath /nowhere/hooks");
    let mut command = bursar(repo.at());
    let out = command.env("HOME", repo.beside("home")).args(["hook", "install"]).output().unwrap();
    assert_snapshot!("hook_install_shared", crate::terminal::show("hook install", &out, repo.at()));
    assert!(!repo.hook("pre-commit").exists());
    repo.git("config core.hooksPath /dev/null");
    assert_snapshot!("hook_install_no_folder", repo.terminal("hook install"));
}

#[test]
fn husky_is_told_of() {
    let repo = Repo::without_hooks();
    repo.git("config core.hooksPath .husky/_");
    assert_snapshot!("hook_install_husky", repo.terminal("hook install --pre-commit"));
}

#[test]
fn a_hook_for_nothing_is_not_installed() {
    let repo = Repo::without_hooks();
    assert_snapshot!("hook_install_no_config", repo.terminal("-c credist.yaml hook install"));
    let bare = Repo::empty();
    assert_snapshot!("hook_install_no_default", bare.terminal("hook install"));
    let out = bursar(repo.at()).args(["-c", "/etc/hosts", "hook", "install"]).output().unwrap();
    assert_snapshot!("hook_install_outside", crate::terminal::show("-c /etc/hosts hook install", &out, repo.at()));
    repo.git("init -q inner");
    repo.write("inner/bursar.yaml", FILES);
    let out = bursar(repo.at()).args(["-c", "inner/bursar.yaml", "hook", "install"]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("inner/bursar.yaml is not in the Git repository"), "{said}");
    repo.write("odd\nname.yaml", FILES);
    let out = bursar(repo.at()).args(["-c", "odd\nname.yaml", "hook", "install"]).output().unwrap();
    assert_snapshot!("hook_install_odd", crate::terminal::show("-c odd… hook install", &out, repo.at()));
    assert!(!repo.hook("pre-commit").exists());
}

#[test]
fn the_binary_may_move_and_without_one_nothing_is_committed() {
    let repo = Repo::without_hooks();
    let (old, new) = (repo.beside("old bin/bursar"), repo.beside("bin/bursar"));
    for path in [&old, &new] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    }
    fs::copy(env!("CARGO_BIN_EXE_bursar"), &old).unwrap();
    let out = output_of_a_copy(repo.command(old.to_str().unwrap()).args(["hook", "install"]));
    assert!(out.status.success());
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.try_git("commit -qam two").stopped();
    fs::rename(&old, &new).unwrap();
    // Nobody has it in PATH: this one holds Git and a shell only.
    let path = repo.beside("path");
    fs::create_dir(&path).unwrap();
    for program in ["git", "sh", "cat"] {
        let found = repo.said(repo.command("sh").args(["-c", &format!("command -v {program}")])).text;
        symlink(found.trim(), path.join(program)).unwrap();
    }
    let commit = |path: &str| repo.said(repo.command("git").env("PATH", path).args(["commit", "-qam", "two"]));
    let said = commit(path.to_str().unwrap());
    assert!(!said.done);
    assert_snapshot!("hook_no_binary", said.text);
    commit(&format!("{}:{}", path.display(), new.parent().unwrap().display())).stopped();
    write_program(&path.join("bursar"), "#!/bin/sh\necho \"[$*]\"\n");
    let said = commit(path.to_str().unwrap());
    assert!(said.done && said.text.contains("[hook run pre-commit --]"), "{}", said.text);
}
