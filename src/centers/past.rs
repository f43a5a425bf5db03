//! Vendors that tell what was drawn in the period that runs, and nothing of the past.

use jiff::Timestamp;

use crate::model::{Scope, window};

/// What a reader should be told who asks for a day that is over.
pub(super) fn only_now(scope: &Scope, who: &str) -> Option<String> {
    let day = scope.as_of.filter(|day| *day < window::day(Timestamp::now()))?;
    Some(format!("{who} tells what was drawn up to now only, so these are not the numbers of {day}"))
}
