//! What every command that writes has in common: asked about, locked, planned under the lock, made.

use crate::apply::Journal;
use crate::plan::{Allow, Plan};

use super::locking::{self, LockArgs};
use super::running::{ask, make, nothing, show};
use super::session::Session;
use super::{CommandError, CommandResult, Context, Exit, Format};

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
}

impl Writing<'_> {
    /// Plans and makes it so. `fits` says whether a plan is one that may be made, and `journal` begins the journal, or
    /// goes on with one.
    pub(super) async fn run(
        &self,
        session: Session,
        fits: impl Fn(&Plan) -> Result<(), CommandError>,
        journal: impl AsyncFnOnce(&Plan) -> Result<Journal, CommandError>,
    ) -> CommandResult {
        // Nobody else is kept waiting while a person makes up their mind; afterwards everything is looked at again.
        let mut seen = None;
        if !self.yes {
            let plan = session.clone().plan(self.context, self.allows).await?.plan;
            fits(&plan)?;
            show(self.context, self.yes, &plan)?;
            if !plan.refusals.is_empty() {
                return Ok(Exit::Refused);
            }
            if !plan.is_empty() {
                ask(plan.changes.len())?;
            } else if !self.closes {
                return nothing(self.context, self.format, &plan);
            }
            seen = Some(plan.hash);
        }
        let locks = locking::lock(self.context, &session, self.lock).await?;
        let outcome = async {
            let planned = locking::before_writing(session.plan(self.context, self.allows)).await?;
            fits(&planned.plan)?;
            match seen {
                None => show(self.context, self.yes, &planned.plan)?,
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
            if planned.plan.is_empty() {
                if self.closes {
                    locking::before_writing(journal(&planned.plan)).await?;
                }
                return nothing(self.context, self.format, &planned.plan);
            }
            let journal = locking::before_writing(journal(&planned.plan)).await?;
            make(self.context, self.format, planned, journal, &locks).await
        };
        let outcome = outcome.await;
        locking::unlock(self.context, locks, outcome).await
    }
}
