//! A center has a key that its provider does not take.

use crate::config::text::list;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context, capabilities};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR050",
    name: "center-key",
    severity: Severity::Error,
    about: "A center has a key that its provider does not take.",
    bad: "centers:
  main: { provider: embedded, base_url: \"http://127.0.0.1:4000\" }
",
    says: "a center of `embedded` takes no `base_url`",
    good: "centers:
  main: { provider: embedded, path: credits.db }
",
    schema: true,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in &context.config.centers {
        let Some(capabilities) = capabilities(&entry.value, context.providers) else { continue };
        for (key, span) in entry.value.written() {
            if capabilities.settings.iter().all(|setting| setting.name != key) {
                let message = format!("a center of `{}` takes no `{key}`", capabilities.provider);
                let keys = capabilities.settings.iter().map(|setting| setting.name);
                findings.push(CHECK.at(span, message).help(format!("beside `provider` it takes {}", list(keys))));
            }
        }
    }
}
