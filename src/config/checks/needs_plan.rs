//! A key of a center or of a pool's `target` is only on another plan of the vendor.

use crate::config::text::list;
use crate::diagnostics::{Finding, Severity, Span};
use crate::model::capability::{Capabilities, Key};

use super::{Check, Context, capabilities};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR058",
    name: "needs-plan",
    severity: Severity::Error,
    about: "A key of a center, or of a pool's `target`, is for something that the vendor has on another plan only.",
    bad: "centers:
  main: { provider: figma, plan: organization, export: people.csv }
pools:
  ai:
    center: main
    target: { billing_group: Design }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    says: "`billing_group` needs the plan `enterprise`, and the center has `organization`",
    good: "centers:
  main: { provider: figma, plan: enterprise, export: people.csv }
pools:
  ai:
    center: main
    target: { billing_group: Design }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in &context.config.centers {
        let Some(capabilities) = capabilities(&entry.value, context.providers) else { continue };
        let Some(plan) = &entry.value.plan else { continue };
        for (key, span) in entry.value.written() {
            let key = capabilities.settings.iter().find(|setting| setting.name == key);
            findings.extend(key.and_then(|key| finding(capabilities, key, &plan.value, span)));
        }
    }
    for view in &context.pools {
        let (Some(capabilities), Some(center)) = (view.capabilities, view.center) else { continue };
        let Some(plan) = &center.value.plan else { continue };
        for (name, _) in view.pool.target.iter().flat_map(|target| &target.value.0) {
            let key = capabilities.targets.iter().find(|key| *key.name == *name.value);
            findings.extend(key.and_then(|key| finding(capabilities, key, &plan.value, name.span)));
        }
    }
}

fn finding(capabilities: &Capabilities, key: &Key, plan: &str, span: Span) -> Option<Finding> {
    // A plan that there is not has its own finding.
    let fits = key.plans.is_empty() || key.plans.contains(&plan) || !capabilities.plans.contains(&plan);
    if fits {
        return None;
    }
    let needed = key.plans.iter().copied();
    let (a, plans) = match key.plans {
        [_] => ("the plan", list(needed)),
        _ => ("one of the plans", list(needed)),
    };
    let message = format!("`{}` needs {a} {plans}, and the center has `{plan}`", key.name);
    Some(CHECK.at(span, message).help("leave it out, or correct `plan:` if another one was bought"))
}
