//! A period that the center does not have.

use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR094",
    name: "period",
    severity: Severity::Error,
    about: "A period that the center does not have.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: yearly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "`litellm` has no yearly budgets",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        if let Some(period) = view.pool.budget.as_ref().and_then(|budget| budget.period)
            && let Some(capabilities) = view.capabilities
            && !capabilities.periods.contains(&period.value)
        {
            let finding = CHECK.at(period.span, format!("`{}` has no {} budgets", capabilities.provider, period.value));
            let periods = list(capabilities.periods.iter().map(|period| period.as_str()));
            findings.push(finding.help(format!("write {periods}")));
        }
    }
}
