//! A pool grants somebody whom its fallback center could not know.

use crate::config::resolve::identity;
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::capability::Identity;

use super::{Check, Context, some_of};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR132",
    name: "fallback-identity",
    severity: Severity::Error,
    about: "A pool grants somebody whom its fallback center could not know.",
    bad: "centers:
  design: { provider: embedded }
  gateway: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
members:
  bob: { github: bob-acme }
pools:
  ai:
    center: design
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: bob, cap: 100 }]
    others: blocked
    fallback: gateway
",
    says: "`bob` cannot be known to `litellm`, the fallback of `ai`",
    good: "centers:
  design: { provider: embedded }
  gateway: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
members:
  bob: { github: bob-acme, email: bob@acme.example }
pools:
  ai:
    center: design
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: bob, cap: 100 }]
    others: blocked
    fallback: gateway
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (view, fallback, _, there) in context.fallbacks() {
        let unknown: Vec<u32> = view
            .named
            .iter()
            .filter(|(member, _)| {
                let entry = context.config.members.at(*member as usize);
                entry.is_some_and(|entry| identity(&entry.name.value, &entry.value, there.identity).0.is_none())
            })
            .map(|(member, _)| member)
            .collect();
        if unknown.is_empty() {
            continue;
        }
        let key = match there.identity {
            Identity::Login(key) => key,
            Identity::Id | Identity::Email | Identity::EmailOr(_) => "email",
        };
        let names = some_of(unknown.iter().map(|member| context.member_name(*member)));
        let pool = &view.name.name.value;
        let message = format!("{names} cannot be known to `{}`, the fallback of `{pool}`", there.provider);
        let mut finding = CHECK.at(fallback.span, message).help(format!("add `{key}:` under `members:`"));
        for entry in unknown.iter().take(3).filter_map(|member| context.config.members.at(*member as usize)) {
            let message = format!("`{}` is here", entry.name.value);
            finding = finding.related(Related { span: entry.name.span, message });
        }
        findings.push(finding);
    }
}
