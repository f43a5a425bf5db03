//! A pool falls back to a center whose own pools fall back to another one.

use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR135",
    name: "fallback-chain",
    severity: Severity::Error,
    about: "A pool falls back to a center whose own pools fall back to another one: where one control is missing, others may be.",
    bad: "centers:
  main: { provider: embedded }
  spare: { provider: embedded, path: spare.db }
  third: { provider: embedded, path: third.db }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
    fallback: spare
  more:
    center: spare
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
    fallback: third
",
    says: "`ai` falls back to `spare`, whose own pool `more` falls back as well",
    good: "centers:
  main: { provider: embedded }
  spare: { provider: embedded, path: spare.db }
  third: { provider: embedded, path: third.db }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
    fallback: spare
  more:
    center: spare
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (view, fallback, ..) in context.fallbacks() {
        let next = context.fallbacks().find(|(other, ..)| {
            other.center.is_some_and(|center| center.name.value == fallback.value)
        });
        if let Some((other, again, ..)) = next {
            let (who, center, whose) = (&view.name.name.value, &fallback.value, &other.name.name.value);
            let message = format!("`{who}` falls back to `{center}`, whose own pool `{whose}` falls back as well");
            let related = Related { span: again.span, message: "it falls back here".to_owned() };
            findings.push(CHECK.at(fallback.span, message).help("name a center whose own pools stay where they are").related(related));
        }
    }
}
