//! What the fake keeps: teams, users and rows of budgets, as the real one's database does.

use std::collections::BTreeMap;

use bursar::model::{Period, window};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The user that the master key acts as.
pub(crate) const CALLER: &str = "default_user_id";

/// A row of budgets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) max: Option<f64>,
    pub(crate) duration: Option<String>,
    pub(crate) tpm: Option<u64>,
}

/// When something starts again that lasts so long: the real one goes by the calendar.
pub(crate) fn reset_at(duration: Option<&str>) -> Option<String> {
    let period = match duration? {
        "1d" => Period::Daily,
        "7d" => Period::Weekly,
        "1mo" | "30d" => Period::Monthly,
        _ => return None,
    };
    let next = window::next(period, window::start(period, Timestamp::now()));
    next.map(|day| format!("{day}T00:00:00Z"))
}

impl Row {
    pub(crate) fn json(&self, id: &str) -> Value {
        json!({
            "budget_id": id, "max_budget": self.max, "soft_budget": null, "tpm_limit": self.tpm, "rpm_limit": null,
            "budget_duration": self.duration, "budget_reset_at": reset_at(self.duration.as_deref()), "allowed_models": [],
        })
    }
}

/// A team.
#[derive(Clone, Debug, Default)]
pub(crate) struct Team {
    pub(crate) alias: Option<String>,
    pub(crate) max: Option<f64>,
    pub(crate) soft: Option<f64>,
    pub(crate) duration: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) blocked: bool,
    /// User id, e-mail as written, role.
    pub(crate) members: Vec<(String, Option<String>, String)>,
    /// The budget row of each member.
    pub(crate) links: BTreeMap<String, Option<String>>,
    /// What everybody spent.
    pub(crate) spend: f64,
    /// What each user spent.
    pub(crate) spent: BTreeMap<String, f64>,
}

impl Team {
    /// The id of the row that members without one of their own share.
    pub(crate) fn shared(&self) -> Option<&str> {
        self.metadata.get("team_member_budget_id").and_then(Value::as_str)
    }
}

/// A virtual key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) hash: String,
    pub(crate) secret: String,
    pub(crate) alias: String,
    pub(crate) user: Option<String>,
    pub(crate) team: Option<String>,
    /// `llm_api`, or `default`: one that may also make keys.
    pub(crate) kind: String,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The role of the user whose key it is; nothing for the master key.
    pub(crate) role: Option<&'static str>,
    pub(crate) teams: BTreeMap<String, Team>,
    pub(crate) users: BTreeMap<String, Option<String>>,
    pub(crate) rows: BTreeMap<String, Row>,
    pub(crate) keys: Vec<Key>,
    ids: u32,
}

impl State {
    /// A new id.
    pub(crate) fn id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}-{:04}", self.ids)
    }

    /// Takes somebody out of a team, with their keys for it.
    pub(crate) fn unseat(&mut self, team: &str, user: &str) {
        self.keys
            .retain(|key| key.team.as_deref() != Some(team) || key.user.as_deref() != Some(user));
        let team = self.teams.get_mut(team).unwrap();
        team.members.retain(|(member, ..)| member != user);
        team.links.remove(user);
    }

    /// Somebody spends something in a team.
    pub(crate) fn spends(&mut self, team: &str, email: &str, usd: f64) {
        let team = self.teams.get_mut(team).unwrap();
        let (user, ..) = team.members.iter().find(|(_, member, _)| member.as_deref() == Some(email)).unwrap();
        *team.spent.entry(user.clone()).or_default() += usd;
        team.spend += usd;
    }

    /// A new row of budgets.
    pub(crate) fn row(&mut self, row: Row) -> String {
        let id = self.id("budget");
        self.rows.insert(id.clone(), row);
        id
    }

    /// Puts somebody into a team, as an administrator would by hand.
    pub(crate) fn seat(&mut self, team: &str, user: &str, email: Option<&str>, row: Option<Row>) {
        let link = row.map(|row| self.row(row));
        self.users.insert(user.to_owned(), email.map(str::to_owned));
        let team = self.teams.get_mut(team).unwrap();
        let link = link.or_else(|| team.shared().map(str::to_owned));
        team.members.push((user.to_owned(), email.map(str::to_owned), "user".to_owned()));
        team.links.insert(user.to_owned(), link);
    }

    /// The cap of somebody's own in a team, with its duration.
    pub(crate) fn cap(&self, team: &str, email: &str) -> Option<(Option<f64>, Option<String>)> {
        let team = self.teams.get(team)?;
        let (user, ..) = team.members.iter().find(|(_, member, _)| member.as_deref() == Some(email))?;
        let link = team.links.get(user)?.as_ref().filter(|link| Some(link.as_str()) != team.shared())?;
        self.rows.get(link).map(|row| (row.max, row.duration.clone()))
    }

    /// Whether somebody is in a team.
    pub(crate) fn has(&self, team: &str, email: &str) -> bool {
        self.teams[team].members.iter().any(|(_, member, _)| member.as_deref() == Some(email))
    }
}
