//! LiteLLM: a pool is a team, a grant a membership, a cap the member's budget in the team.

mod api;
mod calls;
mod capabilities;
mod check;
mod checkup;
mod fit;
mod keys;
mod map;
mod members;
mod period;
mod teams;
mod told;
mod usage;
mod wire;
mod writer;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::capability::{Capabilities, Rates};
use crate::model::{
    CenterSettings, Checkup, Desired, Drawn, ForeignPool, Observed, PoolId, Scope, SecretSource, Subject, Target,
};
use crate::plan::{Change, Cost};

use super::kept::Kept;
use super::{CenterError, Reader};
use crate::model::{Inventory, Person};
use api::Api;
use calls::Last;
use fit::team;
use wire::TeamInfo;

pub use capabilities::CAPABILITIES;
pub use keys::LitellmKeys;
pub use writer::LitellmWriter;

/// The user that the master key acts as: LiteLLM puts it into every team that it makes.
const CALLER: &str = "default_user_id";

/// A LiteLLM proxy, for reading.
#[derive(Debug)]
pub struct Litellm {
    api: Api,
    /// The variable that holds the token.
    variable: String,
    ignored: Vec<String>,
    /// What of the last look counts for the next requests.
    last: Mutex<Last>,
    /// The managed teams as they were read.
    seen: Kept<Vec<TeamInfo>>,
}

/// Whom the settings say to pass over.
fn ignored(settings: &CenterSettings) -> Vec<String> {
    settings.ignore_members.clone().unwrap_or_else(|| vec![CALLER.to_owned()])
}

impl Litellm {
    /// The proxy that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        let variable = settings.token.iter().map(|SecretSource::Env(variable)| variable.clone()).collect();
        Ok(Self {
            api: Api::new(settings)?,
            variable,
            ignored: ignored(settings),
            last: Mutex::default(),
            seen: Kept::default(),
        })
    }
}

#[async_trait]
impl Reader for Litellm {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        fit::fit(desired)
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let before = self.api.sent();
        let teams = self.api.teams().await?;
        let mut last = Last { teams: teams.len(), ..Last::default() };
        let managed: BTreeMap<&str, &PoolId> =
            scope.pools.iter().map(|(pool, target)| (team(pool, target), pool)).collect();
        let mut observed = Observed { identity: self.api.identity(), ..Observed::default() };
        let (mine, foreign): (Vec<_>, Vec<_>) =
            teams.into_iter().partition(|team| managed.contains_key(team.id.as_str()));
        observed.unmanaged = foreign
            .iter()
            .map(|team| ForeignPool { name: team.shown().to_owned(), target: Target::of("team", &team.id) })
            .collect();
        observed.unmanaged.sort();
        let infos = self.api.some(mine.into_iter().map(|team| team.id).collect()).await?;
        let infos: Vec<TeamInfo> = infos.into_iter().flatten().collect();
        for info in &infos {
            let Some(pool) = managed.get(info.team_info.id.as_str()) else { continue };
            let seen = map::seen(info, &scope.roster, &self.ignored);
            last.managed += 1;
            if members::relink(&seen).is_some() {
                last.defaults.insert(info.team_info.id.clone());
            }
            observed.roster.extend(seen.people.into_keys());
            observed.notes.extend(seen.notes);
            observed.state.pools.insert((*pool).clone(), seen.pool);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
        observed.reads = self.api.sent() - before;
        self.seen.keep(scope, infos);
        Ok(observed)
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        let teams = self.api.teams().await?;
        let mut shown = BTreeMap::<&str, usize>::new();
        for team in &teams {
            *shown.entry(team.shown()).or_default() += 1;
        }
        let mut inventory = Inventory { identity: self.api.identity(), ..Inventory::default() };
        let mut people = BTreeMap::<Subject, Person>::new();
        let infos = self.api.some(teams.iter().map(|team| team.id.clone()).collect()).await?;
        for (team, info) in teams.iter().zip(infos) {
            let Some(info) = info else { continue };
            if !writer::can_be_named(&team.id) {
                inventory.notes.push(format!(
                    "team {}: its id cannot stand in a URL path, so Bursar could not change it; it is left out",
                    team.shown().escape_debug()
                ));
                continue;
            }
            let (pool, seats, notes) = map::for_import(map::seen(&info, &scope.roster, &self.ignored));
            inventory.notes.extend(notes);
            for (subject, seat) in seats {
                let email = seat.email.filter(|email| !email.is_empty()).map(|email| email.to_ascii_lowercase());
                let vendor_id = seat.user_id.filter(|id| id != subject.name());
                people.entry(subject.clone()).or_insert(Person { subject, email, vendor_id });
            }
            // An alias that two teams have names neither.
            let name = if shown.get(team.shown()) == Some(&1) { team.shown() } else { &team.id };
            inventory.pools.push((name.to_owned(), pool));
        }
        inventory.pools.sort_by(|a, b| (&a.0, &a.1.target).cmp(&(&b.0, &b.1.target)));
        inventory.people = people.into_values().collect();
        Ok(inventory)
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        let infos = if let Some(infos) = self.seen.take(scope) {
            infos
        } else {
            let teams = scope.pools.iter().map(|(pool, target)| team(pool, target).to_owned()).collect();
            self.api.some(teams).await?.into_iter().flatten().collect()
        };
        Ok(Some(usage::drawn(&infos, scope, &self.ignored, Timestamp::now())))
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        calls::count(batches, &self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn checkup(&self, _scope: &Scope) -> Checkup {
        checkup::look(&self.api, &self.variable).await
    }

    fn rates(&self) -> Rates {
        self.api.rates()
    }
}
