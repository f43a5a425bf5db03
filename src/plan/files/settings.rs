//! Where centers and locks are, and who hears of alerts, before and after an edit of the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CenterId, CenterSettings, NotifyId, Recipient, SecretSource};

use super::{Files, NotifyEdit, SettingEdit};

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

/// Every setting of a center, and the place of the locks, where it differs.
pub(super) fn compare(then: &Files, now: &Files) -> Vec<SettingEdit> {
    let mut edits = Vec::new();
    let centers: BTreeSet<&CenterId> = then.centers.keys().chain(now.centers.keys()).collect();
    for center in centers {
        let of = |files: &Files| files.centers.get(center).map(|center| values(&center.settings)).unwrap_or_default();
        let (before, after) = (of(then), of(now));
        let keys: BTreeSet<&&str> = before.keys().chain(after.keys()).collect();
        for key in keys {
            push(&mut edits, format!("centers.{center}.{key}"), before.get(*key).cloned(), after.get(*key).cloned());
        }
    }
    push(&mut edits, "lock".to_owned(), then.lock.clone(), now.lock.clone());
    edits
}

fn push(edits: &mut Vec<SettingEdit>, name: String, before: Option<String>, after: Option<String>) {
    if before != after {
        edits.push(SettingEdit { name, before, after });
    }
}

/// What is written of a center, by its key. The folder of the file is no setting: files may move.
fn values(settings: &CenterSettings) -> BTreeMap<&'static str, String> {
    let CenterSettings { id: _, provider, folder: _, path, base_url, allow_host, token, ignore_members } = settings;
    let list = |list: &[String]| list.join(", ");
    let token = token.as_ref().map(|SecretSource::Env(variable)| format!("${variable}"));
    let hosts = (!allow_host.is_empty()).then(|| list(allow_host));
    [
        ("provider", Some(provider.clone())),
        ("path", path.clone()),
        ("base_url", base_url.clone()),
        ("allow_host", hosts),
        ("token", token),
        ("ignore_members", ignore_members.as_deref().map(list)),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect()
}
