//! Two members have the same login at one vendor, or one's login is the other's e-mail address.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use crate::diagnostics::{Finding, Related, Severity, Span};

use super::email_twice::HELP;
use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR061",
    name: "login-twice",
    severity: Severity::Error,
    about: "Two members have the same login at one vendor, or one's login is the other's e-mail address. Case does not tell logins apart.",
    bad: "members:
  alice: { github: alice-acme }
  anna: { github: Alice-Acme }
",
    says: "`anna` has the github login of `alice`",
    good: "members:
  alice: { github: alice-acme, figma: alice }
  anna: { github: anna-acme }
",
    schema: false,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<(&str, String), (&str, Span)> = HashMap::new();
    let logins = || context.config.members.iter().flat_map(|entry| entry.value.logins.iter().map(move |login| (entry, login)));
    // Some vendors know a person by either, so nobody's login may be somebody else's address.
    let mut addresses: HashMap<String, (&str, Span)> = HashMap::new();
    if logins().any(|(_, login)| login.name.value.contains('@')) {
        for entry in &context.config.members {
            for email in entry.value.addresses() {
                addresses.insert(email.value.to_lowercase(), (entry.name.as_str(), email.span));
            }
        }
    }
    for (entry, login) in logins().filter(|(_, login)| login.name.value.contains('@')) {
        if let Some((other, span)) = addresses.get(&login.name.value.to_lowercase())
            && *other != entry.name.as_str()
        {
            let related = Related { span: *span, message: format!("`{other}` has it here") };
            let message = format!("the {} login of `{}` is the e-mail address of `{other}`", login.provider, entry.name.value);
            findings.push(CHECK.at(login.name.span, message).help(HELP).related(related));
        }
    }
    for entry in &context.config.members {
        for login in &entry.value.logins {
            match seen.entry((login.provider, login.name.value.to_lowercase())) {
                Slot::Occupied(first) => {
                    let (other, span) = *first.get();
                    let related = Related { span, message: format!("`{other}` has it here") };
                    let message = format!("`{}` has the {} login of `{other}`", entry.name.value, login.provider);
                    findings.push(CHECK.at(login.name.span, message).help(HELP).related(related));
                }
                Slot::Vacant(slot) => _ = slot.insert((entry.name.as_str(), login.name.span)),
            }
        }
    }
}
