//! The command line: one file per command. Only this part knows all the others.

mod actor;
mod alerts;
mod apply;
mod approval;
mod artifacts;
mod base;
mod centers;
mod completions;
mod confirm;
mod diff;
mod doctor;
mod draw;
mod due;
mod edited;
mod error;
mod exit;
mod explain;
mod fallback;
mod files;
mod fmt;
mod grant;
mod hook;
mod import;
mod init;
mod keys;
mod known;
mod ledger;
mod locking;
mod log;
mod man;
mod origins;
mod page;
mod place;
mod plan;
mod record;
mod report;
mod requests;
mod resume;
mod revoke;
mod rewrite;
mod runbook;
mod running;
mod schema;
mod serve;
mod session;
mod signals;
mod starter;
mod ui;
mod unlock;
mod usage;
mod using;
mod validate;
mod verify;
mod writing;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

pub use error::{CommandError, CommandResult};
pub use exit::Exit;
pub use ui::{Color, Ui};

/// AI credits as code: who may draw on which shared pool, how much, and who is warned.
#[derive(Debug, Parser)]
#[command(name = "bursar", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  bursar init                          write a commented bursar.yaml
  bursar validate                      check the files; no credentials, no network
  bursar plan                          what would change in the live center
  bursar apply                         make it so, after asking

Exit codes:
  0 done · 1 findings or failure · 2 changes · 3 refused by a guardrail · 4 applied in part
  5 the saved plan is stale · 6 another run holds the lock · 64 wrong usage
  130, 143 interrupted, journal complete")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // they are flags
struct Global {
    /// Run as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    directory: PathBuf,
    /// The config: a file, or a folder of YAML files [default: bursar.yaml, else bursar/]
    #[arg(short, long, value_name = "PATH", global = true)]
    config: Option<PathBuf>,
    /// The form of the output
    #[arg(long, global = true, value_enum)]
    format: Option<Format>,
    /// Take this day for today wherever a date matters
    #[arg(long, value_name = "DATE", global = true)]
    as_of: Option<Date>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true, value_enum, default_value = "auto", hide_default_value = true)]
    color: Color,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more, and cut no list short
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// The form of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program, by a published schema.
    Json,
    /// For a spreadsheet.
    Csv,
    /// For a pull request.
    Markdown,
    /// A unified diff of canonical YAML.
    Diff,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Validate(validate::ValidateArgs),
    Diff(diff::DiffArgs),
    Fmt(fmt::FmtArgs),
    Grant(grant::GrantArgs),
    Revoke(revoke::RevokeArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Confirm(confirm::ConfirmArgs),
    Resume(resume::ResumeArgs),
    Verify(verify::VerifyArgs),
    Doctor(doctor::DoctorArgs),
    Explain(explain::ExplainArgs),
    Requests(requests::RequestsArgs),
    Report(report::ReportArgs),
    Alerts(alerts::AlertsArgs),
    Log(log::LogArgs),
    Usage(usage::UsageArgs),
    Import(import::ImportArgs),
    Draw(draw::DrawArgs),
    Unlock(unlock::UnlockArgs),
    Serve(serve::ServeArgs),
    Centers(centers::CentersArgs),
    Hook(hook::HookArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// What every command is given.
struct Context {
    global: Global,
    ui: Ui,
}

impl Context {
    /// The format asked for, if the command has it.
    fn format(&self, command: &str, known: &[Format]) -> Result<Format, CommandError> {
        let format = self.global.format.unwrap_or(Format::Text);
        if known.contains(&format) {
            return Ok(format);
        }
        let name = |format: &Format| format.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
        let names: Vec<String> = known.iter().map(name).collect();
        Err(CommandError::usage(format!("`{command}` has no format `{}`", name(&format)))
            .hint(format!("it has {}", names.join(", "))))
    }

    /// Today, or the day that `--as-of` names. Days begin in UTC.
    fn today(&self) -> Date {
        self.global
            .as_of
            .unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}

/// Runs the command line.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is wrong usage.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let ui = Ui::new(cli.global.color, cli.global.quiet, cli.global.verbose);
    if ui.verbose && !ui.quiet {
        crate::centers::on_request(move |line| ui.request(line));
    }
    let context = Context { global: cli.global, ui };
    let result = match cli.command {
        Command::Init(args) => init::run(&context, &args),
        Command::Validate(args) => validate::run(&context, &args),
        Command::Diff(args) => diff::run(&context, &args),
        Command::Fmt(args) => fmt::run(&context, &args),
        Command::Grant(args) => grant::run(&context, &args),
        Command::Revoke(args) => revoke::run(&context, &args),
        Command::Plan(args) => plan::run(&context, &args),
        Command::Apply(args) => apply::run(&context, &args),
        Command::Confirm(args) => confirm::run(&context, &args),
        Command::Resume(args) => resume::run(&context, &args),
        Command::Verify(args) => verify::run(&context, &args),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Explain(args) => explain::run(&context, &args),
        Command::Requests(args) => requests::run(&context, &args),
        Command::Report(args) => report::run(&context, &args),
        Command::Alerts(args) => alerts::run(&context, &args),
        Command::Log(args) => log::run(&context, &args),
        Command::Usage(args) => usage::run(&context, &args),
        Command::Import(args) => import::run(&context, &args),
        Command::Draw(args) => draw::run(&context, &args),
        Command::Unlock(args) => unlock::run(&context, &args),
        Command::Serve(args) => serve::run(&context, &args),
        Command::Hook(args) => hook::run(&context, &args),
        Command::Centers(args) => centers::run(&context, &args),
        Command::Schema(args) => schema::run(&context, &args),
        Command::Completions(args) => completions::run(&context, &args),
        Command::Man(args) => man::run(&context, &args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            ui.error(&error);
            error.exit.into()
        }
    }
}

/// The command line's own description, for completions and the manual.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// Runs asynchronous work to its end on this thread.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(anyhow::Error::new(error).context("the run could not be started")))?;
    let done = runtime.block_on(work);
    // A write that nobody waits for any longer shall not keep the process.
    runtime.shutdown_background();
    Ok(done)
}
