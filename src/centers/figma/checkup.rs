//! What is known of a Figma account: the export, the record and the plan that was bought tell. Only whether its tokens
//! are taken is asked.

use crate::centers::checkup::not_reached;
use crate::centers::{CenterError, record};
use crate::model::{Availability, CenterRecord, CenterSettings, Checkup, Column, ControlName, Reached, Scope};

use super::export::Rows;
use super::{identity, inventory, offers, tokens, unconfirmed};

/// Looks at the export and the record, and tries the tokens.
pub(super) async fn look(settings: &CenterSettings, scope: &Scope, export: Result<Rows, CenterError>) -> Checkup {
    let mut notes = Vec::new();
    let tokens = tokens::tokens(settings).await;
    let export = export.map(|mut rows| {
        // How old it is stands beside the file.
        rows.age = rows.age.filter(|_| rows.taken.is_none());
        // What was confirmed is held against what the export shows by itself; where they differ is said.
        let alone = inventory(settings, &rows, &unconfirmed(scope));
        (rows.people.len(), inventory(settings, &rows, scope), alone)
    });
    let reached = match (&export, &tokens.trouble) {
        // Whoever named a token wants what it reads in every plan.
        (Ok(_), Some(trouble)) => not_reached(trouble),
        (Ok((listed, inventory, _)), None) => {
            notes.extend(inventory.notes.iter().cloned());
            notes.extend(by_hand(settings));
            notes.extend(unmapped(settings));
            Reached::Files(exported(settings, *listed))
        }
        (Err(error), _) => not_reached(error),
    };
    let mut offers = offers::offers(settings, scope, export.ok().map(|(_, _, alone)| alone).as_ref());
    if tokens.reads_usage
        && let Some(usage) = offers.iter_mut().find(|offer| offer.control == ControlName::Usage)
    {
        usage.availability = Availability::Available;
        "the AI usage API takes the token".clone_into(&mut usage.why);
        usage.since = None;
    }
    notes.extend(recorded(settings, &scope.record));
    // Without one of them the files do not say which account it is.
    let named = settings.scim.is_some() || settings.organization.is_some();
    Checkup {
        identity: named.then(|| identity(settings)),
        plan: settings.plan.clone(),
        reached,
        tokens: tokens.checks,
        offers,
        notes,
    }
}

fn exported(settings: &CenterSettings, people: usize) -> String {
    let export = settings.export.as_ref();
    let file = export.map_or("", |export| export.people.as_str());
    let people = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    format!("{file}: {people}")
}

/// Exports are documented for the two larger plans only.
fn by_hand(settings: &CenterSettings) -> Option<String> {
    let words = "Figma documents people exports for Organization and Enterprise; on Professional a CSV that a person keeps \
                 does as well";
    (settings.plan.as_deref() == Some("professional")).then(|| words.to_owned())
}

/// What the export could tell and nobody said where.
fn unmapped(settings: &CenterSettings) -> Option<String> {
    let columns = &settings.export.as_ref()?.columns;
    let what = match (columns.contains_key(&Column::Access), columns.contains_key(&Column::Limit)) {
        (true, true) => return None,
        (true, false) => "no column is mapped to `limit`, so only the record tells anybody's own limit",
        (false, _) => "no column is mapped to `access`, so only the record tells what people have",
    };
    Some(format!("{what}; name it under `export: {{ columns: … }}` if the file has one"))
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
