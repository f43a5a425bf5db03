//! Keys for whoever draws on a pool that a LiteLLM holds: in the file that was asked for, and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use super::litellm::{run, world};
use crate::fakes::litellm::{Fake, Fault, Key, MINTED, When};
use crate::secrets::Folder;
use crate::terminal::bursar;

const TEAM: &str = "bursar-fallback-design-ai";

/// A folder beside that of the config: that one is searched for secrets when it goes.
fn apply(folder: &Folder, file: &Path, more: &str) -> String {
    run(folder, &format!("apply --yes --center gateway --keys-to {} {more}", file.display()))
}

fn lines(file: &Path) -> Vec<Value> {
    fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn they_are_in_the_file_and_nowhere_else() {
    let fake = Fake::start();
    let (folder, beside) = (world(&fake), tempfile::tempdir().unwrap());
    let (file, log) = (beside.path().join("keys.jsonl"), folder.path().join("http.jsonl"));
    let said = bursar(folder.path())
        .env("TOKEN", crate::litellm::KEY)
        .env("BURSAR_HTTP_LOG", &log)
        .args(["apply", "--yes", "--center", "gateway", "-v", "--format", "json", "--keys-to"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let found = lines(&file);
    assert_eq!(found.len(), 2);
    fake.state(|state| {
        for (line, key) in found.iter().zip(&state.keys) {
            assert_eq!(line["key"], key.secret.as_str());
            assert_eq!(line["pool"], "design-ai");
            assert_eq!(line["base_url"].as_str().unwrap().trim_end_matches('/'), fake.url());
            assert_eq!(key.alias, format!("bursar/design-ai/{}", line["member"].as_str().unwrap()));
            assert_eq!((key.team.as_deref(), key.kind.as_str()), (Some(TEAM), "llm_api"));
            let email = format!("{}@acme.example", line["member"].as_str().unwrap());
            let seat = |(user, address, _): &(String, Option<String>, String)| {
                Some(user) == key.user.as_ref() && address.as_deref() == Some(&email)
            };
            assert!(state.teams[TEAM].members.iter().any(seat), "the key is that person's own");
        }
    });
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // The folder, with journal and log, and both streams are searched by the harness; the log must hold the exchange.
    let log = fs::read_to_string(log).unwrap();
    let minted = log.lines().find(|line| line.contains("/key/generate")).unwrap();
    assert!(minted.contains("\"key\":\"REDACTED\""), "{minted}");
    assert!(fs::read_to_string(&file).unwrap().contains(&MINTED[9..]), "what is searched for is what was made");
}

#[test]
fn only_those_that_are_lacking_are_made() {
    let fake = Fake::start();
    let (folder, beside) = (world(&fake), tempfile::tempdir().unwrap());
    let told = run(&folder, "apply --yes --center gateway");
    assert!(told.contains("2 people have no key to draw with from design-ai"), "{told}");
    fake.state(|state| assert!(state.keys.is_empty(), "nobody asked for them"));
    let file = |name: &str| beside.path().join(name);
    assert!(apply(&folder, &file("1"), "").contains("2 keys were written to"));
    fake.state(|state| drop(state.keys.remove(0)));
    assert!(apply(&folder, &file("2"), "").contains("1 key was written to"));
    assert_eq!(lines(&file("2"))[0]["member"], "alice");
    assert!(apply(&folder, &file("3"), "").contains("has a key already"));
    assert!(!file("3").exists(), "an empty file says nothing");
    assert!(!run(&folder, "apply --yes --center gateway").contains("no key"));
    // Whoever is not in the team gets none: a key would be made for anybody.
    fake.state(|state| {
        let of = |(_, email, _): &&(String, Option<String>, String)| email.as_deref() == Some("alice@acme.example");
        let user = state.teams[TEAM].members.iter().find(of).unwrap().0.clone();
        state.unseat(TEAM, &user);
        assert_eq!(state.keys.len(), 1, "as the real one does");
    });
    let text = fs::read_to_string(folder.path().join("bursar.yaml")).unwrap();
    fs::write(folder.path().join("bursar.yaml"), text.replace("      - { member: alice, cap: 2000 }\n", "")).unwrap();
    let said = apply(&folder, &file("4"), "");
    assert!(said.contains("has a key already"), "{said}");
}

#[test]
fn a_file_that_cannot_be_made_stops_all_of_it() {
    let fake = Fake::start();
    let (folder, beside) = (world(&fake), tempfile::tempdir().unwrap());
    let taken = beside.path().join("taken");
    fs::write(&taken, "mine").unwrap();
    for place in [taken.display().to_string(), "no/such/folder/keys".to_owned(), "s3://bucket/keys".to_owned()] {
        let said = run(&folder, &format!("apply --yes --center gateway --keys-to {place}"));
        assert!(said.contains("help: ") && !said.ends_with("--- exit 0\n"), "{said}");
    }
    assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
    fake.state(|state| assert!(state.teams.is_empty() && state.keys.is_empty()));
}

#[test]
fn a_lost_answer_leaves_no_key_that_nobody_has() {
    let fake = Fake::start();
    let (folder, beside) = (world(&fake), tempfile::tempdir().unwrap());
    let file = beside.path().join("keys.jsonl");
    fake.fault(Fault::reset("POST /key/generate", When::After));
    fake.fault(Fault { skip: 1, ..Fault::reset("POST /key/generate", When::Before) });
    let said = apply(&folder, &file, "");
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    let mut had: Vec<String> = lines(&file).iter().map(|line| line["key"].as_str().unwrap().to_owned()).collect();
    had.sort();
    let mut there = fake.state(|state| state.keys.iter().map(|key| key.secret.clone()).collect::<Vec<_>>());
    there.sort();
    assert_eq!(had, there);
    assert_eq!(had.len(), 2);
}

#[test]
fn what_goes_wrong_is_told_and_the_rest_is_made_later() {
    let fake = Fake::start();
    let (folder, beside) = (world(&fake), tempfile::tempdir().unwrap());
    fake.fault(Fault { skip: 1, ..Fault::status("POST /key/generate", 403) });
    let said = apply(&folder, &beside.path().join("1"), "");
    assert!(said.contains("1 of 2 keys were made") && said.ends_with("--- exit 4\n"), "{said}");
    assert_eq!(lines(&beside.path().join("1")).len(), 1);
    let said = apply(&folder, &beside.path().join("2"), "");
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    assert_eq!(lines(&beside.path().join("2"))[0]["member"], "bob");
}

#[test]
fn a_key_of_somebody_else_stays() {
    let fake = Fake::start();
    let (folder, beside) = (world(&fake), tempfile::tempdir().unwrap());
    fake.state(|state| {
        state.keys.push(Key {
            hash: "foreign".to_owned(),
            secret: String::new(),
            alias: "bursar/design-ai/alice".to_owned(),
            user: None,
            team: None,
            kind: "default".to_owned(),
        });
    });
    let said = apply(&folder, &beside.path().join("keys"), "");
    assert!(said.contains("already exists") && said.contains("0 of 2 keys were made"), "{said}");
    assert!(said.contains("help: what was applied before stays") && said.ends_with("--- exit 1\n"), "{said}");
    assert!(!beside.path().join("keys").exists());
    fake.state(|state| assert_eq!(state.keys.iter().map(|key| key.hash.as_str()).collect::<Vec<_>>(), ["foreign"]));
}

#[test]
fn whoever_did_not_ask_for_keys_is_only_warned() {
    let fake = Fake::start();
    let folder = world(&fake);
    fake.fault(Fault::status("GET /key/list", 403));
    let said = run(&folder, "apply --yes --center gateway");
    assert!(said.contains("it is not known who has a key for design-ai") && said.ends_with("--- exit 0\n"), "{said}");
}
