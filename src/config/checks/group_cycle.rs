//! A group that is, through others or by itself, within itself.

use std::collections::HashMap;

use crate::config::file::GroupItem;
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR040",
    name: "group-cycle",
    severity: Severity::Error,
    about: "A group that is, through others or by itself, within itself.",
    bad: "groups:
  a: [group:b]
  b: [group:a, alice]
",
    says: "the group `a` is within itself: a, b, a",
    good: "groups:
  a: [group:b]
  b: [alice]
",
    schema: false,
    run: Some(run),
};

/// Walks the groups depth first without recursion, since a chain of groups may be as long as the file allows. Every
/// way back into the path that is walked is a cycle, and is reported once, where it closes.
fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let groups = &context.config.groups;
    let index: HashMap<&str, usize> = groups.iter().enumerate().map(|(i, entry)| (entry.name.as_str(), i)).collect();
    let mut marks = vec![Mark::New; groups.len()];
    for first in 0..groups.len() {
        if marks.get(first) != Some(&Mark::New) {
            continue;
        }
        let mut path = vec![(first, 0)];
        marks[first] = Mark::OnPath;
        while let Some((group, position)) = path.last_mut() {
            let current = *group;
            let item = groups.at(current).and_then(|entry| entry.value.0.value.get(*position));
            *position += 1;
            let Some(item) = item else {
                marks[current] = Mark::Done;
                path.pop();
                continue;
            };
            let GroupItem::Group(id) = &item.value else { continue };
            let Some(&inner) = index.get(id.as_str()) else { continue };
            match marks[inner] {
                Mark::Done => {}
                Mark::New => {
                    marks[inner] = Mark::OnPath;
                    path.push((inner, 0));
                }
                Mark::OnPath => {
                    let from = path.iter().position(|(group, _)| *group == inner).unwrap_or(0);
                    let mut names: Vec<&str> =
                        path[from..].iter().filter_map(|(group, _)| groups.at(*group)).map(|entry| entry.name.as_str()).collect();
                    names.push(id.as_str());
                    let way = if names.len() > 8 { format!("{} … {id}", names[..6].join(", ")) } else { names.join(", ") };
                    let finding = CHECK.at(item.span, format!("the group `{id}` is within itself: {way}"));
                    findings.push(finding.help("take one of them out of the other"));
                }
            }
        }
    }
}
