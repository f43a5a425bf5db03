//! Claude: Enterprise, the Console and the self-hosted gateway, which speak one API. A pool is the organization, a group
//! or a workspace; a cap is a person's own spend limit.

mod api;
mod calls;
mod capabilities;
mod check;
mod checkup;
mod fit;
mod fresh;
mod map;
mod money;
mod object;
mod oidc;
mod requests;
mod usage;
mod wire;
mod writer;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::centers::kept::Kept;
use crate::centers::{CenterError, Reader};
use crate::model::capability::{Capabilities, Rates};
use crate::model::{CenterSettings, Checkup, Desired, Drawn, Inventory, Observed, Period, Scope};
use crate::plan::{Change, Cost};

use api::Api;
use calls::Last;
use map::{Look, People};
use object::Object;

pub use capabilities::{CONSOLE, ENTERPRISE, GATEWAY};
pub use requests::ClaudeRequests;
pub use writer::ClaudeWriter;

/// Which of the three products it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavor {
    Enterprise,
    Console,
    Gateway,
}

impl Flavor {
    /// The flavor that the settings name.
    fn of(settings: &CenterSettings) -> Result<Self, CenterError> {
        match settings.flavor.as_deref() {
            Some("enterprise") => Ok(Self::Enterprise),
            Some("console") => Ok(Self::Console),
            Some("gateway") => Ok(Self::Gateway),
            _ => Err(CenterError::MissingSetting("flavor")),
        }
    }

    fn capabilities(self) -> &'static Capabilities {
        match self {
            Self::Enterprise => &ENTERPRISE,
            Self::Console => &CONSOLE,
            Self::Gateway => &GATEWAY,
        }
    }

    /// What the product is called in sentences.
    fn product(self) -> &'static str {
        match self {
            Self::Enterprise => "Claude Enterprise organization",
            Self::Console => "Claude Console organization",
            Self::Gateway => "Claude apps gateway",
        }
    }
}

/// By what an account is known: its id, or where the gateway is.
pub(super) fn identity(settings: &CenterSettings) -> Result<String, CenterError> {
    if Flavor::of(settings)? == Flavor::Gateway {
        return super::client::identity(settings);
    }
    let id = settings.organization.as_deref().ok_or(CenterError::MissingSetting("organization"))?;
    Ok(format!("claude {}", id.to_ascii_lowercase()))
}

/// A Claude account, for reading.
#[derive(Debug)]
pub struct Claude {
    api: Api,
    settings: CenterSettings,
    /// What of the last look counts for what comes after it.
    last: Mutex<Last>,
    /// What was read.
    looked: Kept<Look>,
}

impl Claude {
    /// The account that the settings name. Reads the key, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self {
            api: Api::new(settings)?,
            settings: settings.clone(),
            last: Mutex::default(),
            looked: Kept::default(),
        })
    }

    /// Whether the token is of the account that the files name: asked before anything else.
    async fn is_ours(&self) -> Result<(), CenterError> {
        if self.api.flavor == Flavor::Gateway {
            return Ok(());
        }
        let asked = self.settings.organization.as_deref().ok_or(CenterError::MissingSetting("organization"))?;
        let me = self.api.me().await?;
        if me.id.eq_ignore_ascii_case(asked) {
            return Ok(());
        }
        let found = format!("{} ({})", me.name.escape_debug(), me.id.escape_debug());
        Err(CenterError::OtherAccount { asked: asked.to_owned(), found })
    }

    /// Looks at the account: the rows of limits, what holds for people in these periods, and who they are.
    async fn look(&self, scope: Option<&Scope>, periods: &[&str]) -> Result<Look, CenterError> {
        self.is_ours().await?;
        let (api, flavor) = (&self.api, self.api.flavor);
        let targets = || scope.into_iter().flat_map(|scope| scope.pools.values());
        let with_places = scope.is_none() || targets().any(|target| !object::is_whole(target));
        let spend = async {
            let limits = api.limits(None).await?;
            let effective = if flavor == Flavor::Console { Vec::new() } else { api.effective(periods).await? };
            Ok::<_, CenterError>((limits, effective))
        };
        let elsewhere = async {
            let mut look = Look::default();
            if flavor == Flavor::Gateway {
                return Ok::<_, CenterError>(look);
            }
            look.users = api.users().await?;
            if !with_places {
                return Ok(look);
            }
            match flavor {
                Flavor::Enterprise => look.groups = api.groups().await?,
                _ => look.workspaces = api.workspaces().await?,
            }
            let objects: BTreeSet<Object> = if scope.is_some() {
                let found: Result<Vec<Option<Object>>, CenterError> =
                    targets().map(|target| look.object(flavor, target)).collect();
                found?.into_iter().flatten().collect()
            } else {
                let groups = look.groups.iter().map(|group| Object::Group { id: group.id.clone(), scim: false });
                let workspaces = look.workspaces.iter().map(|one| Object::Workspace { id: one.id.clone() });
                groups.chain(workspaces).collect()
            };
            for place in objects.iter().filter_map(|object| object.place(flavor)) {
                look.members.insert(place.id().to_owned(), api.members(place).await?);
            }
            Ok(look)
        };
        let (spend, look) = tokio::join!(spend, elsewhere);
        // An account of another product shows itself by its limits.
        let (limits, effective) = spend?;
        Ok(Look { limits, effective, ..look? })
    }

    /// Keeps what counts for the requests that follow.
    fn remember(&self, look: &Look, scope: &Scope, reads: u64) {
        let people = People::new(self.api.flavor, &scope.roster, &look.users);
        let mut last = Last {
            reads,
            users: look.users.len(),
            places: look.groups.len() + look.workspaces.len(),
            has_whole: scope.pools.values().any(object::is_whole),
            named: scope.named.clone(),
            ..Last::default()
        };
        for limit in &look.limits {
            *last.rows.entry(limit.scope.kind.clone()).or_default() += 1;
        }
        for (pool, target) in scope.pools.iter().filter(|(_, target)| !object::is_whole(target)) {
            let Ok(Some(object)) = look.object(self.api.flavor, target) else { continue };
            if let Some(place) = object.place(self.api.flavor) {
                last.members.insert(pool.clone(), look.members.get(place.id()).map_or(0, Vec::len));
            }
            let period = map::period(scope, pool);
            let own = look
                .limits
                .iter()
                .filter(|limit| limit.scope.kind == "user" && limit.period == period.as_str());
            let own = own.filter_map(|limit| {
                let subject = people.subject(limit.scope.user_id.as_deref()?)?;
                Some((subject, map::cap(limit.amount.as_deref(), &limit.currency)?))
            });
            last.own.insert(pool.clone(), own.collect());
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    fn last(&self) -> Last {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The periods of the managed pools, as the vendor names them.
fn periods(scope: &Scope) -> Vec<&'static str> {
    let periods: BTreeSet<Period> = scope.pools.keys().map(|pool| map::period(scope, pool)).collect();
    let periods: Vec<&str> = periods.into_iter().map(Period::as_str).collect();
    if periods.is_empty() { vec![Period::Monthly.as_str()] } else { periods }
}

#[async_trait]
impl Reader for Claude {
    fn capabilities(&self) -> &'static Capabilities {
        self.api.flavor.capabilities()
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        fit::fit(self.api.flavor, desired, self.last().users)
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let before = self.api.sent();
        let look = self.look(Some(scope), &periods(scope)).await?;
        let reads = self.api.sent() - before;
        self.remember(&look, scope, reads);
        let observed = map::observed(self.api.flavor, &look, scope)?;
        self.looked.keep(scope, look);
        Ok(Observed { identity: identity(&self.settings)?, reads, ..observed })
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        let look = self.look(None, &[Period::Monthly.as_str()]).await?;
        let inventory = map::inventory(self.api.flavor, &look, &scope.roster)?;
        Ok(Inventory { identity: identity(&self.settings)?, ..inventory })
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        if self.api.flavor == Flavor::Console {
            return Ok(None);
        }
        let look = match self.looked.take(scope) {
            Some(look) => look,
            None => self.look(Some(scope), &periods(scope)).await?,
        };
        usage::drawn(self.api.flavor, &look, scope, Timestamp::now()).map(Some)
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        calls::count(self.api.flavor, batches, &self.last())
    }

    async fn checkup(&self, scope: &Scope) -> Checkup {
        checkup::look(&self.api, &self.settings, scope).await
    }

    fn rates(&self) -> Rates {
        self.api.rates().unwrap_or(self.capabilities().rates)
    }
}
