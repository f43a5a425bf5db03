//! A rule or a group names a group that is not there.

use crate::config::file::{GroupItem, Spanned, Who};
use crate::config::text::nearest;
use crate::diagnostics::{Finding, Severity, Span};
use crate::model::GroupId;

use super::unknown_member::SUGGESTIONS;
use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR031",
    name: "unknown-group",
    severity: Severity::Error,
    about: "A rule or a group names a group that is not there.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ group: desginers, cap: 100 }]
    others: blocked
",
    says: "there is no group `desginers`",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ group: designers, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.partial {
        return;
    }
    let config = context.config;
    let mut suggestions = SUGGESTIONS;
    let mut look = |id: &GroupId, span: Span, findings: &mut Vec<Finding>| {
        if config.groups.get(id.as_str()).is_some() {
            return;
        }
        let mut finding = CHECK.at(span, format!("there is no group `{id}`"));
        if context.directory.member(id.as_str()).is_some() {
            finding = finding.help(format!("there is a member of that name: write `{id}` in a group, or `member: {id}` in a rule"));
        } else {
            let names = config.groups.iter().take(if suggestions > 0 { usize::MAX } else { 0 });
            suggestions = suggestions.saturating_sub(1);
            finding = finding.help(match nearest(id.as_str(), names.map(|entry| entry.name.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add it under `groups:`, or take the name out".to_owned(),
            });
        }
        findings.push(finding);
    };
    for item in config.groups.iter().flat_map(|entry| &entry.value.0.value) {
        if let GroupItem::Group(id) = &item.value {
            look(id, item.span, findings);
        }
    }
    for rule in config.pools.iter().flat_map(|entry| entry.value.rules()) {
        if let Some(Spanned { value: Who::Group(id), span }) = &rule.who {
            look(id, *span, findings);
        }
    }
}
