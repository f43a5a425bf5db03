//! A center lacks a key that its provider needs.

use crate::config::file::{Center, Entry};
use crate::diagnostics::{Finding, Severity};
use crate::model::CenterId;
use crate::model::capability::Variant;

use super::{Check, Context, capabilities};

/// The check.
pub(super) const CHECK: Check = Check {
    code: "BUR051",
    name: "center-key-missing",
    severity: Severity::Error,
    about: "A center lacks a key that its provider needs.",
    bad: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\" }
",
    says: "a center of `litellm` needs `token`",
    good: "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
",
    schema: true,
    run: Some(run),
};

fn run(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entry in &context.config.centers {
        let Some(capabilities) = capabilities(&entry.value, context.providers) else {
            no_table(context, entry, findings);
            continue;
        };
        let written = entry.value.written();
        for setting in capabilities.settings.iter().filter(|setting| setting.required) {
            // A value that could not be read has its finding.
            let there = entry.value.keys.contains(&setting.name) || written.iter().any(|(key, _)| *key == setting.name);
            if !there {
                let message = format!("a center of `{}` needs `{}`", capabilities.provider, setting.name);
                findings.push(CHECK.at(entry.name.span, message).help(format!("`{}`: {}", setting.name, setting.help)));
            }
        }
    }
}

/// The provider is known, and what decides which of its tables holds is not written, or is none of its words.
fn no_table(context: &Context<'_>, entry: &Entry<CenterId, Center>, findings: &mut Vec<Finding>) {
    let Some(provider) = &entry.value.provider else { return };
    let tables = context.providers.iter().filter(|table| *table.provider == *provider.value);
    let variants: Vec<Variant> = tables.filter_map(|table| table.variant).collect();
    let Some(first) = variants.first() else { return };
    let words: Vec<&str> = variants.iter().map(|variant| variant.word()).collect();
    let words = words.join(", or ");
    let written = entry.value.written().into_iter().find(|(key, _)| *key == first.key());
    let finding = match (first, written, entry.value.value(first.key())) {
        // A value that could not be read has its finding.
        (Variant::Is(key, _), None, _) if entry.value.keys.contains(key) => return,
        (Variant::Is(key, _), Some((_, span)), Some(value)) => {
            CHECK.at(span, format!("`{}` has no {key} `{value}`", &*provider.value)).help(format!("write {words}"))
        }
        (Variant::Is(key, _), ..) => CHECK
            .at(entry.name.span, format!("a center of `{}` needs `{key}`", &*provider.value))
            .help(format!("`{key}`: {words}")),
        (Variant::Has(_), ..) => CHECK
            .at(entry.name.span, format!("a center of `{}` needs {}", &*provider.value, quoted(&variants)))
            .help("name the account that the credits belong to"),
    };
    findings.push(finding);
}

fn quoted(variants: &[Variant]) -> String {
    let words: Vec<String> = variants.iter().map(|variant| format!("`{}`", variant.word())).collect();
    words.join(" or ")
}
