//! Two pools of one center are the same object of the vendor's, so that each would undo the other.

use std::collections::BTreeMap;

use crate::diagnostics::{Finding, Related, Severity, Span};
use crate::model::Target;
use crate::model::capability::Keeps;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR054",
    name: "same-target",
    severity: Severity::Error,
    about: "Two pools of one center are the same object of the vendor's, so that each would undo the other.",
    bad: "pools:
  ai:
    center: main
    target: { pool: design }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
  design:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    says: "the pool `design` is the same object as `ai`",
    good: "pools:
  ai:
    center: main
    target: { pool: other }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
  design:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    schema: false,
    run: Some(run),
};

/// Whether everybody of the account draws on such a pool, without joining it.
fn everybodys(keeps: Keeps) -> bool {
    keeps.others_by_roster || keeps.own_setting
}

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<(&str, Target), Span> = BTreeMap::new();
    let mut names: BTreeMap<Span, &str> = BTreeMap::new();
    for view in &context.pools {
        let (Some(center), Some(capabilities)) = (view.center, view.capabilities) else { continue };
        let mut target = view.pool.model_target().object();
        // Where the file names no object, the provider takes the pool's name for its first key.
        if let Some(key) = capabilities.targets.first()
            && target.0.is_empty()
            && !key.required
        {
            target = Target::of(key.name, view.name.name.as_str());
        }
        // Where there is nothing to join, the first key is the whole account, of which there is one.
        if let Some(key) = capabilities.targets.first()
            && everybodys(capabilities.keeps(&target))
            && target.get(key.name).is_some()
        {
            target = Target::of(key.name, key.name);
        }
        let span = view.pool.target.as_ref().map_or(view.name.name.span, |target| target.span);
        let object = (center.name.as_str(), target);
        if let Some(first) = seen.get(&object) {
            let other = names.get(first).copied().unwrap_or("?");
            let message = format!("the pool `{}` is the same object as `{other}`", view.name.name.value);
            let related = Related { span: *first, message: "it is named here first".to_owned() };
            findings.push(CHECK.at(span, message).help("give each pool a target of its own").related(related));
        } else {
            names.insert(span, view.name.name.as_str());
            seen.insert(object, span);
        }
    }
}
