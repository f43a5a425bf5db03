//! Readings that are kept: a file each, whole, and never over another.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bursar::usage::History;

use super::asked::{code, shown, world};
use crate::terminal::bursar;

fn names(folder: &std::path::Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_reading_is_a_file_of_its_own() {
    let clone = world();
    let said = shown(&clone, "usage --history deep/kept -q");
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    for _ in 0..3 {
        // Most of them within one second.
        assert_eq!(code(&clone, "usage --history deep/kept -q"), Some(0));
    }
    let folder = clone.at().join("deep/kept");
    assert_eq!(names(&folder).len(), 4, "{:?}", names(&folder));
    let history = History::read(&folder).unwrap();
    assert_eq!((history.foreign, history.snapshots().count()), (0, 4));
    let drawn: Vec<String> = history
        .snapshots()
        .map(|(_, one)| one.unwrap().centers[0].pools[0].drawn.unwrap().to_string())
        .collect();
    assert_eq!(drawn, ["490 credits"; 4]);
    // It is JSON of the published schema, as stdout was.
    let out = bursar(clone.at())
        .args(["usage", "--format", "json", "--history", "deep/kept", "-q"])
        .output()
        .unwrap();
    let latest = History::read(&folder).unwrap();
    let (path, _) = latest.snapshots().last().unwrap();
    assert_eq!(fs::read(path).unwrap(), out.stdout);
}

#[test]
fn a_folder_that_cannot_be_written_costs_nobody_the_reading() {
    let clone = world();
    clone.write("taken", "a file");
    let shown = shown(&clone, "usage --history taken");
    assert!(shown.contains("490 of 1,000") && shown.contains("--- exit 1"), "{shown}");
    assert!(shown.contains("error: ") && shown.contains("help: "), "{shown}");
    let closed = clone.at().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    let root = fs::write(closed.join("probe"), "x").is_ok();
    if !root {
        assert_eq!(code(&clone, "usage --history closed -q"), Some(1));
        assert!(names(&closed).is_empty());
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}
