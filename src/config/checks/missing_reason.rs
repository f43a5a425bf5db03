//! A cap above the guardrail `reason_above` has no `reason`.

use crate::config::directory::effective;
use crate::config::file::{Above, Cap, Rule, Spanned};
use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::{Amount, Unit};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR110",
    name: "missing-reason",
    severity: Severity::Error,
    about: "A cap above the guardrail `reason_above` has no `reason`.",
    bad: "guardrails: { reason_above: { credits: 500 } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 800 }]
    others: blocked
",
    says: "this cap needs a `reason`: it is above 500 credits",
    good: "guardrails: { reason_above: { credits: 500 } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 800, reason: Leads the prototype }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(written) = context.config.guardrails.as_ref().and_then(|guardrails| guardrails.reason_above.as_ref()) else {
        return;
    };
    above(context, written, |rule| rule.reason().is_some(), |span, limit| {
        let related = Related { span: written.span, message: "the guardrail".to_owned() };
        let finding = CHECK.at(span, format!("this cap needs a `reason`: it is above {limit}"));
        findings.push(finding.help("add `reason:` with who asked for it and why").related(related));
    });
}

/// Finds the rules whose cap is above a guardrail and which lack what it asks for.
pub(super) fn above(
    context: &Context<'_>,
    written: &Spanned<Above>,
    has: impl Fn(&Rule) -> bool,
    mut each: impl FnMut(Span, String),
) {
    let threshold = |unit: Unit| match &written.value {
        Above::Every(number) => Amount::new(number.0, unit).ok(),
        Above::Units(limits) => {
            let limit = limits.0.iter().find(|(word, _)| word.value.0 == unit);
            limit.and_then(|(_, number)| Amount::new(number.value.0, unit).ok())
        }
    };
    for view in &context.pools {
        let Some(limit) = view.unit.and_then(threshold) else { continue };
        for rule in view.pool.rules().iter().filter(|rule| !has(rule)) {
            let over = match effective(rule, view.pool) {
                Cap::Amount(amount) => amount > limit.value(),
                Cap::Unlimited => true,
                // What the center's own default is, nobody knows here.
                Cap::Inherit => false,
            };
            if over {
                each(rule.cap.as_ref().map_or(rule.span, |cap| cap.span), limit.to_string());
            }
        }
    }
}
