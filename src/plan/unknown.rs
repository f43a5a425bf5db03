//! Granted people whom a center does not know: a grant to them would fail, or go to nobody.

use std::collections::BTreeSet;

use crate::model::capability::Capabilities;
use crate::model::{Desired, MemberId, Observed, Roster, Subject, alike};

/// How many people are named.
const NAMED: usize = 10;

/// What to say of the granted members who are not in a center, with the identities there that may be meant. A center
/// whose people cannot be read, or that takes in whoever is granted something, gives no reason for any of it.
pub fn unknown_people(
    capabilities: &Capabilities,
    desired: &Desired,
    observed: &Observed,
    roster: &Roster,
) -> Vec<String> {
    let people = capabilities.controls.roster;
    if !people.read.is_api() || people.write.is_api() || observed.roster.is_empty() {
        return Vec::new();
    }
    let granted = desired.state.pools.values().flat_map(|pool| pool.grants.keys());
    let unknown: BTreeSet<&MemberId> = granted
        .filter(|subject| !observed.roster.contains(*subject))
        .filter_map(|subject| match subject {
            Subject::Member(member) => Some(member),
            Subject::Stranger(_) => None,
        })
        .collect();
    let strangers = || observed.roster.iter().filter(|subject| !subject.is_known()).map(Subject::name);
    let mut notes: Vec<String> = unknown
        .iter()
        .take(NAMED)
        .map(|member| {
            let subject = Subject::Member((*member).clone());
            let identity = roster.identity(&subject).unwrap_or(member.as_str());
            let who = if identity == member.as_str() { identity.to_owned() } else { format!("{member} ({identity})") };
            match alike(identity, strangers()).as_slice() {
                [] => format!("{who} is not in this center, and nobody there has a name like that"),
                near => format!("{who} is not in this center; it knows {}", near.join(", ")),
            }
        })
        .collect();
    if unknown.len() > NAMED {
        notes.push(format!("{} more granted people are not in this center", unknown.len() - NAMED));
    }
    notes
}
