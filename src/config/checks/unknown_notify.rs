//! An alert names somebody who does not stand under `notify:`.

use crate::config::file::Notified;
use crate::config::text::nearest;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR033",
    name: "unknown-notify",
    severity: Severity::Error,
    about: "An alert names somebody who does not stand under `notify:`.",
    bad: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: 80%, of: budget, notify: [opps] }]
",
    says: "there is nobody `opps` under `notify:`",
    good: "pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    alerts: [{ at: 80%, of: budget, notify: [ops] }]
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.partial {
        return;
    }
    let names = &context.config.notify;
    let alerts = context.pools.iter().filter_map(|view| view.pool.alerts.as_ref()).flat_map(|alerts| &alerts.value);
    for notified in alerts.filter_map(|alert| alert.notify.as_ref()).flat_map(|notify| &notify.value) {
        if let Notified::Name(id) = &notified.value
            && names.get(id.as_str()).is_none()
        {
            let finding = CHECK.at(notified.span, format!("there is nobody `{id}` under `notify:`"));
            let known = names.iter().map(|entry| entry.name.as_str()).chain(["member"]);
            findings.push(match nearest(id.as_str(), known) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help("define it under `notify:`; `member` is the person concerned"),
            });
        }
    }
}
