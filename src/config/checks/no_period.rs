//! A budget has a limit, or a pool has caps, and nothing says for how long they last.

use crate::config::file::{Others, Spanned};
use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR091",
    name: "no-period",
    severity: Severity::Error,
    about: "A budget has a limit, or a pool has caps, and nothing says for how long they last.",
    bad: "pools:\n  ai:\n    center: main\n    budget: { limit: 1000, unit: credits }\n    access: [{ member: alice, cap: 100 }]\n    others: blocked\n",
    says: "the budget of the pool `ai` has no `period`",
    good: "pools:\n  ai:\n    center: main\n    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }\n    access: [{ member: alice, cap: 100 }]\n    others: blocked\n",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let (Some(budget), Some(capabilities)) = (&view.pool.budget, view.capabilities) else { continue };
        let others = matches!(&view.pool.others, Some(Spanned { value: Others::Cap(_), .. }));
        let amounts = budget.limit.is_some()
            || others
            || view.pool.default_cap.is_some()
            || view.pool.rules().iter().any(|rule| rule.cap.is_some());
        if budget.period.is_none() && !budget.period_written && amounts && capabilities.periods.len() > 1 {
            let message = format!("the budget of the pool `{}` has no `period`", view.name.name.value);
            let periods = list(capabilities.periods.iter().map(|period| period.as_str()));
            findings.push(CHECK.at(budget.span, message).help(format!("`{}` has {periods}", capabilities.provider)));
        }
    }
}
