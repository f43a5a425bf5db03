//! A pool falls back to its own center.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR055",
    name: "fallback-self",
    severity: Severity::Error,
    about: "A pool falls back to its own center.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    fallback: main
",
    says: "the pool `ai` falls back to its own center",
    good: "centers:
  main: { provider: embedded }
  spare: { provider: embedded, path: spare.db }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    fallback: spare
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        if let (Some(center), Some(fallback)) = (&view.pool.center, &view.pool.fallback)
            && center.value == fallback.value
        {
            let message = format!("the pool `{}` falls back to its own center", view.name.name.value);
            findings.push(CHECK.at(fallback.span, message).help("name another center, or leave `fallback` out"));
        }
    }
}
