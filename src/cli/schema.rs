//! `bursar schema`: the JSON schemas.

use clap::{Args, ValueEnum};

use crate::{centers, config};

use super::{CommandResult, Context, Exit};

const DIFF: &str = include_str!("../../schema/diff.v1.schema.json");
const PLAN: &str = include_str!("../../schema/plan.v1.schema.json");
const APPLY: &str = include_str!("../../schema/apply.v1.schema.json");
const JOURNAL: &str = include_str!("../../schema/journal.v1.schema.json");
const VERIFY: &str = include_str!("../../schema/verify.v1.schema.json");
const FINDINGS: &str = include_str!("../../schema/findings.v1.schema.json");
const RUNBOOK: &str = include_str!("../../schema/runbook.v1.schema.json");
const CONFIRMATION: &str = include_str!("../../schema/confirmation.v1.schema.json");
const CONFIRM: &str = include_str!("../../schema/confirm.v1.schema.json");
const DOCTOR: &str = include_str!("../../schema/doctor.v1.schema.json");
const EXPLAIN: &str = include_str!("../../schema/explain.v1.schema.json");
const REQUESTS: &str = include_str!("../../schema/requests.v1.schema.json");
const USAGE: &str = include_str!("../../schema/usage.v1.schema.json");
const UNUSED: &str = include_str!("../../schema/unused.v1.schema.json");
const ALERTS: &str = include_str!("../../schema/alerts.v1.schema.json");
const ALERT: &str = include_str!("../../schema/alert.v1.schema.json");
const DUE: &str = include_str!("../../schema/due.v1.schema.json");
const LEDGER: &str = include_str!("../../schema/ledger.v1.schema.json");
const LOG: &str = include_str!("../../schema/log.v1.schema.json");
const CENTER: &str = include_str!("../../schema/center.v1.openapi.yaml");

/// Print a JSON schema: of the files, or of an output
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bursar schema > bursar.v1.schema.json

Editors complete and check from it when the file begins with
  # yaml-language-server: $schema=./bursar.v1.schema.json")]
pub(super) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value = "bursar")]
    name: Name,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// The files.
    Bursar,
    /// `diff --format json`.
    Diff,
    /// `plan --format json`.
    Plan,
    /// `apply --format json`.
    Apply,
    /// A line of a journal.
    Journal,
    /// `verify --format json`.
    Verify,
    /// `validate --format json`.
    Findings,
    /// What a runbook holds for programs.
    Runbook,
    /// What the page of a runbook exports.
    Confirmation,
    /// `confirm --format json`.
    Confirm,
    /// `doctor --format json`.
    Doctor,
    /// `explain --format json`.
    Explain,
    /// `requests list --format json`.
    Requests,
    /// `usage --format json`, and a snapshot of `usage --history`.
    Usage,
    /// `report --unused --format json`.
    Unused,
    /// `alerts --format json`.
    Alerts,
    /// What `alerts` posts to a generic webhook.
    Alert,
    /// `revoke --expired` and `grant --due` with `--format json`.
    Due,
    /// A line of the ledger.
    Ledger,
    /// `log --format json`.
    Log,
    /// The API of `serve`, and of every `http` center: OpenAPI, in YAML.
    Center,
}

pub(super) fn run(context: &Context, args: &SchemaArgs) -> CommandResult {
    let text = match args.name {
        Name::Bursar => config::schema::schema(&centers::providers()),
        Name::Diff => DIFF.to_owned(),
        Name::Plan => PLAN.to_owned(),
        Name::Apply => APPLY.to_owned(),
        Name::Journal => JOURNAL.to_owned(),
        Name::Verify => VERIFY.to_owned(),
        Name::Findings => FINDINGS.to_owned(),
        Name::Runbook => RUNBOOK.to_owned(),
        Name::Confirmation => CONFIRMATION.to_owned(),
        Name::Confirm => CONFIRM.to_owned(),
        Name::Doctor => DOCTOR.to_owned(),
        Name::Explain => EXPLAIN.to_owned(),
        Name::Requests => REQUESTS.to_owned(),
        Name::Usage => USAGE.to_owned(),
        Name::Unused => UNUSED.to_owned(),
        Name::Alerts => ALERTS.to_owned(),
        Name::Alert => ALERT.to_owned(),
        Name::Due => DUE.to_owned(),
        Name::Ledger => LEDGER.to_owned(),
        Name::Log => LOG.to_owned(),
        Name::Center => CENTER.to_owned(),
    };
    context.ui.artefact(text.as_bytes())?;
    Ok(Exit::Done)
}
