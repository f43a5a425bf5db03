//! A rule starts after its last day, so that it never holds.

use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR081",
    name: "starts-after-expires",
    severity: Severity::Error,
    about: "A rule starts after its last day, so that it never holds.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100, starts: 2099-12-31, expires: 2099-01-01 }]
    others: blocked
",
    says: "this rule starts on 2099-12-31, after its last day",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100, starts: 2099-01-01, expires: 2099-01-01 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for rule in context.pools.iter().flat_map(|view| view.pool.rules()) {
        if let (Some(starts), Some(expires)) = (rule.starts(), rule.expires())
            && starts.value > expires.value
        {
            let related = Related { span: expires.span, message: "its last day".to_owned() };
            let message = format!("this rule starts on {}, after its last day", starts.value.0);
            findings.push(CHECK.at(starts.span, message).help("exchange the two days, or correct one").related(related));
        }
    }
}
