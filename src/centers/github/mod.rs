//! GitHub Copilot AI credits: the pool is an enterprise, a cost center of it, or an organization of no enterprise; a cap
//! is a budget of one user. What Bursar sets is configured, not enforced: GitHub counts with a lag.

mod api;
mod budgets;
mod calls;
mod capabilities;
mod check;
mod checkup;
mod fit;
mod import;
mod live;
mod map;
mod people;
mod usage;
mod warn;
mod wire;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::capability::{Capabilities, Rates};
use crate::model::{
    Cap, CenterSettings, Checkup, Desired, Drawn, ForeignPool, Inventory, Membership, Observed, PoolId, Roster, Scope,
    SecretSource, Subject, Target, Unit,
};
use crate::plan::{Change, Cost, Object};

use super::kept::Kept;
use super::{CenterError, Reader};
use api::Api;
use budgets::Want;
use calls::Last;
use live::{Live, Of};

pub use capabilities::{CAPABILITIES, ORGANIZATION_CAPABILITIES};
pub use writer::GithubWriter;

/// The provider's word, which is also the key of a member's login and the kind of a recipient's.
const PROVIDER: &str = "github";
/// The key of a center, and of a target, that is an enterprise.
const ENTERPRISE: &str = "enterprise";
/// The key of a center, and of a target, that is an organization.
const ORGANIZATION: &str = "organization";
/// The key of a target that is a cost center.
const COST_CENTER: &str = "cost_center";

/// By what the account is known: the API that it answers at, and its name there.
pub(super) fn identity(settings: &CenterSettings) -> Result<String, CenterError> {
    api::identity(settings)
}

/// Today, as GitHub's months go: in UTC [D].
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Whom the settings say to leave alone, in lower case.
fn ignored(settings: &CenterSettings) -> BTreeSet<String> {
    settings.ignore_members.iter().flatten().map(|login| login.to_ascii_lowercase()).collect()
}

/// What the last look found, for the warnings and the count of requests.
#[derive(Debug, Default)]
struct Seen {
    live: Arc<Live>,
    roster: Roster,
    last: Last,
}

/// A GitHub account, for reading.
#[derive(Debug)]
pub struct Github {
    api: Api,
    identity: String,
    /// The variable that holds the token.
    variable: String,
    /// Logins in lower case that are left alone.
    ignored: BTreeSet<String>,
    seen: Mutex<Seen>,
    /// The account as it was read.
    looked: Kept<Arc<Live>>,
}

impl Github {
    /// The account that the settings name. Reads the token, sends nothing.
    pub fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self {
            api: Api::new(settings)?,
            identity: identity(settings)?,
            variable: settings.token.iter().map(|SecretSource::Env(variable)| variable.clone()).collect(),
            ignored: ignored(settings),
            seen: Mutex::default(),
            looked: Kept::default(),
        })
    }

    fn table(&self) -> &'static Capabilities {
        if self.api.account().is_enterprise() { &CAPABILITIES } else { &ORGANIZATION_CAPABILITIES }
    }

    /// Whoever is in a cost center of the files has their own budget there: it is one object, and shows in one pool. Those
    /// whom the file names in the pool of the whole account too stay in it as well.
    fn leave_to_centers(scope: &Scope, targets: &BTreeMap<&PoolId, Target>, observed: &mut Observed) {
        let of_center = |pool: &PoolId| targets.get(pool).is_some_and(|target| target.get(COST_CENTER).is_some());
        // A cost center that is to go lets its people go.
        let stays = |pool: &PoolId| scope.named.contains_key(pool);
        let pools = observed.state.pools.iter().filter(|(pool, _)| of_center(pool) && stays(pool));
        let inside: BTreeSet<Subject> = pools.flat_map(|(_, pool)| pool.grants.keys().cloned()).collect();
        for (id, pool) in observed.state.pools.iter_mut().filter(|(pool, _)| !of_center(pool)) {
            let names = |subject: &Subject| match subject {
                Subject::Member(member) => scope.named.get(id).is_some_and(|named| named.contains_key(member)),
                Subject::Stranger(_) => false,
            };
            pool.grants.retain(|subject, _| names(subject) || !inside.contains(subject));
        }
    }

    /// The account as it is. `managed` are the names of the cost centers of which every member has to be known.
    async fn live(&self, managed: &[&str], last: &mut Last) -> Result<Live, CenterError> {
        let enterprise = self.api.account().is_enterprise();
        let mut live = if enterprise { Live::with_centers(self.api.centers().await?) } else { Live::default() };
        last.centers = enterprise;
        for name in managed {
            let Some(center) = live.centers.get(*name) else { continue };
            // The list may not show all people of one; by id there are pages.
            let whole = self.api.center(&center.id).await?;
            last.members.insert((*name).to_owned(), whole.resources.len());
            live.centers.insert((*name).to_owned(), whole.into());
        }
        let rows = self.api.budgets(None).await?;
        last.budgets = rows.len();
        let members = if live.centers.is_empty() || managed.is_empty() {
            Vec::new()
        } else {
            // Some accounts list these as budgets of the cost centers themselves (seen by others).
            self.api.budgets(Some("multi_user_cost_center")).await?
        };
        last.of_members = members.len();
        last.asks_members = !live.centers.is_empty() && !managed.is_empty();
        let ids = members.iter().map(|row| row.id.clone()).collect();
        live.put(rows, &ids);
        live.put(members, &ids);
        match self.api.seats().await {
            Ok(rows) => {
                last.seats = rows.len();
                live.sit(rows);
            }
            // Who has a seat is good to know, and nothing is written by it.
            Err(error @ (CenterError::Forbidden { .. } | CenterError::Answer { status: 404, .. })) => {
                live.notes.push(format!("it is not known who has a Copilot seat: {error}"));
            }
            Err(error) => return Err(error),
        }
        live.ignore(&self.ignored);
        for (of, count) in live.doubles() {
            let name = live.name(of);
            let what = budgets::several(of);
            last.notes
                .push(format!("there are {count} budgets of {name}; Bursar changes none of them: {what}"));
        }
        last.users = live.users().count();
        Ok(live)
    }
}

/// Whom the pools of the whole account decide over by another budget than that of all users: people in a cost center
/// that has one for its members.
fn inherited(live: &Live, unit: Unit, roster: &Roster) -> BTreeMap<Subject, Cap> {
    let mut inherited = BTreeMap::new();
    for center in live.centers.values() {
        let budget = live.only(&Of::Members(center.id.clone()));
        let Some(amount) = budget.and_then(|budget| map::in_unit(budget.amount?.value(), unit)) else { continue };
        inherited.extend(center.users.keys().map(|login| (roster.subject(login), Cap::Amount(amount))));
    }
    inherited
}

#[async_trait]
impl Reader for Github {
    fn capabilities(&self) -> &'static Capabilities {
        self.table()
    }

    fn fit(&self, desired: &mut Desired) -> Vec<String> {
        let mut notes = fit::fit(self.api.account(), self.table(), desired, today());
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        notes.extend(warn::warn(desired, &seen.live, &seen.roster));
        notes
    }

    async fn read(&self, scope: &Scope) -> Result<Observed, CenterError> {
        let before = self.api.sent();
        let targets: BTreeMap<&PoolId, Target> = scope
            .pools
            .iter()
            .map(|(pool, target)| (pool, fit::full(self.api.account(), target)))
            .collect();
        let managed: Vec<&str> = targets.values().filter_map(|target| target.get(COST_CENTER)).collect();
        let mut last = Last::default();
        let live = self.live(&managed, &mut last).await?;
        let roster = &scope.roster;
        let mut observed = Observed { identity: self.identity.clone(), ..Observed::default() };
        observed.notes.extend(live.notes.iter().cloned());
        observed.notes.append(&mut last.notes);
        let mut said = BTreeSet::new();
        observed.notes.retain(|note| said.insert(note.clone()));
        for login in live.seats.iter().flat_map(BTreeMap::keys) {
            observed.roster.insert(roster.subject(login));
        }
        let mut has_account = false;
        for (pool, target) in &targets {
            let unit = scope.units.get(*pool).copied().unwrap_or(Unit::USD);
            let Some(state) = map::pool(&live, target, unit, roster) else { continue };
            observed.roster.extend(state.grants.keys().cloned());
            if let Some(name) = target.get(COST_CENTER) {
                observed.scopes.insert((*pool).clone(), map::members(&live, name, roster));
                let everybody = live.only(&Of::Everybody).and_then(|budget| budget.amount);
                // Without a budget for its members, that of all users holds for them.
                if let Some(amount) = everybody.and_then(|usd| map::in_unit(usd.value(), unit))
                    && state.default_cap == Some(Cap::Inherit)
                {
                    let members = state.grants.keys().map(|subject| (subject.clone(), Cap::Amount(amount)));
                    observed.inherited.insert((*pool).clone(), members.collect());
                }
            } else {
                has_account = true;
                observed.inherited.insert((*pool).clone(), inherited(&live, unit, roster));
            }
            observed.state.pools.insert((*pool).clone(), state);
        }
        Self::leave_to_centers(scope, &targets, &mut observed);
        observed.inherited.retain(|_, people| !people.is_empty());
        for center in live.centers.values() {
            let target = Target::of(COST_CENTER, &center.name);
            let pool = targets.iter().find(|(_, known)| known.get(COST_CENTER) == Some(&center.name));
            let pool = pool.map(|(pool, _)| (*pool).clone());
            for login in center.users.keys() {
                let membership = Membership { pool: pool.clone(), name: center.name.clone() };
                observed.memberships.insert(roster.subject(login), membership);
            }
            if pool.is_none() {
                observed.unmanaged.push(ForeignPool { name: center.name.clone(), target });
            }
        }
        if !has_account {
            let target = fit::full(self.api.account(), &Target::default());
            let word = if self.api.account().is_enterprise() { ENTERPRISE } else { ORGANIZATION };
            observed.unmanaged.push(ForeignPool { name: format!("the whole {word}"), target });
        }
        observed.unmanaged.sort();
        observed.reads = self.api.sent() - before;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        last.elsewhere = calls::elsewhere(scope);
        let live = Arc::new(live);
        self.looked.keep(scope, Arc::clone(&live));
        *seen = Seen { live, roster: roster.clone(), last };
        Ok(observed)
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory, CenterError> {
        let mut last = Last::default();
        let mut names: Vec<String> = Vec::new();
        if self.api.account().is_enterprise() {
            names.extend(self.api.centers().await?.into_iter().map(|center| center.name));
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let live = self.live(&names, &mut last).await?;
        let account = fit::full(self.api.account(), &Target::default());
        Ok(import::inventory(&live, &self.identity, &account, last.notes, scope))
    }

    async fn usage(&self, scope: &Scope) -> Result<Option<Drawn>, CenterError> {
        let live = match self.looked.take(scope) {
            Some(live) => live,
            None => Arc::new(usage::look(&self.api, &self.ignored, scope).await?),
        };
        usage::read(&self.api, &live, scope).await.map(Some)
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |change: &Change| {
            let login = seen.roster.identity(change.subject.as_ref()?)?.to_ascii_lowercase();
            let budget = seen.live.only(&Of::User(login))?;
            let Some(Object::Grant(grant)) = &change.after else { return None };
            Some(Want::of(grant).ok()??.is(budget))
        };
        calls::count(batches, &seen.last, &left)
    }

    async fn checkup(&self, _scope: &Scope) -> Checkup {
        checkup::look(&self.api, self.table(), &self.identity, &self.variable).await
    }

    fn rates(&self) -> Rates {
        self.api.rates()
    }
}
