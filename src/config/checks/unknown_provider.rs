//! A center is of a provider that this Bursar does not have.

use crate::config::text::{list, nearest};
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR034",
    name: "unknown-provider",
    severity: Severity::Error,
    about: "A center is of a provider that this Bursar does not have.",
    bad: "centers:
  main: { provider: litelm }
",
    says: "there is no provider `litelm`",
    good: "centers:
  main: { provider: embedded }
",
    schema: true,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let names = || context.providers.iter().map(|capabilities| capabilities.provider);
    for provider in context.config.centers.iter().filter_map(|entry| entry.value.provider.as_ref()) {
        if names().all(|name| *name != *provider.value) {
            let finding = CHECK.at(provider.span, format!("there is no provider `{}`", &*provider.value));
            findings.push(match nearest(&provider.value, names()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("the providers are {}", list(names()))),
            });
        }
    }
}
