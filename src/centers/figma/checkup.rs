//! What is known of a Figma account. It is not asked: the export, the record and the plan that was bought tell.

use crate::centers::checkup::not_reached;
use crate::centers::{CenterError, record};
use crate::model::{CenterRecord, CenterSettings, Checkup, Column, Inventory, Reached, Scope};

use super::{identity, offers, tokens};

/// Looks at the export and the record.
pub(super) fn look(settings: &CenterSettings, scope: &Scope, export: Result<Inventory, CenterError>) -> Checkup {
    let mut notes = Vec::new();
    let reached = match &export {
        Ok(inventory) => {
            notes.extend(inventory.notes.iter().cloned());
            notes.extend(unmapped(settings));
            Reached::Files(exported(settings, inventory.people.len()))
        }
        Err(error) => not_reached(error),
    };
    notes.extend(recorded(settings, &scope.record));
    // Without one of them the files do not say which account it is.
    let named = settings.scim.is_some() || settings.organization.is_some();
    Checkup {
        identity: named.then(|| identity(settings)),
        plan: settings.plan.clone(),
        reached,
        tokens: tokens::tokens(settings),
        offers: offers::offers(settings, scope, export.ok().as_ref()),
        notes,
    }
}

fn exported(settings: &CenterSettings, people: usize) -> String {
    let export = settings.export.as_ref();
    let file = export.map_or("", |export| export.people.as_str());
    let people = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    format!("{file}: {people}")
}

/// What the export could tell and nobody said where.
fn unmapped(settings: &CenterSettings) -> Option<String> {
    let columns = &settings.export.as_ref()?.columns;
    let missing: Vec<&str> = [Column::Access, Column::Limit]
        .into_iter()
        .filter(|column| !columns.contains_key(column))
        .map(Column::key)
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(format!(
        "no column is mapped to {}: what people have is not observed, and only the record tells; name the column under \
         `export: {{ columns: … }}` if the file has one",
        missing.join(" and ")
    ))
}

/// What the record holds, in words.
fn recorded(settings: &CenterSettings, confirmed: &CenterRecord) -> Option<String> {
    let file = record(settings)?;
    let name = file.file_name()?.to_string_lossy();
    let CenterRecord { people, pools, missing, .. } = confirmed;
    if people.is_empty() && pools.is_empty() && missing.is_empty() {
        return Some(format!(
            "nothing is confirmed in {name} yet: after a step is done, `bursar confirm RUNBOOK` writes it down"
        ));
    }
    let count = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    };
    let parts: Vec<String> = [
        count(people.len(), "person", "people"),
        count(pools.len(), "budget", "budgets"),
        count(missing.len(), "control that is missing", "controls that are missing"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Some(format!("confirmed in {name}: {}", parts.join(", ")))
}
