//! A pool says something that its fallback center cannot hold.

use rust_decimal::Decimal;

use crate::config::file::{Cap, Others, Spanned};
use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::Amount;
use crate::model::capability::{Ability, Precision};

use super::precision::amounts;
use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR131",
    name: "fallback-fit",
    severity: Severity::Error,
    about: "A pool says something that its fallback center cannot hold: a period, a cap, what happens when the budget is used up, or an amount that would have to be rounded.",
    bad: "centers:
  design: { provider: figma, plan: organization, export: people.csv }
  gateway: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
rates: { figma_credit: \"0.024 USD\" }
members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: design
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: overage }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    fallback: gateway
",
    says: "`litellm`, the fallback of `ai`, has no `overage` for a budget that is used up",
    good: "centers:
  design: { provider: figma, plan: organization, export: people.csv }
  gateway: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
rates: { figma_credit: \"0.024 USD\" }
members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: design
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
    fallback: gateway
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (view, fallback, home, there) in context.fallbacks() {
        let pool = view.pool;
        let who = format!("`{}`, the fallback of `{}`,", there.provider, view.name.name.value);
        let related = || Related { span: fallback.span, message: "it falls back here".to_owned() };
        let mut say = |span: Span, what: String, help: &str| {
            findings.push(CHECK.at(span, format!("{who} {what}")).help(help).related(related()));
        };
        if let Some(period) = pool.budget.as_ref().and_then(|budget| budget.period)
            && !there.periods.contains(&period.value)
        {
            say(period.span, format!("has no {} budgets", period.value), HELP);
        }
        if let Some(when) = pool.budget.as_ref().and_then(|budget| budget.when_exhausted)
            && !there.when_exhausted.contains(&when.value)
        {
            say(when.span, format!("has no `{}` for a budget that is used up", when.value), HELP);
        }
        let Some(worth) = view.unit.and_then(|unit| context.worth(unit, home, there)) else { continue };
        let Precision { decimals, digits, steps } = there.precision;
        amounts(pool, &mut |number, span| {
            let Some(amount) = view.unit.and_then(|unit| Amount::new(number, unit).ok()) else { return };
            let held = worth.convert(amount);
            let fits = held.map(|held| held.value().normalize()).is_some_and(|number| {
                let significant = number.mantissa().unsigned_abs().to_string().len();
                let step = steps.iter().find(|(unit, _)| held.is_some_and(|held| held.unit() == *unit));
                let even = step.is_none_or(|(_, step)| (number % Decimal::from(*step)).is_zero());
                number.scale() <= decimals && significant <= digits as usize && even
            });
            if !fits {
                let of = held.map_or_else(|| format!("{amount} at {}", worth.is), |held| format!("{} {}", held.value().normalize(), worth.is.unit()));
                say(span, format!("cannot hold {of} exactly"), "write an amount that comes out even at that rate, or leave `fallback` out");
            }
        });
        let controls = &there.controls;
        let mut cap = |cap: &Spanned<Cap>| {
            let (control, what) = match cap.value {
                Cap::Amount(amount) if amount.is_zero() => (controls.cap_zero, "cap of 0"),
                Cap::Amount(_) => (controls.cap_amount, "cap of an amount"),
                Cap::Unlimited => (controls.cap_unlimited, "`unlimited`"),
                Cap::Inherit => (controls.cap_inherit, "`inherit`"),
            };
            if let Ability::Unsupported(why) = control.write {
                say(cap.span, format!("has no {what}: {why}"), HELP);
            }
        };
        pool.default_cap.iter().for_each(&mut cap);
        pool.rules().iter().filter_map(|rule| rule.cap.as_ref()).for_each(&mut cap);
        if let Some(Others::Cap(others)) = pool.others.as_ref().map(|others| &others.value) {
            cap(others);
        }
    }
}

const HELP: &str = "write something that both centers have, name another center, or leave `fallback` out";
