//! A cap for others, where the others are those who did not join.

use crate::config::file::Others;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR077",
    name: "others-join",
    severity: Severity::Error,
    about: "A cap for others, where the others are those who did not join: they have no setting that could hold one.",
    bad: "centers:
  main: { provider: one-setting }
pools:
  ai:
    center: main
    target: { club: Design }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: { cap: 10 }
",
    says: "whoever is not in the `club` of the pool `ai` draws nothing of it, so others can have no cap",
    good: "centers:
  main: { provider: one-setting }
pools:
  ai:
    center: main
    target: { club: Design }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let (Some(capabilities), Some(others)) = (view.capabilities, &view.pool.others) else { continue };
        let target = view.pool.model_target();
        if !matches!(others.value, Others::Cap(_)) || capabilities.keeps(&target).others_cap {
            continue;
        }
        let kind = target.0.keys().next().map_or("target", String::as_str);
        let message = format!(
            "whoever is not in the `{kind}` of the pool `{}` draws nothing of it, so others can have no cap",
            view.name.name.value
        );
        let help = "write `others: blocked`; what everybody may draw belongs to a pool of the whole account";
        findings.push(CHECK.at(others.span, message).help(help));
    }
}
