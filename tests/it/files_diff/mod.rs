//! What an edit of the files means: two tiny worlds, edited and compared, the laws, and what a person sees.

mod edits;
mod laws;
mod terminal;

use std::collections::BTreeMap;

use bursar::centers::embedded;
use bursar::config::{self, Loaded};
use bursar::diagnostics::Severity;
use bursar::model::capability::{Capabilities, Identity};
use bursar::output;
use bursar::plan::Allow;
use bursar::plan::files::{Files, FilesCenter, FilesDiff, Revision, Terms, make};
use jiff::civil::Date;

use crate::config::{TODAY, providers, texts};
use crate::output::json::{findings, validator};

const DIFF: &str = include_str!("../../../schema/diff.v1.schema.json");

/// A provider that knows people by their addresses.
static BY_EMAIL: Capabilities = Capabilities {
    provider: "by-email",
    title: "A vendor that knows people by their addresses",
    identity: Identity::Email,
    ..embedded::CAPABILITIES
};

fn all_providers() -> Vec<&'static Capabilities> {
    let mut all = providers();
    all.push(&BY_EMAIL);
    all
}

/// The files as one side, as the command reads them.
fn side(loaded: &Loaded, name: &str, as_of: Date) -> Files {
    let found = config::check(loaded, &all_providers(), as_of);
    let grave: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(grave.is_empty(), "{grave:#?}");
    let resolved = config::resolve(&loaded.config, &loaded.files, &all_providers(), as_of);
    let center = |center: config::ResolvedCenter| {
        let account =
            format!("{:?} {:?} {:?}", center.settings.provider, center.settings.base_url, center.settings.path);
        FilesCenter::new(center.settings, account, center.capabilities, center.desired, center.scope.roster)
    };
    let known_by = |member: &config::file::Member| {
        let email = member.email.iter().map(|email| ("email", email.value.to_string()));
        let logins = member.logins.iter().map(|login| (login.provider, login.name.value.to_string()));
        email.chain(logins).collect::<BTreeMap<_, _>>()
    };
    Files {
        revision: Revision { name: Some(name.to_owned()), commit: None },
        centers: resolved.centers.into_iter().map(|(id, resolved)| (id, center(resolved))).collect(),
        rules: config::rules(&loaded.config, &loaded.files, &all_providers()),
        members: loaded
            .config
            .members
            .iter()
            .map(|entry| (entry.name.value.clone(), known_by(&entry.value)))
            .collect(),
        rows: config::rows(&loaded.config, &loaded.files),
        turns: config::turns(&loaded.config, as_of),
        groups: config::groups(&loaded.config),
        guardrails: resolved.guardrails,
        notify: resolved.notify,
        lock: loaded.config.lock.as_ref().map(|lock| lock.value.as_str().to_owned()),
        fallbacks: loaded.config.fallbacks(),
        rates: resolved.rates,
    }
}

fn compare(base: &[&str], head: &[&str], as_of: Date, allows: &[Allow]) -> FilesDiff {
    let (base, head) = (side(&texts(base), "base", as_of), side(&texts(head), "head", as_of));
    make(&base, &head, Terms { allows, as_of })
}

/// What a person is told of an edit. What a program is told keeps the schema.
fn said(base: &str, head: &str) -> String {
    let diff = compare(&[base], &[head], TODAY, &[]);
    let mut json = Vec::new();
    output::json::diff(&mut json, &diff).unwrap();
    let json = serde_json::from_slice(&json).unwrap();
    assert_eq!(findings(&validator(DIFF), &json), Vec::<String>::new(), "{json:#}");
    let mut text = Vec::new();
    output::text::diff(&mut text, &diff, output::text::Style::default()).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.replace("From base to head, by the files alone.\n", "")
}
