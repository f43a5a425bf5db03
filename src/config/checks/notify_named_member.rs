//! A name under `notify:` is `member`, which in an alert means the person concerned.

use crate::diagnostics::{Finding, Severity};

use super::{Check, Context};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR063",
    name: "notify-named-member",
    severity: Severity::Error,
    about: "A name under `notify:` is `member`, which in an alert means the person concerned.",
    bad: "notify:
  member: { email: [ops@acme.example] }
",
    says: "`member` means the person concerned, so nobody can be called that",
    good: "notify:
  ops: { email: [ops@acme.example] }
",
    schema: true,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if let Some(entry) = context.config.notify.get("member") {
        let message = "`member` means the person concerned, so nobody can be called that";
        findings.push(CHECK.at(entry.name.span, message).help("choose another name"));
    }
}
