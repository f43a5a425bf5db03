//! A center whose provider has no host of its own answers at a host that the file does not allow for its token.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context, capabilities, unsafe_url};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR056",
    name: "host-not-allowed",
    severity: Severity::Error,
    about: "A center whose provider has no host of its own answers at a host that the file does not allow for its token.",
    bad: "centers:
  main: { provider: litellm, base_url: \"https://llm.acme.example\", token: { env: BURSAR_LITELLM_KEY } }
",
    says: "the token would go to llm.acme.example, which is not allowed",
    good: "centers:
  main:
    provider: litellm
    base_url: https://llm.acme.example
    allow_host: [llm.acme.example]
    token: { env: BURSAR_LITELLM_KEY }
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in &context.config.centers {
        let Some(capabilities) = capabilities(&entry.value, context.providers) else { continue };
        // Where the address may be left out, the vendor has a host of its own, and the center knows it.
        let no_host = capabilities.settings.iter().any(|key| key.name == "base_url" && key.required);
        let Some(base_url) = entry.value.base_url.as_ref().filter(|_| no_host) else { continue };
        let Ok(url) = url::Url::parse(&base_url.value) else { continue };
        let Some(host) = url.host_str().filter(|_| !unsafe_url::is_loopback(&url)) else { continue };
        let allowed = entry.value.allow_host.iter().flat_map(|hosts| &hosts.value);
        if !allowed.clone().any(|allowed| allowed.value.eq_ignore_ascii_case(host)) {
            let finding = CHECK.at(base_url.span, format!("the token would go to {host}, which is not allowed"));
            findings.push(finding.help(format!("if it may go there, add `allow_host: [{host}]`")));
        }
    }
}
