//! Two groups give one member different caps on the same days, and no rule of the member's own decides.

use std::collections::BTreeMap;

use crate::config::directory::effective;
use crate::config::file::{Cap, Rule, Who};
use crate::diagnostics::{Finding, Related, Severity};

use super::{Check, Context, some_of, whom};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR071",
    name: "caps-differ",
    severity: Severity::Error,
    about: "Two groups give one member different caps on the same days, and no rule of the member's own decides.",
    bad: "groups:
  designers: [alice]
  leads: [alice]
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ group: designers, cap: 100 }, { group: leads, cap: 200 }]
    others: blocked
",
    says: "`alice` gets 100 by `designers` and 200 by `leads`",
    good: "groups:
  designers: [alice]
  leads: [alice]
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ group: designers, cap: 100 }, { group: leads, cap: 200 }]
    others: blocked
    overlap: highest
",
    schema: false,
    run: Some(run),
};

/// Looks at the rules alone and at no clock: a file never turns invalid because a day passed.
fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        if view.pool.overlap.is_some() {
            continue;
        }
        let rules = view.pool.rules();
        // One finding per two rules, however many people they share.
        let mut clashes: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for (member, named) in view.named.iter().filter(|(_, named)| named.len() > 1) {
            let found = || named.iter().filter_map(|(_, index)| rules.get(*index as usize).map(|rule| (*index, rule)));
            let own = |rule: &Rule| matches!(rule.who.as_ref().map(|who| &who.value), Some(Who::Member(_)));
            let always = |rule: &Rule| own(rule) && rule.starts().is_none() && rule.expires().is_none();
            if found().any(|(_, rule)| always(rule)) {
                continue;
            }
            let groups: Vec<_> = found().filter(|(_, rule)| !own(rule)).collect();
            let cap = |(_, rule): &(u32, &Rule)| effective(rule, view.pool);
            if groups.iter().all(|group| Some(cap(group)) == groups.first().map(cap)) {
                continue;
            }
            for (i, (b, second)) in groups.iter().enumerate() {
                let clash = groups.iter().take(i).find(|(_, first)| {
                    whom(first) != whom(second)
                        && effective(first, view.pool) != effective(second, view.pool)
                        && first.meets(second)
                });
                if let Some((a, _)) = clash {
                    clashes.entry((*a, *b)).or_default().push(member);
                    break;
                }
            }
        }
        for ((a, b), members) in clashes {
            let (Some(first), Some(second)) = (rules.get(a as usize), rules.get(b as usize)) else { continue };
            let names = some_of(members.iter().map(|member| context.member_name(*member)));
            let gets = if members.len() == 1 { "gets" } else { "get" };
            let caps = [first, second].map(|rule| words(effective(rule, view.pool)));
            let message =
                format!("{names} {gets} {} by `{}` and {} by `{}`", caps[0], whom(first), caps[1], whom(second));
            let related = Related { span: first.span, message: format!("{} by this rule", caps[0]) };
            let help = "write a rule of the member's own, or `overlap: highest` or `overlap: lowest` in the pool";
            findings.push(CHECK.at(second.span, message).help(help).related(related));
        }
    }
}

/// A cap in words.
pub(super) fn words(cap: Cap) -> String {
    match cap {
        Cap::Amount(amount) => amount.to_string(),
        Cap::Unlimited => "no limit".to_owned(),
        Cap::Inherit => "the center's default".to_owned(),
    }
}
