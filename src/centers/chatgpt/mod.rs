//! ChatGPT Enterprise, Edu and Healthcare: the pool is the workspace's shared credits, a grant a person's own monthly
//! limit, others the workspace's default. A group can be a pool too: a grant is then membership, and its default cap the
//! group's default for each member. Nothing here is a shared amount: the size of the credits is in the console only.

mod api;
mod calls;
mod capabilities;
mod check;
mod checkup;
mod fit;
mod limit;
mod map;
mod requests;
mod told;
mod wire;
mod writer;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::capability::{Capabilities, Rates};
use crate::model::{
    CenterSettings, Checkup, Desired, Drawn, Expiry, Inventory, Observed, Offered, PoolId, Scope, SecretSource, Target,
};
use crate::plan::{Change, Cost};

use super::kept::Kept;
use super::{CenterError, Reader};
use api::Api;
use fit::{GroupDefault, Last};
use map::Looked;

pub use capabilities::CAPABILITIES;
pub use requests::ChatgptRequests;
pub use writer::ChatgptWriter;

/// The key of a target that is the whole workspace.
const WORKSPACE: &str = "workspace";
/// The key of a target that is a group, by its name.
const GROUP: &str = "group";
/// The key of a target that is a group, by its id.
const GROUP_ID: &str = "group_id";

/// By what the account is known: the workspace's id.
pub(super) fn identity(settings: &CenterSettings) -> String {
    format!("chatgpt {}", settings.workspace.as_deref().unwrap_or_default())
}

/// The pool's target in full.
fn full(target: &Target) -> Target {
    let group = [GROUP_ID, GROUP].into_iter().find_map(|key| Some(Target::of(key, target.get(key)?)));
    group.unwrap_or_else(|| Target::of(WORKSPACE, WORKSPACE))
}

/// A ChatGPT workspace, for reading.
#[derive(Debug)]
pub struct Chatgpt {
    api: Api,
    settings: CenterSettings,
    /// What of the last look counts for what can be asked for.
    last: Mutex<Last>,
    /// What was read.
    looked: Kept<Looked>,
}

impl Chatgpt {
    /// The workspace that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self {
            api: Api::new(settings)?,
            settings: settings.clone(),
            last: Mutex::default(),
            looked: Kept::default(),
        })
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the workspace, its groups and everybody; and who is in the groups that `wanted` says.
    async fn look(&self, wanted: impl Fn(&wire::Group) -> bool) -> Result<Looked, CenterError> {
        let workspace = self.api.workspace().await?;
        let groups = self.api.groups().await?;
        let users = self.api.users().await?;
        let mut members = BTreeMap::new();
        for group in groups.iter().filter(|group| wanted(group)) {
            if let Some(found) = self.api.members(&group.id).await? {
                members.insert(group.id.clone(), found);
            }
        }
        Ok(Looked { workspace, groups, users, members })
    }

    /// The same, with who is in the groups that are pools.
    async fn managed(&self, scope: &Scope) -> Result<Looked, CenterError> {
        let wanted = |group: &wire::Group| {
            scope.pools.values().any(|target| {
                target.get(GROUP_ID) == Some(&group.id)
                    || (target.get(GROUP).is_some() && target.get(GROUP) == group.name.as_deref())
            })
        };
        self.look(wanted).await
    }

    fn remember(&self, looked: &Looked, scope: &Scope, observed: &Observed) {
        let unit = looked.unit();
        let followers = looked.followers();
        let groups = looked.groups.iter().filter_map(|group| {
            let setting = limit::read_in(group.default_user_monthly_usage_limit.as_ref(), unit)?;
            Some(GroupDefault {
                id: group.id.clone(),
                name: group.name.clone().unwrap_or_else(|| group.id.clone()),
                cap: setting.cap?,
                followers: followers.get(group.id.as_str()).copied().unwrap_or_default(),
            })
        });
        let people = map::people(&looked.users, &scope.roster, &mut Vec::new());
        let admins = looked.users.iter().filter_map(|user| {
            let role = user.role.as_deref().filter(|role| matches!(*role, "account-owner" | "account-admin"))?;
            let nothing = map::held(user, unit).is_some_and(|(cap, _)| cap.amount().is_some_and(|cap| cap.is_zero()));
            let who = people.get(&user.id).filter(|_| !nothing)?;
            Some((who.clone(), role.to_owned()))
        });
        let ends = looked.users.iter().filter_map(|user| match map::own(user, unit).grant?.expires? {
            Expiry::On(day) => Some(day),
            Expiry::Never => None,
        });
        let holders = looked.users.iter().filter(|user| map::own(user, unit).grant.is_some());
        let holders = holders.filter_map(|user| people.get(&user.id).cloned());
        let is_group =
            |pool: &PoolId| scope.pools.get(pool).is_some_and(|target| full(target).get(WORKSPACE).is_none());
        let members = observed.scopes.iter().filter(|(pool, _)| is_group(pool));
        let members = members.map(|(pool, people)| (pool.clone(), people.len()));
        *self.last() = Last {
            newer: looked.newer(),
            today: Some(scope.as_of.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date())),
            ends: ends.collect(),
            admins: admins.collect(),
            groups: groups.collect(),
            all_groups: looked.groups.len(),
            users: looked.users.len(),
            holders: holders.collect(),
            members: members.collect(),
        };
    }
}

#[async_trait]
impl Reader for Chatgpt {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        fit::fit(desired, &self.last())
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let before = self.api.sent();
        let looked = self.managed(scope).await?;
        let mut observed = looked.observed(scope)?;
        self.remember(&looked, scope, &observed);
        observed.identity = identity(&self.settings);
        observed.reads = self.api.sent() - before;
        self.looked.keep(scope, looked);
        Ok(observed)
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        let looked = self.look(|group| group.default_user_monthly_usage_limit.is_some()).await?;
        Ok(Inventory { identity: identity(&self.settings), ..looked.inventory(scope) })
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        let looked = match self.looked.take(scope) {
            Some(looked) => looked,
            None => self.managed(scope).await?,
        };
        looked.drawn(scope, Timestamp::now()).map(Some)
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        calls::count(batches, &self.last())
    }

    fn rates(&self) -> Rates {
        self.api.rates()
    }

    async fn offers(&self, scope: &Scope) -> Result<Vec<Offered>, CenterError> {
        if self.last().today.is_none() {
            self.read(scope).await?;
        }
        Ok(checkup::offers(self.last().newer))
    }

    async fn checkup(&self, _scope: &Scope) -> Checkup {
        let variable: String = self.settings.token.iter().map(|SecretSource::Env(name)| name.clone()).collect();
        checkup::look(&self.api, &variable, identity(&self.settings)).await
    }
}
