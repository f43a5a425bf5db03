//! A repository with a base and a proposed change, the events about it, and what is on the runner.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::github::GitHub;
use super::runner::{Run, Runner};
use crate::secrets::Folder;
use crate::terminal::bursar;

/// What the center is made of.
pub(crate) const BASE: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 9000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
      - { member: bob, cap: 100 }
    others: blocked
guardrails:
  revocations: { count: 0 }
";

/// Bob's raise, which is what most pull requests are about.
pub(crate) fn raised(cap: u32) -> String {
    BASE.replace("bob, cap: 100", &format!("bob, cap: {cap}"))
}

/// A repository, a runner and GitHub.
pub(crate) struct World {
    pub(crate) folder: Folder,
    pub(crate) runner: Runner,
    pub(crate) github: GitHub,
    base: String,
}

impl World {
    /// The base is committed and applied; nothing is proposed yet. None where a program is missing that GitHub's runners
    /// have, so that there is nothing to run the action with.
    pub(crate) fn new() -> Option<Self> {
        if !has_tools() {
            return None;
        }
        let folder = Folder::new();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let github = GitHub::start();
        let mut runner = Runner::new(&bin);
        runner.env.insert("GITHUB_API_URL".into(), github.url.clone());
        runner.env.insert("GITHUB_GRAPHQL_URL".into(), format!("{}/graphql", github.url));
        let mut world = Self { folder, runner, github, base: String::new() };
        world.put("bursar", &format!("#!/bin/bash\nexec {:?} \"$@\"\n", env!("CARGO_BIN_EXE_bursar")));
        fs::create_dir(world.at()).unwrap();
        world.git(&["init", "-q", "-b", "main"]);
        world.write(".gitignore", ".bursar/\n");
        world.commit(BASE);
        let applied = bursar(&world.at()).args(["apply", "--yes", "-q"]).output().unwrap();
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        world.base = world.head();
        Some(world)
    }

    /// The workspace.
    pub(crate) fn at(&self) -> PathBuf {
        self.folder.path().join("credits")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.at().join(path), text).unwrap();
    }

    /// Puts a program on PATH.
    pub(crate) fn put(&self, name: &str, script: &str) {
        program(&self.runner.bin.join(name), script);
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.at()).args(args).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Ana")
                .env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
        }
        let out = command.output().unwrap();
        assert!(out.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn commit(&self, config: &str) -> String {
        self.write("bursar.yaml", config);
        self.git(&["add", "-A"]);
        self.git(&["commit", "--allow-empty", "-qm", "Credits"]);
        self.head()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Checks out what GitHub makes of a pull request with this config, and tells the event.
    pub(crate) fn propose(&self, config: &str) -> Value {
        self.git(&["checkout", "-q", "-B", "change", &self.base]);
        let head = self.commit(config);
        self.git(&["checkout", "-q", "--detach", &self.base]);
        self.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
        self.github.state().head.clone_from(&head);
        json!({ "pull_request": {
            "number": 7,
            "head": { "sha": head, "repo": { "full_name": "acme/credits" } },
            "base": { "sha": self.base },
        } })
    }

    /// Uses the action with the binary of this build.
    pub(crate) fn run(&self, event: (&str, &Value), inputs: &[(&str, &str)]) -> Run {
        let mut all = vec![("version", "preinstalled")];
        all.extend(inputs);
        self.runner.run(&self.at(), event, &all)
    }

    /// Plans a proposal on its pull request.
    pub(crate) fn plan(&self, config: &str) -> Run {
        let event = self.propose(config);
        self.run(("pull_request", &event), &[("command", "plan")])
    }
}

/// Writes a program.
pub(crate) fn program(path: &Path, script: &str) {
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Whether there is everything that the action's scripts call. GitHub's runners have it; what the gate runs on must too.
pub(crate) fn has_tools() -> bool {
    let missing = ["bash", "git", "curl", "jq"]
        .into_iter()
        .find(|tool| !Command::new(tool).arg("--version").output().is_ok_and(|out| out.status.success()));
    if let Some(tool) = missing {
        assert!(std::env::var_os("CI").is_none(), "the action needs {tool}");
        println!("there is no {tool}: NOT TESTED");
    }
    missing.is_none()
}
