//! The record as YAML: in one canonical layout, so that a review shows what was confirmed and nothing else.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::model::{Confirmed, Level, Record, Target};
use crate::plan::Sets;

use super::yaml;

const HEAD: &str = "\
# What people confirmed that they set by hand in a vendor's console, since no API can: by whom, when, and for which plan.
# `bursar confirm` writes it, in this layout; an entry may be corrected or deleted by hand. It is reviewed and committed
# like the config, and counts until a newer export shows something else. A cap is an amount with its unit, `none` (no
# access) or `unlimited` (no limit of their own).
version: 1
";

/// Writes a record.
pub fn record(record: &Record) -> String {
    let mut out = HEAD.to_owned();
    if record.centers.is_empty() {
        out.push_str("centers: {}\n");
        return out;
    }
    out.push_str("centers:\n");
    for (id, center) in &record.centers {
        if center.identity.is_none() && center.people.is_empty() && center.pools.is_empty() && center.missing.is_empty()
        {
            let _ = writeln!(out, "  {}: {{}}", yaml::scalar(id.as_str()));
            continue;
        }
        let _ = writeln!(out, "  {}:", yaml::scalar(id.as_str()));
        if let Some(identity) = &center.identity {
            let _ = writeln!(out, "    identity: {}", yaml::scalar(identity));
        }
        if !center.people.is_empty() {
            out.push_str("    people:\n");
        }
        for (person, confirmed) in &center.people {
            let entries = std::iter::once(("cap", level(confirmed.value))).chain(said(confirmed));
            let _ = writeln!(out, "      {}: {}", yaml::scalar(person), yaml::map(entries));
        }
        if !center.pools.is_empty() {
            out.push_str("    pools:\n");
        }
        for (of, confirmed) in &center.pools {
            let setting = confirmed.value;
            let limit = setting.limit.map(|limit| ("limit", Sets::limit_words(limit)));
            let when = setting.when_exhausted.map(|when| ("when_exhausted", when.as_str().to_owned()));
            let entries = std::iter::once(("target", target(of))).chain(limit).chain(when).chain(said(confirmed));
            let _ = writeln!(out, "      - {}", yaml::map(entries));
        }
        if !center.missing.is_empty() {
            out.push_str("    missing:\n");
        }
        for (control, confirmed) in &center.missing {
            let _ = writeln!(out, "      {}: {}", control.key(), yaml::map(said(confirmed)));
        }
    }
    out
}

/// A digit first, then a space and letters: a text to every reader, so it needs no quotes.
fn level(level: Level) -> String {
    level.to_string()
}

fn target(target: &Target) -> String {
    yaml::map(target.0.iter().map(|(key, value)| (key.as_str(), yaml::scalar(value).into_owned())))
}

fn time(at: Timestamp) -> String {
    format!("\"{at}\"")
}

/// Who said it, when, and for which plan.
fn said<T>(confirmed: &Confirmed<T>) -> impl Iterator<Item = (&'static str, String)> {
    let Confirmed { value: _, by, at, plan, basis } = confirmed;
    let text = |text: &String| yaml::scalar(text).into_owned();
    [
        Some(("by", text(by))),
        Some(("at", time(*at))),
        plan.as_ref().map(|plan| ("plan", text(plan))),
        basis.as_ref().map(|basis| ("basis", text(basis))),
    ]
    .into_iter()
    .flatten()
}

/// Whether a record holds comments beside those that [`record`] writes.
pub fn has_own_comments(text: &str) -> bool {
    let ours: Vec<&str> = HEAD.lines().collect();
    text.lines()
        .any(|line| line.trim_start().starts_with('#') && !ours.contains(&line.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_of_a_person_is_told_from_ours() {
        let ours = record(&Record::default());
        assert!(!has_own_comments(&ours));
        assert!(!has_own_comments(&ours.replace('\n', "\r\n")));
        assert!(has_own_comments(&format!("{ours}  # asked Ada\n")));
    }
}
