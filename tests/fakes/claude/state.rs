//! What the fake keeps: people, groups, workspaces, rows of limits, and what was spent.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Which of the three products it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flavor {
    #[default]
    Enterprise,
    Console,
    Gateway,
}

/// Somebody of the organization.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) seat: Option<String>,
}

/// A group of people.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `direct` or `scim`.
    pub(crate) source: &'static str,
    pub(crate) members: Vec<String>,
}

/// A workspace of a Console organization.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) archived: bool,
    /// User id and role.
    pub(crate) members: Vec<(String, String)>,
}

/// A row of limits.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) id: String,
    /// `{"type": …}`, as it stands in answers.
    pub(crate) scope: Value,
    pub(crate) amount: Option<String>,
    pub(crate) period: String,
}

/// Somebody's request for a higher cap.
#[derive(Clone, Debug)]
pub(crate) struct IncreaseRequest {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) period: String,
    /// `pending`, `approved` or `denied`.
    pub(crate) status: String,
}

/// How many requests are let through in a window.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    pub(crate) requests: u32,
    pub(crate) window: Duration,
    /// Whether its refusals say how long to wait.
    pub(crate) tells: bool,
    used: u32,
    since: Option<Instant>,
}

impl Limiter {
    pub(crate) fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window, tells: true, used: 0, since: None }
    }

    /// `None` where a request goes through, else how long to wait where it tells.
    pub(super) fn limited(&mut self, now: Instant) -> Option<Option<u64>> {
        let since = self.since.filter(|since| now.duration_since(*since) < self.window);
        if since.is_none() {
            (self.since, self.used) = (Some(now), 0);
        }
        if self.used < self.requests {
            self.used += 1;
            return None;
        }
        let left = self
            .window
            .saturating_sub(since.map_or(Duration::ZERO, |since| now.duration_since(since)));
        Some(self.tells.then(|| left.as_secs() + 1))
    }
}

/// Everything.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) flavor: Flavor,
    /// Id and name.
    pub(crate) organization: (String, String),
    pub(crate) currency: String,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) requests: Vec<IncreaseRequest>,
    /// What was spent, in minor units, by user and period.
    pub(crate) spent: BTreeMap<(String, String), String>,
    /// Whether usage beyond the seats is on.
    pub(crate) is_enabled: bool,
    /// Whether limits can be written.
    pub(crate) writes: bool,
    /// The scopes of the key; everything where nothing is said.
    pub(crate) scopes: Option<BTreeSet<&'static str>>,
    /// Further keys that are taken.
    pub(crate) keys: Vec<String>,
    /// Bearers that were handed out and are taken.
    pub(crate) tokens: Vec<String>,
    /// How long a bearer is said to be good for, in seconds.
    pub(crate) token_seconds: u64,
    /// Whether pages of group members are half as long as was asked for.
    pub(crate) short_pages: bool,
    /// Of the endpoints of limits.
    pub(crate) spend_limiter: Option<Limiter>,
    /// Of everything else.
    pub(crate) limiter: Option<Limiter>,
    pub(super) ids: u32,
}

impl Default for State {
    fn default() -> Self {
        Self::of(Flavor::default())
    }
}

impl State {
    pub(crate) fn of(flavor: Flavor) -> Self {
        Self {
            flavor,
            organization: ("0c4e8f2a-7777-4888-9999-aaaabbbbcccc".to_owned(), "Acme".to_owned()),
            currency: "USD".to_owned(),
            users: Vec::new(),
            groups: Vec::new(),
            workspaces: Vec::new(),
            limits: Vec::new(),
            requests: Vec::new(),
            spent: BTreeMap::new(),
            is_enabled: true,
            writes: true,
            scopes: None,
            keys: Vec::new(),
            tokens: Vec::new(),
            token_seconds: 3600,
            short_pages: false,
            spend_limiter: None,
            limiter: None,
            ids: 0,
        }
    }

    /// A new id.
    pub(crate) fn id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}_{:06}", self.ids)
    }

    /// Puts people into the organization; the user's id is `user_NAME`.
    pub(crate) fn people(&mut self, names: &[&str]) {
        for name in names {
            let (id, email) = (format!("user_{name}"), format!("{name}@acme.example"));
            self.users.push(User { id, email, seat: None });
        }
    }

    /// Makes a group with these people in it.
    pub(crate) fn group(&mut self, id: &str, name: &str, source: &'static str, members: &[&str]) {
        let members = members.iter().map(|name| format!("user_{name}")).collect();
        self.groups.push(Group { id: id.to_owned(), name: name.to_owned(), source, members });
    }

    /// Sets a limit behind everybody's back.
    pub(crate) fn limit(&mut self, scope: Value, amount: Option<&str>, period: &str) -> String {
        let amount = amount.map(str::to_owned);
        if let Some(limit) = self.limits.iter_mut().find(|limit| limit.scope == scope && limit.period == period) {
            limit.amount = amount;
            return limit.id.clone();
        }
        let id = self.id("spl");
        self.limits.push(Limit { id: id.clone(), scope, amount, period: period.to_owned() });
        id
    }

    /// The scope of a person by name.
    pub(crate) fn user(name: &str) -> Value {
        json!({ "type": "user", "user_id": format!("user_{name}") })
    }

    /// A person's own limit: `None` where there is none, `Some(None)` where it says no limit.
    #[allow(clippy::option_option)] // an absent row and a row without an amount are two things here
    pub(crate) fn own(&self, name: &str, period: &str) -> Option<Option<String>> {
        self.row(&Self::user(name), period)
    }

    /// The amount of a row.
    #[allow(clippy::option_option)]
    pub(crate) fn row(&self, scope: &Value, period: &str) -> Option<Option<String>> {
        let found = self.limits.iter().find(|limit| limit.scope == *scope && limit.period == period);
        found.map(|limit| limit.amount.clone())
    }

    /// The limiter of a request.
    pub(super) fn limiter(&mut self, spends: bool) -> Option<&mut Limiter> {
        if spends { self.spend_limiter.as_mut() } else { self.limiter.as_mut() }
    }

    /// A row as answers have it.
    pub(super) fn shown(&self, limit: &Limit) -> Value {
        let mut shown = json!({
            "type": "spend_limit", "id": limit.id, "scope": limit.scope, "amount": limit.amount,
            "currency": self.currency, "period": limit.period,
            "created_at": "2026-10-03T09:15:00Z", "updated_at": "2026-10-03T09:15:00Z",
        });
        if self.flavor != Flavor::Gateway {
            shown["is_enabled"] = (limit.scope["type"] != "organization" || self.is_enabled).into();
        }
        shown
    }
}
