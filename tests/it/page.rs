//! Pages of the built binary, in real repositories.

use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::secrets::Folder;
use crate::terminal::{bursar, show, terminal};

const FILES: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
groups:
  designers: [alice, bob]
pools:
  design-ai:
    center: local
    budget: { limit: 9000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { group: designers, cap: 500 }
    others: blocked
";

fn git(at: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(at)
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap());
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ana Müller");
        command.env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
        command.env(format!("GIT_{who}_DATE"), "2026-11-20T10:00:00Z");
    }
    let out = command.env("HOME", at).env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
    assert!(out.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&out.stderr));
}

/// A repository with a config in a folder of it, applied and committed, and an edit that is not committed.
fn edited(from: &str, to: &str) -> Folder {
    let folder = Folder::new();
    let at = folder.path();
    fs::create_dir(at.join("conf")).unwrap();
    fs::write(at.join("conf/bursar.yaml"), FILES).unwrap();
    fs::write(at.join(".gitignore"), ".bursar/\n").unwrap();
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-qm", "Grant credits"]);
    assert!(bursar(at).args(["-C", "conf", "apply", "--yes", "-q"]).output().unwrap().status.success());
    assert!(FILES.contains(from));
    fs::write(at.join("conf/bursar.yaml"), FILES.replace(from, to)).unwrap();
    folder
}

const RAISE: (&str, &str) = (
    "cap: 500 }\n",
    "cap: 500 }\n      - { member: bob, cap: 2000, reason: Leads the AI prototype, expires: 2026-12-31 }\n",
);

#[test]
fn a_page_of_an_edit_and_a_page_of_a_plan() {
    let folder = edited(RAISE.0, RAISE.1);
    let at = folder.path();
    let as_of = "--as-of 2026-11-22 --format markdown";
    assert_snapshot!("page_diff", terminal(at, &format!("diff main -C conf {as_of}")));
    assert_snapshot!("page_plan", terminal(at, &format!("plan --base main -C conf {as_of}")));
}

#[test]
fn one_mark_from_wherever_it_is_asked() {
    let folder = edited(RAISE.0, RAISE.1);
    let at = folder.path();
    let absolute = at.join("conf/bursar.yaml").display().to_string();
    for (from, args) in [
        ("", vec!["-C", "conf"]),
        ("", vec!["-c", "conf/bursar.yaml"]),
        ("", vec!["-c", "./conf//bursar.yaml"]),
        ("conf", vec![]),
        ("conf", vec!["-c", absolute.as_str()]),
        (".bursar", vec!["-C", "../conf"]),
    ] {
        fs::create_dir_all(at.join(".bursar")).unwrap();
        let mut command = bursar(&at.join(from));
        let out = command
            .args(args.iter().copied())
            .args(["diff", "main", "--format", "markdown"])
            .output()
            .unwrap();
        let page = String::from_utf8(out.stdout).unwrap();
        assert_eq!(page.lines().next(), Some("<!-- bursar:conf/bursar.yaml -->"), "{from} {args:?} {page}");
    }
}

#[test]
fn a_page_that_is_cut_leads_to_the_run_and_the_summary_has_all_of_it() {
    let members = |n: usize| (0..n).map(|n| format!("  m{n:04}: {{ email: m{n:04}@acme.example }}\n"));
    let rules = |n: usize| (0..n).map(|n| format!("      - {{ member: m{n:04}, cap: 1, reason: Joined }}\n"));
    let (from, to) = ("members:\n", format!("members:\n{}", members(2000).collect::<String>()));
    let folder = edited(from, &to);
    let at = folder.path();
    let text = fs::read_to_string(at.join("conf/bursar.yaml")).unwrap();
    let text = text.replace("    access:\n", &format!("    access:\n{}", rules(2000).collect::<String>()));
    fs::write(at.join("conf/bursar.yaml"), text).unwrap();
    fs::write(at.join("summary.md"), "before\n").unwrap();
    for command in ["diff main", "plan --base main"] {
        let line = format!("{command} -C conf -q --format markdown --summary summary.md --as-of 2026-11-22");
        let mut run = bursar(at);
        run.args(line.split_whitespace()).envs([
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/credits"),
            ("GITHUB_RUN_ID", "17"),
        ]);
        let out = run.output().unwrap();
        let page = String::from_utf8(out.stdout).unwrap();
        assert!(page.len() <= 60_000 && page.chars().count() <= 65_536);
        assert!(page.contains("What stands here is not an approval record"), "{page}");
        assert!(page.contains("[job summary](https://github.com/acme/credits/actions/runs/17)"), "{page}");
        let summary = fs::read_to_string(at.join("summary.md")).unwrap();
        assert!(summary.starts_with("before\n<!-- bursar:conf/bursar.yaml -->\n"), "{summary}");
        assert!(!summary.contains("Cut to fit"));
        assert_eq!(summary.matches("| `m1999` | gains access").count(), 1);
        fs::write(at.join("summary.md"), "before\n").unwrap();
    }
}

#[test]
fn a_summary_that_cannot_be_written() {
    let folder = edited(RAISE.0, RAISE.1);
    let line = "diff main -C conf --summary no/such/folder.md";
    let out = bursar(folder.path()).args(line.split_whitespace()).output().unwrap();
    assert_snapshot!("page_summary_unwritable", show(line, &out, folder.path()));
}
