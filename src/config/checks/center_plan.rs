//! A center's `plan` is none that its provider sells.

use crate::config::text::{list, nearest};
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context, capabilities};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR057",
    name: "center-plan",
    severity: Severity::Error,
    about: "A center's `plan` is none that its provider sells.",
    bad: "centers:
  main: { provider: figma, plan: enterprize, export: people.csv }
",
    says: "`figma` has no plan `enterprize`",
    good: "centers:
  main: { provider: figma, plan: enterprise, export: people.csv }
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in &context.config.centers {
        let Some(capabilities) = capabilities(&entry.value, context.providers) else { continue };
        let Some(plan) = entry.value.plan.as_ref().filter(|_| !capabilities.plans.is_empty()) else { continue };
        if capabilities.plans.contains(&&*plan.value) {
            continue;
        }
        let plans = || capabilities.plans.iter().copied();
        let help = match nearest(&plan.value, plans()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the plans are {}", list(plans())),
        };
        let message = format!("`{}` has no plan `{}`", capabilities.provider, &*plan.value);
        findings.push(CHECK.at(plan.span, message).help(help));
    }
}
