//! What every command that writes has in common: asked about, locked, planned under the lock, made.

use std::path::Path;

use crate::apply::Journal;
use crate::plan::{Allow, Plan};

use super::keys::{self, KeyFile};
use super::ledger::{Ledger, Recording};
use super::locking::{self, LockArgs};
use super::runbook::{self, Written};
use super::running::{ask, make, nothing, show};
use super::session::Session;
use super::signals::Signals;
use super::{CommandError, CommandResult, Context, Exit, Format, using};

/// How a command writes.
pub(super) struct Writing<'a> {
    pub(super) context: &'a Context,
    pub(super) format: Format,
    /// Whether it was told not to ask.
    pub(super) yes: bool,
    pub(super) lock: &'a LockArgs,
    pub(super) allows: &'a [Allow],
    /// Whether there may be something to write down where there is nothing to change.
    pub(super) closes: bool,
    /// What the ledger is told of it.
    pub(super) recording: Recording<'a>,
    /// Where the runbook goes, if not to a file that is named after the moment.
    pub(super) runbook: Option<&'a Path>,
    /// Where the keys go that people lack for pools which a fallback holds.
    pub(super) keys: Option<KeyFile>,
}

impl Writing<'_> {
    /// Plans and makes it so. `fits` says whether a plan is one that may be made, and `journal` begins the journal, or
    /// goes on with one.
    pub(super) async fn run(
        mut self,
        session: Session,
        fits: impl Fn(&Plan) -> Result<(), CommandError>,
        journal: impl AsyncFnOnce(&Plan) -> Result<Journal, CommandError>,
    ) -> CommandResult {
        // Nobody else is kept waiting while a person makes up their mind; afterwards everything is looked at again.
        let mut seen = None;
        if !self.yes {
            let mut planned = session.clone().plan(self.context, self.allows).await?;
            using::tell(self.context, &mut planned).await;
            let draws = !keys::held(&planned)?.is_empty();
            let plan = planned.plan;
            fits(&plan)?;
            show(self.context, self.yes, &plan)?;
            if !plan.refusals.is_empty() {
                return Ok(Exit::Refused);
            }
            if !plan.is_empty() {
                ask(&plan)?;
            } else if !self.closes && !draws {
                if self.keys.is_some() {
                    keys::none_held(self.context);
                }
                return nothing(self.context, self.format, &plan);
            }
            seen = Some(plan.hash);
        }
        // Until here a signal ends the process as any other: there is nothing that it would leave behind.
        let mut signals = Signals::new().map_err(CommandError::failed)?;
        let locks = locking::before_writing(&mut signals, locking::lock(self.context, &session, self.lock)).await?;
        let outcome = async {
            let ledger = Ledger::of(self.context, &session)?;
            let mut planned = locking::before_writing(&mut signals, session.plan(self.context, self.allows)).await?;
            fits(&planned.plan)?;
            match seen {
                None => {
                    if !self.context.ui.quiet {
                        let told = async {
                            using::tell(self.context, &mut planned).await;
                            Ok(())
                        };
                        locking::before_writing(&mut signals, told).await?;
                    }
                    show(self.context, self.yes, &planned.plan)?;
                }
                Some(hash) if hash == planned.plan.hash => {}
                Some(_) => {
                    let error =
                        CommandError::message("the center changed while you were asked, so nothing was written")
                            .hint("run it again and look at the new plan");
                    return Err(CommandError { exit: Exit::Stale, ..error });
                }
            }
            if !planned.plan.refusals.is_empty() {
                return Ok(Exit::Refused);
            }
            let pockets = keys::held(&planned)?;
            if planned.plan.is_empty() {
                if self.closes {
                    locking::before_writing(&mut signals, journal(&planned.plan)).await?;
                    locking::before_writing(&mut signals, ledger.close(self.recording, &planned)).await?;
                }
                let exit = nothing(self.context, self.format, &planned.plan)?;
                return keys::hand_out(self.context, &pockets, self.keys.as_mut(), self.yes, &locks, exit).await;
            }
            // Before anything is sent: where it cannot be written, nothing was done.
            let runbook = runbook::write(self.context, &planned, self.runbook)?;
            let journal = locking::before_writing(&mut signals, journal(&planned.plan)).await;
            let journal = journal.inspect_err(|_| runbook.iter().for_each(Written::withdraw))?;
            let running = ledger.begin(self.recording, &planned, journal.place());
            let running = locking::before_writing(&mut signals, running).await;
            let running = running.inspect_err(|_| runbook.iter().for_each(Written::withdraw))?;
            let placed = runbook.as_ref().map(|runbook| &runbook.placed);
            let exit = make(self.context, self.format, planned, (journal, running, placed), &locks, signals).await?;
            keys::hand_out(self.context, &pockets, self.keys.as_mut(), self.yes, &locks, exit).await
        };
        let outcome = outcome.await;
        locking::unlock(self.context, locks, outcome).await
    }
}
