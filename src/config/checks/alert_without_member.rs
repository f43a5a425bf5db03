//! An alert of the budget names `member`: the person concerned, of whom a budget has none.

use crate::config::file::Notified;
use crate::diagnostics::{Finding, Severity};
use crate::model::AlertScope;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR102",
    name: "alert-without-member",
    severity: Severity::Warning,
    about: "An alert of the budget names `member`: the person concerned, of whom a budget has none.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: 80%, of: budget, notify: [member, ops] }]
",
    says: "a budget concerns no one person, so `member` is nobody here",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: 80%, of: caps, notify: [member, ops] }]
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let alerts = context.pools.iter().filter_map(|view| view.pool.alerts.as_ref()).flat_map(|alerts| &alerts.value);
    for alert in alerts.filter(|alert| alert.of.is_some_and(|of| of.value == AlertScope::Budget)) {
        for notified in alert.notify.iter().flat_map(|notify| &notify.value) {
            if notified.value == Notified::Member {
                let finding = CHECK.at(notified.span, "a budget concerns no one person, so `member` is nobody here");
                findings.push(finding.help("take it out, or write `of: caps`"));
            }
        }
    }
}
