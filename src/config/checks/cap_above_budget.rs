//! A cap is above the budget of its pool, so that the budget ends first.

use crate::config::file::{Cap, Others, Spanned};
use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR098",
    name: "cap-above-budget",
    severity: Severity::Warning,
    about: "A cap is above the budget of its pool, so that the budget ends first.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 5000 }]
    others: blocked
",
    says: "this cap is above the budget of 1000",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 1000 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let Some(limit) = view.pool.budget.as_ref().and_then(|budget| budget.limit) else { continue };
        let mut look = |cap: &Spanned<Cap>| {
            if let Cap::Amount(amount) = cap.value
                && amount > limit.value.0
            {
                let related = Related { span: limit.span, message: "the budget".to_owned() };
                let finding = CHECK.at(cap.span, format!("this cap is above the budget of {}", limit.value.0));
                findings.push(finding.help("lower the cap, or raise the limit of the budget").related(related));
            }
        };
        view.pool.default_cap.iter().for_each(&mut look);
        view.pool.rules().iter().filter_map(|rule| rule.cap.as_ref()).for_each(&mut look);
        if let Some(Others::Cap(cap)) = view.pool.others.as_ref().map(|others| &others.value) {
            look(cap);
        }
    }
}
