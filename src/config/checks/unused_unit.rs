//! A guardrail limits a unit in which no pool counts, so that it holds nothing.

use std::collections::BTreeSet;

use crate::config::file::{Above, Spanned};
use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};
use crate::model::Unit;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR113",
    name: "unused-unit",
    severity: Severity::Warning,
    about: "A guardrail limits a unit in which no pool counts, so that it holds nothing.",
    bad: "guardrails: { worst_case: { USD: 500 } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "no pool counts in USD, so this limits nothing",
    good: "guardrails: { worst_case: { credits: 500000 } }
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
    let Some(guardrails) = context.config.guardrails.as_ref().filter(|_| !context.partial && !context.pools.is_empty()) else {
        return;
    };
    let used: BTreeSet<Unit> = context.pools.iter().filter_map(|view| view.unit).collect();
    let above = |above: &Option<Spanned<Above>>| match above.as_ref().map(|above| above.value.clone()) {
        Some(Above::Units(limits)) => limits.0,
        _ => Vec::new(),
    };
    let worst = guardrails.worst_case.iter().flat_map(|limits| limits.value.0.clone());
    for (unit, _) in worst.chain(above(&guardrails.reason_above)).chain(above(&guardrails.expiry_above)) {
        if !used.contains(&unit.value.0) {
            let finding = CHECK.at(unit.span, format!("no pool counts in {}, so this limits nothing", unit.value.0));
            findings.push(finding.help(if used.is_empty() {
                "take it out".to_owned()
            } else {
                let units: Vec<String> = used.iter().map(Unit::to_string).collect();
                format!("the pools count in {}", list(units.iter().map(String::as_str)))
            }));
        }
    }
}
