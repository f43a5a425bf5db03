//! A pool counts in a unit that its center does not have.

use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};
use crate::model::capability::Units;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR092",
    name: "unit",
    severity: Severity::Error,
    about: "A pool counts in a unit that its center does not have.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "`litellm` does not count in credits",
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
        let Some(unit) = view.pool.budget.as_ref().and_then(|budget| budget.unit.as_ref()) else { continue };
        if let Some(capabilities) = view.capabilities
            && let Units::Only(units) = capabilities.units
            && !units.contains(&unit.value.0)
        {
            let names: Vec<String> = units.iter().map(ToString::to_string).collect();
            let finding = CHECK.at(unit.span, format!("`{}` does not count in {}", capabilities.provider, unit.value.0));
            findings.push(finding.help(format!("it counts in {}", list(names.iter().map(String::as_str)))));
        }
    }
}
