//! Who may be meant by a name that nobody has: people whose address, login or name is that or nearly that.

use std::collections::HashMap;

use crate::config::file::{Config, Entry, Member};
use crate::model::MemberId;

/// How many people are offered.
const MOST: usize = 3;
/// Names that more people than this have in common tell nobody apart.
const COMMON: usize = 8;

/// Everybody by what they are called. Made once, where the first name is looked for.
pub(super) struct Candidates<'a> {
    config: &'a Config,
    /// By address and login, in lower case.
    exact: HashMap<String, Vec<u32>>,
    /// By the letters and digits of ids, logins, names and what stands before an `@`.
    alike: HashMap<String, Vec<u32>>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(config: &'a Config) -> Self {
        let (mut exact, mut alike) = (HashMap::new(), HashMap::new());
        for (index, entry) in (0..).zip(config.members.iter()) {
            for name in known_by(&entry.value) {
                put(&mut exact, name.to_lowercase(), index);
            }
            for name in names(entry) {
                put(&mut alike, name, index);
            }
        }
        Self { config, exact, alike }
    }

    /// The people who are known by a text, else those who are called alike.
    pub(super) fn of(&self, text: &str) -> Vec<&'a str> {
        let known = self.exact.get(&text.to_lowercase()).or_else(|| self.alike.get(&letters(local(text))));
        self.ids(known, |_| true)
    }

    /// Other people who are called as somebody is and of whom something else holds.
    pub(super) fn like(
        &self,
        entry: &Entry<MemberId, Member>,
        holds: impl Fn(&Entry<MemberId, Member>) -> bool,
    ) -> Vec<&'a str> {
        let is_other = |other: &Entry<MemberId, Member>| other.name.value != entry.name.value && holds(other);
        let found = names(entry).filter_map(|name| self.alike.get(&name));
        found
            .map(|people| self.ids(Some(people), is_other))
            .find(|ids| !ids.is_empty())
            .unwrap_or_default()
    }

    fn ids(&self, people: Option<&Vec<u32>>, holds: impl Fn(&Entry<MemberId, Member>) -> bool) -> Vec<&'a str> {
        let people = people.filter(|people| people.len() <= COMMON);
        let entries = people.into_iter().flatten().filter_map(|index| self.config.members.at(*index as usize));
        let mut ids: Vec<&str> = entries.filter(|entry| holds(entry)).map(|entry| entry.name.as_str()).collect();
        ids.dedup();
        ids.truncate(MOST);
        ids
    }
}

fn put(map: &mut HashMap<String, Vec<u32>>, name: String, index: u32) {
    if name.len() < 2 {
        return;
    }
    let people = map.entry(name).or_default();
    if people.len() <= COMMON && people.last() != Some(&index) {
        people.push(index);
    }
}

/// Their addresses and logins.
fn known_by(member: &Member) -> impl Iterator<Item = &str> {
    let logins = member.logins.iter().map(|login| &**login.name);
    member.addresses().map(|email| &*email.value).chain(logins)
}

/// What somebody may be called, without what people write differently.
fn names(entry: &Entry<MemberId, Member>) -> impl Iterator<Item = String> {
    let name = entry.value.row.as_deref().and_then(|row| row.name.as_ref()).map(|name| &**name);
    std::iter::once(entry.name.as_str())
        .chain(known_by(&entry.value))
        .map(local)
        .chain(name)
        .map(letters)
}

/// What stands before the `@`.
fn local(text: &str) -> &str {
    text.split('@').next().unwrap_or(text)
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
