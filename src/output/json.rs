//! Plans and reports for programs; `schema/` describes both.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::apply::{Outcome, Report, Settled};
use crate::plan::{Change, Plan};

/// The version of the report's JSON.
pub const APPLY_SCHEMA: &str = "bursar.apply.v1";

#[derive(Serialize)]
struct ReportJson<'a> {
    schema: &'static str,
    outcomes: Vec<SettledJson<'a>>,
    summary: BTreeMap<&'static str, usize>,
    verified: bool,
    interrupted: bool,
    remaining: &'a [Change],
}

#[derive(Serialize)]
struct SettledJson<'a> {
    change: &'a Change,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// Writes a plan as `bursar.plan.v1`.
pub fn plan(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    document(out, plan)
}

/// Writes what became of a plan as `bursar.apply.v1`.
pub fn report(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { outcomes, verified, remaining, interrupted } = report;
    let mut summary: BTreeMap<&str, usize> = Outcome::ALL.iter().map(|outcome| (outcome.as_str(), 0)).collect();
    for settled in outcomes {
        *summary.entry(settled.outcome.as_str()).or_default() += 1;
    }
    let outcomes = outcomes
        .iter()
        .map(|Settled { change, outcome, message, request_id }| SettledJson {
            change,
            outcome: *outcome,
            message: message.as_deref(),
            request_id: request_id.as_deref(),
        })
        .collect();
    document(
        out,
        &ReportJson {
            schema: APPLY_SCHEMA,
            outcomes,
            summary,
            verified: *verified,
            interrupted: *interrupted,
            remaining,
        },
    )
}

/// Writes one document, indented, with a line end.
pub(super) fn document(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
