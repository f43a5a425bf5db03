//! A rate is not the credit of a provider.

use std::collections::BTreeSet;

use crate::config::fallback::rate_name;
use crate::config::text::{list, nearest};
use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR136",
    name: "unknown-rate",
    severity: Severity::Error,
    about: "A rate is not the credit of a provider.",
    bad: "rates: { figma: \"0.024 USD\" }
",
    says: "`figma` is no rate: its name is a provider and `_credit`",
    good: "rates: { figma_credit: \"0.024 USD\" }
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    // A provider may have several tables.
    let known: BTreeSet<String> = context.providers.iter().map(|provider| rate_name(provider)).collect();
    for entry in &context.config.rates {
        let name = entry.name.value.as_str();
        if known.iter().any(|known| known == name) {
            continue;
        }
        let finding = CHECK.at(entry.name.span, format!("`{name}` is no rate: its name is a provider and `_credit`"));
        findings.push(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("write {}", list(known.iter().map(String::as_str)))),
        });
    }
}
