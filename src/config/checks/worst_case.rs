//! The files let people spend more than the guardrail `worst_case` allows in 31 days, or nothing bounds it.

use crate::config::directory::most;
use crate::config::file::{Cap, Others};
use crate::config::resolve::cap_of;
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::worst_case::{self, ByUnit, WorstCase};
use crate::model::{self, Amount, Grant, Limit, Subject};

use super::{Check, Context, PoolView};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR112",
    name: "worst-case",
    severity: Severity::Error,
    about: "The files let people spend more than the guardrail `worst_case` allows in 31 days, or nothing bounds it.",
    bad: "guardrails: { worst_case: { credits: 500 } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 400 }, { member: bob, cap: 300 }]
    others: blocked
",
    says: "the worst case is 700 credits in 31 days, and 500 is the most",
    good: "guardrails: { worst_case: { credits: 500 } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 400 }, { member: bob, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

/// Counts every rule that has not expired, also those that have not started: so no passing day makes a file invalid.
fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(limits) = context.config.guardrails.as_ref().and_then(|guardrails| guardrails.worst_case.as_ref()) else {
        return;
    };
    let mut cases: Vec<(WorstCase, &PoolView<'_>)> = Vec::new();
    let mut sums = ByUnit::new();
    for view in context.pools.iter().filter(|view| !view.pool.is_absent()) {
        let Some(pool) = at_worst(context, view) else { continue };
        // A rule that has expired still names its people, so they are not others.
        let others = context.config.members.len().saturating_sub(view.named.people());
        let case = worst_case::of_pool(&pool, others);
        cases.push((case, view));
        worst_case::add(&mut sums, case);
    }
    for (unit, number) in &limits.value.0 {
        let unit = unit.value.0;
        let (Some(sum), Ok(limit)) = (sums.get(&unit), Amount::new(number.value.0, unit)) else { continue };
        let message = match sum {
            WorstCase::Bounded(amount) if *amount <= limit => continue,
            WorstCase::Bounded(amount) => {
                format!("the worst case is {amount} in 31 days, and {} is the most", limit.grouped())
            }
            WorstCase::Unbounded(_) => {
                format!("the worst case in {unit} is unbounded, and {} in 31 days is the most", limit.grouped())
            }
        };
        let mut worst: Vec<_> = cases.iter().filter(|(case, _)| case.unit() == unit).collect();
        worst.sort_by(|(a, x), (b, y)| reach(*b).cmp(&reach(*a)).then_with(|| x.name.name.value.cmp(&y.name.name.value)));
        let unbounded = matches!(sum, WorstCase::Unbounded(_));
        let shown = worst.into_iter().filter(|(case, _)| !unbounded || matches!(case, WorstCase::Unbounded(_))).take(3);
        let mut finding = CHECK.at(number.span, message).help("lower caps, set a `limit` with `when_exhausted: block`, or raise the guardrail");
        for (case, view) in shown {
            let message = format!("`{}`: {case}", view.name.name.value);
            finding = finding.related(Related { span: view.name.name.span, message });
        }
        findings.push(finding);
    }
}

fn reach(case: WorstCase) -> (bool, Option<Amount>) {
    match case {
        WorstCase::Bounded(amount) => (false, Some(amount)),
        WorstCase::Unbounded(_) => (true, None),
    }
}

/// The pool with the most that each of its people may ever get.
fn at_worst(context: &Context<'_>, view: &PoolView<'_>) -> Option<model::Pool> {
    let unit = view.unit?;
    let budget = view.pool.budget.as_ref().map(|budget| &budget.value);
    let cap = |cap: Cap| cap_of(cap, unit);
    let people = view.named.iter().filter_map(|(member, rules)| {
        let entry = context.config.members.at(member as usize)?;
        let most = most(view.pool, rules, context.as_of)?;
        Some((Subject::Member(entry.name.value.clone()), Grant { cap: cap(most), ..Grant::default() }))
    });
    Some(model::Pool {
        target: model::Target::default(),
        description: None,
        budget: model::Budget {
            unit,
            period: budget.and_then(|budget| budget.period).map(|period| period.value),
            limit: budget.and_then(|budget| Amount::new(budget.limit?.value.0, unit).ok()).map(Limit::Amount),
            when_exhausted: budget.and_then(|budget| budget.when_exhausted).map(|when| when.value),
        },
        default_cap: view.pool.default_cap.and_then(|default| cap(default.value)),
        others: match view.pool.others.as_ref().map(|others| &others.value) {
            Some(Others::Cap(others)) => cap(others.value).map(model::Others::Cap),
            _ => None,
        },
        alerts: None,
        grants: people.collect(),
    })
}
