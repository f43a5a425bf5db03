//! A cap that the center does not have: some know no `unlimited`, some no zero, some no `inherit`.

use crate::config::file::{Cap, Others, Spanned};
use crate::diagnostics::{Finding, Severity};
use crate::model::capability::Ability;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR096",
    name: "cap-kind",
    severity: Severity::Error,
    about: "A cap that the center does not have: some know no `unlimited`, some no zero, some no `inherit`.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: unlimited }]
    others: blocked
",
    says: "`litellm` has no `unlimited`: a member without a cap follows the team's default; there is no value for `no limit`",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: inherit }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let Some(capabilities) = view.capabilities else { continue };
        let controls = &capabilities.controls;
        let mut look = |cap: &Spanned<Cap>| {
            let (control, what) = match cap.value {
                Cap::Amount(amount) if amount.is_zero() => (controls.cap_zero, "cap of 0"),
                Cap::Amount(_) => (controls.cap_amount, "cap of an amount"),
                Cap::Unlimited => (controls.cap_unlimited, "`unlimited`"),
                Cap::Inherit => (controls.cap_inherit, "`inherit`"),
            };
            if let Ability::Unsupported(why) = control.write {
                let instead: Vec<&str> = [
                    (controls.cap_amount, "an amount"),
                    (controls.cap_zero, "0"),
                    (controls.cap_unlimited, "`unlimited`"),
                    (controls.cap_inherit, "`inherit`"),
                ]
                .into_iter()
                .filter(|(control, _)| !matches!(control.write, Ability::Unsupported(_)))
                .map(|(_, word)| word)
                .collect();
                let finding = CHECK.at(cap.span, format!("`{}` has no {what}: {why}", capabilities.provider));
                findings.push(match instead.as_slice() {
                    [] => finding.help("leave the cap out"),
                    words => finding.help(format!("write {}", words.join(", or "))),
                });
            }
        };
        view.pool.default_cap.iter().for_each(&mut look);
        view.pool.rules().iter().filter_map(|rule| rule.cap.as_ref()).for_each(&mut look);
        if let Some(Others::Cap(cap)) = view.pool.others.as_ref().map(|others| &others.value) {
            if cap.value == Cap::Unlimited && !capabilities.keeps(&view.pool.model_target()).others_unlimited {
                let message = format!("`{}` has no `unlimited` for others", capabilities.provider);
                let help = "write `inherit`, which sets no limit for them, or an amount";
                findings.push(CHECK.at(cap.span, message).help(help));
                continue;
            }
            look(cap);
        }
    }
}
