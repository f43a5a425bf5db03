//! Findings as SARIF 2.1.0, for code scanning.
//!
//! GitHub follows a finding from run to run by `primaryLocationLineHash`, so that name is used for what it is about: the
//! check, the file, the keys that lead to the place and the message, and which of several alike it is. No line number is in
//! it, so that a finding stays the same when lines are added above.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::config::checks::{Check, registry};
use crate::diagnostics::{FileId, Files, Finding, Severity, Span};

use super::artifacts::Artifacts;
use super::escape::Terminal;
use super::json::document;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What paths inside the repository begin at.
const ROOT: &str = "%SRCROOT%";
/// How many bytes of a hash tell findings apart.
const HASH: usize = 16;

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// Columns count characters, as everywhere else.
    column_kind: &'static str,
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    results: Vec<Found>,
}

/// Where the root is is not said: it is another folder on every machine.
#[derive(Serialize)]
struct Base {
    description: Text,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place>,
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Location,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

/// Writes findings as one SARIF log. Without findings it is a log without results, which is what ends an alert.
pub fn write(out: &mut impl Write, files: &Files, artifacts: &Artifacts, findings: &[Finding]) -> io::Result<()> {
    let checks: Vec<&Check> = registry().collect();
    let prints = fingerprints(files, artifacts, findings);
    let place = |span: Span| {
        let at = files.location(span);
        let artifact = artifacts.get(span.file);
        Physical {
            artifact_location: Location { uri: artifact.uri(), uri_base_id: artifact.inside.then_some(ROOT) },
            region: Region {
                start_line: at.line,
                start_column: at.column,
                end_line: at.end_line,
                end_column: at.end_column,
            },
        }
    };
    let results = findings.iter().zip(prints).map(|(finding, print)| {
        let related = finding.related.iter().enumerate().map(|(i, related)| Place {
            id: Some(i + 1),
            physical_location: place(related.span),
            message: Some(text(&related.message)),
        });
        let message = match &finding.help {
            Some(help) => Text { text: format!("{}\nhelp: {}", text(&finding.message).text, text(help).text) },
            None => text(&finding.message),
        };
        Found {
            rule_id: finding.code,
            rule_index: checks.iter().position(|check| check.code == finding.code),
            level: level(finding.severity),
            message,
            locations: [Place { id: None, physical_location: place(finding.span), message: None }],
            related_locations: related.collect(),
            partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", print)]),
        }
    });
    let base = Base { description: Text { text: "The root of the repository.".to_owned() } };
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                semantic_version: env!("CARGO_PKG_VERSION"),
                information_uri: homepage(&[env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")]),
                rules: checks.iter().map(|check| rule(check)).collect(),
            },
        },
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: BTreeMap::from([(ROOT, base)]),
        results: results.collect(),
    };
    document(out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

/// The first address that the package names.
fn homepage(named: &[&'static str]) -> Option<&'static str> {
    named.iter().copied().find(|url| !url.is_empty())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A text with nothing hidden in it. A message of SARIF may hold links, and a text from a file is none.
fn text(text: &str) -> Text {
    Text { text: Terminal(text).to_string().replace("](", "]\\(") }
}

fn rule(check: &Check) -> Rule {
    let Check { code, name, severity, about, bad, says, good, .. } = check;
    let short = about.split_inclusive(". ").next().unwrap_or(about).trim_end();
    Rule {
        id: code,
        name,
        short_description: Text { text: short.to_owned() },
        full_description: Text { text: (*about).to_owned() },
        help: Help {
            text: format!("{about}\n\nOf this it says: {says}\n\n{bad}\nWithout a finding:\n\n{good}"),
            markdown: format!("{about}\n\n```yaml\n{bad}```\n\n> {says}\n\nWithout a finding:\n\n```yaml\n{good}```\n"),
        },
        default_configuration: Configuration { level: level(*severity) },
    }
}

/// What tells each finding from the others, in their order: from what it is about, not from where it stands.
fn fingerprints(files: &Files, artifacts: &Artifacts, findings: &[Finding]) -> Vec<String> {
    let mut order: Vec<(usize, &Finding)> = findings.iter().enumerate().collect();
    order.sort_by_key(|(_, finding)| finding.span);
    let mut prints = vec![String::new(); findings.len()];
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let mut section: Option<(FileId, Sections<'_>)> = None;
    for (i, finding) in order {
        let file = finding.span.file;
        let sections = match &mut section {
            Some((open, sections)) if *open == file => sections,
            other => &mut other.insert((file, Sections::of(files.text(file)))).1,
        };
        let mut hash = Sha256::new();
        let path = artifacts.get(file).path;
        let keys = sections.at(finding.span.start as usize);
        let mut feed = |part: &str| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        [finding.code, path.as_str(), finding.message.as_str()].into_iter().for_each(&mut feed);
        keys.into_iter().for_each(&mut feed);
        let hash = hash.finalize().iter().take(HASH).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let count = alike.entry(hash.clone()).or_default();
        *count += 1;
        if let Some(print) = prints.get_mut(i) {
            *print = format!("{hash}:{count}");
        }
    }
    prints
}

/// The keys that lead to a place, by how far lines are indented: good enough to tell two pools apart, and nothing else
/// depends on it.
struct Sections<'a> {
    lines: std::iter::Peekable<std::str::SplitInclusive<'a, char>>,
    /// Where the next line begins.
    next: usize,
    /// The keys that are open, with their indent.
    open: Vec<(usize, &'a str)>,
}

impl<'a> Sections<'a> {
    fn of(text: &'a str) -> Self {
        Self { lines: text.split_inclusive('\n').peekable(), next: 0, open: Vec::new() }
    }

    /// The keys around a byte. Bytes are asked for in their order.
    fn at(&mut self, byte: usize) -> Vec<&'a str> {
        while self.next <= byte
            && let Some(line) = self.lines.next()
        {
            self.next += line.len();
            let content = line.trim_start_matches([' ', '-']);
            if content.trim().is_empty() || content.starts_with('#') {
                continue;
            }
            let indent = line.len() - content.len();
            while self.open.pop_if(|(open, _)| *open >= indent).is_some() {}
            if let Some((key, _)) = content.split_once(':') {
                self.open.push((indent, key));
            }
        }
        self.open.iter().map(|(_, key)| *key).collect()
    }
}
