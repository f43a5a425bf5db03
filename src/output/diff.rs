//! A unified diff of canonical YAML: each managed pool as observed against the same pool as desired. What the files do
//! not manage is on neither side.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use similar::{Algorithm, TextDiff};

use crate::model::{
    Alert, AlertKey, Budget, Cap, CenterId, Expiry, Grant, Limit, Others, Pool, PoolId, Subject, Threshold,
};
use crate::plan::{CenterPart, kept_from_others};

use super::yaml;

/// Writes the difference of every pool that differs, sorted by center and pool.
pub fn diff(out: &mut impl Write, parts: &BTreeMap<CenterId, CenterPart>) -> io::Result<()> {
    for (center, part) in parts {
        let ids: std::collections::BTreeSet<_> =
            part.desired.state.pools.keys().chain(part.desired.absent.keys()).collect();
        for id in ids {
            let (before, after) = sides(part, id);
            if before != after {
                file(out, center, id, before.as_deref(), after.as_deref())?;
            }
        }
    }
    Ok(())
}

/// Writes the difference between two texts of one file.
pub fn texts(out: &mut impl Write, name: &str, before: &str, after: &str) -> io::Result<()> {
    let lines = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(before, after);
    lines.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_writer(out)
}

fn file(
    out: &mut impl Write,
    center: &CenterId,
    id: &PoolId,
    before: Option<&str>,
    after: Option<&str>,
) -> io::Result<()> {
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{center}/{id}.yaml"),
        None => "/dev/null".to_owned(),
    };
    writeln!(out, "diff --git a/{center}/{id}.yaml b/{center}/{id}.yaml")?;
    // Most lines of a long pool are unique, which is what this algorithm is fast on. No deadline: it would make the
    // result depend on the machine.
    let lines = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(before.unwrap_or_default(), after.unwrap_or_default());
    lines.unified_diff().header(&name("a", before), &name("b", after)).to_writer(&mut *out)
}

/// A pool as observed and as desired, as far as the files manage it.
fn sides(part: &CenterPart, id: &PoolId) -> (Option<String>, Option<String>) {
    let observed = part.observed.state.pools.get(id);
    match part.desired.state.pools.get(id) {
        None => (observed.map(render), None),
        Some(desired) => {
            let mut wanted = desired.clone();
            let lapsed = part.desired.lapsed.get(id);
            wanted.grants.extend(kept_from_others(part.capabilities, desired, observed, lapsed));
            let keeps = part.capabilities.keeps(&desired.target);
            wanted.grants.retain(|_, grant| keeps.holds(grant));
            if !keeps.others {
                wanted.others = None;
                wanted.grants.extend(written_others(part, id, desired));
            }
            (observed.map(|observed| render(&managed(part, id, desired, &wanted, observed))), Some(render(&wanted)))
        }
    }
}

fn has_lapsed(part: &CenterPart, id: &PoolId, subject: &Subject) -> bool {
    match subject {
        Subject::Member(member) => part.desired.lapsed.get(id).is_some_and(|lapsed| lapsed.contains_key(member)),
        Subject::Stranger(_) => false,
    }
}

/// What the cap of others comes to where the center keeps it person by person.
fn written_others(part: &CenterPart, id: &PoolId, desired: &Pool) -> BTreeMap<Subject, Grant> {
    let (Some(Others::Cap(cap)), Some(observed)) = (desired.others, part.observed.state.pools.get(id)) else {
        return BTreeMap::new();
    };
    let period = cap.amount().and(desired.budget.period).filter(|_| part.capabilities.grant_period);
    observed
        .grants
        .keys()
        .filter(|subject| !desired.grants.contains_key(*subject) && !has_lapsed(part, id, subject))
        .map(|subject| (subject.clone(), Grant { cap: Some(cap), period, expires: None }))
        .collect()
}

/// The part of an observed pool that the files manage.
fn managed(part: &CenterPart, id: &PoolId, desired: &Pool, wanted: &Pool, observed: &Pool) -> Pool {
    let Budget { unit: _, period, limit, when_exhausted } = &wanted.budget;
    let own = |subject: &Subject, grant: &Grant| match wanted.grants.get(subject) {
        Some(wanted) => Some(Grant {
            cap: wanted.cap.and(grant.cap),
            period: wanted.period.and(grant.period),
            expires: wanted.expires.and(grant.expires),
        }),
        None => (desired.others.is_some() || has_lapsed(part, id, subject)).then_some(*grant),
    };
    Pool {
        target: wanted.target.clone(),
        description: wanted.description.as_ref().and(observed.description.clone()),
        budget: Budget {
            unit: observed.budget.unit,
            period: period.and(observed.budget.period),
            limit: limit.and(observed.budget.limit),
            when_exhausted: when_exhausted.and(observed.budget.when_exhausted),
        },
        default_cap: wanted.default_cap.and(observed.default_cap),
        others: wanted.others.and(observed.others),
        alerts: wanted.alerts.as_ref().and(observed.alerts.clone()),
        grants: observed
            .grants
            .iter()
            .filter_map(|(subject, grant)| Some((subject.clone(), own(subject, grant)?)))
            .collect(),
    }
}

/// A pool as canonical YAML, one line per grant.
fn render(pool: &Pool) -> String {
    let Pool { target, description, budget, default_cap, others, alerts, grants } = pool;
    let mut text = String::new();
    if !target.0.is_empty() {
        let entries = target.0.iter().map(|(key, value)| (key.as_str(), yaml::scalar(value).into_owned()));
        let _ = writeln!(text, "target: {}", yaml::map(entries));
    }
    if let Some(description) = description {
        let _ = writeln!(text, "description: {}", yaml::scalar(description));
    }
    let Budget { unit, period, limit, when_exhausted } = budget;
    text.push_str("budget:\n");
    match limit {
        Some(Limit::Amount(amount)) => drop(writeln!(text, "  limit: {}", amount.number())),
        Some(Limit::None) => text.push_str("  limit: none\n"),
        None => {}
    }
    let _ = writeln!(text, "  unit: {unit}");
    if let Some(period) = period {
        let _ = writeln!(text, "  period: {period}");
    }
    if let Some(when) = when_exhausted {
        let _ = writeln!(text, "  when_exhausted: {when}");
    }
    if let Some(cap) = default_cap {
        let _ = writeln!(text, "default_cap: {}", cap_text(*cap));
    }
    match others {
        Some(Others::Blocked) => text.push_str("others: blocked\n"),
        Some(Others::Cap(cap)) => drop(writeln!(text, "others: {}", yaml::map([("cap", cap_text(*cap))]))),
        None => {}
    }
    if let Some(alerts) = alerts {
        text.push_str(if alerts.is_empty() { "alerts: []\n" } else { "alerts:\n" });
        for (key, alert) in alerts {
            let _ = writeln!(text, "  - {}", alert_text(key, alert));
        }
    }
    text.push_str(if grants.is_empty() { "grants: {}\n" } else { "grants:\n" });
    for (subject, grant) in grants {
        let name = match subject {
            Subject::Member(id) => yaml::scalar(id.as_str()).into_owned(),
            Subject::Stranger(name) => yaml::scalar(&format!("?{name}")).into_owned(),
        };
        let _ = writeln!(text, "  {name}: {}", grant_text(grant));
    }
    text
}

fn cap_text(cap: Cap) -> String {
    match cap {
        Cap::Amount(amount) => amount.number(),
        Cap::Unlimited => "unlimited".to_owned(),
        Cap::Inherit => "inherit".to_owned(),
    }
}

fn alert_text(key: &AlertKey, alert: &Alert) -> String {
    let at = match key.at {
        Threshold::Percent(percent) => format!("{percent}%"),
        Threshold::Amount(amount) => yaml::map([("amount", amount.number())]),
    };
    let names: Vec<String> = alert.notify.iter().map(ToString::to_string).collect();
    yaml::map([("at", at), ("of", key.of.to_string()), ("notify", yaml::list(names.iter().map(String::as_str)))])
}

fn grant_text(grant: &Grant) -> String {
    let Grant { cap, period, expires } = grant;
    // A grant without an end says nothing about one, as in the files.
    let expires = expires.and_then(|expires| match expires {
        Expiry::Never => None,
        Expiry::On(date) => Some(date.to_string()),
    });
    let entries =
        [("cap", cap.map(cap_text)), ("period", period.map(|period| period.to_string())), ("expires", expires)];
    yaml::map(entries.into_iter().filter_map(|(key, value)| Some((key, value?))))
}
