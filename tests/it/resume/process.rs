//! `bursar resume` as a process: what a person sees, and a real `kill -9`.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::harness::{assert_whole, lines};
use crate::terminal::{bursar, example, folder, terminal};

fn code(folder: &Path, line: &str) -> i32 {
    bursar(folder).args(line.split_whitespace()).output().unwrap().status.code().unwrap()
}

/// The quickstart, applied, with its journal in `run.jsonl`; and the center as it was before, in `before`.
fn applied() -> crate::secrets::Folder {
    let folder = example("quickstart");
    assert_eq!(code(folder.path(), "apply --yes -q --journal run.jsonl"), 0);
    folder
}

/// Leaves so many lines of the journal, and half of the next one.
fn tear(folder: &Path, keep: usize) {
    let path = folder.join("run.jsonl");
    let bytes = fs::read(&path).unwrap();
    let ends: Vec<usize> = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1)
        .collect();
    let from = if keep == 0 { 0 } else { ends[keep - 1] };
    fs::write(path, &bytes[..usize::midpoint(from, ends[keep])]).unwrap();
}

fn sql(folder: &Path, statement: &str) -> usize {
    let center = rusqlite::Connection::open(folder.join(".bursar/center.db")).unwrap();
    center.execute(statement, []).unwrap()
}

#[test]
fn a_run_that_died_is_finished() {
    let folder = applied();
    let at = folder.path();
    // It died after the pool and before the answer to the grants came: one of them was made.
    tear(at, 5);
    assert_eq!(sql(at, "DELETE FROM grants WHERE member = (SELECT id FROM members WHERE name = 'bob')"), 1);
    assert_eq!(sql(at, "DELETE FROM alerts"), 2);
    assert_snapshot!("resume_without_a_terminal", terminal(at, "resume run.jsonl"));
    let torn = fs::read(at.join("run.jsonl")).unwrap();
    assert_eq!(code(at, "resume run.jsonl --format markdown"), 64);
    assert_eq!(fs::read(at.join("run.jsonl")).unwrap(), torn, "nothing is written before somebody said yes");
    assert_snapshot!("resume", terminal(at, "resume run.jsonl --yes"));
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    let journal = fs::read(at.join("run.jsonl")).unwrap();
    assert_whole(&journal);
    let told: Vec<String> = lines(&journal)
        .iter()
        .map(|line| {
            let id = line["change"].as_str().or(line["change"]["id"].as_str()).unwrap();
            format!("{} {} {} {} {} {}", line["seq"], line["run"], line["kind"], id, line["outcome"], line["message"])
        })
        .collect();
    assert_snapshot!("resumed_journal", told.join("\n"));
    assert_snapshot!("resume_nothing_left", terminal(at, "resume run.jsonl --yes"));
    assert_eq!(fs::read(at.join("run.jsonl")).unwrap(), journal);
}

#[test]
fn what_is_open_is_closed_where_nothing_is_left() {
    let folder = applied();
    let at = folder.path();
    tear(at, 5);
    assert_snapshot!("resume_closes", terminal(at, "resume run.jsonl"));
    assert_whole(&fs::read(at.join("run.jsonl")).unwrap());
}

#[test]
fn a_run_is_not_gone_on_with_where_something_else_was_asked_since() {
    let folder = applied();
    let at = folder.path();
    tear(at, 5);
    sql(at, "DELETE FROM grants");
    let text = fs::read_to_string(at.join("bursar.yaml")).unwrap();
    let torn = fs::read(at.join("run.jsonl")).unwrap();
    for (name, from, to) in [
        ("value", "cap: 500", "cap: 501"),
        ("more", "at: 80%", "at: 70%"),
        ("account", "provider: embedded", "provider: embedded\n    path: o.db"),
        ("center", "local", "own"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(at.join("bursar.yaml"), text.replace(from, to)).unwrap();
        assert_snapshot!(format!("resume_other_{name}"), terminal(at, "resume run.jsonl --yes"));
        assert_eq!(code(at, "resume run.jsonl --yes"), 5);
    }
    assert_eq!(fs::read(at.join("run.jsonl")).unwrap(), torn);
}

#[test]
fn a_file_that_is_no_journal_says_so() {
    let folder = applied();
    let at = folder.path();
    assert_snapshot!("resume_no_journal", terminal(at, "resume bursar.yaml"));
    assert_snapshot!("resume_no_file", terminal(at, "resume run.json"));
    let whole = fs::read_to_string(at.join("run.jsonl")).unwrap();
    fs::write(at.join("run.jsonl"), whole.replacen("\"seq\":3", "\"seq\":4", 1)).unwrap();
    assert_snapshot!("resume_damaged", terminal(at, "resume run.jsonl"));
    fs::write(at.join("run.jsonl"), whole.replace("journal.v1", "journal.v2")).unwrap();
    assert_snapshot!("resume_newer", terminal(at, "resume run.jsonl"));
    fs::write(at.join("run.jsonl"), "").unwrap();
    assert_snapshot!("resume_empty", terminal(at, "resume run.jsonl"));
}

#[test]
fn the_consent_and_the_part_that_a_run_was_about_are_kept() {
    let people = (0..12).fold(String::new(), |text, i| text + &format!("  p{i:02}: {{}}\n"));
    let rules = (0..12).fold(String::new(), |text, i| text + &format!("      - {{ member: p{i:02}, cap: 10 }}\n"));
    let pool = |name: &str| {
        format!(
            "  {name}:\n    center: local\n    budget: {{ limit: 90000, unit: credits, period: monthly, when_exhausted: block }}\n    access:\n{rules}    others: blocked\n"
        )
    };
    let text = format!(
        "version: 1\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n{people}pools:\n{}{}",
        pool("one"),
        pool("two")
    );
    let folder = folder(&text);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes -q"), 0);
    fs::write(at.join("bursar.yaml"), text.replace(&format!("    access:\n{rules}"), "    access: []\n")).unwrap();
    fs::copy(at.join(".bursar/center.db"), at.join("before.db")).unwrap();
    let apply = "apply --yes -q --pool two --allow revocations=12 --journal run.jsonl";
    assert_eq!(code(at, apply), 0);
    let whole = fs::read(at.join("run.jsonl")).unwrap();
    assert_eq!(lines(&whole)[0]["allowed"], serde_json::json!(["revocations=12"]));
    assert_eq!(lines(&whole)[0]["selection"], serde_json::json!({ "pool": "two" }));
    // All intents are there, no outcome is, and three of the revocations were made.
    tear(at, 12);
    for file in fs::read_dir(at.join(".bursar")).unwrap().flatten().filter(|file| file.path().is_file()) {
        fs::remove_file(file.path()).unwrap();
    }
    fs::copy(at.join("before.db"), at.join(".bursar/center.db")).unwrap();
    let gone = "DELETE FROM grants WHERE pool = (SELECT id FROM pools WHERE name = 'two')
                AND member IN (SELECT id FROM members WHERE name IN ('p01', 'p02', 'p11'))";
    assert_eq!(sql(at, gone), 3);
    assert_eq!(code(at, "resume run.jsonl --yes -q"), 0, "{}", terminal(at, "resume run.jsonl --yes"));
    assert_eq!(code(at, "plan --detailed-exitcode --pool two"), 0);
    assert_eq!(code(at, "plan --detailed-exitcode --pool one --allow revocations=12"), 2, "nobody asked for that");
}

#[test]
fn a_killed_process_is_finished_by_resume() {
    let people = (0..3000).fold(String::new(), |text, i| text + &format!("  p{i}: {{}}\n"));
    let rules = (0..3000).fold(String::new(), |text, i| text + &format!("      - {{ member: p{i}, cap: 10 }}\n"));
    let text = format!(
        "version: 1\ncenters:\n  local: {{ provider: embedded }}\nmembers:\n{people}pools:\n  ai:\n    center: local\n    budget: {{ limit: 90000, unit: credits, period: monthly, when_exhausted: block }}\n    access:\n{rules}    others: blocked\n"
    );
    for bytes in [1, 1000, 300_000, 700_000, 1_500_000] {
        let folder = folder(&text);
        let at = folder.path();
        let mut child = bursar(at)
            .args(["apply", "--yes", "-q", "--journal", "run.jsonl"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while fs::metadata(at.join("run.jsonl")).map_or(0, |file| file.len()) < bytes {
            assert!(started.elapsed() < Duration::from_mins(1), "no journal");
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(code(at, "resume run.jsonl --yes -q"), 0, "{bytes}: {}", terminal(at, "resume run.jsonl --yes"));
        assert_eq!(code(at, "plan --detailed-exitcode"), 0, "{bytes}");
        assert_whole(&fs::read(at.join("run.jsonl")).unwrap());
        let center = rusqlite::Connection::open(at.join(".bursar/center.db")).unwrap();
        let grants: u32 = center.query_row("SELECT count(*) FROM grants", [], |row| row.get(0)).unwrap();
        assert_eq!(grants, 3000);
    }
}
