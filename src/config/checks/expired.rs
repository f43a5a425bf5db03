//! The last day of a rule has passed.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR080",
    name: "expired",
    severity: Severity::Warning,
    about: "The last day of a rule has passed.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100, expires: 2020-12-31 }]
    others: blocked
",
    says: "this rule expired on 2020-12-31",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100, expires: 2099-12-31 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for rule in context.pools.iter().flat_map(|view| view.pool.rules()) {
        if let Some(expires) = rule.expires().filter(|expires| expires.value.0 < context.as_of) {
            let finding = CHECK.at(expires.span, format!("this rule expired on {}", expires.value.0));
            findings.push(finding.help("take the rule out, or give it a new last day; until then it still names its people"));
        }
    }
}
