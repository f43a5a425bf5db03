//! Where centers and locks are, who hears of alerts, who is who, and where pools would be held, before and after an edit
//! of the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AccessWords, CenterId, CenterSettings, Export, NotifyId, Recipient, Scim, SecretSource};

use super::centers::Pair;
use super::{Files, NotifyEdit, SettingEdit, groups};

/// Every list of people to notify that differs.
pub(super) fn notify(
    then: &BTreeMap<NotifyId, BTreeSet<Recipient>>,
    now: &BTreeMap<NotifyId, BTreeSet<Recipient>>,
) -> Vec<NotifyEdit> {
    let names: BTreeSet<&NotifyId> = then.keys().chain(now.keys()).collect();
    let differing = names.into_iter().filter(|name| then.get(*name) != now.get(*name));
    differing
        .map(|name| NotifyEdit { name: name.clone(), before: then.get(name).cloned(), after: now.get(name).cloned() })
        .collect()
}

/// Every setting of a center, the place of the locks, and what people are known by, where it differs.
pub(super) fn compare(then: &Files, now: &Files, pairs: &[Pair<'_>]) -> Vec<SettingEdit> {
    let mut edits = Vec::new();
    let names: BTreeMap<&CenterId, &CenterId> =
        pairs.iter().filter_map(|pair| Some((pair.head?.0, pair.base?.0))).collect();
    let renamed: BTreeSet<&CenterId> = names.iter().filter(|(now, then)| now != then).map(|(_, then)| *then).collect();
    let centers: BTreeSet<&CenterId> = then.centers.keys().chain(now.centers.keys()).collect();
    for center in centers {
        let of = |files: &Files, id| files.centers.get(id).map(|center| values(&center.settings)).unwrap_or_default();
        // The same account under another name is compared with what it was, one that only shares the name is not.
        let before = names.get(center).map_or(center, |before| *before);
        if before != center {
            push(&mut edits, format!("centers.{center}"), Some(before.to_string()), Some(center.to_string()));
        } else if renamed.contains(center) && !now.centers.contains_key(center) {
            continue;
        }
        let (before, after) = (of(then, before), of(now, center));
        let keys: BTreeSet<&&str> = before.keys().chain(after.keys()).collect();
        for key in keys {
            push(&mut edits, format!("centers.{center}.{key}"), before.get(*key).cloned(), after.get(*key).cloned());
        }
    }
    push(&mut edits, "lock".to_owned(), then.lock.clone(), now.lock.clone());
    members(then, now, &mut edits);
    fallbacks(then, now, &names, &mut edits);
    edits
}

/// Where a pool would be held, and for how much: who draws there, and what a budget is worth.
fn fallbacks(then: &Files, now: &Files, names: &BTreeMap<&CenterId, &CenterId>, edits: &mut Vec<SettingEdit>) {
    let pools: BTreeSet<_> = then.fallbacks.keys().chain(now.fallbacks.keys()).collect();
    for pool in pools {
        let (before, after) = (then.fallbacks.get(pool), now.fallbacks.get(pool));
        // The same account under another name holds the same.
        let same = after.is_some_and(|after| names.get(after).copied() == before && before.is_some());
        if !same {
            let said = |center: Option<&CenterId>| center.map(ToString::to_string);
            push(edits, format!("pools.{pool}.fallback"), said(before), said(after));
        }
    }
    let rates: BTreeSet<_> = then.rates.keys().chain(now.rates.keys()).collect();
    for rate in rates {
        let said = |files: &Files| files.rates.get(rate).map(ToString::to_string);
        push(edits, format!("rates.{rate}"), said(then), said(now));
    }
}

/// Whoever goes by a member's name now has their rights. Somebody who came or went shows in their grants.
fn members(then: &Files, now: &Files, edits: &mut Vec<SettingEdit>) {
    for (before, after) in groups::renamed(then, now) {
        push(edits, format!("members.{after}"), Some(before.to_string()), Some(after.to_string()));
    }
    for (member, known_by) in &then.members {
        let Some(after) = now.members.get(member) else { continue };
        // Also what was not written before: an address is where they hear of alerts, a login may be who a center takes
        // for them.
        let keys: BTreeSet<&str> = known_by.keys().chain(after.keys()).copied().collect();
        for key in keys {
            push(edits, format!("members.{member}.{key}"), known_by.get(key).cloned(), after.get(key).cloned());
        }
    }
}

fn push(edits: &mut Vec<SettingEdit>, name: String, before: Option<String>, after: Option<String>) {
    if before != after {
        edits.push(SettingEdit { name, before, after });
    }
}

/// What is written of a center, by its key. The folder of the file is no setting: files may move.
fn values(settings: &CenterSettings) -> BTreeMap<&'static str, String> {
    let CenterSettings {
        id: _,
        provider,
        folder: _,
        path,
        base_url,
        allow_host,
        token,
        ignore_members,
        plan,
        organization,
        enterprise,
        workspace,
        flavor,
        auth,
        federation_rule,
        export,
        scim,
        metering_day,
        record,
    } = settings;
    // The order in which names are written means nothing.
    let list = |list: &[String]| {
        list.iter()
            .map(String::as_str)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let token = token.as_ref().map(|SecretSource::Env(variable)| format!("${variable}"));
    let hosts = (!allow_host.is_empty()).then(|| list(allow_host));
    [
        ("provider", Some(provider.clone())),
        ("path", path.clone()),
        ("base_url", base_url.clone()),
        ("allow_host", hosts),
        ("token", token),
        ("ignore_members", ignore_members.as_deref().map(list)),
        ("plan", plan.clone()),
        ("organization", organization.clone()),
        ("enterprise", enterprise.clone()),
        ("workspace", workspace.clone()),
        ("flavor", flavor.clone()),
        ("auth", auth.map(|auth| auth.as_str().to_owned())),
        ("federation_rule", federation_rule.clone()),
        ("export", export.as_ref().map(export_words)),
        (
            "scim",
            scim.as_ref()
                .map(|Scim { tenant, token: SecretSource::Env(variable) }| format!("{tenant}, ${variable}")),
        ),
        ("metering_day", metering_day.map(|day| day.to_string())),
        ("record", record.clone()),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect()
}

/// An export without the day on which it was taken, which is new with every file and decides nothing by itself.
fn export_words(export: &Export) -> String {
    let Export { people, columns, values: AccessWords { full, custom, none }, taken: _ } = export;
    let columns = columns.iter().map(|(column, header)| format!("{}: {header}", column.key()));
    let values = [("full", full), ("custom", custom), ("none", none)];
    let values = values
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(level, words)| format!("{level}: [{}]", words.join(", ")));
    std::iter::once(people.clone())
        .chain(columns)
        .chain(values)
        .collect::<Vec<_>>()
        .join(", ")
}
