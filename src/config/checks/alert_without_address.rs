//! An alert of the caps names `member`, and somebody whom the pool names has no address to write to.

use crate::config::file::Notified;
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::AlertScope;

use super::{Check, Context, some_of};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR103",
    name: "alert-without-address",
    severity: Severity::Warning,
    about: "An alert of the caps names `member`, and somebody whom the pool names has no `email`: they cannot be told, and \
            `bursar alerts` fails when their cap is reached.",
    bad: "members:
  alice: {}
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: 80%, of: caps, notify: [member] }]
",
    says: "`alice` has no `email`, so nobody can tell them that their cap is reached",
    good: "members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: 80%, of: caps, notify: [member] }]
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let alerts = view.pool.alerts.iter().flat_map(|alerts| &alerts.value);
        let of_caps = alerts.filter(|alert| alert.of.is_some_and(|of| of.value == AlertScope::Caps));
        let mut notified = of_caps.flat_map(|alert| alert.notify.iter().flat_map(|notify| &notify.value));
        // One finding per pool: the others would say the same.
        let Some(member) = notified.find(|notified| notified.value == Notified::Member) else { continue };
        let nameless = view.named.iter().filter_map(|(member, _)| context.config.members.at(member as usize));
        let nameless: Vec<_> = nameless.filter(|entry| entry.value.email.is_none()).collect();
        if nameless.is_empty() {
            continue;
        }
        let names = some_of(nameless.iter().map(|entry| entry.name.as_str()));
        let has = if nameless.len() == 1 { "has" } else { "have" };
        let message = format!("{names} {has} no `email`, so nobody can tell them that their cap is reached");
        let mut finding = CHECK.at(member.span, message).help("add `email:` under `members:`");
        for entry in nameless.iter().take(3) {
            let message = format!("`{}` is here", entry.name.value);
            finding = finding.related(Related { span: entry.name.span, message });
        }
        findings.push(finding);
    }
}
