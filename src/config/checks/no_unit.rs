//! A pool without `budget` in a center that counts in more than one unit, so that nobody knows what its caps count.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR090",
    name: "no-unit",
    severity: Severity::Error,
    about: "A pool without `budget` in a center that counts in more than one unit, so that nobody knows what its caps count.",
    bad: "pools:
  ai:
    center: main
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "the pool `ai` does not say what it counts",
    good: "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        if view.unit.is_none() && view.pool.budget.is_none() && view.capabilities.is_some() && !view.pool.is_absent() {
            let message = format!("the pool `{}` does not say what it counts", view.name.name.value);
            findings.push(CHECK.at(view.name.name.span, message).help("add `budget: { unit: credits, period: monthly }`"));
        }
    }
}
