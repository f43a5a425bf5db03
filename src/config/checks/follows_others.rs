//! A grant without a cap, where whoever has no cap of their own draws what others do, and others are blocked.

use crate::config::directory::effective;
use crate::config::file::{Cap, Others};
use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context, whom};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR078",
    name: "follows-others",
    severity: Severity::Error,
    about: "A grant that lets nobody draw: there is nothing to join in this center, whoever has no cap of their own draws \
            what others do, and others are blocked.",
    bad: "centers:
  main: { provider: one-setting }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice }]
    others: blocked
",
    says: "`alice` is granted without a cap, and so draws what others do in `one-setting`: nothing",
    good: "centers:
  main: { provider: one-setting }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: unlimited }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let (Some(capabilities), Some(others)) = (view.capabilities, &view.pool.others) else { continue };
        let keeps = capabilities.keeps(&view.pool.model_target());
        if !keeps.own_setting || !keeps.others || others.value != Others::Blocked {
            continue;
        }
        for rule in view.pool.rules().iter().filter(|rule| effective(rule, view.pool) == Cap::Inherit) {
            let message = format!(
                "`{}` is granted without a cap, and so draws what others do in `{}`: nothing",
                whom(rule),
                capabilities.provider
            );
            let related = Related { span: others.span, message: "others are blocked here".to_owned() };
            let help = "give it a cap, or the pool a `default_cap`";
            findings.push(CHECK.at(rule.span, message).help(help).related(related));
        }
    }
}
