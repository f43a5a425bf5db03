//! Findings as annotations of a GitHub workflow: one workflow command per line, the gravest first.
//!
//! The runner reads commands from stdout line by line. A line that begins with `::error` is one command up to its end, so
//! nothing may end a line or a property but us.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::config::checks::registry;
use crate::diagnostics::{Files, Finding, Severity};

use super::artifacts::Artifacts;
use super::escape::Terminal;
use super::findings_text::summary;

/// How many annotations of each level GitHub shows of one step.
const SHOWN: usize = 10;

/// Writes findings as annotations, errors first, and how many there are. Nothing is written where there is nothing.
pub fn write(out: &mut impl Write, files: &Files, artifacts: &Artifacts, findings: &[Finding]) -> io::Result<()> {
    let names: BTreeMap<&str, &str> = registry().map(|check| (check.code, check.name)).collect();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    for finding in sorted {
        let at = files.location(finding.span);
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let file = property(&artifacts.get(finding.span.file).path);
        write!(out, "::{command} file={file},line={},endLine={}", at.line, at.end_line)?;
        // Columns are shown of places within one line only.
        if at.line == at.end_line {
            write!(out, ",col={},endColumn={}", at.column, at.end_column)?;
        }
        let name = names.get(finding.code).copied().unwrap_or_default();
        write!(out, ",title={}", property(&format!("{} {name}", finding.code)))?;
        write!(out, "::{}", data(&finding.message))?;
        if let Some(help) = &finding.help {
            write!(out, "%0Ahelp: {}", data(help))?;
        }
        for related in &finding.related {
            let at = files.location(related.span);
            let file = artifacts.get(related.span.file).path;
            write!(out, "%0A{}", data(&format!("{file}:{}: {}", at.line, related.message)))?;
        }
        writeln!(out)?;
    }
    if findings.is_empty() {
        return Ok(());
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let cut = errors > SHOWN || findings.len() - errors > SHOWN;
    let rest = if cut { ", of which GitHub shows the first 10 of each; the log has all" } else { "" };
    writeln!(out, "::notice title=bursar validate::{}{rest}", summary(findings))
}

/// A text as the message of a command: one line, with nothing hidden in it and no beginning of an older command.
fn data(text: &str) -> String {
    Terminal(text).to_string().replace("##[", "##\\u{5b}").replace('%', "%25")
}

/// A text as a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_property_or_a_line() {
        assert_eq!(data("100% of\r\n::error::x"), "100%25 of\\r\\n::error::x");
        assert_eq!(data("\n##[error]x"), "\\n##\\u{5b}error]x");
        assert_eq!(property("a,line=1::x"), "a%2Cline=1%3A%3Ax");
        assert_eq!(data("\u{202e}\u{1b}[2J"), "\\u{202e}\\u{1b}[2J");
        // What looks escaped already stays what it is.
        assert_eq!(data("%0A::set-output"), "%250A::set-output");
    }
}
