//! A rule names somebody whom the pool's center cannot know: the member has not what that provider knows people by.

use std::collections::BTreeMap;

use crate::config::file::{Entry, Member};
use crate::config::resolve::identity;
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::MemberId;
use crate::model::capability::Identity;

use super::unknown_member::SUGGESTIONS;
use super::{Check, Context, some_of};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR062",
    name: "no-identity",
    severity: Severity::Error,
    about: "A rule names somebody whom the pool's center cannot know: the member has not what that provider knows people by.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
members:
  alice: {}
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    says: "`alice` has neither `email` nor `litellm`, by which `litellm` knows people",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
members:
  alice: { email: alice@acme.example }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: USD, period: monthly, when_exhausted: block }
    access: [{ member: alice, cap: 100 }]
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let Some(capabilities) = view.capabilities else { continue };
        if capabilities.identity == Identity::Id {
            continue;
        }
        // One finding per rule, however many people of a group it is about.
        let mut missing: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (member, rules) in view.named.iter() {
            let Some(entry) = context.config.members.at(member as usize) else { continue };
            if identity(&entry.name.value, &entry.value, capabilities.identity).0.is_none()
                && let Some((_, rule)) = rules.first()
            {
                missing.entry(*rule).or_default().push(member);
            }
        }
        for (rule, members) in missing {
            let Some(rule) = view.pool.rules().get(rule as usize) else { continue };
            let names = some_of(members.iter().map(|member| context.member_name(*member)));
            let has = if members.len() == 1 { "has" } else { "have" };
            let (what, key) = match capabilities.identity {
                Identity::Email | Identity::Id => (format!("{has} no `email`"), "email"),
                Identity::EmailOr(key) => (format!("{has} neither `email` nor `{key}`"), "email"),
                Identity::Login(key) => (format!("{has} no `{key}`"), key),
            };
            let message = format!("{names} {what}, by which `{}` knows people", capabilities.provider);
            let span = rule.who.as_ref().map_or(rule.span, |who| who.span);
            let mut finding = CHECK.at(span, message).help(help(context, &members, key, capabilities.identity));
            for member in members.iter().take(3) {
                if let Some(entry) = context.config.members.at(*member as usize) {
                    let message = format!("`{}` is here", entry.name.value);
                    finding = finding.related(Related { span: entry.name.span, message });
                }
            }
            findings.push(finding);
        }
    }
}

/// What to do about people of whom a key is missing: perhaps somebody is there twice, once with it.
fn help(context: &Context<'_>, members: &[u32], key: &str, kind: Identity) -> String {
    let entries = || members.iter().filter_map(|member| context.config.members.at(*member as usize));
    let is_known = |other: &Entry<MemberId, Member>| identity(&other.name.value, &other.value, kind).0.is_some();
    for entry in entries().take(SUGGESTIONS) {
        if let [other, ..] = context.candidates().like(entry, is_known).as_slice() {
            let name = &entry.name.value;
            return format!("add `{key}:` under `members:`; `{other}` has one: if that is `{name}`, make one member of the two");
        }
    }
    if entries().all(|entry| context.loaded.is_table(entry.name.span.file)) {
        return format!("map a column of the CSV as `{key}`, or add it under `members:`");
    }
    format!("add `{key}:` under `members:`")
}
