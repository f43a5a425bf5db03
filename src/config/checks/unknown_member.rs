//! A rule, a group or a guardrail names somebody who is not among the members.

use crate::config::file::{Config, GroupItem, Member, Spanned, Who};
use crate::config::text::{list, nearest};
use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::{MemberId, alike};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR030",
    name: "unknown-member",
    severity: Severity::Error,
    about: "A rule, a group or a guardrail names somebody who is not among the members.",
    bad: "groups:
  designers: [alcie]
",
    says: "there is no member `alcie`",
    good: "groups:
  designers: [alice]
",
    schema: false,
    run: Some(run),
};

/// How many wrong names get the nearest right one: each costs a look at every name.
pub(super) const SUGGESTIONS: usize = 20;

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.partial {
        return;
    }
    let config = context.config;
    let mut suggestions = SUGGESTIONS;
    let mut look = |id: &MemberId, span: Span, findings: &mut Vec<Finding>| {
        if context.directory.member(id.as_str()).is_some() {
            return;
        }
        let mut finding = CHECK.at(span, format!("there is no member `{id}`"));
        if config.groups.get(id.as_str()).is_some() {
            finding = finding.help(format!("there is a group of that name: write `group:{id}` in a group, or `group: {id}` in a rule"));
        } else if let Some(row) = context.loaded.left_out(id.as_str()) {
            let related = Related { span: row, message: "their row is here".to_owned() };
            finding = finding.help("`only` or `except` leaves their row out: let it in, or take the name out").related(related);
        } else {
            let near = if suggestions > 0 { meant(config, id.as_str()) } else { None };
            suggestions = suggestions.saturating_sub(1);
            finding = finding.help(near.unwrap_or_else(|| "add them under `members:`, or take the name out".to_owned()));
        }
        findings.push(finding);
    };
    for item in config.groups.iter().flat_map(|entry| &entry.value.0.value) {
        if let GroupItem::Member(id) = &item.value {
            look(id, item.span, findings);
        }
    }
    for rule in config.pools.iter().flat_map(|entry| entry.value.rules()) {
        if let Some(Spanned { value: Who::Member(id), span }) = &rule.who {
            look(id, *span, findings);
        }
        for id in rule.except() {
            look(&id.value, id.span, findings);
        }
    }
    let protected = config.guardrails.iter().filter_map(|guardrails| guardrails.protected.as_ref());
    for id in protected.flat_map(|list| &list.value) {
        look(&id.value, id.span, findings);
    }
}

/// Who may be meant by a text that is no member's id: whoever is known by it, the nearest id, or somebody who is known
/// by something like it.
fn meant(config: &Config, text: &str) -> Option<String> {
    let found: Vec<(&str, String)> = config
        .members
        .iter()
        .filter_map(|entry| {
            let (what, _) = known_by(&entry.value).into_iter().find(|(_, name)| name.eq_ignore_ascii_case(text))?;
            Some((entry.name.as_str(), what))
        })
        .collect();
    match found.as_slice() {
        [] => {}
        [(member, what)] => return Some(format!("it is the {what} of `{member}`: write `{member}`")),
        several => {
            let names = list(several.iter().map(|(member, _)| *member));
            return Some(format!("it is what {names} are known by: write one of them"));
        }
    }
    if let Some(near) = nearest(text, config.members.iter().map(|entry| entry.name.as_str())) {
        return Some(format!("did you mean `{near}`?"));
    }
    let identities = config.members.iter().flat_map(|entry| {
        let names = known_by(&entry.value).into_iter().map(|(_, name)| name);
        let called = entry.value.row.as_deref().and_then(|row| row.name.as_deref());
        names.chain([entry.name.as_str()]).chain(called).map(|name| (name, entry.name.as_str()))
    });
    let identities: Vec<(&str, &str)> = identities.collect();
    let near = alike(text, identities.iter().map(|(name, _)| *name));
    let mut members: Vec<&str> = Vec::new();
    for name in near {
        let owner = identities.iter().find(|(known, _)| *known == name).map(|(_, member)| *member);
        members.extend(owner.filter(|owner| !members.contains(owner)));
    }
    (!members.is_empty()).then(|| format!("{} may be meant", list(members)))
}

/// What somebody is known by, with what that is.
fn known_by(member: &Member) -> Vec<(String, &str)> {
    let email = member.addresses().map(|email| ("e-mail address".to_owned(), &*email.value));
    let logins = member.logins.iter().map(|login| (format!("{} login", login.provider), &*login.name.value));
    email.chain(logins).collect()
}
