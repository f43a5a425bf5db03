//! A pool falls back to a center that does not count its unit, and no rate says what that is worth there.

use crate::config::fallback::rate_name;
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::Unit;
use crate::model::capability::Units;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR130",
    name: "fallback-rate",
    severity: Severity::Error,
    about: "A pool falls back to a center that does not count its unit, and no rate says what that is worth there.",
    bad: "centers:
  design: { provider: figma, plan: organization, export: people.csv }
  gateway: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
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
    says: "`litellm` does not count in credits, and no rate says what one is worth",
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
        let Some(unit) = view.unit else { continue };
        if context.worth(unit, home, there).is_some() {
            continue;
        }
        let name = rate_name(home);
        let finding = match context.config.rates.get(name.as_str()) {
            Some(rate) => {
                let message = format!("`{}` counts neither in {unit} nor in {}", there.provider, rate.value.0.unit());
                let related = Related { span: rate.name.span, message: "the rate is here".to_owned() };
                CHECK.at(fallback.span, message).related(related)
            }
            None => CHECK.at(
                fallback.span,
                format!("`{}` does not count in {unit}, and no rate says what one is worth", there.provider),
            ),
        };
        let counted = match there.units {
            Units::Only([first, ..]) => first.to_string(),
            _ => "USD".to_owned(),
        };
        findings.push(if unit == Unit::Credits {
            finding.help(format!("write `rates: {{ {name}: \"0.01 {counted}\" }}`, with what one credit costs you"))
        } else {
            finding.help(format!("name a center that counts in {unit}, or leave `fallback` out"))
        });
    }
}
