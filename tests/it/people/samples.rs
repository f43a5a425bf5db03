//! The exports of Okta, Microsoft Entra and Google Workspace under `examples/people`.

use insta::assert_snapshot;

use crate::terminal::{example, terminal};

#[test]
fn every_sample_is_read_without_a_finding() {
    for name in ["people/okta", "people/entra", "people/google"] {
        let folder = example(name);
        assert_eq!(
            terminal(folder.path(), "validate --strict"),
            "$ bursar validate --strict\n--- stderr\n2 files, no findings\n--- exit 0\n",
            "{name}"
        );
        assert_eq!(
            terminal(folder.path(), "fmt --check"),
            "$ bursar fmt --check\n--- stderr\n1 file, laid out already\n--- exit 0\n",
            "{name}"
        );
    }
}

#[test]
fn an_explanation_points_at_the_rows() {
    let okta = example("people/okta");
    assert_snapshot!("okta_bob", terminal(okta.path(), "explain bob@baker.example --as-of 2026-11-22"));
    assert_snapshot!("okta_carol", terminal(okta.path(), "explain carol.oconnor --as-of 2026-11-22"));
    let entra = example("people/entra");
    // Known by a second address, in any case.
    assert_snapshot!("entra_alice", terminal(entra.path(), "explain ALICE@acme.example --as-of 2026-11-22"));
    let google = example("people/google");
    assert_snapshot!("google_dave", terminal(google.path(), "explain dave --as-of 2026-11-22"));
    assert_snapshot!("google_bob_json", terminal(google.path(), "explain bob -q --as-of 2026-11-22 --format json"));
    let json = crate::terminal::bursar(google.path())
        .args(["explain", "dave", "--format", "json"])
        .output()
        .unwrap();
    let json = serde_json::from_slice(&json.stdout).unwrap();
    let schema = crate::output::json::validator(include_str!("../../../schema/explain.v1.schema.json"));
    assert_eq!(crate::output::json::findings(&schema, &json), Vec::<String>::new(), "{json:#}");
    assert_eq!(json["member"]["left"]["status"], "Suspended");
}

#[test]
fn a_plan_grants_whoever_the_export_names() {
    for name in ["okta", "entra", "google"] {
        let folder = example(&format!("people/{name}"));
        assert_snapshot!(format!("{name}_plan"), terminal(folder.path(), "plan --as-of 2026-11-22"));
    }
}
