//! Findings as JSON, in the shape of `schema/findings.v1.schema.json`.

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::diagnostics::{Files, Finding, Severity, Span};

/// The version of the shape.
pub const SCHEMA: &str = "bursar.findings.v1";

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    findings: Vec<Item<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Item<'a> {
    code: &'static str,
    severity: Severity,
    message: &'a str,
    help: Option<&'a str>,
    #[serde(flatten)]
    place: Place,
    related: Vec<Other<'a>>,
}

#[derive(Serialize)]
struct Place {
    file: Arc<str>,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Other<'a> {
    file: Arc<str>,
    line: u32,
    column: u32,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
}

/// Writes findings as one JSON object and a line end.
pub fn write(out: &mut impl Write, files: &Files, findings: &[Finding]) -> io::Result<()> {
    let place = |span: Span| {
        let at = files.location(span);
        Place {
            file: files.shown(span.file),
            line: at.line,
            column: at.column,
            end_line: at.end_line,
            end_column: at.end_column,
        }
    };
    let items = findings.iter().map(|finding| Item {
        code: finding.code,
        severity: finding.severity,
        message: &finding.message,
        help: finding.help.as_deref(),
        place: place(finding.span),
        related: finding
            .related
            .iter()
            .map(|related| {
                let Place { file, line, column, .. } = place(related.span);
                Other { file, line, column, message: &related.message }
            })
            .collect(),
    });
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let summary = Summary { errors, warnings: findings.len() - errors };
    let report = Report { schema: SCHEMA, findings: items.collect(), summary };
    serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
    out.write_all(b"\n")
}
