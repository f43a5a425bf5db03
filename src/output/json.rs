//! Plans, diffs of the files and reports for programs; `schema/` describes them all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::apply::{Outcome, Report, Settled};
use crate::plan::files::FilesDiff;
use crate::plan::{Change, Difference, Plan};

use super::runbook::Placed;
use super::words;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    runbook: Option<RunbookJson<'a>>,
}

#[derive(Serialize)]
struct RunbookJson<'a> {
    markdown: &'a str,
    html: &'a str,
    steps: usize,
    minutes: u32,
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

/// Writes what an edit of the files means as `bursar.diff.v1`.
pub fn diff(out: &mut impl Write, diff: &FilesDiff) -> io::Result<()> {
    document(out, diff)
}

/// Writes what became of a plan as `bursar.apply.v1`.
pub fn report(out: &mut impl Write, report: &Report, runbook: Option<&Placed>) -> io::Result<()> {
    let Report { outcomes, verified: _, remaining, interrupted } = report;
    let mut summary: BTreeMap<&str, usize> = Outcome::ALL.iter().map(|outcome| (outcome.as_str(), 0)).collect();
    for settled in outcomes {
        *summary.entry(settled.outcome.as_str()).or_default() += 1;
    }
    let not_effective = report.not_effective();
    let lost = |settled: &Settled| not_effective.contains(&settled.change.id());
    let outcomes = outcomes
        .iter()
        .map(|settled| SettledJson {
            change: &settled.change,
            outcome: settled.outcome,
            message: if lost(settled) { Some(words::NOT_EFFECTIVE) } else { settled.message.as_deref() },
            request_id: settled.request_id.as_deref(),
        })
        .collect();
    document(
        out,
        &ReportJson {
            schema: APPLY_SCHEMA,
            outcomes,
            summary,
            verified: report.is_seen(),
            interrupted: *interrupted,
            remaining,
            runbook: runbook.map(|Placed { markdown, html, steps, minutes, confirm: _ }| RunbookJson {
                markdown,
                html,
                steps: *steps,
                minutes: *minutes,
            }),
        },
    )
}

/// The version of a verdict's JSON.
pub const VERIFY_SCHEMA: &str = "bursar.verify.v1";

/// How a saved plan and what would be done now stand to each other.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    /// `same`, `part`, `stale`, `foreign` or `expired`.
    pub verdict: &'static str,
    /// The saved plan's hash.
    pub hash: &'a str,
    /// How many changes would be made now; `None` where no center was read.
    pub left: Option<usize>,
    /// The changes that were not approved as they are now.
    pub differing: &'a [Difference<'a>],
}

/// Writes a verdict as `bursar.verify.v1`.
pub fn verified(out: &mut impl Write, verified: &Verified<'_>) -> io::Result<()> {
    #[derive(Serialize)]
    struct VerifiedJson<'a> {
        schema: &'static str,
        verdict: &'static str,
        hash: &'a str,
        left: Option<usize>,
        differing: Vec<DifferenceJson>,
    }
    #[derive(Serialize)]
    struct DifferenceJson {
        id: String,
        how: &'static str,
    }
    let Verified { verdict, hash, left, differing } = *verified;
    let differing = differing
        .iter()
        .map(|difference| DifferenceJson { id: difference.change.id(), how: difference.how.as_str() })
        .collect();
    document(out, &VerifiedJson { schema: VERIFY_SCHEMA, verdict, hash, left, differing })
}

/// Writes one document, indented, with a line end.
pub(super) fn document(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
