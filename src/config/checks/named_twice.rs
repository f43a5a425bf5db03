//! A list of people names somebody twice.

use std::collections::HashMap;

use crate::config::file::GroupItem;
use crate::diagnostics::{Finding, Related, Severity, Span};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR075",
    name: "named-twice",
    severity: Severity::Warning,
    about: "A list of people names somebody twice.",
    bad: "groups:
  designers: [alice, bob, alice]
",
    says: "`alice` is here a second time",
    good: "groups:
  designers: [alice, bob]
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut twice = |names: &mut dyn Iterator<Item = (&'_ str, Span)>| {
        let mut seen: HashMap<String, Span> = HashMap::new();
        for (name, span) in names {
            if let Some(first) = seen.get(name) {
                let related = Related { span: *first, message: "it is here first".to_owned() };
                let finding = CHECK.at(span, format!("`{name}` is here a second time"));
                findings.push(finding.help("take one of them out").related(related));
            } else {
                seen.insert(name.to_owned(), span);
            }
        }
    };
    for entry in &context.config.groups {
        let items = &entry.value.0.value;
        let (members, groups): (Vec<_>, Vec<_>) = items.iter().partition(|item| matches!(item.value, GroupItem::Member(_)));
        for list in [members, groups] {
            twice(&mut list.iter().map(|item| match &item.value {
                GroupItem::Member(id) => (id.as_str(), item.span),
                GroupItem::Group(id) => (id.as_str(), item.span),
            }));
        }
    }
    for rule in context.pools.iter().flat_map(|view| view.pool.rules()) {
        twice(&mut rule.except().iter().map(|id| (id.value.as_str(), id.span)));
    }
    let protected = context.config.guardrails.iter().filter_map(|guardrails| guardrails.protected.as_ref());
    twice(&mut protected.flat_map(|list| &list.value).map(|id| (id.value.as_str(), id.span)));
}
