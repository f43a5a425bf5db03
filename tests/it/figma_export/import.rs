//! An import from an export is a whole file that validates and plans to no change.

use std::fmt::Write as _;
use std::fs;

use insta::assert_snapshot;

use super::{POOL, files, world};
use crate::terminal::{bursar, terminal};

/// Imports, and looks whether the file validates and plans to no change; returns it.
fn round(plan: &str, export: &str, csv: &str) -> String {
    let folder = world(&files(plan, export, POOL), csv);
    let at = folder.path();
    let out = bursar(at)
        .args(["import", "--center", "design", "--as-of", "2026-11-22"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    fs::write(at.join("bursar.yaml"), &text).unwrap();
    let out = bursar(at)
        .args(["plan", "--detailed-exitcode", "--as-of", "2026-11-22"])
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{text}\n{said}");
    assert_eq!(
        terminal(at, "validate --strict -q --as-of 2026-11-22"),
        "$ bursar validate --strict -q --as-of 2026-11-22\n--- exit 0\n"
    );
    text
}

const MAPPED: &str =
    "columns: { email: Email, access: Access, limit: Limit, billing_group: Group }\ntaken: 2026-11-20\n";

#[test]
fn an_import_plans_to_no_change() {
    let csv = "Email,Access,Limit,Group\nalice@acme.example,Full access,,Design\nbob@acme.example,Custom limit,500,Design\n\
               c@x.example,Custom limit,500,Eng\nd@x.example,Custom limit,500,Design\ne@x.example,No access,,Eng\n\
               f@x.example,Custom limit,700,Eng\n";
    assert_snapshot!("import_groups", round("enterprise", MAPPED, csv));
    assert_snapshot!("import_plan", round("enterprise", MAPPED, &csv.replace(",Eng\n", ",\n")));
    let flat = round("organization", MAPPED, csv);
    assert!(flat.contains("target: { plan: plan }") && !flat.contains("billing_group: Design"), "{flat}");
}

#[test]
fn what_is_not_observed_is_not_asked_for() {
    let csv = "Email,Access,Limit,Group\nalice@acme.example,,,\nbob@acme.example,Custom limit,500,\n";
    let text = round("organization", MAPPED, csv);
    assert!(text.contains("others: unmanaged") && text.contains("# left alone: alice"), "{text}");
    let text = round("organization", "", csv);
    assert!(text.contains("access: []"), "{text}");
    // A limit of which no column tells how much it is.
    let text = round("organization", "columns: { email: Email, access: Access }\n", csv);
    assert!(text.contains("# left alone: bob"), "{text}");
}

#[test]
fn twenty_thousand_people_are_a_file() {
    let mut csv = "Email,Access,Limit,Group\n".to_owned();
    for i in 0..20_000 {
        let level = ["Full access,", "No access,", "Custom limit,50", "Custom limit,75"][i % 4];
        let _ = writeln!(csv, "p{i}@acme.example,{level},");
    }
    let text = round("organization", MAPPED, &csv);
    assert_eq!(text.matches("- group:").count(), 3);
    assert_eq!(text.matches("- member:").count(), 0);
}
