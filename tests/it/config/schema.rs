//! The JSON schema: made from the types, current, and of one mind with our own reader.

use std::path::{Path, PathBuf};

use bursar::centers;
use bursar::config::checks::registry;
use bursar::config::{self, tree};
use bursar::diagnostics::{FileId, Severity};
use proptest::prelude::*;
use serde_json::Value;

use super::checks::whole;
use super::{TODAY, lines, texts};

/// What is structure: what a JSON schema can see of it too.
fn structural(code: &str) -> bool {
    registry().any(|check| check.code == code && check.schema)
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&config::schema::schema(&centers::providers())).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The JSON of a text, if YAML itself leaves no finding but of what cannot be seen: that a schema can find too.
fn json(text: &str) -> Option<Value> {
    let mut findings = Vec::new();
    let tree = tree::parse(text, FileId(0), &mut findings)?;
    findings.iter().all(|finding| finding.code == "BUR017").then(|| tree.to_json())
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "a folder of examples has examples");
    files
}

fn ours(text: &str) -> (Vec<&'static str>, String) {
    let loaded = texts(&[text]);
    let providers = centers::providers();
    let findings = config::check(&loaded, &providers, TODAY);
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code);
    (errors.collect(), lines(&loaded, &findings))
}

#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/bursar.v1.schema.json");
    let schema = config::schema::schema(&centers::providers());
    if std::env::var_os("BURSAR_BLESS").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(committed == schema, "the schema is not what the types say: run the tests with BURSAR_BLESS=1");
}

#[test]
fn nothing_in_the_schema_may_be_null() {
    assert!(!config::schema::schema(&centers::providers()).contains("\"null\""));
}

#[test]
fn right_files_are_accepted_by_both() {
    let validator = validator();
    for path in files("right") {
        let text = std::fs::read_to_string(&path).unwrap();
        let (errors, found) = ours(&text);
        assert!(errors.is_empty(), "{}\n{found}", path.display());
        let json = json(&text).unwrap();
        let problems: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}\n{problems:?}", path.display());
    }
}

#[test]
fn wrong_structure_is_refused_by_both() {
    let validator = validator();
    for path in files("wrong/structural") {
        let text = std::fs::read_to_string(&path).unwrap();
        let (errors, found) = ours(&text);
        assert!(errors.iter().any(|code| structural(code)), "{}\n{found}", path.display());
        assert!(!validator.is_valid(&json(&text).unwrap()), "the schema accepts {}", path.display());
    }
}

#[test]
fn wrong_meaning_is_refused_by_us() {
    for path in files("wrong/meaning") {
        let text = std::fs::read_to_string(&path).unwrap();
        let (errors, found) = ours(&text);
        assert!(!errors.is_empty(), "{} is accepted", path.display());
        let wanted = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# BUR"))
            .expect("a code in the first line");
        let wanted = format!("BUR{}", &wanted[..3]);
        assert!(errors.contains(&wanted.as_str()), "{} wants {wanted}\n{found}", path.display());
    }
}

#[test]
fn the_schema_refuses_the_examples_that_it_can_see() {
    let validator = validator();
    for check in registry() {
        let files = whole(check.bad);
        let [text] = files.as_slice() else { continue };
        let Some(json) = json(text) else { continue };
        // A test's own providers are unknown to the schema.
        if text.contains("one-cap") || text.contains("one-pool") || text.contains("one-setting") {
            continue;
        }
        // Of secrets it sees only those that stand where a map belongs.
        let refused = !validator.is_valid(&json);
        assert!(refused == check.schema || check.name == "secret", "{} {}", check.code, check.name);
    }
}

const SEED: &str = include_str!("../../files/right/everything.yaml");

/// What is put somewhere in the file instead of what is there.
fn junk() -> impl Strategy<Value = Value> {
    let words = [
        "alice",
        "designers",
        "group:designers",
        "unlimited",
        "inherit",
        "blocked",
        "unmanaged",
        "80%",
        "0%",
        "101%",
        "08%",
        "budget",
        "caps",
        "USD",
        "usd",
        "credits",
        "monthly",
        "2026-12-31",
        "2026-02-30",
        "26-1-1",
        "absent",
        "Bad Id",
        "a@b",
        "a b",
        "embedded",
        "litellm",
        "",
        "BURSAR_TOKEN",
        "http://127.0.0.1:4000",
        "x\u{202e}y",
        "two\nlines",
        "member",
        "s3://bucket/prefix",
        "ftp://host/x",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u32..2000).prop_map(Value::from),
        Just(Value::from(-3)),
        Just(Value::from(12.5)),
        proptest::sample::select(words.to_vec()).prop_map(Value::from),
        Just(Value::Array(Vec::new())),
        Just(serde_json::json!([1])),
        Just(serde_json::json!(["alice"])),
        Just(serde_json::json!({})),
        Just(serde_json::json!({ "cap": 5 })),
        Just(serde_json::json!({ "amount": 5 })),
        Just(serde_json::json!({ "amount": 0 })),
        Just(serde_json::json!({ "env": "BURSAR_TOKEN" })),
        Just(serde_json::json!({ "nobody": "knows" })),
    ]
}

#[test]
fn our_reader_and_the_schema_agree_about_places() {
    let validator = validator();
    for (place, fine) in [
        ("locks", true),
        ("../locks", true),
        ("/var/lib/bursar", true),
        ("C:\\\\locks", true),
        ("a:b", true),
        (" ", false),
        ("", false),
        ("s3://bucket", true),
        ("s3://bucket/", true),
        ("s3://bucket/a/b.c", true),
        ("s3://bucket//a/../b", true),
        ("s3://bucket/ä", true),
        ("gs://bucket_1/x", true),
        ("az://container/x", true),
        ("abfs://container/x", true),
        ("abfss://container@acme.dfs.core.windows.net/x", true),
        ("s3://a@bucket/x", false),
        ("s3://a:b@bucket/x", false),
        ("abfss://a:b@acme.dfs.core.windows.net/x", false),
        ("abfss://@acme/x", false),
        ("s3://", false),
        ("s3:///x", false),
        ("s3://bucket:80/x", false),
        ("s3://bucket?x", false),
        ("s3://bucket/x?y", false),
        ("s3://bucket/x#y", false),
        ("s3://bucket/x y", false),
        ("S3://bucket/x", false),
        ("file:///x", false),
        ("https://bucket.s3.amazonaws.com/x", false),
        ("locks://", false),
        ("://x", false),
    ] {
        let document = serde_json::json!({ "version": 1, "lock": place });
        let (errors, found) = ours(&document.to_string());
        assert_eq!(errors.is_empty(), fine, "{place:?}\n{found}");
        assert_eq!(validator.is_valid(&document), fine, "{place:?}");
    }
}

/// Every place in a document.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{i}"), all);
            }
        }
        _ => {}
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Replace(Value),
    Remove,
    AddKey(String, Value),
}

fn edit() -> impl Strategy<Value = Edit> {
    let keys = [
        "member",
        "group",
        "cap",
        "except",
        "ensure",
        "provider",
        "path",
        "base_url",
        "token",
        "enterprise",
        "others",
        "access",
        "nobody",
        "Bad",
        "amount",
        "env",
        "USD",
        "version",
        "overlap",
        "percent",
        "email",
        "target",
        "team",
        "pool",
    ];
    prop_oneof![
        3 => junk().prop_map(Edit::Replace),
        2 => Just(Edit::Remove),
        2 => (proptest::sample::select(keys.to_vec()), junk()).prop_map(|(key, value)| Edit::AddKey(key.to_owned(), value)),
    ]
}

fn apply(document: &mut Value, pointer: &str, edit: Edit) {
    match edit {
        Edit::Replace(value) => {
            if let Some(place) = document.pointer_mut(pointer) {
                *place = value;
            }
        }
        Edit::AddKey(key, value) => {
            if let Some(Value::Object(map)) = document.pointer_mut(pointer) {
                map.insert(key, value);
            }
        }
        Edit::Remove => {
            let Some((parent, last)) = pointer.rsplit_once('/') else { return };
            match document.pointer_mut(parent) {
                Some(Value::Object(map)) => _ = map.shift_remove(&last.replace("~1", "/").replace("~0", "~")),
                Some(Value::Array(items)) => {
                    if let Ok(index) = last.parse::<usize>()
                        && index < items.len()
                    {
                        items.remove(index);
                    }
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// JSON is YAML, so a mutated document goes through our reader and through the schema alike.
    #[test]
    fn our_reader_and_the_schema_agree(edits in prop::collection::vec((any::<prop::sample::Index>(), edit()), 1..4)) {
        thread_local!(static VALIDATOR: jsonschema::Validator = validator());
        let mut document = json(SEED).unwrap();
        for (place, edit) in edits {
            let mut all = Vec::new();
            pointers(&document, "", &mut all);
            apply(&mut document, &all[place.index(all.len())], edit);
        }
        let text = serde_json::to_string_pretty(&document).unwrap();
        let (errors, found) = ours(&text);
        // A secret is where a text stands for a map, and an amount below zero is no number from zero on.
        let refused = errors.iter().any(|code| structural(code) || matches!(*code, "BUR017" | "BUR023"));
        let valid = VALIDATOR.with(|validator| validator.is_valid(&document));
        prop_assert!(valid != refused, "the schema says {valid}\n{found}\n{text}");
    }
}
