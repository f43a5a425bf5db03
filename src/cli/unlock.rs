//! `bursar unlock`: takes a lock away from a run that is dead or stuck.

use clap::Args;

use crate::apply::lock::Lease;
use crate::model::CenterId;
use crate::output::escape::Terminal;

use super::locking::{identities, locker};
use super::session::{self, Selection};
use super::{CommandError, CommandResult, Context, Exit, Format, Ui, block_on};

/// Take the lock of a center away from the run that holds it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bursar unlock                           who holds which lock? asks before it takes one away
  bursar unlock --center gateway --yes    without asking, as in CI

A dead run's lock runs out by itself within a minute. A run that still lives stops before its next
write; what it has sent already is not taken back.")]
pub(super) struct UnlockArgs {
    /// Only this center
    #[arg(long, value_name = "CENTER")]
    center: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(context: &Context, args: &UnlockArgs) -> CommandResult {
    context.format("unlock", &[Format::Text])?;
    let mut session = session::open(context)?;
    session.select(&Selection::center(args.center.clone()))?;
    let identities = identities(&session.resolved)?;
    let locker = locker(&session.resolved)?;
    block_on(async {
        let mut held: Vec<(&CenterId, Lease)> = Vec::new();
        let mut free = Vec::new();
        for (id, identity) in &identities {
            match locker.holder(identity).await? {
                // Two centers of the files may be one and the same.
                Some(lease) if held.iter().any(|(_, other)| other.center == lease.center) => {}
                Some(lease) => held.push((id, lease)),
                None => free.push(format!("{id}: nobody holds its lock\n")),
            }
        }
        context.ui.artefact(free.concat().as_bytes())?;
        if held.is_empty() {
            return Ok(Exit::Done);
        }
        for (id, lease) in &held {
            context.ui.always(&shown(id, lease));
        }
        if !args.yes {
            ask(held.len())?;
        }
        for (id, lease) in held {
            locker.seize(&lease).await?;
            context
                .ui
                .artefact(format!("{id}: unlocked, was held by {}\n", Terminal(&lease.holder)).as_bytes())?;
        }
        Ok(Exit::Done)
    })?
}

/// Everything that is known of who holds a lock.
fn shown(id: &CenterId, lease: &Lease) -> String {
    let Lease { holder, run_url, acquired_at, expires_at, .. } = lease;
    let page = run_url.as_deref().map_or(String::new(), |url| format!("  run {}\n", Terminal(url)));
    format!(
        "{id}: held by {}\n  since {acquired_at:.0}\n  until {expires_at:.0}, unless it is renewed\n{page}",
        Terminal(holder)
    )
}

fn ask(locks: usize) -> Result<(), CommandError> {
    if !Ui::can_ask() {
        return Err(CommandError::usage("there is no terminal to ask on, so nothing was unlocked")
            .hint("make sure that the run above is dead, then run again with --yes"));
    }
    let what = if locks == 1 { "this lock".to_owned() } else { format!("these {locks} locks") };
    if Ui::confirm(&format!("Take {what} away?")) {
        return Ok(());
    }
    Err(CommandError::message("not confirmed, so nothing was unlocked"))
}
