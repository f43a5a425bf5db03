//! The center cannot do that when a budget is used up.

use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR095",
    name: "when-exhausted",
    severity: Severity::Error,
    about: "The center cannot do that when a budget is used up.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: overage }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "`litellm` has no `overage` for a budget that is used up",
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
        if let Some(when) = view.pool.budget.as_ref().and_then(|budget| budget.when_exhausted)
            && let Some(capabilities) = view.capabilities
            && !capabilities.when_exhausted.contains(&when.value)
        {
            let message = format!("`{}` has no `{}` for a budget that is used up", capabilities.provider, when.value);
            let words = list(capabilities.when_exhausted.iter().map(|when| when.as_str()));
            let help = if words.is_empty() { "leave `when_exhausted` out".to_owned() } else { format!("write {words}") };
            findings.push(CHECK.at(when.span, message).help(help));
        }
    }
}
