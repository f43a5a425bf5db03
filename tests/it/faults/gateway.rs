//! LiteLLM as a place for random worlds.

use bursar::model::{CenterSettings, Limit};

use super::worlds::World;
use super::{Place, Right, Rights};
use crate::fakes::litellm::{Fake, Row, State, Team};
use crate::litellm::world::settings;

/// Whom LiteLLM puts into each team that it makes, and whom Bursar passes over.
const CALLER: &str = "default_user_id";
/// How LiteLLM writes a month.
const MONTH: &str = "1mo";

pub(crate) struct Gateway(Fake);

impl Place for Gateway {
    fn start(world: &World) -> Self {
        let fake = Fake::start();
        fake.state(|state| {
            for (id, pool) in &world.before.pools {
                let limit = match pool.budget.limit {
                    Some(Limit::Amount(amount)) => float(amount),
                    _ => None,
                };
                let row = |max: Option<f64>| {
                    max.map(|max| Row { max: Some(max), duration: Some(MONTH.to_owned()), tpm: None })
                };
                let mut team = Team { max: limit, duration: Some(MONTH.to_owned()), ..Team::default() };
                if let Some(row) = row(pool.default_cap.and_then(|cap| cap.amount()).and_then(float)) {
                    team.metadata.insert("team_member_budget_id".to_owned(), state.row(row).into());
                }
                state.teams.insert(id.to_string(), team);
                for (person, grant) in &pool.grants {
                    let (name, cap) = (person.name(), grant.cap.and_then(|cap| cap.amount()).and_then(float));
                    state.seat(id.as_str(), &format!("u-{name}"), Some(&format!("{name}@acme.example")), row(cap));
                }
            }
            for (team, people) in &world.strangers {
                for person in people {
                    state.seat(team, person, None, None);
                }
            }
        });
        Self(fake)
    }

    fn url(&self) -> &str {
        self.0.url()
    }

    fn settings(url: &str) -> CenterSettings {
        settings(url, "CARGO_PKG_NAME")
    }

    fn rights(&self) -> Rights {
        self.0.state(|state| rights(state))
    }

    fn history(&self) -> Vec<(String, Rights)> {
        self.0.history().into_iter().map(|(request, state)| (request, rights(&state))).collect()
    }
}

fn float(amount: bursar::model::Amount) -> Option<f64> {
    amount.number().parse().ok()
}

fn rights(state: &State) -> Rights {
    let mut rights = Rights::new();
    for (id, team) in &state.teams {
        for (user, email, _) in team.members.iter().filter(|(user, ..)| user != CALLER) {
            let link = team.links.get(user).cloned().flatten();
            let own = link.filter(|link| Some(link.as_str()) != team.shared());
            let own = own.and_then(|link| state.rows[&link].max);
            let shared = team.shared().and_then(|shared| state.rows[shared].max);
            let right = Right { own: own.map(|own| own.to_string()), most: own.or(shared) };
            let name = email.as_deref().and_then(|email| email.strip_suffix("@acme.example")).unwrap_or(user);
            rights.insert((id.clone(), name.to_owned()), right);
        }
    }
    rights
}
