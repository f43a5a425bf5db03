//! A group without members.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR041",
    name: "empty-group",
    severity: Severity::Warning,
    about: "A group without members.",
    bad: "groups:
  designers: []
",
    says: "the group `designers` has no members",
    good: "groups:
  designers: [alice]
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in context.config.groups.iter().filter(|entry| entry.value.0.value.is_empty()) {
        let finding = CHECK.at(entry.name.span, format!("the group `{}` has no members", entry.name.value));
        findings.push(finding.help("add some, or take the group out"));
    }
}
