//! A pool falls back to a center in which Bursar makes no pools.

use crate::diagnostics::{Finding, Severity};
use crate::model::capability::Controls;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR133",
    name: "fallback-console",
    severity: Severity::Error,
    about: "A pool falls back to a center in which Bursar makes no pools: a person would have to.",
    bad: "centers:
  main: { provider: embedded }
  design: { provider: figma, plan: organization, export: people.csv }
members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    fallback: design
",
    says: "`figma` cannot hold the pool `ai` for another center: Bursar makes no pools there",
    good: "centers:
  main: { provider: embedded }
  design: { provider: embedded, path: spare.db }
members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    fallback: design
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (view, fallback, _, there) in context.fallbacks() {
        let Controls { pool, budget, grant, others, .. } = there.controls;
        if ![pool, budget, grant, others].iter().all(|control| control.write.is_api()) {
            let (who, what) = (there.provider, &view.name.name.value);
            let message = format!("`{who}` cannot hold the pool `{what}` for another center: Bursar makes no pools there");
            findings.push(CHECK.at(fallback.span, message).help("name a center that is written by API, or leave `fallback` out"));
        }
    }
}
