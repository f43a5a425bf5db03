//! A pool is the very object that holds another pool for its center.

use crate::diagnostics::{Finding, Related, Severity};
use crate::model::{Target, fallback_target};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR134",
    name: "fallback-target",
    severity: Severity::Error,
    about: "A pool is the very object that holds another pool for its center: Bursar makes and deletes that one.",
    bad: "centers:
  main: { provider: embedded }
  spare: { provider: embedded, path: spare.db }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
    fallback: spare
  held:
    center: spare
    target: { pool: bursar-fallback-ai }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    says: "the pool `held` is what Bursar makes to hold `ai`",
    good: "centers:
  main: { provider: embedded }
  spare: { provider: embedded, path: spare.db }
pools:
  ai:
    center: main
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
    fallback: spare
  held:
    center: spare
    target: { pool: held }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (view, fallback, _, there) in context.fallbacks() {
        let Some(key) = there.targets.first() else { continue };
        let made = fallback_target(key.name, &view.name.name.value);
        for other in &context.pools {
            if other.center.is_none_or(|center| center.name.value != fallback.value) {
                continue;
            }
            let mut target = other.pool.model_target();
            if target.0.is_empty() {
                target = Target::of(key.name, other.name.name.as_str());
            }
            if target == made {
                let (who, whose) = (&other.name.name.value, &view.name.name.value);
                let span = other.pool.target.as_ref().map_or(other.name.name.span, |target| target.span);
                let message = format!("the pool `{who}` is what Bursar makes to hold `{whose}`");
                let related = Related { span: fallback.span, message: "it falls back here".to_owned() };
                findings.push(CHECK.at(span, message).help("give the pool another target").related(related));
            }
        }
    }
}
