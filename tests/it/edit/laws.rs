//! What holds for every layout: it is the same file, it keeps the comments, and it has that layout already.

use std::path::Path;

use bursar::config::edit::{self, Layout};
use bursar::config::tree;
use bursar::diagnostics::FileId;
use proptest::prelude::*;

use super::messy::Messy;
use super::{comments, laid_out, load};

fn value(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap()
}

/// Whatever is laid out means the same to our own reader, and is laid out already.
fn holds(source: &str) -> bool {
    let Ok(Layout::Differs(text)) = edit::layout(source, FileId::default()) else { return false };
    assert_eq!(edit::layout(&text, FileId::default()), Ok(Layout::Canonical), "{source:?}\n{text}");
    let json = |text: &str| {
        let mut findings = Vec::new();
        let json = tree::parse(text, FileId::default(), &mut findings).map(|tree| tree.to_json());
        assert_eq!(findings, []);
        json
    };
    assert_eq!(json(source), json(&text), "{source:?}");
    true
}

fn every_file(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter_map(|path| std::fs::read_to_string(path).ok());
    texts.filter(|text| holds(text)).count()
}

#[test]
fn our_own_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let laid_out: usize = ["hostile", "right", "wrong/structural", "wrong/meaning"]
        .map(|name| every_file(&root.join(name)))
        .iter()
        .sum();
    assert!(laid_out > 5, "{laid_out}");
}

/// The YAML test suite, where the machine has it.
#[test]
fn a_corpus_from_outside() {
    if let Some(folder) = std::env::var_os("BURSAR_YAML_CORPUS") {
        let laid_out = every_file(Path::new(&folder));
        println!("{laid_out} files laid out anew");
        assert!(laid_out > 50, "{laid_out}");
    }
}

/// What a person takes for laid out, `fmt` does.
#[test]
fn the_examples_are_canonical() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for file in [
        "quickstart/bursar.yaml",
        "several-centers/bursar.yaml",
        "company/bursar/centers.yaml",
        "company/bursar/people.yaml",
        "company/bursar/pools.yaml",
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert_eq!(edit::layout(&text, FileId::default()), Ok(Layout::Canonical), "{file}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_layout_is_the_same_file(seed in any::<u64>()) {
        let source = Messy::text(seed);
        load(&source);
        let text = laid_out(&source);
        prop_assert_eq!(edit::layout(&text, FileId::default()), Ok(Layout::Canonical), "{}\n{}", source, text);
        prop_assert_eq!(value(&text), value(&source), "another reader agrees");
        prop_assert_eq!(comments(&text), comments(&source));
        for line in text.lines() {
            prop_assert_eq!(line.trim_end(), line);
        }
        prop_assert!(text.ends_with('\n') && !text.contains("\n\n\n") && !text.contains('\r'));
    }

    #[test]
    fn soup(words in prop::collection::vec(proptest::sample::select(SOUP), 0..40)) {
        holds(&words.concat());
    }

    #[test]
    fn a_good_file_with_a_hole(at in any::<prop::sample::Index>(), length in 0_usize..40, put in prop::collection::vec(proptest::sample::select(SOUP), 0..4)) {
        let mut text = include_str!("../../files/right/everything.yaml").to_owned();
        let at = at.index(text.len());
        let end = (at + length).min(text.len());
        text.replace_range(at..end, &put.concat());
        holds(&text);
    }
}

const SOUP: &[&str] = &[
    "a",
    "b: ",
    "c:",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "- ",
    "-\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "'x'",
    "\"w\\\n  z\"",
    "|\n",
    "|2\n    ",
    ">-\n",
    "|+\n\n",
    " # c\n",
    "# d\n",
    "---\n",
    "...\n",
    "? ",
    "\t",
    "\r\n",
    "\u{feff}",
    "é",
    "1",
    "~",
    "\n\n",
    "two\n words",
];
