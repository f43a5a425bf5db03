//! LiteLLM as a place for random worlds.

use std::sync::Arc;

use bursar::model::{CenterSettings, Limit};

use super::place::{Look, Place, Right, Snapshot, Watched};
use super::worlds::World;
use crate::fakes::litellm::{Fake, Row, State, Team};
use crate::fakes::proxy::{Faults, Proxy};
use crate::litellm::world::settings;

/// Whom LiteLLM puts into each team that it makes, and whom Bursar passes over.
const CALLER: &str = "default_user_id";
/// How LiteLLM writes a month.
const MONTH: &str = "1mo";

pub(crate) struct Gateway {
    fake: Arc<Fake>,
    proxy: Proxy,
}

impl Place for Gateway {
    const WIDE: bool = false;

    fn start() -> Self {
        let fake = Arc::new(Fake::start());
        let proxy = Proxy::start(fake.url(), Faults::default());
        Self { fake, proxy }
    }

    async fn fill(&self, world: &World) {
        self.fake.forget();
        self.proxy.forget().await;
        self.fake.state(|state| {
            *state = State::default();
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
    }

    fn settings(&self) -> CenterSettings {
        settings(self.proxy.url(), "CARGO_PKG_NAME")
    }

    fn direct(&self) -> CenterSettings {
        settings(self.fake.url(), "CARGO_PKG_NAME")
    }

    async fn trouble(&self, faults: Faults, watch: Arc<Watched>) {
        self.proxy.go_on(faults, watch).await;
    }

    async fn settle(&self) {
        self.proxy.settle().await;
    }

    fn look(&self) -> Look {
        let fake = Arc::clone(&self.fake);
        Arc::new(move || fake.state(|state| look(state)))
    }

    fn twice(&self) -> Vec<String> {
        Vec::new()
    }
}

fn float(amount: bursar::model::Amount) -> Option<f64> {
    amount.number().parse().ok()
}

fn look(state: &State) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (id, team) in &state.teams {
        let shared = team.shared().map(|shared| &state.rows[shared]);
        let Team { alias: _, max, soft, duration, metadata, blocked, .. } = team;
        let mut metadata = metadata.clone();
        metadata.remove("team_member_budget_id");
        let settings = format!("{max:?} {soft:?} {duration:?} {metadata:?} {blocked} {shared:?}");
        snapshot.pools.insert(id.clone(), settings);
        for (user, email, _) in team.members.iter().filter(|(user, ..)| user != CALLER) {
            let link = team.links.get(user).cloned().flatten();
            let own = link.filter(|link| Some(link.as_str()) != team.shared());
            let own = own.and_then(|link| state.rows[&link].max);
            let most = own.or(shared.and_then(|shared| shared.max));
            let right = Right { grant: Some(own.map(|own| own.to_string())), most };
            let name = email.as_deref().and_then(|email| email.strip_suffix("@acme.example")).unwrap_or(user);
            snapshot.rights.insert((id.clone(), name.to_owned()), right);
        }
    }
    snapshot
}
