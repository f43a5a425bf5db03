//! One person is in two pools of a center where a person can be in one only.

use crate::diagnostics::{Finding, Related, Severity};

use super::center_caps_differ::pairs;
use super::{Check, Context, some_of};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR073",
    name: "two-pools",
    severity: Severity::Error,
    about: "One person is in two pools of a center where a person can be in one only.",
    bad: "centers:
  main: { provider: one-pool }
pools:
  a:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
  b:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "`alice` is in the pools `a` and `b`, and `one-pool` lets a person be in one only",
    good: "centers:
  main: { provider: one-pool }
pools:
  a:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
  b:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: bob, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    pairs(context, |capabilities, pool| capabilities.is_single(&pool.model_target()), |(view_a, rule_a), (view_b, rule_b), members| {
        if !rule_a.meets(rule_b) {
            return;
        }
        let names = some_of(members.iter().map(|member| context.member_name(*member)));
        let message = format!(
            "{names} {} in the pools `{}` and `{}`, and `{}` lets a person be in one only",
            if members.len() == 1 { "is" } else { "are" },
            view_a.name.name.value,
            view_b.name.name.value,
            view_b.capabilities.map_or("it", |capabilities| capabilities.provider),
        );
        let related = Related { span: rule_a.span, message: format!("in `{}` by this rule", view_a.name.name.value) };
        findings.push(CHECK.at(rule_b.span, message).help("decide for one of them").related(related));
    });
}
