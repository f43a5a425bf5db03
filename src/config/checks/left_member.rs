//! A rule grants somebody of whom a CSV says that they left.

use std::collections::BTreeMap;

use crate::config::directory::{Verdict, decide};
use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context, some_of};

/// The check. A warning, because an export can be wrong, and a run on a wrong one would take access from many at once.
pub(super) const CHECK: Check = Check {
    code: "BUR064",
    name: "left-member",
    severity: Severity::Warning,
    about: "A rule grants somebody of whom a CSV says that they left. They keep what they have until the rule or the group lets them go.",
    bad: "people:
  - csv: people.csv
    columns: { email: Email, status: Status }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: zoe, cap: 100 }]
    others: blocked
# --- people.csv ---
Email,Status
zoe@acme.example,Suspended
",
    says: "this rule grants `zoe`, who left",
    good: "people:
  - csv: people.csv
    columns: { email: Email, status: Status }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: zoe, cap: 100 }]
    others: blocked
# --- people.csv ---
Email,Status
zoe@acme.example,Active
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let left = |member: u32| context.config.members.at(member as usize)?.value.row.as_deref()?.left.as_ref();
    for view in &context.pools {
        // One finding per rule, however many people of a group it is about.
        let mut gone: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (member, rules) in view.named.iter().filter(|(member, _)| left(*member).is_some()) {
            if let Some(Verdict::Granted(rule)) = decide(view.pool, rules, context.as_of) {
                gone.entry(rule).or_default().push(member);
            }
        }
        for (rule, members) in gone {
            let Some(rule) = view.pool.rules().get(rule as usize) else { continue };
            let names = some_of(members.iter().map(|member| context.member_name(*member)));
            let span = rule.who.as_ref().map_or(rule.span, |who| who.span);
            let mut finding = CHECK.at(span, format!("this rule grants {names}, who left")).help(
                "take them out of the rule or the group, which revokes what they have; if they did not leave, correct the export",
            );
            for status in members.iter().take(3).filter_map(|member| left(*member)) {
                let message = format!("their status is `{}`", &*status.value);
                finding = finding.related(Related { span: status.span, message });
            }
            findings.push(finding);
        }
    }
}
