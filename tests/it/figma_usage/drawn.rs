//! What was drawn against what the export shows.

use insta::assert_snapshot;
use serde_json::Value;

use crate::fakes::figma::{Fake, Row};

use super::{USAGE, ago, code, drew, output, run, world};

/// Bob drew more than his limit after the export, and Carol drew at No access. Dan drew before and on its day, Alice
/// less than her limit, and of the rest nobody can tell.
fn busy() -> Fake {
    let fake = Fake::start();
    fake.state(|state| {
        state.rows = vec![
            drew("alice", 1, 2000),
            drew("bob", 4, 400),
            drew("bob", 2, 220),
            drew("carol", 1, 85),
            drew("dan", 5, 50),
            drew("dan", 6, 40),
            drew("zoe", 3, 12),
            Row { email: None, ..drew("?", 3, 7) },
            // Of the period before.
            Row { period: ago(39), ..drew("dan", 9, 4000) },
        ];
    });
    fake
}

#[test]
fn a_draw_against_the_export_is_drift_with_its_evidence() {
    let fake = busy();
    let folder = world(&fake, USAGE);
    let at = folder.path();
    assert_snapshot!("drift", run(at, "plan"));
    assert_snapshot!("drift_markdown", run(at, "plan --format markdown"));
    assert_eq!(code(at, "plan --allow drift=1"), 3, "consent is to the number that was seen");
    assert_eq!(code(at, "plan --allow drift=2 --detailed-exitcode"), 2);
    let plan: Value = serde_json::from_slice(&output(at, "plan --format json").stdout).unwrap();
    let told: Vec<(&str, &str, bool)> = plan["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let cause = change["cause"].as_str().unwrap();
            (change["subject"].as_str().unwrap(), cause, change["audit"].as_str().unwrap().starts_with("drew "))
        })
        .collect();
    assert_eq!(told, [("bob", "drift", true), ("Carol@acme.example", "drift", true)]);
}

/// Four days ago, after the export, Ada set Carol from full to no access, and wrote it down.
#[test]
fn a_draw_against_the_record_is_drift_with_its_evidence() {
    let fake = Fake::start();
    let folder = world(&fake, USAGE);
    let at = folder.path();
    let people = std::fs::read_to_string(at.join("people.csv")).unwrap();
    std::fs::write(at.join("people.csv"), people.replace("Carol@acme.example,No", "Carol@acme.example,Full")).unwrap();
    assert_eq!(code(at, "plan --detailed-exitcode"), 2, "nothing is written down yet");
    let record = format!(
        "version: 1\ncenters:\n  design:\n    people:\n      carol@acme.example: {{ cap: none, by: Ada, at: \"{}T10:00:00Z\" }}\n",
        ago(4)
    );
    std::fs::write(at.join("figma.record.yaml"), record).unwrap();
    assert_eq!(code(at, "plan --detailed-exitcode"), 0, "the record counts more than an older export");
    // On the day itself it may have been before.
    fake.state(|state| state.rows = vec![drew("carol", 4, 30)]);
    assert_eq!(code(at, "plan --detailed-exitcode"), 0);
    fake.state(|state| state.rows.push(drew("carol", 1, 85)));
    assert_snapshot!("drift_record", run(at, "plan"));
    assert_snapshot!("drift_record_apply", run(at, "apply --yes --allow drift=1 --runbook steps.md --journal j.jsonl"));
}

#[test]
fn drawing_nothing_proves_nothing() {
    let fake = busy();
    fake.state(|state| state.rows.clear());
    let folder = world(&fake, USAGE);
    assert_snapshot!(run(folder.path(), "plan --detailed-exitcode"));
}

#[test]
fn without_a_token_nothing_is_asked() {
    let fake = busy();
    let folder = world(&fake, "");
    assert_eq!(code(folder.path(), "plan --detailed-exitcode"), 0);
    assert_eq!(fake.asked(), [""; 0]);
}

#[test]
fn an_export_of_unknown_age_proves_nothing_and_says_what_is_missing() {
    let fake = busy();
    let folder = world(&fake, USAGE);
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(&format!(", taken: {}", ago(5)), "")).unwrap();
    let shown = run(folder.path(), "plan --detailed-exitcode");
    assert!(shown.contains("exit 0"), "{shown}");
    let words: Vec<&str> = shown.split_whitespace().collect();
    let note = "bob@acme.example, carol@acme.example and dan@acme.example drew more paid credits since [today-8] than \
                the export lets them; whether before or after it was made only `taken:` under `export:` can tell";
    assert!(words.join(" ").contains(note), "{shown}");
}

#[test]
fn a_base_agrees_that_it_is_drift_unless_the_edit_itself_takes_it() {
    let fake = busy();
    let folder = world(&fake, USAGE);
    let at = folder.path();
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.current_dir(at)
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example"])
            .args(args);
        assert!(git.output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    let causes = || {
        let plan: Value = serde_json::from_slice(&output(at, "plan --base HEAD --format json").stdout).unwrap();
        let of = |change: &Value| {
            format!(
                "{} {} {}",
                change["subject"].as_str().unwrap(),
                change["cause"].as_str().unwrap(),
                !change["audit"].is_null()
            )
        };
        plan["changes"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(causes(), ["bob drift true", "Carol@acme.example drift true"]);
    let path = at.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    // A raise of somebody who took more already: what the center would see is a cut, and nobody approved that.
    std::fs::write(&path, text.replace("cap: 500", "cap: 550")).unwrap();
    assert_eq!(causes(), ["bob drift true", "Carol@acme.example drift true"]);
    std::fs::write(&path, text.replace("cap: 500", "cap: 100")).unwrap();
    assert_eq!(causes(), ["bob config true", "Carol@acme.example drift true"]);
}

#[test]
fn who_draws_at_an_unknown_level_and_is_granted_nothing_is_drift_too() {
    let fake = Fake::start();
    fake.state(|state| state.rows = vec![drew("alice", 1, 2000), drew("bob", 1, 501), drew("dan", 7, 1)]);
    let folder = world(&fake, USAGE);
    let at = folder.path();
    let everybody = ["alice", "bob", "carol", "dan"].map(|name| format!("{name}@acme.example\n")).concat();
    std::fs::write(at.join("people.csv"), format!("Email\n{everybody}")).unwrap();
    let path = at.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(", access: Access, limit: Limit", "")).unwrap();
    let shown = run(at, "plan --allow revocations=2");
    assert_snapshot!(shown);
}

#[test]
fn an_apply_holds_and_no_saved_plan_talks_the_evidence_away() {
    let fake = busy();
    let folder = world(&fake, USAGE);
    let at = folder.path();
    assert_eq!(code(at, "apply --yes"), 3);
    assert_eq!(code(at, "plan --out plan.json"), 3);
    let path = at.join("plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"cause\": \"drift\""), "{text}");
    std::fs::write(&path, text.replace("\"cause\": \"drift\"", "\"cause\": \"config\"")).unwrap();
    let shown = run(at, "apply plan.json --yes");
    assert!(shown.contains("exit 3") && shown.contains("--allow drift=2"), "{shown}");
    let runbooks = || std::fs::read_dir(at.join(".bursar/runbooks")).map_or(0, Iterator::count);
    assert_eq!(runbooks(), 0);
    assert_eq!(code(at, "apply --yes --allow drift=2"), 0);
    assert_eq!(runbooks(), 2);
}

#[test]
fn a_saved_plan_is_stale_once_somebody_drew() {
    let fake = busy();
    fake.state(|state| state.rows.clear());
    let folder = world(&fake, USAGE);
    let at = folder.path();
    let path = at.join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("cap: 500", "cap: 700")).unwrap();
    assert_eq!(code(at, "plan --out plan.json"), 0);
    fake.state(|state| state.rows = vec![drew("bob", 1, 600)]);
    assert_eq!(code(at, "apply plan.json --yes"), 5, "what was approved was a raise");
}
