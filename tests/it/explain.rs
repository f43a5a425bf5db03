//! `bursar explain`: what a person sees, what a program reads, and what the center says beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use bursar::config::explain::{Explanation, PoolRight, Right};
use bursar::model::{CenterId, Origin, PoolId, Source};
use bursar::output::explain::{Live, Report, Seen, json};
use bursar::output::text::{self, Style};
use insta::assert_snapshot;
use jiff::civil::date;
use serde_json::Value;

use crate::output::json::{findings, validator};
use crate::secrets::Folder;
use crate::terminal::{bursar, example, folder, terminal};

const SCHEMA: &str = include_str!("../../schema/explain.v1.schema.json");

/// Runs it for a program, and holds what it says against the schema.
fn explained(at: &Path, line: &str) -> Value {
    let out = bursar(at).args(line.split_whitespace()).args(["--format", "json"]).output().unwrap();
    assert!(out.status.success(), "{line}\n{}", String::from_utf8_lossy(&out.stderr));
    let value = serde_json::from_slice(&out.stdout).unwrap();
    kept(&value);
    value
}

fn kept(value: &Value) {
    let errors = findings(&validator(SCHEMA), value);
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

fn edit(at: &Path, from: &str, to: &str) {
    let path = at.join("bursar.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn the_company() {
    let folder = example("company");
    let at = folder.path();
    for who in ["carol", "bob", "dana", "frank"] {
        assert_snapshot!(format!("explain_{who}"), terminal(at, &format!("explain {who} --as-of 2026-11-22")));
    }
    assert_snapshot!("explain_last_day", terminal(at, "explain carol --pool design-ai --as-of 2027-03-31"));
    assert_snapshot!("explain_expired", terminal(at, "explain carol --pool design-ai --as-of 2027-04-01"));
    assert_snapshot!("explain_json", terminal(at, "explain dana -q --as-of 2026-11-22 --format json"));
    // Whatever they are known by.
    for name in ["DANA-ACME", "Dana@Acme.example", "Dana"] {
        assert_eq!(explained(at, &format!("explain {name} -q")), explained(at, "explain dana -q"), "{name}");
    }
    for who in ["alice", "bob", "carol", "erin", "frank"] {
        for day in ["2026-11-22", "2027-01-01", "2030-01-01"] {
            explained(at, &format!("explain {who} --as-of {day}"));
        }
    }
}

const RULES: &str = "\
version: 1
centers:
  local: { provider: embedded }
  gate: { provider: litellm, base_url: \"http://127.0.0.1:9\", token: { env: NO_SUCH_TOKEN } }
members:
  alice: { email: alice@acme.example, github: sam }
  bob: { cursor: Sam }
  eve: {}
groups:
  a: [alice, bob]
  b: [alice]
  c: [group:a, group:b]
  same: [bob]
pools:
  high:
    center: local
    budget: { unit: credits, period: weekly }
    overlap: highest
    access:
      - { group: a, cap: 10 }
      - { group: b, cap: 20 }
      - { group: c, cap: unlimited, expires: 2026-01-31 }
    others: unmanaged
  low:
    center: local
    budget: { unit: credits, period: daily }
    overlap: lowest
    access:
      - { group: a, cap: 10 }
      - { group: b, cap: 20 }
      - { group: same, cap: 10, reason: Kept for the pilot }
      - { member: alice, cap: 5, starts: 2027-01-01 }
    others: { cap: inherit }
    default_cap: 3
  none:
    center: local
    budget: { unit: credits, period: yearly }
    access:
      - { group: a }
    others: { cap: inherit }
  away:
    center: gate
    budget: { unit: USD, period: monthly }
    access:
      - { member: alice, cap: 1 }
    others: unmanaged
";

#[test]
fn every_way_to_lose() {
    let folder = folder(RULES);
    let at = folder.path();
    for who in ["alice", "bob", "eve"] {
        assert_snapshot!(
            format!("explain_rules_{who}"),
            terminal(at, &format!("explain {who} -q --as-of 2026-06-15")).replace(RULES, "")
        );
        explained(at, &format!("explain {who} -q --as-of 2026-06-15"));
    }
    let lost: Vec<Value> = explained(at, "explain alice -q --as-of 2026-06-15")["pools"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|pool| pool["rules"].as_array().unwrap().iter().map(|rule| rule["lost"].clone()))
        .filter(|lost| !lost.is_null())
        .collect();
    assert_eq!(lost, ["overlap_highest", "expired", "overlap_lowest", "not_started"]);
    assert_snapshot!("explain_two_people", terminal(at, "explain SAM -q"));
}

#[test]
fn errors_say_what_to_do() {
    let folder = example("company");
    let at = folder.path();
    for (name, line) in [
        ("explain_unknown", "explain carl -q"),
        ("explain_unknown_email", "explain carol@acme.exampl -q"),
        ("explain_unknown_pool", "explain carol --pool design -q"),
        ("explain_format", "explain carol --format markdown"),
        ("explain_nobody_live", "explain zoe --live -q"),
        ("explain_no_argument", "explain"),
    ] {
        assert_snapshot!(name, terminal(at, line));
    }
    assert_snapshot!("explain_wrong_files", terminal(self::folder("version: 2\n").path(), "explain alice"));
}

/// A repository whose commits have the same ids everywhere.
struct Repository(Folder);

impl Repository {
    fn git(&self, author: &str, args: &[&str]) {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.0.path()).args(args).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.0.path());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), author);
            command.env(format!("GIT_{who}_EMAIL"), "ana@acme.example");
            command.env(format!("GIT_{who}_DATE"), "2026-11-20T10:00:00Z");
        }
        let out = command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        assert!(out.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&out.stderr));
    }

    fn commit(&self, author: &str, message: &str) {
        self.git(author, &["add", "bursar.yaml"]);
        self.git(author, &["commit", "-qm", message]);
    }

    fn new(text: &str) -> Self {
        let repository = Self(folder(text));
        repository.git("", &["init", "-q", "-b", "main"]);
        repository.commit("Ana Müller", "Grant credits");
        repository
    }
}

const SMALL: &str = "\
version: 1
centers:
  local: { provider: embedded }
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
  carol: { email: carol@acme.example }
groups:
  team: [alice, bob]
pools:
  ai:
    center: local
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    default_cap: 50
    access:
      - { group: team }
      - { member: alice, cap: 500, reason: Leads the pilot }
    others: { cap: 7 }
";

#[test]
fn every_line_has_its_author() {
    let repository = Repository::new(SMALL);
    let at = repository.0.path();
    edit(at, "cap: 500", "cap: 600");
    repository.commit("Bob\u{1b}[2J \u{202e}@all| `x`", "Raise alice");
    assert_snapshot!("explain_git", terminal(at, "explain alice --as-of 2026-11-22"));
    let value = explained(at, "explain alice --as-of 2026-11-22");
    assert_eq!(value["git"], true);
    assert_eq!(value["pools"][0]["written"]["author"], "Bob\u{1b}[2J \u{202e}@all| `x`");
    assert_eq!(value["pools"][0]["rules"][1]["written"]["author"], "Ana Müller");
    edit(at, "default_cap: 50", "default_cap: 60");
    assert_snapshot!("explain_git_default", terminal(at, "explain bob --as-of 2026-11-22"));
    explained(at, "explain bob");
}

#[test]
fn the_center_beside_the_files() {
    let folder = folder(SMALL);
    let at = folder.path();
    assert_snapshot!("explain_live_no_pool", terminal(at, "explain alice --live -q"));
    assert!(bursar(at).args(["apply", "--yes", "-q"]).output().unwrap().status.success());
    assert_snapshot!("explain_live_same", terminal(at, "explain alice --live -q"));
    assert_snapshot!("explain_live_others", terminal(at, "explain carol --live -q"));
    let differs = |who: &str| {
        let value = explained(at, &format!("explain {who} --live -q"));
        (value["pools"][0]["live"]["seen"].clone(), value["pools"][0]["live"]["differs"].clone())
    };
    for (who, seen) in [("alice", "grant"), ("bob", "grant"), ("carol", "others")] {
        assert_eq!(differs(who), (seen.into(), false.into()), "{who}");
    }
    // Somebody works past the files: a stranger comes in, and the pool's default, which bob's cap follows, is another.
    let files = fs::read_to_string(at.join("bursar.yaml")).unwrap();
    edit(at, "  carol: { email: carol@acme.example }", "  zoe: {}");
    edit(at, "      - { member: alice, cap: 500, reason: Leads the pilot }\n", "      - { member: zoe, cap: 70 }\n");
    edit(at, "default_cap: 50", "default_cap: 40");
    edit(at, "others: { cap: 7 }", "others: blocked");
    assert!(bursar(at).args(["apply", "--yes", "-q"]).output().unwrap().status.success());
    fs::write(at.join("bursar.yaml"), files).unwrap();
    for who in ["alice", "bob", "carol"] {
        assert_snapshot!(format!("explain_live_drift_{who}"), terminal(at, &format!("explain {who} --live -q")));
        assert_eq!(differs(who).1, true, "{who}");
    }
    assert_snapshot!("explain_live_stranger", terminal(at, "explain ZOE --live -q"));
    let zoe = explained(at, "explain ZOE --live -q");
    assert_eq!((&zoe["member"]["name"], &zoe["member"]["known"]), (&"zoe".into(), &false.into()));
    assert_eq!(zoe["pools"][0]["live"]["changes"][0]["kind"], "grant.revoke");
    assert_snapshot!("explain_live_json", terminal(at, "explain bob --live -q --format json --as-of 2026-11-22"));
    // A plan that makes it right leaves nothing to say.
    assert!(bursar(at).args(["apply", "--yes", "-q", "--allow", "revocations=1"]).output().is_ok());
}

/// Only centers that can know them are asked.
#[test]
fn a_center_without_an_identity_of_theirs_is_not_read() {
    let folder = folder(RULES);
    let value = explained(folder.path(), "explain eve --live -q --as-of 2026-06-15");
    let live: BTreeMap<&str, bool> = value["pools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pool| (pool["pool"].as_str().unwrap(), !pool["live"].is_null()))
        .collect();
    assert_eq!(live, BTreeMap::from([("away", false), ("high", true), ("low", true), ("none", true)]));
    // And of pools only the one that was asked about: the other center has no token here.
    explained(folder.path(), "explain alice --live --pool low -q --as-of 2026-06-15");
    assert_snapshot!("explain_live_unreachable", terminal(folder.path(), "explain alice --live -q --as-of 2026-06-15"));
}

/// What a center or a commit says may be anything.
#[test]
fn nothing_hidden_passes() {
    let evil = "zoe\u{1b}[2J\n\u{202e}::error::x\r`|<b>";
    let (center, pool) = (CenterId::new("local").unwrap(), PoolId::new("ai").unwrap());
    let source = Source { file: format!("{evil}.yaml").into(), line: 3 };
    let right = PoolRight {
        center: center.clone(),
        pool: pool.clone(),
        provider: "embedded",
        cap_scope: bursar::model::capability::CapScope::Pool,
        budget: None,
        known_by: Some(evil.to_owned()),
        period: None,
        right: Right::Others { others: None },
        decided_at: source.clone(),
        rules: Vec::new(),
    };
    let explanation = Explanation { person: None, pools: vec![right] };
    let written = Origin::Commit { id: "a".repeat(40), author: evil.to_owned(), at: jiff::Timestamp::UNIX_EPOCH };
    let origins = BTreeMap::from([(source, written.into())]);
    for seen in [Seen::NoPool, Seen::Nothing, Seen::NotObserved] {
        let live = Live {
            center: center.clone(),
            provider: "embedded",
            cap_scope: bursar::model::capability::CapScope::Pool,
            budget: None,
            identity: evil.to_owned(),
            seen,
            period: None,
            changes: Vec::new(),
            confirmed: None,
        };
        let live = BTreeMap::from([((center.clone(), pool.clone()), live)]);
        let report = Report {
            name: evil,
            as_of: date(2026, 11, 22),
            explanation: &explanation,
            origins: Some(&origins),
            live: Some(&live),
            totals: None,
        };
        let mut out = Vec::new();
        text::explain(&mut out, &report, Style::default()).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.chars().all(|c| c == '\n' || !bursar::output::escape::is_hidden(c)), "{out:?}");
        assert!(!out.lines().any(|line| line.contains("::error") && !line.contains("\\n")), "{out}");
        let mut bytes = Vec::new();
        json(&mut bytes, &report).unwrap();
        kept(&serde_json::from_slice(&bytes).unwrap());
    }
}

#[test]
fn the_schema_is_printed_and_refuses() {
    let folder = example("company");
    let out = bursar(folder.path()).args(["schema", "explain"]).output().unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), SCHEMA);
    let good = explained(folder.path(), "explain carol -q");
    for (pointer, value) in [
        ("/schema", Value::from("bursar.explain.v2")),
        ("/pools/0/right", "maybe".into()),
        ("/pools/0/cap", "lots".into()),
        ("/pools/1/rules/1/lost", "luck".into()),
        ("/pools/1/days_left", (-1).into()),
        ("/member/source", "nowhere".into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!findings(&validator(SCHEMA), &bad).is_empty(), "{pointer}");
    }
}
