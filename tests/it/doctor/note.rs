//! The message to the vendor: honest, short, and about nobody.

use bursar::model::ControlName;
use bursar::output::doctor::note;
use insta::assert_snapshot;

use super::figma::examined;
use super::{EXPORT, FIGMA, world};
use crate::terminal::{example, terminal};

fn drafted(missing: &[ControlName], all: bool) -> Option<String> {
    let folder = world(FIGMA, EXPORT);
    let examined = examined(folder.path(), missing, &[], "Ada Lovelace");
    let mut out = Vec::new();
    note(&mut out, &[examined], all).unwrap().then(|| String::from_utf8(out).unwrap())
}

#[test]
fn one_control() {
    let text = drafted(&[ControlName::CapAmount], false).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 76), "{text}");
    for name in ["Ada", "alice", "bob", "@"] {
        assert!(!text.contains(name), "{name} is nobody's business\n{text}");
    }
    assert_snapshot!("doctor_note", text);
}

#[test]
fn what_nobody_needs_is_asked_for_by_name_only() {
    assert_eq!(drafted(&[ControlName::CapZero], false), None);
    assert_snapshot!("doctor_note_all", drafted(&[ControlName::CapZero, ControlName::CapAmount], true).unwrap());
}

#[test]
fn nothing_to_ask_for() {
    let folder = world(FIGMA, EXPORT);
    assert_snapshot!("doctor_note_nothing", terminal(folder.path(), "doctor --support-note"));
    assert_snapshot!("doctor_note_of_usage", terminal(folder.path(), "doctor --support-note --center design"));
    let folder = example("quickstart");
    assert_snapshot!("doctor_note_embedded", terminal(folder.path(), "doctor --support-note --center local"));
    assert_snapshot!("doctor_note_json", terminal(folder.path(), "doctor --support-note --format json"));
}
