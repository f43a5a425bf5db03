//! What a push means is shown before anybody else has it, and what a guardrail refuses is not pushed.

use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;

use super::{FILES, RIGHT, Repo, Said, WRONG};

const BOB: &str = "      - { member: bob, cap: 100 }\n";

/// With a remote that has the first commit.
fn pushed() -> Repo {
    let repo = Repo::without_hooks();
    repo.git("init -q --bare -b main ../remote.git");
    repo.git("remote add origin ../remote.git");
    repo.git("push -q -u origin main");
    repo.bursar("hook install");
    repo
}

impl Repo {
    fn commit(&self, from: &str, to: &str) {
        self.edit("bursar.yaml", from, to);
        self.git("commit -qam edit");
    }

    /// What a branch of the remote is at.
    fn remote(&self, branch: &str) -> String {
        self.try_git(&format!("--git-dir ../remote.git rev-parse --verify -q refs/heads/{branch}"))
            .text
    }

    fn head(&self) -> String {
        self.git("rev-parse HEAD")
    }

    fn push_allowing(&self, allow: &str, line: &str) -> Said {
        self.said(self.command("git").env("BURSAR_ALLOW", allow).args(line.split_whitespace()))
    }
}

impl Said {
    #[track_caller]
    fn refused(&self) {
        assert!(!self.done && self.text.contains("a guardrail refuses"), "{}", self.text);
    }

    #[track_caller]
    fn shown(&self, what: &str) {
        assert!(self.done && self.text.contains(what), "{}", self.text);
    }
}

#[test]
fn what_a_push_means_is_shown() {
    let repo = pushed();
    repo.commit("cap: 500", "cap: 600");
    let said = repo.try_git("push -q origin main");
    said.shown("alice");
    assert_eq!(repo.remote("main"), repo.head());
    // Nothing of the config: nothing to say.
    repo.write("notes.txt", "a\n");
    repo.git("add -A");
    repo.git("commit -qm notes");
    repo.try_git("push -q origin main").silent();
    // Another layout of the same: nothing to say either.
    repo.commit("version: 1\n", "# ours\nversion: 1\n");
    repo.try_git("push -q origin main").silent();
}

#[test]
fn what_a_guardrail_refuses_needs_a_consent_to_the_number() {
    let repo = pushed();
    repo.commit(BOB, "");
    let said = repo.try_git("push -q origin main");
    said.refused();
    assert!(said.text.contains("BURSAR_ALLOW=revocations=1 git push") && said.text.contains("git push --no-verify"));
    assert_ne!(repo.remote("main"), repo.head());
    repo.push_allowing("revocations=2", "push -q origin main").refused();
    assert!(repo.push_allowing("revocations", "push -q origin main").text.contains("has no number"));
    assert_ne!(repo.remote("main"), repo.head());
    repo.push_allowing("cuts=3, revocations=1", "push -q origin main").shown("bob");
    assert_eq!(repo.remote("main"), repo.head());
    let repo = pushed();
    repo.commit(BOB, "");
    repo.git("push -q --no-verify origin main");
    assert_eq!(repo.remote("main"), repo.head());
}

/// Runs the hook as Git would, so that the exit code is seen.
#[test]
fn the_exit_code_says_why() {
    let repo = pushed();
    let base = repo.head();
    repo.commit(BOB, "");
    let run = |line: &str, allow: &str| {
        let mut command = crate::terminal::bursar(repo.at());
        command
            .args(["hook", "run", "pre-push", "--", "origin", "../remote.git"])
            .env("BURSAR_ALLOW", allow);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).0.stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever refuses the consents reads no line.
        let _ = child.stdin.take().unwrap().write_all(line.as_bytes());
        crate::terminal::show("hook run pre-push", &child.wait_with_output().unwrap(), repo.at())
    };
    let line = format!("refs/heads/main {} refs/heads/main {}\n", repo.head().trim(), base.trim());
    assert!(run(&line, "").ends_with("--- exit 3\n"));
    assert!(run(&line, "revocations=1").ends_with("--- exit 0\n"));
    assert_snapshot!("push_wrong_allow", run(&line, "revocations"));
    assert_snapshot!("push_wrong_line", run("refs/heads/main\n", ""));
    // The local name may be whatever `git rev-parse` takes.
    assert!(run(&line.replacen("refs/heads/main", "main@{1 day ago}", 1), "").ends_with("--- exit 3\n"));
}

#[test]
fn the_guardrails_are_those_that_are_pushed() {
    let repo = pushed();
    repo.edit("bursar.yaml", "revocations: { count: 0 }", "revocations: { count: 5, percent: 100 }");
    repo.commit(BOB, "");
    let said = repo.try_git("push -q origin main");
    said.shown("bob");
    assert!(said.text.contains("revocations.count"), "a limit that is loosened is said: {}", said.text);
}

#[test]
fn a_new_branch_is_compared_with_where_it_left() {
    let repo = pushed();
    repo.git("checkout -q -b feature");
    repo.try_git("push -q origin feature").silent();
    repo.commit("cap: 500", "cap: 600");
    repo.git("checkout -q -b second");
    repo.try_git("push -q origin second").shown("alice");
    // On the main branch bob goes meanwhile. That is no part of what the next branch brings.
    repo.git("checkout -q main");
    repo.commit(BOB, "");
    repo.push_allowing("revocations=1", "push -q origin main").shown("bob");
    repo.git("checkout -q -b third HEAD~1");
    repo.commit("cap: 500", "cap: 700");
    let said = repo.try_git("push -q origin third");
    said.shown("alice");
    assert!(!said.text.contains("bob"), "{}", said.text);
}

#[test]
fn the_first_push_of_all_is_compared_with_nothing() {
    let repo = Repo::new();
    repo.git("init -q --bare -b main ../remote.git");
    repo.git("remote add origin ../remote.git");
    let said = repo.try_git("push -q origin main");
    said.shown("alice");
    let repo = Repo::new();
    repo.git("init -q --bare -b main ../remote.git");
    repo.commit("  revocations: { count: 0 }", "  additions: { count: 1 }");
    // A remote without a name.
    let said = repo.try_git("push -q ../remote.git main");
    said.refused();
    assert!(said.text.contains("additions=2"), "{}", said.text);
}

#[test]
fn a_new_branch_of_a_remote_without_a_name_is_compared_with_what_is_known() {
    let repo = pushed();
    repo.commit(BOB, "");
    repo.try_git("push -q ../remote.git main:new").refused();
    repo.push_allowing("revocations=1", "push -q ../remote.git main:new").shown("bob");
}

#[test]
fn deleted_branches_tags_and_pushes_of_nothing_are_not_asked_about() {
    let repo = pushed();
    repo.git("push -q origin main:old");
    repo.commit(BOB, "");
    repo.git("tag -a -m one v1");
    repo.try_git("push -q origin v1").silent();
    repo.try_git("push -q origin :old").silent();
    repo.try_git("push -q origin :refs/tags/v1").silent();
    repo.try_git("push -q origin HEAD~1:refs/heads/main").silent();
    assert_eq!(repo.remote("old"), "");
    // Several at a time: the one that takes something away stops them all.
    repo.try_git("push -q origin main HEAD~1:refs/heads/more").refused();
    assert_eq!(repo.remote("more"), "");
    repo.push_allowing("revocations=1", "push -q origin main HEAD~1:refs/heads/more")
        .shown("bob");
}

#[test]
fn every_branch_of_a_push_needs_its_own_consent() {
    let repo = pushed();
    repo.git("branch one");
    repo.git("push -q origin one");
    repo.commit(BOB, "");
    repo.git("checkout -q one");
    repo.edit("bursar.yaml", BOB, "");
    repo.commit("    access:\n      - { member: alice, cap: 500 }\n", "    access: []\n");
    let said = repo.try_git("push -q origin one main");
    said.refused();
    assert!(said.text.contains("BURSAR_ALLOW=revocations=1,revocations=2 git push"), "{}", said.text);
    repo.push_allowing("revocations=2", "push -q origin one main").refused();
    repo.push_allowing("revocations=1,revocations=2", "push -q origin one main")
        .shown("alice");
}

#[test]
fn a_forced_push_is_compared_with_what_it_replaces() {
    let repo = pushed();
    repo.commit("cap: 500", "cap: 600");
    repo.git("push -q origin main");
    repo.git("reset -q --hard HEAD~1");
    repo.commit(BOB, "");
    let said = repo.try_git("push -q -f origin main");
    said.refused();
    assert!(said.text.contains("alice") && said.text.contains("bob"), "{}", said.text);
    // Somebody else pushed what is not here.
    repo.git("clone -q ../remote.git ../other");
    let other = repo.beside("other");
    std::fs::write(other.join("notes.txt"), "a\n").unwrap();
    let git =
        |line: &str| assert!(repo.said(repo.command("git").current_dir(&other).args(line.split_whitespace())).done);
    git("add -A");
    git("commit -qm notes");
    git("push -q origin main");
    repo.try_git("push -q -f origin main").refused();
    repo.git("update-ref -d refs/remotes/origin/main");
    let said = repo.try_git("push -q -f origin main");
    said.shown("git fetch");
}

#[test]
fn a_shallow_clone_pushes_what_it_has() {
    let repo = pushed();
    repo.commit("cap: 500", "cap: 600");
    repo.git("push -q origin main");
    let url = format!("file://{}", repo.beside("remote.git").display());
    repo.git(&format!("clone -q --depth 1 {url} ../shallow"));
    let at = repo.beside("shallow");
    let mut command = crate::terminal::bursar(&at);
    assert!(command.args(["hook", "install"]).output().unwrap().status.success());
    std::fs::write(at.join("bursar.yaml"), FILES.replace("cap: 500", "cap: 600").replace(BOB, "")).unwrap();
    let git = |line: &str| repo.said(repo.command("git").current_dir(&at).args(line.split_whitespace()));
    git("commit -qam bob").silent();
    let said = git("push -q origin main");
    said.refused();
    assert!(!said.text.contains("alice"), "{}", said.text);
    git("push -q origin HEAD:refs/heads/new").refused();
}

#[test]
fn files_with_errors_are_not_pushed_and_their_repair_is() {
    let repo = pushed();
    repo.edit("bursar.yaml", RIGHT, WRONG);
    repo.git("commit -qam broken --no-verify");
    let said = repo.try_git("push -q origin main");
    said.stopped();
    assert_snapshot!("push_with_errors", said.text);
    repo.git("push -q --no-verify origin main");
    repo.commit(WRONG, RIGHT);
    let said = repo.try_git("push -q origin main");
    said.shown("has errors");
}

#[test]
fn a_config_that_was_moved_is_compared_with_what_it_was() {
    let repo = pushed();
    repo.git("mv bursar.yaml credits.yaml");
    repo.edit("credits.yaml", "cap: 500", "cap: 600");
    repo.git("add -A");
    repo.git("commit -qm moved");
    repo.bursar("-c credits.yaml hook install");
    // Another branch is checked out meanwhile: what counts is what is pushed.
    repo.git("branch moved");
    repo.git("checkout -q -b elsewhere HEAD~1");
    let said = repo.try_git("push -q origin moved:main");
    said.shown("alice");
    assert!(!said.text.contains("bob"), "{}", said.text);
}

#[test]
fn a_branch_without_the_config_is_not_asked_about() {
    let repo = pushed();
    repo.git("checkout -q --orphan pages");
    repo.git("rm -qrf .");
    repo.write("index.html", "<p>\n");
    repo.git("add -A");
    repo.git("commit -qm pages");
    repo.try_git("push -q origin pages").silent();
    repo.write("index.html", "<p><p>\n");
    repo.git("commit -qam pages");
    repo.try_git("push -q origin pages").silent();
    // A config that goes takes nothing from anybody, and nobody decides over its pools any more.
    repo.git("checkout -q -f main");
    repo.git("rm -q bursar.yaml");
    repo.git("commit -qm gone");
    assert!(repo.try_git("push -q origin main").done);
}
