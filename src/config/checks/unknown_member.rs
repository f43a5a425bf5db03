//! A rule, a group or a guardrail names somebody who is not among the members.

use crate::config::file::{GroupItem, Spanned, Who};
use crate::config::text::nearest;
use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::MemberId;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR030",
    name: "unknown-member",
    severity: Severity::Error,
    about: "A rule, a group or a guardrail names somebody who is not among the members.",
    bad: "groups:
  designers: [alcie]
",
    says: "there is no member `alcie`",
    good: "groups:
  designers: [alice]
",
    schema: false,
    run: Some(run),
};

/// `alice`, `bob` or `carol`.
fn either(first: &str, others: &[&str]) -> String {
    let names = std::iter::once(first).chain(others.iter().copied());
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let (last, rest) = names.split_last().map_or((first, &[][..]), |(last, rest)| (last.as_str(), rest));
    format!("{} or {last}", rest.join(", "))
}

/// How many wrong names get the nearest right one: each costs a look at every name.
pub(super) const SUGGESTIONS: usize = 20;

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.partial {
        return;
    }
    let config = context.config;
    let mut suggestions = SUGGESTIONS;
    let mut look = |id: &MemberId, span: Span, findings: &mut Vec<Finding>| {
        if context.directory.member(id.as_str()).is_some() {
            return;
        }
        let mut finding = CHECK.at(span, format!("there is no member `{id}`"));
        if config.groups.get(id.as_str()).is_some() {
            finding = finding.help(format!("there is a group of that name: write `group:{id}` in a group, or `group: {id}` in a rule"));
        } else if let Some(row) = context.loaded.left_out(id.as_str()) {
            let related = Related { span: row, message: "their row is here".to_owned() };
            finding = finding.help("`only` or `except` leaves their row out: let it in, or take the name out").related(related);
        } else if let [first, others @ ..] = context.candidates().of(id.as_str()).as_slice() {
            finding = finding.help(match others {
                [] => format!("did you mean `{first}`, who is known by that or nearly that?"),
                _ => format!("did you mean {}? They are known by that or nearly that", either(first, others)),
            });
        } else {
            let names = config.members.iter().take(if suggestions > 0 { usize::MAX } else { 0 });
            suggestions = suggestions.saturating_sub(1);
            finding = finding.help(match nearest(id.as_str(), names.map(|entry| entry.name.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add them under `members:`, or take the name out".to_owned(),
            });
        }
        findings.push(finding);
    };
    for item in config.groups.iter().flat_map(|entry| &entry.value.0.value) {
        if let GroupItem::Member(id) = &item.value {
            look(id, item.span, findings);
        }
    }
    for rule in config.pools.iter().flat_map(|entry| entry.value.rules()) {
        if let Some(Spanned { value: Who::Member(id), span }) = &rule.who {
            look(id, *span, findings);
        }
        for id in rule.except() {
            look(&id.value, id.span, findings);
        }
    }
    let protected = config.guardrails.iter().filter_map(|guardrails| guardrails.protected.as_ref());
    for id in protected.flat_map(|list| &list.value) {
        look(&id.value, id.span, findings);
    }
}
