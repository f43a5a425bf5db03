//! An address to which no token should go: plain http beyond loopback, or with a user, a query or a fragment in it.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR052",
    name: "unsafe-url",
    severity: Severity::Error,
    about: "An address to which no token should go: plain http beyond loopback, or with a user, a query or a fragment in it.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://llm.acme.example\", allow_host: [llm.acme.example], token: { env: BURSAR_LITELLM_KEY } }
",
    says: "`base_url` is plain http, and not loopback",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for base_url in context.config.centers.iter().filter_map(|entry| entry.value.base_url.as_ref()) {
        let (message, help) = match url::Url::parse(&base_url.value) {
            Err(error) => (format!("`base_url` is no URL: {error}"), "write one such as https://llm.acme.example"),
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                ("`base_url` has a user or a password in it".to_owned(), "name the secret under `token: { env: … }`")
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                ("`base_url` has a query or a fragment".to_owned(), "write only the host, and the path where the API starts")
            }
            Ok(url) if url.scheme() != "https" && !is_loopback(&url) => {
                ("`base_url` is plain http, and not loopback".to_owned(), "write https, so that nobody on the way reads the token")
            }
            Ok(_) => continue,
        };
        findings.push(CHECK.at(base_url.span, message).help(help));
    }
}

/// Whether a URL stays on this machine.
pub(super) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
