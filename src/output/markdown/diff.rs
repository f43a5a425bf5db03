//! The page of an edit of the files.

use std::io;

use crate::output::escape::Markdown;
use crate::output::sentence::{headline, joined};
use crate::output::words::{self, count_words};
use crate::plan::Change;
use crate::plan::files::{Edit, FilesDiff, Revision};

use super::people::{self, About, Item};
use super::sheet::{self, Sheet};
use super::{Frame, edits, sources};

/// The part of a page that notes, limits, lists and settings may take: not so much that they could crowd out the people.
const SHARE: usize = 3;

/// Writes what an edit of the files means in at most the frame's budget.
pub fn diff(out: &mut impl io::Write, diff: &FilesDiff, frame: &Frame<'_>) -> io::Result<()> {
    let plain: Vec<(&Edit, Change)> = diff.edits.iter().map(|edit| (edit, edit.plain())).collect();
    let all: Vec<Item<'_>> = plain
        .iter()
        .map(|(edit, change)| {
            let pools = diff.periods.get(&change.center);
            let periods = pools.and_then(|pools| pools.get(&change.pool)).copied().unwrap_or_default();
            Item { change, periods, rule: edit.rule.as_deref(), was: edit.was.as_deref() }
        })
        .collect();
    let whole_pools = diff.released.iter().any(|released| released.subject.is_none());
    let sheet = Sheet {
        title: "diff",
        head: head(diff, &all),
        refusals: &diff.refusals,
        counted: if whole_pools { "Worst case, without the pools that are left as they are" } else { "Worst case" },
        money: &diff.summary.worst_case,
        foot: String::new(),
        whole: "bursar diff --format json",
        stub: format!(
            "Bursar diff: {}, {}, {}.",
            count_words(all.len(), "change", "changes"),
            count_words(diff.guardrails.len(), "limit changes", "limits change"),
            count_words(diff.refusals.len(), "refusal", "refusals"),
        ),
    };
    sheet::write(out, frame, &sheet, 0, |budget| {
        let (mut above, mut limits, mut below) = (String::new(), String::new(), String::new());
        let mut share = budget.share(frame.budget / SHARE);
        edits::notes(&mut limits, &mut share, &diff.notes);
        edits::guardrails(&mut limits, &mut share, &diff.guardrails);
        edits::settings(&mut limits, &mut share, &diff.settings);
        edits::identities(&mut limits, &mut share, &diff.settings);
        edits::notify(&mut limits, &mut share, &diff.notify);
        edits::left(&mut limits, &mut share, diff);
        budget.settle(share, limits.len());
        for about in [About::Losses, About::Gains, About::Rest] {
            people::section(&mut above, budget, &all, about);
        }
        edits::upcoming(&mut below, budget, &diff.upcoming);
        edits::groups(&mut below, budget, &diff.groups);
        sources::write(&mut below, budget, &all);
        (above, format!("{limits}{below}"))
    })
}

fn head(diff: &FilesDiff, all: &[Item<'_>]) -> String {
    let told: Vec<_> = all.iter().map(|item| (item.change, item.periods)).collect();
    let sentence = headline(&told, Some(&diff.summary.worst_case), &people::name);
    let mut also = Vec::new();
    let loosened = diff.guardrails.iter().filter(|edit| edit.loosened).count();
    if loosened > 0 {
        also.push(format!("**loosens {}**", count_words(loosened, "guardrail", "guardrails")));
    }
    if diff.guardrails.len() > loosened {
        also.push(format!("changes {}", count_words(diff.guardrails.len() - loosened, "guardrail", "guardrails")));
    }
    let (people, places): (Vec<_>, Vec<_>) = diff.settings.iter().partition(|edit| edits::is_identity(edit));
    if !places.is_empty() {
        also.push("**changes how a center is reached or where locks are**".to_owned());
    }
    if !people.is_empty() {
        also.push("**changes who somebody is**".to_owned());
    }
    if !diff.notify.is_empty() {
        also.push("changes who is notified".to_owned());
    }
    if !diff.released.is_empty() || !diff.unkept.is_empty() {
        also.push("lets go of something without taking it away".to_owned());
    }
    if !diff.notes.is_empty() {
        also.push("leaves open what only a center can tell".to_owned());
    }
    if !diff.upcoming.is_empty() {
        also.push("changes what begins later".to_owned());
    }
    let sentence = match (also.is_empty(), all.is_empty()) {
        (true, _) => format!("**{sentence}.**"),
        (false, false) => format!("**{sentence}.** It also {}.", joined(&also)),
        (false, true) => format!("**{sentence} in itself.** But it {}.", joined(&also)),
    };
    let (base, head) = (revision(&diff.base), revision(&diff.head));
    format!("{sentence}\n\nFrom {base} to {head}, as far as the files tell: no center was asked.\n\n")
}

/// `main` with its commit, or the working files.
fn revision(revision: &Revision) -> String {
    let commit = revision.commit.as_deref().map(words::shortened_commit);
    match (revision.name.as_deref(), commit) {
        (Some(name), Some(commit)) if !name.starts_with(commit) => {
            format!("{} ({})", people::name(name), Markdown(commit))
        }
        (Some(name), _) => people::name(name),
        (None, Some(commit)) => Markdown(commit).to_string(),
        (None, None) => "the working files".to_owned(),
    }
}
