//! An alert at an amount that the budget never lets anybody reach.

use crate::config::file::{At, Spanned};
use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR101",
    name: "alert-above-budget",
    severity: Severity::Warning,
    about: "An alert at an amount that the budget never lets anybody reach.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: { amount: 4000 }, of: budget, notify: [ops] }]
",
    says: "this threshold is above the budget of 1000",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: { amount: 400 }, of: budget, notify: [ops] }]
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let Some(limit) = view.pool.budget.as_ref().and_then(|budget| budget.limit) else { continue };
        for alert in view.pool.alerts.iter().flat_map(|alerts| &alerts.value) {
            if let Some(Spanned { value: At::Amount(amount), span }) = alert.at
                && amount > limit.value.0
            {
                let related = Related { span: limit.span, message: "the budget".to_owned() };
                let finding = CHECK.at(span, format!("this threshold is above the budget of {}", limit.value.0));
                findings.push(finding.help("lower the threshold, or write a percentage such as `80%`").related(related));
            }
        }
    }
}
