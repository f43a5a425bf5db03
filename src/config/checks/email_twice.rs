//! Two members have the same e-mail address. Case does not tell addresses apart.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use crate::diagnostics::{Finding, Related, Severity, Span};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR060",
    name: "email-twice",
    severity: Severity::Error,
    about: "Two members have the same e-mail address, or one's alias is the other's. Case does not tell addresses apart.",
    bad: "members:
  alice: { email: alice@acme.example }
  anna: { email: Alice@acme.example }
",
    says: "`anna` has the e-mail address of `alice`",
    good: "members:
  alice: { email: alice@acme.example }
  anna: { email: anna@acme.example }
",
    schema: false,
    run: Some(run),
};

/// For logins too.
pub(super) const HELP: &str = "make one member of them, or correct one of the two";

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<String, (&str, Span)> = HashMap::with_capacity(context.config.members.len());
    for entry in &context.config.members {
        for email in entry.value.addresses() {
            match seen.entry(email.value.to_lowercase()) {
                Slot::Occupied(first) => {
                    let (other, span) = *first.get();
                    let related = Related { span, message: format!("`{other}` has it here") };
                    let message = if other == entry.name.as_str() {
                        format!("`{other}` has this e-mail address twice")
                    } else {
                        format!("`{}` has the e-mail address of `{other}`", entry.name.value)
                    };
                    let help = if other == entry.name.as_str() { "take one of the two out" } else { HELP };
                    findings.push(CHECK.at(email.span, message).help(help).related(related));
                }
                Slot::Vacant(slot) => _ = slot.insert((entry.name.as_str(), email.span)),
            }
        }
    }
}
