//! A pool has two alerts at the same threshold of the same thing.

use crate::config::file::At;
use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::AlertScope;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR100",
    name: "alert-twice",
    severity: Severity::Error,
    about: "A pool has two alerts at the same threshold of the same thing.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts:
      - { at: 80%, of: budget, notify: [ops] }
      - { at: 80%, of: budget, notify: [member, ops] }
",
    says: "a second alert at 80% of budget",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts:
      - { at: 80%, of: budget, notify: [ops] }
      - { at: 80%, of: caps, notify: [member, ops] }
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let mut seen: Vec<(At, AlertScope, Span)> = Vec::new();
        for alert in view.pool.alerts.iter().flat_map(|alerts| &alerts.value) {
            let (Some(at), Some(of)) = (alert.at, alert.of) else { continue };
            if let Some((_, _, first)) = seen.iter().find(|(a, o, _)| *a == at.value && *o == of.value) {
                let threshold = match at.value {
                    At::Percent(percent) => format!("{percent}%"),
                    At::Amount(number) => number.to_string(),
                };
                let related = Related { span: *first, message: "the first is here".to_owned() };
                let finding = CHECK.at(at.span, format!("a second alert at {threshold} of {}", of.value));
                findings.push(finding.help("put everybody into one `notify` list").related(related));
            } else {
                seen.push((at.value, of.value, at.span));
            }
        }
    }
}
