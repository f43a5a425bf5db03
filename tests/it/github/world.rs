//! Two small worlds: what the files ask, and a GitHub account; with a plan and an apply between them.

use std::collections::{BTreeMap, BTreeSet};

use bursar::centers::{self, CenterError, Reader, Verdict, Written};
use bursar::model::capability::Capabilities;
use bursar::model::{
    Budget, Cap, CenterId, CenterSettings, Desired, Limit, MemberId, Observed, Others, Period, Pool, PoolId,
    PoolSources, Roster, Scope, SecretSource, Source, Subject, Target, Unit, WhenExhausted,
};
use bursar::plan::{Change, Cost, batches, diff, fit, narrow, phases, sort};

use crate::litellm::world::{id, shown, usd};

/// The settings of an enterprise at a URL, with the token from a variable that cargo sets.
pub(crate) fn settings(url: &str) -> CenterSettings {
    CenterSettings {
        base_url: Some(url.to_owned()),
        enterprise: Some("acme".to_owned()),
        token: Some(SecretSource::Env("CARGO_PKG_NAME".to_owned())),
        ..CenterSettings::new(CenterId::new("copilot").unwrap(), "github", ".")
    }
}

/// The target that is a cost center.
pub(crate) fn center(name: &str) -> Target {
    Target::of("cost_center", name)
}

/// The target that is the whole enterprise.
pub(crate) fn whole() -> Target {
    Target::of("enterprise", "enterprise")
}

/// A pool as a file asks for it: monthly, nobody in it; blocking where it has a limit.
pub(crate) fn pool(target: Target, limit: Option<&str>, others: Option<Others>) -> Pool {
    Pool {
        target,
        description: None,
        budget: Budget {
            unit: Unit::USD,
            period: Some(Period::Monthly),
            limit: limit.map(|text| Limit::Amount(usd(text))),
            when_exhausted: limit.map(|_| WhenExhausted::Block),
        },
        default_cap: None,
        others,
        alerts: None,
        grants: BTreeMap::new(),
    }
}

/// A cost center: nobody else is a member.
pub(crate) fn design(limit: Option<&str>) -> Pool {
    pool(center("Design"), limit, Some(Others::Blocked))
}

/// What others may draw each.
#[allow(clippy::unnecessary_wraps)] // as a pool has it
pub(crate) fn others(text: &str) -> Option<Others> {
    Some(Others::Cap(Cap::Amount(usd(text))))
}

/// The files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) pools: BTreeMap<PoolId, Pool>,
    pub(crate) absent: BTreeMap<PoolId, Target>,
    pub(crate) roster: Roster,
}

impl Files {
    /// Files with members whose login is their name with `-acme`, in capitals here and there.
    pub(crate) fn of(members: &[&str]) -> Self {
        let mut files = Self::default();
        for member in members {
            files.roster.insert(MemberId::new(member).unwrap(), &format!("{member}-Acme"));
        }
        files
    }

    pub(crate) fn with(mut self, name: &str, pool: Pool) -> Self {
        self.pools.insert(id(name), pool);
        self
    }

    pub(crate) fn pool(&mut self, name: &str) -> &mut Pool {
        self.pools.get_mut(&id(name)).unwrap()
    }

    /// The desired state in the center's terms, and what the reader should be told.
    pub(crate) fn desired(&self, reader: &dyn Reader) -> (Desired, Vec<String>) {
        let mut desired = Desired::default();
        desired.state.pools.clone_from(&self.pools);
        let source = Source { file: "bursar.yaml".into(), line: 1 };
        for (pool, state) in &self.pools {
            let members = state.grants.keys().filter_map(|subject| match subject {
                Subject::Member(member) => Some((member.clone(), 0)),
                Subject::Stranger(_) => None,
            });
            let sources = PoolSources {
                pool: source.clone(),
                budget: source.clone(),
                default_cap: source.clone(),
                others: source.clone(),
                alerts: BTreeMap::new(),
                rules: vec![source.clone()],
                deciding: members.collect(),
            };
            desired.sources.insert(pool.clone(), sources);
        }
        desired.absent = self
            .absent
            .iter()
            .map(|(id, target)| (id.clone(), (target.clone(), source.clone())))
            .collect();
        fit(&mut desired, reader.capabilities());
        let notes = reader.fit(&mut desired);
        (desired, notes)
    }

    /// What of the center is managed.
    pub(crate) fn scope(&self) -> Scope {
        let pools = self.pools.iter().map(|(id, pool)| (id.clone(), pool.target.clone()));
        let absent = self.absent.iter().map(|(id, target)| (id.clone(), target.clone()));
        let named = |pool: &Pool| {
            let members = pool.grants.keys().filter_map(|subject| match subject {
                Subject::Member(member) => Some((member.clone(), true)),
                Subject::Stranger(_) => None,
            });
            members.collect()
        };
        Scope {
            pools: pools.chain(absent).collect(),
            named: self.pools.iter().map(|(id, pool)| (id.clone(), named(pool))).collect(),
            units: self.pools.iter().map(|(id, pool)| (id.clone(), pool.budget.unit)).collect(),
            roster: self.roster.clone(),
            ..Scope::default()
        }
    }
}

/// A plan: the changes in their order, what was observed, what the changes are said to take, what is to be told.
pub(crate) struct Planned {
    pub(crate) changes: Vec<Change>,
    pub(crate) observed: Observed,
    pub(crate) cost: Cost,
    pub(crate) notes: Vec<String>,
}

/// Plans.
pub(crate) async fn plan(settings: &CenterSettings, files: &Files) -> Result<Planned, CenterError> {
    let reader = centers::reader(settings)?;
    let mut observed = reader.read(&files.scope()).await?;
    let (desired, mut notes) = files.desired(reader.as_ref());
    narrow(&desired, reader.capabilities(), &mut observed);
    let table = reader.capabilities();
    let mut changes = diff(&settings.id, table, &desired, &observed);
    sort(&mut changes, |_| Some(table));
    let cost = reader.cost(&batches_of(&changes, table));
    notes.splice(0..0, observed.notes.iter().cloned());
    Ok(Planned { changes, observed, cost, notes })
}

/// The changes as an apply sends them.
fn batches_of<'a>(changes: &'a [Change], table: &'static Capabilities) -> Vec<&'a [Change]> {
    let phases = phases(changes, |_| Some(table));
    batches(changes, &phases, table)
        .into_iter()
        .map(|batch| &changes[batch.changes])
        .collect()
}

/// Writes changes, batch by batch.
pub(crate) async fn write(settings: &CenterSettings, files: &Files, changes: &[Change]) -> Vec<Written> {
    let writer = centers::writer(settings, &files.scope()).unwrap();
    let mut written = Vec::new();
    for batch in batches_of(changes, centers::of(settings).unwrap()) {
        written.extend(writer.write(batch).await);
    }
    written
}

/// Plans and writes; every change must come to be applied, without a word. Gives the changes in words.
pub(crate) async fn apply(settings: &CenterSettings, files: &Files) -> Vec<String> {
    let planned = plan(settings, files).await.unwrap();
    let written = write(settings, files, &planned.changes).await;
    for (change, written) in planned.changes.iter().zip(&written) {
        assert_eq!(written.verdict, Verdict::Applied, "{}: {written:?}", change.id());
        assert_eq!(written.message, None, "{}", change.id());
    }
    assert_eq!(written.len(), planned.changes.len());
    shown(&planned.changes)
}

/// Who is in a cost center of the fake.
pub(crate) fn people(fake: &crate::fakes::github::Fake, name: &str) -> BTreeSet<String> {
    fake.state(|state| state.named(name).map(|center| center.users.iter().cloned().collect()).unwrap_or_default())
}
