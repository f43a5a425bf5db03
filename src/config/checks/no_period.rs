//! A budget has a limit, or a pool has caps, and nothing says for how long they last.

use crate::config::file::{Cap, Others, Spanned};
use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR091",
    name: "no-period",
    severity: Severity::Error,
    about: "A budget has a limit, or a pool has caps, and nothing says for how long they last.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "the budget of the pool `ai` has no `period`",
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
        let (Some(budget), Some(capabilities)) = (&view.pool.budget, view.capabilities) else { continue };
        let amount = |cap: Option<&Spanned<Cap>>| cap.is_some_and(|cap| matches!(cap.value, Cap::Amount(_)));
        let others = match view.pool.others.as_ref().map(|others| &others.value) {
            Some(Others::Cap(cap)) => amount(Some(cap)),
            _ => false,
        };
        let amounts = budget.limit.is_some()
            || others
            || amount(view.pool.default_cap.as_ref())
            || view.pool.rules().iter().any(|rule| amount(rule.cap.as_ref()));
        if !budget.period_written && amounts && capabilities.periods.len() > 1 {
            let message = format!("the budget of the pool `{}` has no `period`", view.name.name.value);
            let periods = list(capabilities.periods.iter().map(|period| period.as_str()));
            findings.push(CHECK.at(budget.span, message).help(format!("`{}` has {periods}", capabilities.provider)));
        }
    }
}
