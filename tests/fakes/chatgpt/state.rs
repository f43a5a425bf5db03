//! What the fake keeps: a workspace's limits, its people and groups, and what people asked for.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What the key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Key {
    /// Everything.
    #[default]
    Full,
    /// Reads limits and directory.
    Reads,
    /// Reads and writes limits, and no directory.
    LimitsOnly,
    /// Reads the directory, and no limits.
    DirectoryOnly,
    /// It is one of an organization of the API platform.
    Platform,
    /// It belongs to another workspace.
    Elsewhere,
}

/// A monthly limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The most; nothing is unlimited.
    pub(crate) most: Option<Decimal>,
    /// Whether it ends with the usage period.
    pub(crate) temporary: bool,
    /// A field that no version of Bursar knows.
    pub(crate) odd: bool,
}

impl Limit {
    /// A limit of so much, as a decimal.
    pub(crate) fn of(most: &str) -> Self {
        Self { most: Some(most.parse().unwrap()), ..Self::default() }
    }

    /// No limit.
    pub(crate) fn unlimited() -> Self {
        Self::default()
    }

    /// How it is answered: the number in `limit` in the older shape, in `limit_amount` in the newer one.
    pub(crate) fn json(&self, state: &State) -> Value {
        let kind = if self.most.is_some() { "limited" } else { "unlimited" };
        let mut limit = json!({ "limit": null, "type": kind });
        match self.most {
            Some(most) if state.newer => {
                let (unit, places) = if state.usd { ("usd", 2) } else { ("credit", 0) };
                limit["limit_amount"] = json!({ "unit": unit, "amount": format!("{most:.places$}") });
            }
            Some(most) => limit["limit"] = u32::try_from(most).unwrap().into(),
            None => {}
        }
        if self.temporary {
            limit["limit_expires_at"] = state.period_ends.into();
        }
        if self.odd {
            limit["rollover"] = true.into();
        }
        limit
    }

    /// In a word.
    pub(crate) fn word(&self) -> String {
        let word = self.most.map_or("unlimited".to_owned(), |most| most.normalize().to_string());
        if self.temporary { format!("{word} for now") } else { word }
    }
}

/// A person of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) role: &'static str,
    pub(crate) limit: Option<Limit>,
    /// In what the workspace counts.
    pub(crate) used: u32,
}

/// A group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) scim: bool,
    pub(crate) limit: Option<Limit>,
    pub(crate) members: BTreeSet<String>,
}

/// What somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) user: String,
    pub(crate) status: &'static str,
    pub(crate) asks: u32,
}

/// Everything.
#[allow(clippy::struct_excessive_bools)] // switches, each a quirk
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) key: Key,
    /// Whether error answers say why: their bodies are described nowhere.
    pub(crate) words: bool,
    /// Whether it speaks the newer shape, with `limit_amount`.
    pub(crate) newer: bool,
    /// Whether it counts in USD, which only the newer shape can say.
    pub(crate) usd: bool,
    /// When a temporary override ends, in the newer shape.
    pub(crate) period_ends: &'static str,
    pub(crate) default: Option<Limit>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) requests: BTreeMap<String, Request>,
    /// On how many pages the first user is that of the page before, once more.
    pub(crate) twice: usize,
    /// How often a group shows more members than it has.
    pub(crate) miscounted: usize,
    /// Whether what is written is accepted and forgotten.
    pub(crate) forgets: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            key: Key::Full,
            words: false,
            newer: false,
            usd: false,
            period_ends: "2026-12-01T00:00:00.000Z",
            default: None,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            requests: BTreeMap::new(),
            twice: 0,
            miscounted: 0,
            forgets: false,
        }
    }
}

impl State {
    /// The id of a user as paths take it.
    pub(crate) fn id(name: &str) -> String {
        format!("user-{name}")
    }

    /// Takes somebody in: `alice` becomes `user-alice`, `alice@acme.example`.
    pub(crate) fn join(&mut self, name: &str) {
        let user = User {
            email: Some(format!("{name}@acme.example")),
            name: Some(name.to_owned()),
            role: "standard-user",
            limit: None,
            used: 0,
        };
        self.users.insert(Self::id(name), user);
    }

    /// Gives somebody an override, as an administrator would by hand.
    pub(crate) fn set(&mut self, name: &str, limit: Limit) {
        self.users.get_mut(&Self::id(name)).unwrap().limit = Some(limit);
    }

    /// Makes a group of these people.
    pub(crate) fn group(&mut self, id: &str, name: &str, limit: Option<Limit>, members: &[&str]) {
        let members = members.iter().map(|name| Self::id(name)).collect();
        self.groups
            .insert(id.to_owned(), Group { name: name.to_owned(), scim: false, limit, members });
    }

    /// Somebody's override in a word; `–` where there is none.
    pub(crate) fn own(&self, name: &str) -> String {
        self.users[&Self::id(name)].limit.as_ref().map_or("–".to_owned(), Limit::word)
    }

    /// The workspace default in a word; `–` where there is none.
    pub(crate) fn others(&self) -> String {
        self.default.as_ref().map_or("–".to_owned(), Limit::word)
    }

    /// The names of a group's members.
    pub(crate) fn members(&self, group: &str) -> Vec<String> {
        self.groups[group]
            .members
            .iter()
            .map(|id| id.trim_start_matches("user-").to_owned())
            .collect()
    }

    /// What somebody without an override has, and from where: the highest default of their groups, else the
    /// workspace's.
    pub(crate) fn inherited(&self, id: &str) -> Option<(Limit, Value)> {
        let groups = self.groups.iter().filter(|(_, group)| group.members.contains(id));
        let best = groups
            .filter_map(|(id, group)| Some((group.limit.clone()?, id, group)))
            .max_by_key(|(limit, ..)| limit.most.unwrap_or(Decimal::MAX));
        if let Some((limit, id, group)) = best {
            return Some((limit, json!({ "kind": "group_default", "group_id": id, "group_name": group.name })));
        }
        let limit = self.default.clone()?;
        Some((limit, json!({ "kind": "workspace_default", "seat_type": "default" })))
    }
}
