//! Two rules of a pool are about the same member, or the same group, on the same days.

use std::collections::BTreeMap;

use crate::config::file::{Rule, Who};
use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context, whom};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR070",
    name: "grant-twice",
    severity: Severity::Error,
    about: "Two rules of a pool are about the same member, or the same group, on the same days.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }, { member: alice, cap: 200 }]
    others: blocked
",
    says: "a second rule about `alice`",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100, expires: 2099-06-30 }, { member: alice, cap: 200, starts: 2099-07-01 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let mut rules: BTreeMap<(bool, &str), Vec<&Rule>> = BTreeMap::new();
        for rule in view.pool.rules() {
            let Some(who) = &rule.who else { continue };
            let earlier = rules.entry((matches!(who.value, Who::Member(_)), whom(rule))).or_default();
            if let Some(first) = earlier.iter().find(|first| first.meets(rule)) {
                let related = Related { span: first.span, message: "the first is here".to_owned() };
                let finding = CHECK.at(who.span, format!("a second rule about `{}`", whom(rule)));
                let help = "keep one, or give them days that do not meet (`expires`, `starts`)";
                findings.push(finding.help(help).related(related));
            } else {
                earlier.push(rule);
            }
        }
    }
}
