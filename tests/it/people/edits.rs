//! `fmt`, `grant` and `revoke` beside a CSV: it is read and never written.

use std::fs;

use insta::assert_snapshot;

use super::{FILES, PEOPLE};
use crate::terminal::{folder, terminal};

#[test]
fn edits_leave_the_csv_alone() {
    let at = folder(FILES);
    let csv = at.path().join("people.csv");
    // In a layout of its own, which `fmt` must not mend.
    let people = PEOPLE.replace(',', ";").replace('\n', "\r\n");
    fs::write(&csv, &people).unwrap();
    let said = [
        "grant ai zoe --cap 50",
        "grant ai alice --cap 900",
        "revoke ai bob",
        // Somebody who is in the CSV by another name.
        "grant ai z.oe --email ZOE@acme.example --cap 1",
        "grant ai nobody --cap 1",
        // Somebody who is new stands in the YAML.
        "grant ai yan --email yan@acme.example --cap 5",
        "fmt",
    ]
    .map(|line| terminal(at.path(), &format!("{line} --as-of 2026-06-15")))
    .concat();
    assert_snapshot!("edits", said);
    assert_eq!(fs::read_to_string(&csv).unwrap(), people);
    assert_snapshot!("edited_yaml", fs::read_to_string(at.path().join("bursar.yaml")).unwrap());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_beside_the_yaml_is_not_read() {
    use std::os::unix::fs::symlink;
    let at = folder(FILES);
    let people = at.path().join("people.csv");
    let mut said = terminal(at.path(), "validate");
    // A link would let whoever edits the files have others read.
    fs::write(at.path().join("other"), PEOPLE).unwrap();
    symlink("other", &people).unwrap();
    said += &terminal(at.path(), "validate");
    fs::remove_file(&people).unwrap();
    fs::create_dir(&people).unwrap();
    said += &terminal(at.path(), "validate");
    fs::remove_dir(&people).unwrap();
    // Nobody writes into the pipe, and nobody waits for it.
    let made = std::process::Command::new("mkfifo").arg(&people).status().unwrap();
    assert!(made.success());
    said += &terminal(at.path(), "validate");
    fs::remove_file(&people).unwrap();
    // Neither is one behind a folder that is a link.
    fs::write(at.path().join("bursar.yaml"), FILES.replace("people.csv", "in/people.csv")).unwrap();
    fs::create_dir(at.path().join("elsewhere")).unwrap();
    fs::write(at.path().join("elsewhere/people.csv"), PEOPLE).unwrap();
    symlink("elsewhere", at.path().join("in")).unwrap();
    said += &terminal(at.path(), "validate");
    assert_snapshot!("no_file", said);
}
