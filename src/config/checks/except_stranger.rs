//! `except` names somebody who is not in the group.

use crate::config::file::Who;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR074",
    name: "except-stranger",
    severity: Severity::Warning,
    about: "`except` names somebody who is not in the group.",
    bad: "groups:
  designers: [alice]
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ group: designers, cap: 100, except: [bob] }]
    others: blocked
",
    says: "`bob` is not in `designers`",
    good: "groups:
  designers: [alice, bob]
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ group: designers, cap: 100, except: [bob] }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for rule in context.pools.iter().flat_map(|view| view.pool.rules()) {
        let Some(Who::Group(group)) = rule.who.as_ref().map(|who| &who.value) else { continue };
        if rule.except().is_empty() || context.config.groups.get(group.as_str()).is_none() {
            continue;
        }
        let people = context.directory.people_of(group.as_str());
        for id in rule.except() {
            let member = context.directory.member(id.value.as_str());
            if member.is_some_and(|member| people.binary_search(&member).is_err()) {
                let finding = CHECK.at(id.span, format!("`{}` is not in `{group}`", id.value));
                findings.push(finding.help("take the name out"));
            }
        }
    }
}
