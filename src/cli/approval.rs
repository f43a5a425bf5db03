//! Whether a saved plan may still be applied: held against the files and centers as they are now.

use jiff::Timestamp;

use crate::output::escape::Terminal;
use crate::output::{self, text::Style};
use crate::plan::{Difference, Plan, SavedPlan};

use super::session::Session;
use super::{CommandError, Context, Exit, Ui};

/// How a saved plan and what would be done now stand to each other.
pub(super) enum Standing<'a> {
    /// Exactly what was approved would be done.
    Same,
    /// A part of what was approved is done already; the rest would be done as approved.
    Part,
    /// What would be done was not approved.
    Unfit(Unfit<'a>),
}

/// Why a saved plan may not be applied.
pub(super) enum Unfit<'a> {
    /// Its time is over.
    Expired(Timestamp),
    /// It is about another account, or about a center or pool that the files do not have.
    Foreign(String),
    /// What is left to be done is not what was approved.
    Stale(Vec<Difference<'a>>),
}

/// What can be told before any center is read.
pub(super) fn before_reading<'a>(saved: &SavedPlan, session: &Session) -> Option<Unfit<'a>> {
    if saved.is_expired(Timestamp::now()) {
        return Some(Unfit::Expired(saved.expires_at));
    }
    let centers = &session.resolved.centers;
    let named = saved.changes.iter().map(|change| &change.center).chain(&saved.selected.center);
    if let Some(center) = named.into_iter().find(|center| !centers.contains_key(*center)) {
        return Some(Unfit::Foreign(format!("it is about the center {center}, which the files do not have")));
    }
    let has = |pool| centers.values().any(|center| center.scope.pools.contains_key(pool));
    if let Some(pool) = saved.selected.pool.as_ref().filter(|pool| !has(*pool)) {
        return Some(Unfit::Foreign(format!("it is about the pool {pool}, which the files do not have")));
    }
    None
}

/// What a plan that was just made tells.
pub(super) fn standing<'a>(saved: &'a SavedPlan, plan: &'a Plan) -> Standing<'a> {
    if let Some((center, then, now)) = saved.foreign(&plan.centers) {
        let now = now.unwrap_or("nothing");
        let why = format!("it was made for {}, but in the files {center} is now {}", Terminal(then), Terminal(now));
        return Standing::Unfit(Unfit::Foreign(why));
    }
    let differences = saved.differences(plan);
    if !differences.is_empty() {
        return Standing::Unfit(Unfit::Stale(differences));
    }
    if plan.hash == saved.hash { Standing::Same } else { Standing::Part }
}

impl Unfit<'_> {
    /// The word for programs.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Expired(_) => "expired",
            Self::Foreign(_) => "foreign",
            Self::Stale(_) => "stale",
        }
    }

    /// The whole sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Expired(at) => format!("the saved plan has expired: it could be applied until {at:.0}"),
            Self::Foreign(why) => format!("the saved plan is foreign: {why}"),
            Self::Stale(differences) => {
                let what = match differences.len() {
                    1 => "1 change would be made that was".to_owned(),
                    count => format!("{count} changes would be made that were"),
                };
                format!("the saved plan is stale: {what} not approved")
            }
        }
    }

    /// What to do next.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Expired(_) | Self::Stale(_) => {
                "nothing was changed; save a new plan with `bursar plan --out FILE` and have that one approved"
            }
            Self::Foreign(_) => "nothing was changed; check that the files and the plan belong together",
        }
    }

    /// The changes that were not approved, a line each.
    pub(super) fn details(&self, context: &Context, color: bool) -> Result<String, CommandError> {
        let mut text = Vec::new();
        if let Self::Stale(differences) = self {
            let style = Style { color, width: Ui::width(), verbose: context.ui.verbose };
            output::text::stale(&mut text, differences, style).map_err(CommandError::failed)?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Ends a command with it; what differs is said before.
    pub(super) fn refuse(&self, context: &Context) -> CommandError {
        match self.details(context, context.ui.stderr_color) {
            Ok(details) if !details.is_empty() => context.ui.always(&details),
            Ok(_) => {}
            Err(error) => return error,
        }
        CommandError { exit: Exit::Stale, ..CommandError::message(self.sentence()) }.hint(self.hint())
    }
}
