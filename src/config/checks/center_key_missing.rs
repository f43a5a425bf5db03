//! A center lacks a key that its provider needs.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context, capabilities};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR051",
    name: "center-key-missing",
    severity: Severity::Error,
    about: "A center lacks a key that its provider needs.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\" }
",
    says: "a center of `litellm` needs `token`",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
",
    schema: true,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in &context.config.centers {
        let Some(capabilities) = capabilities(&entry.value, context.providers) else { continue };
        let written = entry.value.written();
        for setting in capabilities.settings.iter().filter(|setting| setting.required) {
            // A value that could not be read has its finding.
            let there = entry.value.keys.contains(&setting.name) || written.iter().any(|(key, _)| *key == setting.name);
            if !there {
                let message = format!("a center of `{}` needs `{}`", capabilities.provider, setting.name);
                findings.push(CHECK.at(entry.name.span, message).help(format!("`{}`: {}", setting.name, setting.help)));
            }
        }
    }
}
