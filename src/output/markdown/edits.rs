//! What an edit of the files changes beside people and money: limits on plans, how centers are reached, who is notified,
//! who is in which group, what begins later, and what is let go.

use std::collections::BTreeSet;

use crate::model::{MemberId, PoolId, Recipient, Rule, RuleWho, Subject};
use crate::output::escape::Markdown;
use crate::output::words;
use crate::plan::files::{FilesDiff, GroupEdit, GuardrailEdit, NotifyEdit, Released, SettingEdit, Unkept, Upcoming};

use super::budget::{Budget, What};
use super::people::{self, list, name, text};
use super::sheet::fold;

/// From how many rows on a list is folded.
const LONG: usize = 6;

/// A list under a heading; a long one is folded.
fn section(
    out: &mut String,
    budget: &mut Budget,
    title: &str,
    rows: impl ExactSizeIterator<Item = String>,
    what: What,
) {
    if rows.len() >= LONG {
        fold(out, budget, &format!("{title} ({})", rows.len()), rows, what);
    } else {
        budget.block(out, &format!("#### {title}\n\n"), rows, "\n", what);
    }
}

/// Whether it is about who somebody is, not about where something is.
pub(super) fn is_identity(edit: &SettingEdit) -> bool {
    edit.name.starts_with("members.")
}

/// What the files alone do not tell.
pub(super) fn notes(out: &mut String, budget: &mut Budget, notes: &[String]) {
    let rows = notes.iter().map(|note| format!("- {}\n", text(note)));
    section(out, budget, "Notes", rows, ("note", "notes"));
}

fn or_none(value: Option<&String>, none: &str) -> String {
    value.map_or_else(|| none.to_owned(), |value| text(value))
}

/// The limits on plans; those that let more through stand first.
pub(super) fn guardrails(out: &mut String, budget: &mut Budget, edits: &[GuardrailEdit]) {
    let mut edits: Vec<&GuardrailEdit> = edits.iter().collect();
    edits.sort_by_key(|edit| !edit.loosened);
    let rows = edits.iter().map(|edit| {
        let GuardrailEdit { name, before, after, loosened } = edit;
        let (before, after) = (or_none(before.as_ref(), "none"), or_none(after.as_ref(), "none"));
        let which = if *loosened { "**loosened**" } else { "tightened" };
        format!("| {} | {before} | {after} | {which} |\n", Markdown(name))
    });
    let open = "#### Guardrails\n\nThese limit what a plan may do, from this change on.\n\n\
                | limit | before | after | |\n| :--- | :--- | :--- | :--- |\n";
    budget.block(out, open, rows, "\n", ("guardrail", "guardrails"));
}

/// How centers are reached, and where the locks are.
pub(super) fn settings(out: &mut String, budget: &mut Budget, edits: &[SettingEdit]) {
    let open = "#### Centers and locks\n\n**Look twice:** these decide which account is changed, and where its token is \
                sent.\n\n| setting | before | after |\n| :--- | :--- | :--- |\n";
    table(out, budget, open, edits.iter().filter(|edit| !is_identity(edit)).collect());
}

/// Who is who.
pub(super) fn identities(out: &mut String, budget: &mut Budget, edits: &[SettingEdit]) {
    let open = "#### Who is who\n\n**Look twice:** from this change on, the name stands for whoever has that address or \
                login.\n\n| member | before | after |\n| :--- | :--- | :--- |\n";
    table(out, budget, open, edits.iter().filter(|edit| is_identity(edit)).collect());
}

fn table(out: &mut String, budget: &mut Budget, open: &str, edits: Vec<&SettingEdit>) {
    let rows = edits.into_iter().map(|edit| {
        let SettingEdit { name, before, after } = edit;
        let (before, after) = (or_none(before.as_ref(), "not set"), or_none(after.as_ref(), "not set"));
        format!("| {} | {before} | {after} |\n", text(name))
    });
    budget.block(out, open, rows, "\n", ("setting", "settings"));
}

/// Who hears of alerts.
pub(super) fn notify(out: &mut String, budget: &mut Budget, edits: &[NotifyEdit]) {
    let none = BTreeSet::new();
    let rows = edits.iter().map(|edit| {
        let NotifyEdit { name, before, after } = edit;
        let what = match (before, after) {
            (None, _) => "new: ",
            (_, None) => "gone: ",
            _ => "",
        };
        let (then, now) = (before.as_ref().unwrap_or(&none), after.as_ref().unwrap_or(&none));
        let told = |people: &BTreeSet<Recipient>, others: &BTreeSet<Recipient>| {
            let names: Vec<String> = people.difference(others).map(ToString::to_string).collect();
            list(names.iter().map(String::as_str))
        };
        let parts = [("hears of it now", told(now, then)), ("no longer hears of it", told(then, now))];
        let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
        let parts: Vec<String> = parts.map(|(verb, names)| format!("{verb}: {names}")).collect();
        format!("- {what}{}: {}\n", Markdown(name.as_str()), parts.join("; "))
    });
    section(out, budget, "Who is notified", rows, ("list to notify", "lists to notify"));
}

/// Who came into a group or left it, and where that matters.
pub(super) fn groups(out: &mut String, budget: &mut Budget, edits: &[GroupEdit]) {
    let rows = edits.iter().map(|edit| {
        let GroupEdit { group, joined, left, pools, rows: _ } = edit;
        let people = |verb: &str, people: &BTreeSet<MemberId>| {
            (!people.is_empty()).then(|| {
                let named: Vec<String> = people.iter().map(|member| edit.named(member)).collect();
                format!("{} {verb}: {}", words::people_words(people.len()), list(named.iter().map(String::as_str)))
            })
        };
        let parts: Vec<String> = people("joined", joined).into_iter().chain(people("left", left)).collect();
        let pools = if pools.is_empty() {
            "no pool names it".to_owned()
        } else {
            format!("named by {}", list(pools.iter().map(PoolId::as_str)))
        };
        format!("- {}: {}; {pools}\n", Markdown(group.as_str()), parts.join("; "))
    });
    section(out, budget, "Groups", rows, ("group", "groups"));
}

/// What begins later.
pub(super) fn upcoming(out: &mut String, budget: &mut Budget, all: &[Upcoming]) {
    let rows = all.iter().map(|upcoming| {
        let Upcoming { center: _, pool, added, from, rule, period, people } = upcoming;
        let Rule { who, cap, reason, starts: _, expires, source: _ } = &**rule;
        let who = match who {
            RuleWho::Member(member) => name(member.as_str()),
            RuleWho::Group(group, _) => {
                format!("{} ({})", Markdown(group.as_str()), words::people_words(*people))
            }
        };
        let cap = cap.map_or_else(|| "the default cap".to_owned(), |cap| words::cap_words(cap, *period));
        let until = expires.map_or_else(String::new, |date| format!(" until {date}"));
        let reason = reason.as_deref().map_or_else(String::new, |reason| format!(", {}", people::text(reason)));
        let what = if *added { "from" } else { "no longer from" };
        format!("- {what} {from}: {who} in {}, {cap}{until}{reason}\n", Markdown(pool.as_str()))
    });
    section(out, budget, "What begins later", rows, ("rule that begins later", "rules that begin later"));
}

/// What the files no longer decide over.
pub(super) fn left(out: &mut String, budget: &mut Budget, diff: &FilesDiff) {
    let mut rows = Vec::new();
    for group in diff.released.chunk_by(|a, b| (&a.center, &a.pool) == (&b.center, &b.pool)) {
        let Some(Released { center, pool, subject: _ }) = group.first() else { continue };
        let people: Vec<&str> = group.iter().filter_map(|one| one.subject.as_ref()).map(Subject::name).collect();
        let pool = format!("{} in {}", Markdown(pool.as_str()), Markdown(center.as_str()));
        rows.push(if people.is_empty() {
            format!("- {pool}: the whole pool stays as it is\n")
        } else {
            let (count, names) = (words::people_words(people.len()), list(people.into_iter()));
            format!("- {pool}: what {count} may spend stays as it is: {names}\n")
        });
    }
    for Unkept { center, pool, subject, field, before } in &diff.unkept {
        let whose = subject
            .as_ref()
            .map_or_else(String::new, |subject| format!(" of {}", name(subject.name())));
        let what = match *field {
            "others" => "what everybody else may spend".to_owned(),
            field => format!("the {}{whose}", field.strip_prefix("budget.").unwrap_or(field).replace('_', " ")),
        };
        let pool = format!("{} in {}", Markdown(pool.as_str()), Markdown(center.as_str()));
        rows.push(format!("- {pool}: {what} stays as it is: {}\n", text(before)));
    }
    let title = "Left as it is: the files no longer decide over this";
    section(out, budget, title, rows.into_iter(), ("thing that is left as it is", "things that are left as they are"));
}
