//! Files that nobody wrote in good faith: findings or success, never a panic, never a hang.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bursar::config::{self, tree};
use bursar::diagnostics::FileId;
use bursar::output::artifacts::Artifacts;
use bursar::output::{findings_json, findings_text, github, sarif};
use proptest::prelude::*;

use super::{TODAY, providers};

/// Takes bytes all the way: read, checked, resolved, shown.
fn all_the_way(bytes: &[u8]) {
    let loaded = config::load_texts(Path::new(""), [(PathBuf::from("x.yaml"), bytes.to_vec())]);
    let findings = config::check(&loaded, &providers(), TODAY);
    let _ = config::resolve(&loaded.config, &loaded.files, &providers(), TODAY);
    findings_text::write(&mut std::io::sink(), &loaded.files, &findings, true).unwrap();
    findings_json::write(&mut std::io::sink(), &loaded.files, &findings).unwrap();
    sarif::write(&mut std::io::sink(), &loaded.files, &Artifacts::default(), &findings).unwrap();
    let mut annotations = Vec::new();
    github::write(&mut annotations, &loaded.files, &Artifacts::default(), &findings).unwrap();
    let annotations = String::from_utf8(annotations).unwrap();
    assert_eq!(annotations.lines().count(), if findings.is_empty() { 0 } else { findings.len() + 1 });
    assert!(annotations.lines().all(|line| line.starts_with("::")), "{annotations}");
    for finding in &findings {
        let text = loaded.files.text(finding.span.file);
        assert!(finding.span.start <= finding.span.end && finding.span.end as usize <= text.len(), "{finding:?}");
        assert!(text.is_char_boundary(finding.span.start as usize), "{finding:?}");
    }
}

fn every_file(folder: &Path) -> usize {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.is_file()) {
        let start = Instant::now();
        all_the_way(&std::fs::read(path).unwrap());
        assert!(start.elapsed() < Duration::from_secs(5), "{}", path.display());
    }
    files.len()
}

#[test]
fn our_own_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    for folder in ["hostile", "right", "wrong/structural", "wrong/meaning"] {
        assert!(every_file(&root.join(folder)) > 5, "{folder}");
    }
}

/// The YAML test suite, where the machine has it.
#[test]
fn a_corpus_from_outside() {
    if let Some(folder) = std::env::var_os("BURSAR_YAML_CORPUS") {
        assert!(every_file(Path::new(&folder)) > 100);
    }
}

#[test]
fn large_and_odd_shapes_stay_fast() {
    let start = Instant::now();
    let mut deep_groups = String::from("version: 1\nmembers: { m: {} }\ngroups:\n  g0: [m]\n");
    for i in 1..20_000 {
        deep_groups += &format!("  g{i}: [group:g{}]\n", i - 1);
    }
    let mut same_key = String::from("version: 1\nmembers:\n");
    for _ in 0..3000 {
        same_key += "  m: {}\n";
    }
    let strangers: String = (0..3000).map(|i| format!("  - stranger{i}\n")).collect();
    let known: String = (0..20_000).map(|i| format!("  member{i}: {{}}\n")).collect();
    for text in [
        deep_groups,
        same_key,
        format!("version: 1\nmembers:\n{known}groups:\n  g:\n{strangers}"),
        "- ".repeat(100_000),
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "\"".repeat(100_001),
        "&a ".repeat(50_000),
        "a: *b\n".repeat(2000),
        "? ".repeat(50_000),
        "'".to_owned() + &"\n".repeat(100_000),
        "a: |\n".to_owned() + &"  x\n".repeat(100_000),
        "#".repeat(1_000_000),
        "\u{1f980}".repeat(100_000),
    ] {
        all_the_way(text.as_bytes());
    }
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}

/// A file of so many groups within each other and a rule about each: it names half the square of them.
fn nested(groups: usize) -> String {
    let mut text = String::from("version: 1\ncenters: { main: { provider: embedded } }\nmembers:\n");
    let lines = |line: &dyn Fn(usize) -> String| (0..groups).map(line).collect::<String>();
    text += &lines(&|i| format!("  m{i}: {{}}\n"));
    text += "groups:\n";
    text +=
        &lines(&|i| format!("  g{i}: [m{i}{}]\n", if i > 0 { format!(", group:g{}", i - 1) } else { String::new() }));
    text += "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    others: blocked\n    access:\n";
    text + &lines(&|i| format!("      - {{ group: g{i}, cap: 5 }}\n"))
}

#[test]
fn groups_within_groups_cannot_use_up_memory() {
    for (groups, fine) in [(500, true), (8000, false)] {
        let text = nested(groups);
        let loaded = super::texts(&[&text]);
        let findings = bursar::config::check(&loaded, &super::providers(), super::TODAY);
        assert_eq!(findings.is_empty(), fine, "{}", super::lines(&loaded, &findings));
        if let [finding] = findings.as_slice() {
            assert_eq!(finding.message, "the groups of all rules together name more than 20000000 people");
        }
    }
}

const SOUP: &[&str] = &[
    "version",
    "1",
    ": ",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a",
    "*a",
    "!t ",
    "!!str ",
    "'",
    "\"",
    "|\n",
    ">-\n",
    "#",
    " # c\n",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "? ",
    "\t",
    "\r\n",
    "\u{feff}",
    "é",
    "\u{202e}",
    "\\",
    "\\u202e",
    "members",
    "groups",
    "pools",
    "access",
    "others",
    "cap",
    "member",
    "group",
    "alice",
    "group:g",
    "blocked",
    "80%",
    "0x1f",
    "014",
    "1e3",
    ".inf",
    "no",
    "~",
    "<<",
    "centers",
    "provider",
    "embedded",
    "center",
    "budget",
    "unit",
    "credits",
    "limit",
    "5",
    "sk-",
    "@",
    "`",
    "token",
    "env",
    "guardrails",
    "notify",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup(words in prop::collection::vec(proptest::sample::select(SOUP), 0..60)) {
        all_the_way(words.concat().as_bytes());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        all_the_way(&bytes);
    }

    #[test]
    fn a_good_file_with_a_hole(at in any::<prop::sample::Index>(), length in 0_usize..40, put in prop::collection::vec(proptest::sample::select(SOUP), 0..4)) {
        let mut text = include_str!("../../files/right/everything.yaml").as_bytes().to_vec();
        let at = at.index(text.len());
        let end = (at + length).min(text.len());
        text.splice(at..end, put.concat().into_bytes());
        all_the_way(&text);
    }

    /// Every scalar's text is what another reader of YAML 1.2 would say, for texts that need no escapes.
    #[test]
    fn quoted_text_survives(text in "[ -~&&[^\"\\\\]]{0,30}") {
        let source = format!("a: \"{text}\"\n");
        let mut findings = Vec::new();
        let tree = tree::parse(&source, FileId(0), &mut findings).unwrap();
        prop_assert_eq!(tree.to_json(), serde_json::json!({ "a": text }));
    }
}
