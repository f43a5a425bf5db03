//! An amount that the center cannot hold exactly. It is never rounded.

use rust_decimal::Decimal;
use rust_decimal::prelude::One;

use crate::config::file::{At, Cap, Others, Pool, Spanned};
use crate::diagnostics::{Finding, Severity, Span};
use crate::model::capability::Precision;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR093",
    name: "precision",
    severity: Severity::Error,
    about: "An amount that the center cannot hold exactly. It is never rounded.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 0.1234567890123456 }]
    others: blocked
",
    says: "`litellm` cannot hold 0.1234567890123456 exactly",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 12.50 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let Some(capabilities) = view.capabilities else { continue };
        let Precision { decimals, digits, steps } = capabilities.precision;
        let step = steps.iter().find(|(unit, _)| Some(*unit) == view.unit).map(|(_, step)| Decimal::from(*step));
        let mut look = |number: Decimal, span: Span| {
            let number = number.normalize();
            let significant = number.mantissa().unsigned_abs().to_string().len();
            if number.scale() > decimals || significant > digits as usize {
                let finding = CHECK.at(span, format!("`{}` cannot hold {number} exactly", capabilities.provider));
                findings.push(finding.help(format!(
                    "it holds {} after the point and {digits} digits in all",
                    match decimals {
                        0 => "no digits".to_owned(),
                        1 => "1 digit".to_owned(),
                        more => format!("{more} digits"),
                    }
                )));
            } else if let Some(step) = step.filter(|step| !(number % step).is_zero()) {
                let unit = view.unit.map(|unit| unit.to_string()).unwrap_or_default();
                let finding = CHECK.at(span, format!("`{}` cannot hold {number} {unit} exactly", capabilities.provider));
                let help = if step.is_one() { "write a whole number".to_owned() } else { format!("write a multiple of {step}") };
                findings.push(finding.help(help));
            }
        };
        amounts(view.pool, &mut look);
    }
}

/// Every amount of a pool, with its place.
pub(super) fn amounts(pool: &Pool, look: &mut impl FnMut(Decimal, Span)) {
    let mut cap = |cap: &Spanned<Cap>| {
        if let Cap::Amount(number) = cap.value {
            look(number, cap.span);
        }
    };
    pool.default_cap.iter().for_each(&mut cap);
    pool.rules().iter().filter_map(|rule| rule.cap.as_ref()).for_each(&mut cap);
    if let Some(Others::Cap(others)) = pool.others.as_ref().map(|others| &others.value) {
        cap(others);
    }
    if let Some(limit) = pool.budget.as_ref().and_then(|budget| budget.limit) {
        look(limit.value.0, limit.span);
    }
    for alert in pool.alerts.iter().flat_map(|alerts| &alerts.value) {
        if let Some(Spanned { value: At::Amount(number), span }) = alert.at {
            look(number, span);
        }
    }
}
