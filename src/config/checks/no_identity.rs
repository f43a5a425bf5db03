//! A rule names somebody whom the pool's center cannot know: the member has not what that provider knows people by.

use std::collections::BTreeMap;

use crate::config::resolve::identity;
use crate::config::text::list;
use crate::diagnostics::{Finding, Related, Severity};
use crate::model::alike;
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
    let mut looks = SUGGESTIONS;
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
            let meant = if looks > 0 { meant(context, &members, capabilities.identity) } else { None };
            looks = looks.saturating_sub(1);
            let help = meant.map_or_else(String::new, |meant| format!("; {meant}"));
            let in_csv = |member: &u32| {
                let entry = context.config.members.at(*member as usize);
                entry.is_some_and(|entry| context.loaded.is_table(entry.name.span.file))
            };
            let or = if members.iter().all(in_csv) { ", or map a column of the CSV as it" } else { "" };
            let mut finding = CHECK.at(span, message).help(format!("add `{key}:` under `members:`{or}{help}"));
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

/// Who may be meant instead: a member whom the center can know, and who goes by something like what one of these goes
/// by.
fn meant(context: &Context<'_>, members: &[u32], kind: Identity) -> Option<String> {
    let [member] = members else { return None };
    let missing = context.config.members.at(*member as usize)?;
    let known: Vec<(&str, &str)> = context
        .config
        .members
        .iter()
        .filter_map(|entry| Some((entry, identity(&entry.name.value, &entry.value, kind).0?)))
        .flat_map(|(entry, known_by)| {
            let email = entry.value.email.as_ref().map(|email| &*email.value);
            [Some(entry.name.as_str()), Some(known_by), email].into_iter().flatten().map(|name| (name, entry.name.as_str()))
        })
        .collect();
    let email = missing.value.email.as_ref().map(|email| &*email.value);
    let logins = missing.value.logins.iter().map(|login| &*login.name.value);
    let names = [Some(missing.name.as_str()), email].into_iter().flatten().chain(logins);
    let mut near: Vec<&str> = Vec::new();
    for name in names {
        for found in alike(name, known.iter().map(|(name, _)| *name)) {
            let owner = known.iter().find(|(known, _)| *known == found).map(|(_, owner)| *owner);
            near.extend(owner.filter(|owner| !near.contains(owner)));
        }
    }
    let is = if near.len() == 1 { "has one and goes by a name like that" } else { "have one and go by a name like that" };
    (!near.is_empty()).then(|| format!("{} {is}", list(near)))
}
