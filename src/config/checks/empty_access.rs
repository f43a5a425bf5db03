//! A pool on which nobody may draw: an empty list revokes everybody.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR076",
    name: "empty-access",
    severity: Severity::Warning,
    about: "A pool on which nobody may draw: an empty list revokes everybody.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    says: "nobody may draw on the pool `ai`: an empty list revokes everybody",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        if let Some(access) = view.pool.access.as_ref().filter(|access| access.value.is_empty()) {
            let message = format!("nobody may draw on the pool `{}`: an empty list revokes everybody", view.name.name.value);
            findings.push(CHECK.at(access.span, message).help("name in `access` who may draw, if somebody may"));
        }
    }
}
