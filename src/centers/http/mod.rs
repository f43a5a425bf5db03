//! A center over HTTP: whoever speaks `schema/center.v1.openapi.yaml`, with `bursar serve` as the reference.

mod api;
mod calls;
mod capabilities;
mod checkup;
mod map;
mod usage;
mod wire;
mod writer;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::model::capability::{Capabilities, Rates};
use crate::model::{
    Amount, CenterSettings, Checkup, Desired, Drawn, ForeignPool, Grant, Inventory, Observed, Offered, Person, PoolId,
    Roster, Scope, SecretSource, Subject, Target,
};
use crate::plan::{Change, Cost};

use super::client::{HttpError, Reach};
use super::embedded::{self, Draw, TARGET};
use super::{CenterError, Reader};
use api::Api;
use calls::Last;
use map::Seen;

pub use capabilities::CAPABILITIES;
pub use writer::HttpWriter;

/// How many pools are read at once.
const AT_ONCE: usize = 4;

/// A center over HTTP, for reading.
#[derive(Debug)]
pub struct Http {
    api: Api,
    /// The variable that holds the token.
    variable: String,
    /// What of the last look counts for the next requests.
    last: Mutex<Last>,
}

impl Http {
    /// The center that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        let variable = settings.token.iter().map(|SecretSource::Env(variable)| variable.clone()).collect();
        Ok(Self { api: Api::new(settings)?, variable, last: Mutex::default() })
    }

    /// Pools with their grants, in their order.
    async fn with_grants(
        &self,
        pools: Vec<Seen>,
        roster: &Roster,
    ) -> Result<Vec<(Seen, BTreeMap<Subject, Grant>)>, CenterError> {
        stream::iter(pools)
            .map(|seen| async move {
                let grants = self.api.grants(&seen.name).await?;
                let grants = grants.into_iter().map(|(member, grant)| (roster.subject(&member), grant)).collect();
                Ok((seen, grants))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }
}

#[async_trait]
impl Reader for Http {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        embedded::fit_targets(desired);
        Vec::new()
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let before = self.api.sent();
        let mut managed: BTreeMap<&str, Vec<&PoolId>> = BTreeMap::new();
        for (id, target) in &scope.pools {
            managed.entry(embedded::pool_name(target, id)).or_default().push(id);
        }
        let mut observed = Observed { identity: self.api.identity().await?, ..Observed::default() };
        let pools = self.api.pools().await?;
        let mut last = Last { pools: pools.len(), ..Last::default() };
        let (mine, foreign): (Vec<_>, Vec<_>) =
            pools.into_iter().partition(|seen| managed.contains_key(seen.name.as_str()));
        observed.unmanaged = foreign
            .into_iter()
            .map(|seen| ForeignPool { target: Target::of(TARGET, &seen.name), name: seen.name })
            .collect();
        for (seen, grants) in self.with_grants(mine, &scope.roster).await? {
            let ids = managed.get(seen.name.as_str()).cloned().unwrap_or_default();
            last.grants.insert(seen.name.clone(), grants.len());
            let pool = seen.pool(grants);
            for id in ids {
                observed.state.pools.insert(id.clone(), pool.clone());
            }
        }
        // Nobody has to be entered there before they may draw what `others` may, so whoever the files know is known.
        let members = scope.roster.iter().map(|(member, _)| Subject::Member(member.clone()));
        let known = self.api.members().await?;
        observed.roster = members.chain(known.iter().map(|member| scope.roster.subject(&member.id))).collect();
        observed.reads = self.api.sent() - before;
        last.members = known.iter().map(|member| member.id.to_ascii_lowercase()).collect();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
        Ok(observed)
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        let mut inventory = Inventory { identity: self.api.identity().await?, ..Inventory::default() };
        let pools = self.api.pools().await?;
        for (seen, grants) in self.with_grants(pools, &scope.roster).await? {
            inventory.pools.push((seen.name.clone(), seen.pool(grants)));
        }
        let members = self.api.members().await?;
        let mut emails: BTreeMap<Subject, String> = members
            .into_iter()
            .filter_map(|member| Some((scope.roster.subject(&member.id), member.email?)))
            .collect();
        let granted: std::collections::BTreeSet<Subject> =
            inventory.pools.iter().flat_map(|(_, pool)| pool.grants.keys().cloned()).collect();
        inventory.people = granted
            .into_iter()
            .map(|subject| Person { email: emails.remove(&subject), subject, vendor_id: None })
            .collect();
        Ok(inventory)
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        usage::read(&self.api, scope).await.map(Some)
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        calls::count(batches, &self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn offers(&self, _scope: &Scope) -> Result<Vec<Offered>, CenterError> {
        Ok(checkup::offers(&self.api.about().await?))
    }

    async fn checkup(&self, _scope: &Scope) -> Checkup {
        checkup::look(&self.api, &self.variable).await
    }

    fn rates(&self) -> Rates {
        self.api.rates()
    }
}

/// Draws an amount from a pool for a member. `pool` and `member` are the center's own names for them.
///
/// # Errors
/// [`CenterError::UnknownPool`], [`CenterError::NotDrawable`], and whatever can go wrong on the way. A draw without an
/// answer is sent again under its key, which draws once.
pub async fn draw(settings: &CenterSettings, pool: &str, member: &str, amount: Amount) -> Result<Draw, CenterError> {
    let api = Api::new(settings)?;
    match api.draw(pool, member, amount).await {
        Ok(reply) => reply.json::<Draw>().map_err(|why| match reply.status {
            403 => CenterError::Forbidden { url: settings.base_url.clone().unwrap_or_default(), why: reply.words() },
            status => {
                CenterError::Answer { method: "POST".to_owned(), path: "/v1/pools/…/draws".to_owned(), status, why }
            }
        }),
        Err(HttpError { reach: Reach::Answered(404), .. }) => Err(CenterError::UnknownPool(pool.to_owned())),
        Err(HttpError { reach: Reach::Answered(422), error: CenterError::Answer { why, .. }, .. }) => {
            Err(CenterError::NotDrawable(why))
        }
        Err(error) => Err(error.error),
    }
}
