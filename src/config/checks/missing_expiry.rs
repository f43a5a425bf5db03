//! A cap above the guardrail `expiry_above` has no `expires`.

use crate::diagnostics::{Finding, Related, Severity};

use super::missing_reason::{Whose, above};
use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR111",
    name: "missing-expiry",
    severity: Severity::Error,
    about: "A cap above the guardrail `expiry_above` has no `expires`; a cap for `others` can have none.",
    bad: "guardrails: { expiry_above: 500 }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: unlimited }]
    others: blocked
",
    says: "this cap needs `expires`: it is above 500 credits",
    good: "guardrails: { expiry_above: 500 }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: unlimited, expires: 2099-12-31 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(written) = context.config.guardrails.as_ref().and_then(|guardrails| guardrails.expiry_above.as_ref()) else {
        return;
    };
    above(context, written, |rule| rule.expires().is_some(), |span, whose, limit| {
        let related = Related { span: written.span, message: "the guardrail".to_owned() };
        let finding = match whose {
            Whose::Rule => CHECK
                .at(span, format!("this cap needs `expires`: it is above {limit}"))
                .help("add `expires:` with the last day, such as 2026-12-31"),
            Whose::Others => CHECK
                .at(span, format!("this cap would need `expires`, which `others` cannot have: it is above {limit}"))
                .help("lower it, and name in `access` who is to have more"),
        };
        findings.push(finding.related(related));
    });
}
