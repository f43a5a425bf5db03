//! What a commit waits for: the hook in a small repository, as a process of its own.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};

const CONFIG: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 500 }
    others: blocked
";

fn run(folder: &Path, program: &str, line: &str) {
    let mut command = Command::new(program);
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Ana")
            .env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
    }
    assert!(
        command
            .current_dir(folder)
            .args(line.split_whitespace())
            .output()
            .unwrap()
            .status
            .success(),
        "{line}"
    );
}

fn hook(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let bursar = env!("CARGO_BIN_EXE_bursar");
    run(at, "git", "init -q");
    fs::write(at.join("bursar.yaml"), CONFIG).unwrap();
    run(at, "git", "add -A");
    run(at, "git", "commit -qm one");
    c.bench_function("hook/nothing of the config is staged", |b| {
        b.iter(|| run(at, bursar, "hook run pre-commit"));
    });
    fs::write(at.join("bursar.yaml"), CONFIG.replace("500", "400")).unwrap();
    run(at, "git", "add -A");
    c.bench_function("hook/the config is staged", |b| b.iter(|| run(at, bursar, "hook run pre-commit")));
    run(at, bursar, "hook install");
    c.bench_function("hook/with the script that Git starts", |b| {
        b.iter(|| run(at, "sh", ".git/hooks/pre-commit"));
    });
}

criterion_group!(benches, hook);
criterion_main!(benches);
