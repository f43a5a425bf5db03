//! The files: how they are read, what is found in them, and what they come to.

// Texts of many lines are easier to see when they are put together as they are here.
#![allow(clippy::format_push_string, clippy::format_collect, clippy::too_many_lines)]

mod checks;
mod formats;
mod hostile;
mod laws;
mod loading;
mod people;
mod rendering;
mod resolving;
mod schema;

use std::path::{Path, PathBuf};

use bursar::centers;
use bursar::config::{self, Loaded};
use bursar::diagnostics::Finding;
use bursar::model::capability::{Ability, CapScope, Capabilities, Control, Controls, Identity, Keeps, Key};
use jiff::civil::{Date, date};

/// The day on which all tests take place.
pub(crate) const TODAY: Date = date(2026, 6, 15);

const NO_POOLS: Control = Control::unsupported("the account is the pool");

/// A provider with one cap per person, as most vendors have.
pub(crate) static ONE_CAP: Capabilities = Capabilities {
    provider: "one-cap",
    title: "A vendor that keeps one cap per person",
    controls: Controls { pool: Control { read: Ability::Api, ..NO_POOLS }, ..centers::embedded::CAPABILITIES.controls },
    cap_scope: CapScope::Center,
    ..centers::embedded::CAPABILITIES
};

/// A provider in which a person is in one pool only.
pub(crate) static ONE_POOL: Capabilities = Capabilities {
    provider: "one-pool",
    title: "A vendor that lets a person be in one pool",
    single_membership: Some("pool"),
    identity: Identity::Login("github"),
    ..centers::embedded::CAPABILITIES
};

/// A provider in which a grant is a setting of the person's own, but for clubs, which people join.
pub(crate) static ONE_SETTING: Capabilities = Capabilities {
    provider: "one-setting",
    title: "A vendor in which there is nothing to join but clubs",
    cap_scope: CapScope::Center,
    keeping: Keeps { default_cap: false, own_setting: true, ..Keeps::BOTH },
    keeping_of: &[("club", Keeps { others: false, others_cap: false, ..Keeps::BOTH })],
    single_membership: Some("club"),
    targets: &[
        Key { name: "account", required: false, help: "the whole account", plans: &[] },
        Key { name: "club", required: false, help: "a club", plans: &[] },
    ],
    ..centers::embedded::CAPABILITIES
};

/// The built-in providers, and some that differ from them.
pub(crate) fn providers() -> Vec<&'static Capabilities> {
    let mut providers = centers::providers().to_vec();
    providers.extend([&ONE_CAP, &ONE_POOL, &ONE_SETTING]);
    providers
}

/// Reads texts as the files of one config.
pub(crate) fn texts(texts: &[&str]) -> Loaded {
    let named = texts.iter().enumerate().map(|(i, text)| {
        // A CSV says its name in a line before it.
        if let Some((name, csv)) = text.strip_prefix("# --- ").and_then(|text| text.split_once(" ---\n")) {
            return (PathBuf::from(name), csv.as_bytes().to_vec());
        }
        let name = if i == 0 { "bursar.yaml".to_owned() } else { format!("more-{i}.yaml") };
        (PathBuf::from(name), text.as_bytes().to_vec())
    });
    config::load_texts(Path::new(""), named)
}

/// Findings as lines: code, line, message.
pub(crate) fn lines(loaded: &Loaded, findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let at = loaded.files.location(finding.span);
        format!("{} {}:{} {}\n", finding.code, at.line, at.column, finding.message)
    };
    findings.iter().map(line).collect()
}
