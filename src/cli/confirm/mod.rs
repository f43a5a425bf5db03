//! `bursar confirm`: records what a person says that they set by hand.

mod merge;
mod select;
mod told;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::config::{self, record::is_name};
use crate::git::Repository;
use crate::ledger::{Confirmed, Made, What};
use crate::model::{CenterId, ControlName, Record};
use crate::output;
use crate::output::confirm::{Absence, Confirmation, Entry, Fate};
use crate::output::escape::Terminal;
use crate::output::text::Style;
use crate::plan::Runbook;
use crate::plan::runbook::read::{self, MAX_BYTES, Position, ReadError, Ticked};

use super::session::{self, Session};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on, ledger, record};

/// Record which steps of a runbook a person has done by hand
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar confirm runbook.md                         what is ticked in it
  bursar confirm runbook.html --all                 every step
  bursar confirm runbook.md --only 2,alice@acme.example
  bursar confirm runbook.md --missing cap_amount    looked for in the console, and not there

What is recorded counts as done until a newer export shows something else. Commit the record.

Exit codes: 0 all of the runbook is recorded · 4 a part of it stays planned · 5 it is about another account")]
pub(super) struct ConfirmArgs {
    /// The runbook: Markdown, HTML, or what its page exported
    runbook: PathBuf,
    /// Everything in it was done, whatever is ticked
    #[arg(long, conflicts_with = "only")]
    all: bool,
    /// Only this was done, whatever is ticked: numbers of steps, and people as the console or the files name them
    #[arg(long, value_name = "STEP|NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// A control that the console does not show, such as `cap_amount`
    #[arg(long, value_name = "CONTROL", value_delimiter = ',', value_parser = control)]
    missing: Vec<ControlName>,
    /// Who did it [default: Git's user.name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

fn control(text: &str) -> Result<ControlName, String> {
    ControlName::of_key(text).ok_or_else(|| {
        let keys: Vec<&str> = ControlName::ALL.into_iter().map(ControlName::key).collect();
        format!("the controls are {}", keys.join(", "))
    })
}

/// From when on a runbook is old.
const OLD: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far the clocks of two machines may be apart.
const APART: SignedDuration = SignedDuration::from_hours(24);

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}

/// Who confirms what, and when.
struct Terms<'a> {
    runbook: &'a Runbook,
    /// What was done.
    done: BTreeSet<Position>,
    /// What was looked for and not found.
    missing: BTreeSet<Absence>,
    by: &'a str,
    at: Timestamp,
}

pub(super) fn run(context: &Context, args: &ConfirmArgs) -> CommandResult {
    let format = context.format("confirm", &[Format::Text, Format::Json])?;
    let session = session::open(context)?;
    let shown = args.runbook.to_string_lossy();
    let ticked = text(&context.global.directory.join(&args.runbook))
        .and_then(|text| Ok(read::read(&text)?))
        .map_err(|error| error.context(Terminal(&shown)))?;
    let by = by(context, args)?;
    let at = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_else(|_| Timestamp::now());
    age(context, &ticked.runbook, at)?;
    let missing = absences(&ticked, &args.missing)?;
    let Ticked { runbook, done, notes, .. } = &ticked;
    let done = if args.all {
        select::all(runbook)
    } else if args.only.is_empty() {
        for note in notes {
            context.ui.warn(note);
        }
        done.clone().unwrap_or_default()
    } else {
        select::only(runbook, &args.only)?
    };
    if done.is_empty() && missing.is_empty() && !runbook.steps.is_empty() {
        return Err(nothing_ticked(&ticked));
    }
    contradicted(runbook, &done, &missing)?;
    let terms = Terms { runbook, done, missing, by: &by, at };
    let (confirmation, made) = confirm(context, &session, &terms)?;
    write_down(context, &session, &terms, made)?;
    context.ui.made(|out| {
        if format == Format::Json {
            output::confirm::json(out, &confirmation)
        } else {
            let style = Style { color: context.ui.stdout_color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::confirm(out, &confirmation, style)
        }
    })?;
    tell(context, &confirmation);
    Ok(if confirmation.is_whole() { Exit::Done } else { Exit::Partial })
}

/// Reads the file, as much of it as a runbook may have.
fn text(path: &Path) -> Result<String, CommandError> {
    let cannot = |error| CommandError::failed(anyhow::Error::new(error).context("it cannot be read"));
    let help = "name a runbook, as `bursar apply` wrote it";
    let file = std::fs::File::open(path).map_err(|error| cannot(error).hint(help))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot(error).hint(help))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge(format!("{} MiB", MAX_BYTES >> 20)).into());
    }
    String::from_utf8(bytes).map_err(|_| CommandError::message("it is no text in UTF-8").hint(help))
}

/// Who confirms: whoever is named, else whoever commits here.
fn by(context: &Context, args: &ConfirmArgs) -> Result<String, CommandError> {
    let (name, whose) = if let Some(by) = &args.by {
        (by.trim().to_owned(), "`--by`")
    } else {
        let repository = Repository::discover(&context.global.directory);
        let name = repository.ok().and_then(|repository| repository.user_name()).ok_or_else(|| {
            CommandError::usage("who confirms is not known: Git has no `user.name` here")
                .hint("name yourself with --by NAME, or set it with `git config user.name NAME`")
        })?;
        (name, "Git's `user.name`")
    };
    if is_name(&name) {
        return Ok(name);
    }
    Err(CommandError::usage(format!("{whose} is no name: `{}`", Terminal(&name)))
        .hint("name yourself with --by, in one line and without what cannot be seen"))
}

/// Looks how old a runbook is.
fn age(context: &Context, runbook: &Runbook, now: Timestamp) -> Result<(), CommandError> {
    let age = now.duration_since(runbook.made_at);
    if age < -APART {
        return Err(CommandError::message(format!(
            "the runbook is from the future: it was made at {}",
            runbook.made_at
        ))
        .hint("check the clock of this machine; if it is right, make the runbook anew"));
    }
    if age > OLD {
        context.ui.warn(&format!(
            "the runbook is {} days old: what it says of the center may no longer be so; `bursar plan` makes a new one",
            age.as_hours() / 24
        ));
    }
    Ok(())
}

/// What was looked for and not found, in the centers whose steps need it.
fn absences(ticked: &Ticked, named: &[ControlName]) -> Result<BTreeSet<Absence>, CommandError> {
    let mut controls: BTreeSet<ControlName> = named.iter().copied().collect();
    for key in &ticked.missing {
        let control = control(key).map_err(|help| {
            CommandError::message(format!("`{}` is said to be missing, and is no control", Terminal(key))).hint(help)
        })?;
        controls.insert(control);
    }
    let steps = &ticked.runbook.steps;
    let mut absences = BTreeSet::new();
    for control in controls {
        let needs: BTreeSet<&CenterId> =
            steps.iter().filter(|step| step.control == control).map(|step| &step.center).collect();
        if needs.is_empty() {
            let needed: BTreeSet<&str> = steps.iter().map(|step| step.control.key()).collect();
            let needed: Vec<&str> = needed.into_iter().collect();
            let message = format!("no step of the runbook needs `{}`", control.key());
            return Err(CommandError::usage(message).hint(if needed.is_empty() {
                "it has no steps".to_owned()
            } else {
                format!("its steps need {}", needed.join(", "))
            }));
        }
        absences.extend(needs.into_iter().map(|center| Absence { center: center.clone(), control }));
    }
    Ok(absences)
}

/// What is done needs a control that is there.
fn contradicted(runbook: &Runbook, done: &BTreeSet<Position>, missing: &BTreeSet<Absence>) -> Result<(), CommandError> {
    for (s, _) in done {
        let Some(step) = runbook.steps.get(*s) else { continue };
        if missing.contains(&Absence { center: step.center.clone(), control: step.control }) {
            let (key, number) = (step.control.key(), step.number);
            let message = format!("`{key}` is said to be missing, and step {number}, which needs it, to be done");
            return Err(CommandError::usage(message)
                .hint(format!("leave out one of the two; --only names what was done without step {number}")));
        }
    }
    Ok(())
}

fn nothing_ticked(ticked: &Ticked) -> CommandError {
    let message = if ticked.done.is_none() {
        "this file keeps no ticks, so it is not known what was done"
    } else {
        "nothing is ticked, so there is nothing to record"
    };
    CommandError::message(message).hint("tick what was done, or say --all, or --only with numbers of steps and names")
}

/// Holds everything against the files, and then records it.
fn confirm<'a>(
    context: &Context,
    session: &Session,
    terms: &Terms<'a>,
) -> Result<(Confirmation<'a>, Vec<Made>), CommandError> {
    let wanted = wanted::wanted(session, terms)?;
    let Terms { runbook, missing, by, at, .. } = terms;
    let entries = runbook.steps.iter().flat_map(|step| step.items.iter().map(move |item| (step, item)));
    let mut confirmation = Confirmation {
        plan: &runbook.plan,
        made_at: runbook.made_at,
        by,
        at: *at,
        entries: entries.map(|(step, item)| Entry { step, item, fate: Fate::Stays }).collect(),
        missing: missing.iter().cloned().collect(),
        found: Vec::new(),
        files: Vec::new(),
    };
    let concerned: BTreeSet<&CenterId> = wanted
        .iter()
        .map(|wanted| &wanted.center)
        .chain(missing.iter().map(|absence| &absence.center))
        .collect();
    for (path, accounts) in record::paths(&session.resolved) {
        if !accounts.keys().any(|center| concerned.contains(center)) {
            continue;
        }
        let change = |record: &mut Record| -> Result<merge::Merged, CommandError> {
            merge::merge(record, terms, &wanted, &accounts, &config::shown(&context.global.directory, &path))
        };
        let (written, merged) = record::edit(context, &path, &accounts, change)?;
        for (place, fate) in merged.fates {
            if let Some(entry) = confirmation.entries.get_mut(place) {
                entry.fate = fate;
            }
        }
        confirmation.found.extend(merged.found);
        if written {
            confirmation.files.push(config::shown(&context.global.directory, &path));
        }
    }
    let made = told::told(session, &wanted, &confirmation);
    Ok((confirmation, made))
}

/// Writes what was recorded into the ledger too.
fn write_down(context: &Context, session: &Session, terms: &Terms<'_>, made: Vec<Made>) -> Result<(), CommandError> {
    if made.is_empty() {
        return Ok(());
    }
    let told: BTreeSet<&CenterId> = made.iter().map(|made| &made.change.center).collect();
    let centers = terms.runbook.centers.iter().filter(|(id, _)| told.contains(id));
    let centers = centers.map(|(id, center)| (id.clone(), center.identity.clone())).collect();
    let confirmed = |who| {
        let (by, plan) = (terms.by.to_owned(), terms.runbook.plan.clone());
        What::Confirmed(Box::new(Confirmed { by, who, plan, centers, outcomes: made }))
    };
    let nevertheless = "what was confirmed stands in the record";
    block_on(ledger::note(context, &session.resolved.lock, &session.paths, confirmed, nevertheless))
}

/// Says how many, and what to do next.
fn tell(context: &Context, confirmation: &Confirmation<'_>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &confirmation.entries {
        *counts.entry(entry.fate.as_str()).or_default() += 1;
    }
    let count = |fate: &str| counts.get(fate).copied().unwrap_or_default();
    let parts = [
        (count("recorded"), "recorded"),
        (count("already"), "recorded before"),
        (count("refused"), "refused"),
        (count("stays"), "still planned"),
        (confirmation.missing.len(), "not in the console"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let sum = if parts.is_empty() { "the runbook has no steps".to_owned() } else { parts.join(", ") };
    let next = match confirmation.files.as_slice() {
        [] => "no record was changed".to_owned(),
        files => format!("commit {}, then `bursar plan`", Terminal(&files.join(" and "))),
    };
    context.ui.say(&format!("{sum}; {next}"));
}
