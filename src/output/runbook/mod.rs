//! The runbook: what a person does in a vendor's console, as Markdown and as a page of its own that keeps ticks and
//! exports the confirmation.

mod html;
mod markdown;

use crate::plan::{Runbook, Select, Step};

pub use html::html;
pub use markdown::markdown;

/// Where a runbook was written, and what doing it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The Markdown.
    pub markdown: String,
    /// The page.
    pub html: String,
    /// The command that records what was done.
    pub confirm: String,
    /// How many steps there are.
    pub steps: usize,
    /// How long they take, about.
    pub minutes: u32,
}

/// "3 steps, about 6 minutes".
pub(super) fn effort<'a>(steps: impl IntoIterator<Item = &'a Step> + Clone) -> String {
    let count = steps.clone().into_iter().count();
    effort_of(count, crate::plan::minutes(steps))
}

/// "3 steps, about 6 minutes".
pub(super) fn effort_of(steps: usize, minutes: u32) -> String {
    let counted = super::words::count_words(steps, "step", "steps");
    let minutes = super::words::count_words(usize::try_from(minutes).unwrap_or(usize::MAX), "minute", "minutes");
    format!("{counted}, about {minutes}")
}

/// The first twelve digits of the plan's hash.
fn hash12(runbook: &Runbook) -> &str {
    runbook.plan.get(..12).unwrap_or(&runbook.plan)
}

/// The names to paste, and what they are for; nothing where there is nothing to tick.
fn list(step: &Step) -> Option<(&'static str, Vec<&str>)> {
    match &step.select {
        Select::Nothing => None,
        Select::Items => Some(("To tick", step.items.iter().map(|item| item.name.as_str()).collect())),
        Select::AllBut(keep) if keep.is_empty() => None,
        Select::AllBut(keep) => Some(("To un-tick", keep.iter().map(String::as_str).collect())),
    }
}

/// A path as one word of a command.
pub fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | ':');
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// What a runbook ends with. What was exported before it was done is no longer what is there.
fn afterwards(runbook: &Runbook) -> &'static str {
    if runbook.centers.values().any(|center| center.basis.is_some()) {
        "Afterwards export People again, commit the file"
    } else {
        "Afterwards commit the record"
    }
}
