//! Two pools give one member different caps in a center that keeps one cap per person.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};

use crate::config::directory::effective;
use crate::config::file::{Pool, Rule, Who};
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::capability::{CapScope, Capabilities};

use super::caps_differ::words;
use super::{Check, Context, PoolView, some_of};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR072",
    name: "center-caps-differ",
    severity: Severity::Error,
    about: "Two pools give one member different caps in a center that keeps one cap per person.",
    bad: "centers:
  main: { provider: one-cap }
pools:
  a:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
  b:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 200 }]
    others: blocked
",
    says: "`alice` gets 100 in the pool `a` and 200 in the pool `b`, and `one-cap` keeps one cap per person",
    good: "centers:
  main: { provider: one-cap }
pools:
  a:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
  b:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    pairs(context, |capabilities, _| capabilities.cap_scope == CapScope::Center, |(view_a, rule_a), (view_b, rule_b), members| {
        let caps = [effective(rule_a, view_a.pool), effective(rule_b, view_b.pool)];
        if caps[0] == caps[1] {
            return;
        }
        let names = some_of(members.iter().map(|member| context.member_name(*member)));
        let gets = if members.len() == 1 { "gets" } else { "get" };
        let message = format!(
            "{names} {gets} {} in the pool `{}` and {} in the pool `{}`, and `{}` keeps one cap per person",
            words(caps[0]),
            view_a.name.name.value,
            words(caps[1]),
            view_b.name.name.value,
            view_b.capabilities.map_or("it", |capabilities| capabilities.provider),
        );
        let related = Related { span: rule_a.span, message: format!("{} by this rule", words(caps[0])) };
        findings.push(CHECK.at(rule_b.span, message).help("give both the same cap").related(related));
    });
}

/// A rule in its pool.
pub(super) type Place<'a, 'b> = (&'b PoolView<'a>, &'b Rule);

/// Finds the people who are named in two pools of one center, for centers of some kind: one call per two rules.
pub(super) fn pairs<'a, 'b>(
    context: &'b Context<'a>,
    of_kind: impl Fn(&Capabilities, &Pool) -> bool,
    mut each: impl FnMut(Place<'a, 'b>, Place<'a, 'b>, &[u32]),
) {
    let mut first: HashMap<(&str, u32), (usize, u32)> = HashMap::new();
    // Further places of a person, whose days do not meet those of the first one: they may meet each other.
    let mut later: HashMap<(&str, u32), Vec<(usize, u32)>> = HashMap::new();
    let rule_at = |(pool, rule): (usize, u32)| context.pools.get(pool)?.pool.rules().get(rule as usize);
    let mut shared: BTreeMap<(usize, u32, usize, u32), Vec<u32>> = BTreeMap::new();
    for (index, view) in context.pools.iter().enumerate() {
        let Some(center) = view.center.filter(|_| view.capabilities.is_some_and(|capabilities| of_kind(capabilities, view.pool))) else { continue };
        for (member, rules) in view.named.iter() {
            let own = |rule: u32| {
                let who = view.pool.rules().get(rule as usize).and_then(|rule| rule.who.as_ref());
                matches!(who.map(|who| &who.value), Some(Who::Member(_)))
            };
            // The rule that decides, as far as that does not depend on a day: the member's own, else the first.
            let Some(rule) = rules.iter().map(|(_, rule)| *rule).min_by_key(|rule| (!own(*rule), *rule)) else { continue };
            match first.entry((center.name.as_str(), member)) {
                Slot::Occupied(slot) => {
                    let (pool, other) = *slot.get();
                    shared.entry((pool, other, index, rule)).or_default().push(member);
                    let meet = rule_at((pool, other)).zip(rule_at((index, rule))).is_some_and(|(a, b)| a.meets(b));
                    if !meet {
                        let places = later.entry((center.name.as_str(), member)).or_default();
                        for (pool, other) in places.iter().copied() {
                            shared.entry((pool, other, index, rule)).or_default().push(member);
                        }
                        places.push((index, rule));
                    }
                }
                Slot::Vacant(slot) => _ = slot.insert((index, rule)),
            }
        }
    }
    for ((pool_a, rule_a, pool_b, rule_b), members) in &shared {
        let place = |pool: usize, rule: u32| {
            let view = context.pools.get(pool)?;
            Some((view, view.pool.rules().get(rule as usize)?))
        };
        if let (Some(a), Some(b)) = (place(*pool_a, *rule_a), place(*pool_b, *rule_b)) {
            each(a, b, members);
        }
    }
}
