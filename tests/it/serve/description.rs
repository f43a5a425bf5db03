//! The description of the API against the server's own list of what it answers.

use std::collections::BTreeSet;

use serde_yaml::Value;

const DESCRIPTION: &str = include_str!("../../../schema/center.v1.openapi.yaml");

fn description() -> Value {
    serde_yaml::from_str(DESCRIPTION).unwrap()
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

#[test]
fn every_endpoint_is_described_and_nothing_else_is() {
    let description = description();
    let described: BTreeSet<(String, String)> = description["paths"]
        .as_mapping()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            let methods = operations.as_mapping().unwrap().keys().filter_map(|key| key.as_str());
            methods
                .filter(|method| METHODS.contains(method))
                .map(|method| (method.to_uppercase(), path.as_str().unwrap().to_owned()))
                .collect::<Vec<_>>()
        })
        .collect();
    let served: BTreeSet<(String, String)> = bursar::server::endpoints()
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(described, served);
}

#[test]
fn every_write_takes_a_key_and_every_operation_says_what_can_go_wrong() {
    let description = description();
    for (path, operations) in description["paths"].as_mapping().unwrap() {
        for method in METHODS {
            let Some(operation) = operations.get(method) else { continue };
            let place = format!("{method} {}", path.as_str().unwrap());
            let parameters: Vec<&str> = operation
                .get("parameters")
                .and_then(Value::as_sequence)
                .into_iter()
                .flatten()
                .filter_map(|parameter| parameter.get("$ref").and_then(Value::as_str))
                .collect();
            let has = |name: &str| parameters.iter().any(|reference| reference.ends_with(name));
            assert_eq!(has("/IdempotencyKey"), method != "get", "{place}");
            assert_eq!(has("/IfMatch"), matches!(method, "put" | "delete"), "{place}");
            assert_eq!(has("/IfNoneMatch"), matches!(method, "put" | "delete"), "{place}");
            let responses = operation["responses"].as_mapping().unwrap();
            for status in ["401", "429", "default"] {
                assert!(responses.contains_key(Value::from(status)), "{place}: {status}");
            }
            assert_eq!(responses.contains_key(Value::from("403")), method != "get", "{place}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, root: &Value, seen: &mut usize) {
        match value {
            Value::Mapping(map) => {
                if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                    let mut at = root;
                    for part in reference.strip_prefix("#/").unwrap().split('/') {
                        at = at.get(part).unwrap_or_else(|| panic!("{reference}"));
                    }
                    *seen += 1;
                }
                map.iter().for_each(|(_, value)| walk(value, root, seen));
            }
            Value::Sequence(items) => items.iter().for_each(|value| walk(value, root, seen)),
            _ => {}
        }
    }
    let description = description();
    let mut seen = 0;
    walk(&description, &description, &mut seen);
    assert!(seen > 100, "{seen}");
}

#[test]
fn the_command_prints_it() {
    let folder = crate::secrets::Folder::new();
    let out = crate::terminal::bursar(folder.path()).args(["schema", "center"]).output().unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), DESCRIPTION);
}
