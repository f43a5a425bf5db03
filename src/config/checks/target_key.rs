//! A pool's `target` has a key that its provider does not take, more than one, or lacks the one that is needed.

use crate::config::text::{list, nearest};
use crate::diagnostics::{Finding, Severity};
use crate::model::INCLUDED_USAGE;

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR053",
    name: "target-key",
    severity: Severity::Error,
    about: "A pool's `target` has a key that its provider does not take, more than one, or lacks the one that is needed.",
    bad: "pools:
  ai:
    center: main
    target: { colour: blue }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    says: "a pool of `embedded` takes no `colour`",
    good: "pools:
  ai:
    center: main
    target: { pool: design }
    budget: { limit: 1000, unit: credits, period: monthly, when_exhausted: block }
    access: []
    others: blocked
",
    schema: true,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for view in &context.pools {
        let written = view.pool.target.iter().flat_map(|target| &target.0);
        let providers = match &view.capabilities {
            Some(capabilities) => std::slice::from_ref(capabilities),
            // The center has its own finding; a key that no provider takes is wrong all the same.
            None => context.providers,
        };
        let keys = || providers.iter().flat_map(|capabilities| capabilities.targets).map(|key| key.name);
        for (key, _) in written.clone().filter(|(key, _)| keys().all(|name| *name != *key.value)) {
            let message = match view.capabilities {
                Some(capabilities) => format!("a pool of `{}` takes no `{}`", capabilities.provider, &*key.value),
                None => format!("a pool of no provider takes `{}`", &*key.value),
            };
            let help = match nearest(&key.value, keys()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys are {}", list(keys())),
            };
            findings.push(CHECK.at(key.span, message).help(help));
        }
        let Some(capabilities) = view.capabilities else { continue };
        let any = capabilities.targets.iter().any(|key| key.required);
        if let Some((second, _)) = written.clone().filter(|(key, _)| *key.value != *INCLUDED_USAGE).nth(1).filter(|_| !any) {
            let message = format!("a pool of `{}` is one object, and its target has two keys", capabilities.provider);
            let help = format!("leave one of {}", list(written.clone().map(|(key, _)| &*key.value)));
            findings.push(CHECK.at(second.span, message).help(help));
        }
        for key in capabilities.targets.iter().filter(|key| key.required) {
            if written.clone().all(|(name, _)| *name.value != *key.name) {
                let message = format!("a pool of `{}` needs a target with `{}`", capabilities.provider, key.name);
                let span = view.pool.target.as_ref().map_or(view.name.name.span, |target| target.span);
                findings.push(CHECK.at(span, message).help(format!("`{}`: {}", key.name, key.help)));
            }
        }
    }
}
