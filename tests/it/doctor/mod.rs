//! `bursar doctor`: what is there, what is not, and what to do next; the message to the vendor.

mod centers;
mod figma;
mod figma_tokens;
mod needs;
mod note;

use std::path::Path;

use serde_json::Value;

use crate::output::json::{findings, validator};
use crate::secrets::Folder;
use crate::terminal::bursar;

pub(super) const SCHEMA: &str = include_str!("../../../schema/doctor.v1.schema.json");

/// A Figma account as somebody exported it.
pub(super) const FIGMA: &str = "\
version: 1
centers:
  design:
    provider: figma
    plan: organization
    organization: acme
    export:
      people: people.csv
      columns: { email: Email, access: Access }
      taken: 2026-11-20
members:
  alice: { email: alice@acme.example }
  bob: { email: bob@acme.example }
pools:
  design-ai:
    center: design
    target: plan
    budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }
    access:
      - { member: alice, cap: 2000 }
      - { member: bob, expires: 2026-12-31, cap: unlimited }
    others: blocked
    alerts: [{ at: 75%, of: budget, notify: [ops] }]
notify:
  ops: { email: [ops@acme.example] }
";

pub(super) const EXPORT: &str = "Email,Access,Limit\nalice@acme.example,Full access,\nbob@acme.example,No access,\n";

/// A folder with these files and this export.
pub(super) fn world(text: &str, export: &str) -> Folder {
    let folder = crate::terminal::folder(text);
    std::fs::write(folder.path().join("people.csv"), export).unwrap();
    folder
}

/// Runs it for a program, holds what it says against the schema, and says how it ended.
pub(super) fn doctor(at: &Path, line: &str, env: &[(&str, &str)]) -> (Value, i32) {
    let mut command = bursar(at);
    command
        .args(["doctor", "--format", "json", "--as-of", "2026-11-22"])
        .args(line.split_whitespace());
    let out = command.envs(env.iter().copied()).output().unwrap();
    let value: Value = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&out.stderr)));
    let errors = findings(&validator(SCHEMA), &value);
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
    let code = out.status.code().unwrap();
    assert_eq!(value["ok"], code == 0, "{value:#}");
    (value, code)
}

#[test]
fn the_schema_is_printed_and_refuses() {
    let folder = crate::terminal::example("quickstart");
    let out = bursar(folder.path()).args(["schema", "doctor"]).output().unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), SCHEMA);
    let (good, code) = doctor(folder.path(), "", &[]);
    assert_eq!(code, 0);
    for (pointer, value) in [
        ("/schema", Value::from("bursar.doctor.v2")),
        ("/centers/0/controls/0/availability", "perhaps".into()),
        ("/centers/0/reached/state", "maybe".into()),
        ("/centers/0/controls/0/needed/0/source", "nowhere".into()),
        ("/centers/0/controls/0/needed/0/people", (-1).into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!findings(&validator(SCHEMA), &bad).is_empty(), "{pointer}");
    }
}
