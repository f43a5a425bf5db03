//! A cap above the guardrail `reason_above` has no `reason`.

use crate::config::directory::effective;
use crate::config::file::{Above, Cap, Others, Pool, Rule, Spanned};
use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::{Amount, Unit};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR110",
    name: "missing-reason",
    severity: Severity::Error,
    about: "A cap above the guardrail `reason_above` has no `reason`; a cap for `others` can have none.",
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
    above(context, written, |rule| rule.reason().is_some(), |span, whose, limit| {
        let related = Related { span: written.span, message: "the guardrail".to_owned() };
        let finding = match whose {
            Whose::Rule => CHECK
                .at(span, format!("this cap needs a `reason`: it is above {limit}"))
                .help("add `reason:` with who asked for it and why"),
            Whose::Others => CHECK
                .at(span, format!("this cap would need a `reason`, which `others` cannot give: it is above {limit}"))
                .help("lower it, and name in `access` who is to have more"),
        };
        findings.push(finding.related(related));
    });
}

/// Finds the rules whose cap is above a guardrail and which lack what it asks for.
pub(super) fn above(
    context: &Context<'_>,
    written: &Spanned<Above>,
    has: impl Fn(&Rule) -> bool,
    mut each: impl FnMut(Span, Whose, Amount),
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
        let over = |cap: Cap| match cap {
            Cap::Amount(amount) => amount > limit.value(),
            Cap::Unlimited => true,
            // What the center's own default is, nobody knows here.
            Cap::Inherit => false,
        };
        for rule in view.pool.rules().iter().filter(|rule| !has(rule)) {
            if over(inherited(effective(rule, view.pool), view.pool)) {
                each(rule.cap.as_ref().map_or(rule.span, |cap| cap.span), Whose::Rule, limit);
            }
        }
        // There is no place for a reason or an end here, so nobody gets this much without being named.
        if let Some(Others::Cap(cap)) = view.pool.others.as_ref().map(|others| &others.value)
            && over(inherited(cap.value, view.pool))
        {
            each(cap.span, Whose::Others, limit);
        }
    }
}

/// Whose cap is above a guardrail.
pub(super) enum Whose {
    /// Of those whom a rule names.
    Rule,
    /// Of those whom no rule names.
    Others,
}

/// What a cap that follows the next wider rule comes to, where the pool has that rule.
fn inherited(cap: Cap, pool: &Pool) -> Cap {
    match (cap, pool.default_cap) {
        (Cap::Inherit, Some(default)) => default.value,
        (cap, _) => cap,
    }
}
