//! The pool asks for something that its center does not have at all.

use crate::config::file::Others;
use crate::diagnostics::{Finding, Severity};
use crate::model::capability::Ability;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR097",
    name: "control",
    severity: Severity::Error,
    about: "The pool asks for something that its center does not have at all.",
    bad: "centers:
  main: { provider: one-cap }
pools:
  ai:
    center: main
    ensure: absent
",
    says: "`one-cap` cannot make or delete pools: the account is the pool",
    good: "centers:
  main: { provider: one-cap }
pools:
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
        let Some(capabilities) = view.capabilities else { continue };
        let controls = &capabilities.controls;
        let pool = view.pool;
        let others = pool.others.as_ref().filter(|others| others.value != Others::Unmanaged);
        let asked = [
            (controls.pool, "make or delete pools", pool.ensure.as_ref().map(|ensure| ensure.span)),
            (controls.budget, "set budgets", pool.budget.as_ref().and_then(|budget| budget.limit).map(|limit| limit.span)),
            (controls.grant, "grant", pool.access.as_ref().filter(|a| !a.value.is_empty()).map(|a| a.span)),
            (controls.others, "set what others may draw", others.map(|others| others.span)),
        ];
        for (control, what, span) in asked {
            if let (Ability::Unsupported(why), Some(span)) = (control.write, span) {
                let finding = CHECK.at(span, format!("`{}` cannot {what}: {why}", capabilities.provider));
                findings.push(finding.help("leave it out; `bursar centers` lists what each provider can do"));
            }
        }
    }
}
