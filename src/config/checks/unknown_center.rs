//! A pool names a center, or a fallback, that is not there.

use crate::config::text::{list, nearest};
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR032",
    name: "unknown-center",
    severity: Severity::Error,
    about: "A pool names a center, or a fallback, that is not there.",
    bad: "pools:
  ai:
    center: mian
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "there is no center `mian`",
    good: "pools:
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
    if context.partial {
        return;
    }
    let centers = &context.config.centers;
    for view in &context.pools {
        for center in view.pool.center.iter().chain(&view.pool.fallback) {
            if centers.get(center.value.as_str()).is_none() {
                let finding = CHECK.at(center.span, format!("there is no center `{}`", center.value));
                findings.push(match nearest(center.value.as_str(), centers.iter().map(|entry| entry.name.as_str())) {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None if centers.is_empty() => finding.help("define it under `centers:`"),
                    None => finding.help(format!("the centers are {}", list(centers.iter().map(|entry| entry.name.as_str())))),
                });
            }
        }
    }
}
