//! `bursar resume`: finish a run that died.

use std::path::PathBuf;

use clap::Args;

use crate::apply::{History, Looked, Unlike};
use crate::model::Place;
use crate::output::escape::Terminal;
use crate::plan::{Allow, Covers, Plan};

use super::ledger::Recording;
use super::locking::LockArgs;
use super::session::{self, Selection};
use super::writing::Writing;
use super::{CommandError, CommandResult, Context, Exit, Format, block_on, place};

/// Finish an apply that died
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bursar resume .bursar/journals/20261122T140000.000000Z.jsonl

Files and centers are read again. What the journal leaves open is looked up in the center and
written down; what is left of the plan that was approved then is made, and nothing else. A consent
that was given then holds for what is left.")]
pub(super) struct ResumeArgs {
    /// The journal of the run: a file, or an s3://, gs:// or az:// URL
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Consent to exactly this number, where what is left now hits more people than then
    #[arg(long, value_name = "NAME=N")]
    allow: Vec<Allow>,
    #[command(flatten)]
    lock: LockArgs,
}

pub(super) fn run(context: &Context, args: &ResumeArgs) -> CommandResult {
    let format = context.format("resume", &[Format::Text, Format::Json])?;
    let place = place::at(context, &args.journal)?;
    let history = block_on(place::read_journal(&place))??;
    let mut session = session::open(context)?;
    let approved = history.approved();
    if let Some(center) = approved.centers.keys().find(|center| !session.resolved.centers.contains_key(*center)) {
        return Err(refused(&place, &format!("the files no longer have the center {center}")));
    }
    let selection = Selection::from(&approved.selected);
    session
        .select(&selection)
        .map_err(|_| refused(&place, "the files no longer have the pool that it is about"))?;
    let allows = allows(&history, &args.allow);
    let writing = Writing {
        context,
        format,
        yes: args.yes,
        lock: &args.lock,
        allows: &allows,
        closes: true,
        recording: Recording { command: "resume", base: None, approved: Some(&approved.plan), resumes: Some(&place) },
        runbook: None,
        keys: None,
    };
    let fits = |plan: &Plan| history.holds(plan).map_err(|unlike| refused(&place, &sentence(&unlike)));
    let journal = async |plan: &Plan| {
        let mut journal = place::reopen_journal(&place, &history).await?;
        let looked = history.settle(plan, &mut journal).await.map_err(|error| {
            CommandError::failed(anyhow::Error::new(error).context(format!("{} cannot be written", journal.place())))
                .hint("nothing was changed; make room or get the rights, then run again")
        })?;
        say(context, looked);
        Ok(journal)
    };
    block_on(writing.run(session, fits, journal))?
}

/// The consents that were given then, for what is left; one that is given now stands instead of the old one.
fn allows(history: &History, given: &[Allow]) -> Vec<Allow> {
    let old = history.approved().allowed.iter().filter_map(|text| text.parse::<Allow>().ok());
    old.filter(|old| given.iter().all(|new| new.guardrail != old.guardrail))
        .map(|old| Allow { covers: Covers::WhatIsLeft, ..old })
        .chain(given.iter().cloned())
        .collect()
}

fn say(context: &Context, looked: Looked) {
    let Looked { made, not_seen } = looked;
    let open = made + not_seen;
    if open > 0 {
        let changes = if open == 1 { "change" } else { "changes" };
        context.ui.say(&format!(
            "the journal left {open} {changes} open; the center shows that {made} came about, with {not_seen} left to make"
        ));
    }
}

fn refused(journal: &Place, why: &str) -> CommandError {
    let message = format!("{} cannot be resumed: {why}", place::shown(journal));
    CommandError { exit: Exit::Stale, ..CommandError::message(message) }
        .hint("nothing was changed; `bursar plan` shows what is to be done now, for somebody to approve")
}

fn sentence(unlike: &Unlike) -> String {
    match unlike {
        Unlike::Foreign { center, then, now } => format!(
            "it is about {}, but in the files {center} is now {}",
            Terminal(then),
            Terminal(now.as_deref().unwrap_or("nothing"))
        ),
        Unlike::Changed(ids) => {
            let first = ids.iter().take(3).map(|id| Terminal(id).to_string()).collect::<Vec<_>>().join(", ");
            let more = if ids.len() > 3 { format!(" and {} more", ids.len() - 3) } else { String::new() };
            format!("other changes than those that were approved would be made of {first}{more}")
        }
        Unlike::Another => "what is to be done now is not what is left of the plan that was approved then".to_owned(),
    }
}
