//! Git hooks on real repositories: the real `git` calls the built binary.

mod chain;
mod commit;
mod install;
mod push;
mod staged;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::secrets::{self, Folder};
use crate::terminal::{bursar, terminal};

pub(crate) const FILES: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
      - { member: bob, cap: 100 }
    others: blocked
guardrails:
  revocations: { count: 0 }
";

/// A mistake that every check sees, and what it is instead of.
pub(crate) const RIGHT: &str = "cap: 100";
pub(crate) const WRONG: &str = "cap: \"100\"";
/// What only a wrong file makes the hook say.
pub(crate) const MISTAKE: &str = "must be a number";

/// A repository with a home of its own, so that nobody's settings have a part in a test.
pub(crate) struct Repo {
    base: Folder,
    at: PathBuf,
}

impl Repo {
    /// With one commit of a sound config, and hooks.
    pub(crate) fn new() -> Self {
        let repo = Self::without_hooks();
        repo.bursar("hook install");
        repo
    }

    /// With one commit of a sound config.
    pub(crate) fn without_hooks() -> Self {
        let repo = Self::empty();
        repo.write("bursar.yaml", FILES);
        repo.git("add -A");
        repo.git("commit -qm one");
        repo
    }

    pub(crate) fn empty() -> Self {
        let base = Folder::new();
        let at = base.path().canonicalize().unwrap().join("repo");
        fs::create_dir_all(base.path().join("home")).unwrap();
        fs::create_dir_all(&at).unwrap();
        let repo = Self { base, at };
        repo.git("init -q -b main");
        repo
    }

    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// Beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.base.path().canonicalize().unwrap().join(name)
    }

    /// A command in the repository's folder, with an environment of its own.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.at).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command
            .env("HOME", self.beside("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NO_COLOR", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ana");
            command.env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
            command.env(format!("GIT_{who}_DATE"), "2026-11-20T10:00:00Z");
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs Git, whatever comes of it.
    pub(crate) fn try_git(&self, line: &str) -> Said {
        self.said(self.command("git").args(line.split_whitespace()))
    }

    /// Runs Git, which has to succeed. Returns what it says.
    pub(crate) fn git(&self, line: &str) -> String {
        let said = self.try_git(line);
        assert!(said.done, "git {line}\n{}", said.text);
        said.text
    }

    pub(crate) fn said(&self, command: &mut Command) -> Said {
        let output: Output = command.output().unwrap();
        secrets::look_at(&output);
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        let text = String::from_utf8(text)
            .unwrap()
            .replace(&self.beside("").display().to_string(), "[base]/");
        Said { done: output.status.success(), text }
    }

    /// Runs the binary, which has to succeed.
    pub(crate) fn bursar(&self, line: &str) {
        let out = bursar(&self.at)
            .env("HOME", self.beside("home"))
            .args(line.split_whitespace())
            .output()
            .unwrap();
        assert!(out.status.success(), "{line}\n{}", String::from_utf8_lossy(&out.stderr));
    }

    pub(crate) fn terminal(&self, line: &str) -> String {
        terminal(&self.at, line)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.at.join(path)).unwrap();
        assert!(text.contains(from), "{from}");
        self.write(path, &text.replace(from, to));
    }

    /// A hook, or what is kept of one.
    pub(crate) fn hook(&self, name: &str) -> PathBuf {
        self.at.join(".git/hooks").join(name)
    }

    /// Writes a hook of somebody else.
    pub(crate) fn foreign(&self, name: &str, text: &str) {
        write_program(&self.hook(name), text);
    }

    /// The subjects of the commits, newest first.
    pub(crate) fn log(&self) -> Vec<String> {
        self.git("log --format=%s").lines().map(str::to_owned).collect()
    }
}

/// What a command said on both streams, and whether it succeeded.
pub(crate) struct Said {
    pub(crate) done: bool,
    pub(crate) text: String,
}

impl Said {
    /// That a hook found the mistake, and that nothing was committed by it.
    #[track_caller]
    pub(crate) fn stopped(&self) {
        assert!(!self.done && self.text.contains(MISTAKE), "{}", self.text);
    }

    /// That no hook had anything to say.
    #[track_caller]
    pub(crate) fn silent(&self) {
        assert!(self.done && self.text.is_empty(), "{}", self.text);
    }
}

pub(crate) fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
