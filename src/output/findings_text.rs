//! Findings for a person, as rustc shows them: the place, what is wrong there, what to do about it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::config::checks::secret;
use crate::config::checks::structure::SECRET;
use crate::diagnostics::{FileId, Files, Finding, Severity, Span};

use super::escape::Terminal;

/// How far from a place the ends of its line are looked for. Of longer lines a part around the place is shown.
const FAR: usize = 2000;
/// How much of a long line is shown before and after the place.
const AROUND: usize = 60;

/// Writes findings, and a line that counts them. Nothing is written where there is nothing.
pub fn write(out: &mut impl Write, files: &Files, findings: &[Finding], colour: bool) -> io::Result<()> {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let secrets = secrets(findings);
    for finding in findings {
        let text = renderer.render(&[group(files, finding, &secrets)]);
        writeln!(out, "{text}\n")?;
    }
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", summary(findings))
}

/// `2 errors, 1 warning`.
pub fn summary(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// Where secrets stand: they are shown as asterisks, whatever finding shows their line.
fn secrets(findings: &[Finding]) -> BTreeMap<FileId, Vec<Span>> {
    let mut secrets: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.code == SECRET.code) {
        secrets.entry(finding.span.file).or_default().push(finding.span);
    }
    secrets
}

fn group<'a>(files: &'a Files, finding: &'a Finding, secrets: &BTreeMap<FileId, Vec<Span>>) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&*finding.message).id(finding.code));
    let mut places = vec![(finding.span, None)];
    places.extend(finding.related.iter().map(|related| (related.span, Some(related.message.as_str()))));
    for window in windows(files, &places, secrets) {
        let path = Terminal(&files.shown(window.file)).to_string();
        if window.text.trim().is_empty() {
            // An empty file, or one that was not even read, has nothing to show but its name.
            group = group.element(Origin::path(path).line(window.line).char_column(1));
            continue;
        }
        let mut snippet = Snippet::source(window.text).line_start(window.line).fold(true);
        if let Some(column) = window.column {
            group = group.element(Origin::path(path).line(window.line).char_column(column));
        } else {
            snippet = snippet.path(path);
        }
        for (range, label) in window.marks {
            let kind = if label.is_some() { AnnotationKind::Context } else { AnnotationKind::Primary };
            snippet = snippet.annotation(kind.span(range).label(label));
        }
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(&**help));
    }
    group
}

/// A few lines of a file with what is marked in them.
struct Window<'a> {
    file: FileId,
    line: usize,
    /// The column of the first mark, where the window does not start with its line.
    column: Option<usize>,
    start: usize,
    end: usize,
    text: String,
    marks: Vec<(Range<usize>, Option<&'a str>)>,
}

/// Cuts out of the files what is to be seen, so that neither their size nor long lines matter. Places near each other
/// share a window; the first place comes first.
fn windows<'a>(
    files: &Files,
    places: &[(Span, Option<&'a str>)],
    secrets: &BTreeMap<FileId, Vec<Span>>,
) -> Vec<Window<'a>> {
    let mut windows: Vec<Window<'a>> = Vec::new();
    for (span, label) in places {
        let text = files.text(span.file);
        let start = floor(text, span.start as usize);
        let (line_start, line_end) = line_around(text, start);
        // Of a place of several lines its first one is shown.
        let end = floor(text, span.end as usize).clamp(start, line_end.unwrap_or(usize::MAX));
        let (from, to) = match (line_start, line_end) {
            (Some(from), Some(to)) => (from, to),
            _ => (
                floor(text, start.saturating_sub(AROUND)).max(line_start.unwrap_or(0)),
                floor(text, end.min(start + AROUND) + AROUND).min(line_end.unwrap_or(usize::MAX)),
            ),
        };
        let cut = line_start.is_none();
        let line = files.line(*span) as usize;
        let mark = |window: &Window<'_>| {
            let most = window.text.len();
            let first = start.saturating_sub(window.start).min(most);
            (first..end.saturating_sub(window.start).clamp(first, most), *label)
        };
        let shared = windows.iter_mut().find(|w| w.file == span.file && w.start <= from && to <= w.end);
        if let Some(window) = shared {
            let mark = mark(window);
            window.marks.push(mark);
        } else {
            let text = masked(text, from..to, secrets.get(&span.file).map_or(&[], Vec::as_slice));
            let column = if cut { Some(files.location(*span).column as usize) } else { None };
            let mut window = Window { file: span.file, line, column, start: from, end: to, text, marks: Vec::new() };
            let mark = mark(&window);
            window.marks.push(mark);
            windows.push(window);
        }
    }
    windows
}

/// The start and the end of the line around a byte, each if it is near.
fn line_around(text: &str, at: usize) -> (Option<usize>, Option<usize>) {
    let (first, last) = (floor(text, at.saturating_sub(FAR)), floor(text, at + FAR));
    let start = match text[first..at].rfind('\n') {
        Some(found) => Some(first + found + 1),
        None => (first == 0).then_some(0),
    };
    let end = match text[at..last].find('\n') {
        Some(found) => Some(at + found),
        None => (last == text.len()).then_some(last),
    };
    (start, end)
}

/// The last character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// A part of a text in which every secret is asterisks, as many as it has bytes. Characters that would move the marks or
/// hide something are blanks.
fn masked(text: &str, part: Range<usize>, secrets: &[Span]) -> String {
    let mut bytes = text[part.clone()].as_bytes().to_vec();
    let known = secrets.iter().map(|span| span.start as usize..span.end as usize);
    let seen = secret::find(&text[part.clone()])
        .into_iter()
        .map(|(range, _)| range.start + part.start..range.end + part.start);
    for range in known.chain(seen) {
        for at in range.start.max(part.start)..range.end.min(part.end) {
            bytes[at - part.start] = b'*';
        }
    }
    // A secret that is cut in the middle of a character leaves the rest of it, which is then shown as a mark.
    String::from_utf8_lossy(&bytes).into_owned()
}
