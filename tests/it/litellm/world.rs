//! Two small worlds: what the files ask, and a LiteLLM; with a plan and an apply between them.

use std::collections::{BTreeMap, BTreeSet};

use bursar::centers::litellm::CAPABILITIES;
use bursar::centers::{self, CenterError, Reader, Verdict, Written};
use bursar::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, CenterId, CenterSettings, Desired, Grant, Limit, MemberId,
    Observed, Others, Period, Pool, PoolId, Recipient, Roster, Scope, SecretSource, Subject, Target, Threshold, Unit,
    WhenExhausted, parse_decimal,
};
use bursar::plan::{Change, Cost, Object, batches, diff, fit, phases, sort};

/// The settings of a LiteLLM at a URL, with the token from a variable.
pub(crate) fn settings(url: &str, variable: &str) -> CenterSettings {
    CenterSettings {
        base_url: Some(url.to_owned()),
        token: Some(SecretSource::Env(variable.to_owned())),
        ..CenterSettings::new(CenterId::new("gateway").unwrap(), "litellm", ".")
    }
}

pub(crate) fn usd(text: &str) -> Amount {
    Amount::new(parse_decimal(text).unwrap(), Unit::USD).unwrap()
}

pub(crate) fn cap(text: &str) -> Cap {
    if text == "inherit" { Cap::Inherit } else { Cap::Amount(usd(text)) }
}

pub(crate) fn id(pool: &str) -> PoolId {
    PoolId::new(pool).unwrap()
}

pub(crate) fn person(member: &str) -> Subject {
    Subject::Member(MemberId::new(member).unwrap())
}

/// A pool as a file asks for it: monthly, blocking, others blocked, nobody in it.
pub(crate) fn pool(limit: &str) -> Pool {
    Pool {
        target: Target::default(),
        description: Some("a pool".to_owned()),
        budget: Budget {
            unit: Unit::USD,
            period: Some(Period::Monthly),
            limit: Some(Limit::Amount(usd(limit))),
            when_exhausted: Some(WhenExhausted::Block),
        },
        default_cap: None,
        others: Some(Others::Blocked),
        alerts: None,
        grants: BTreeMap::new(),
    }
}

/// Gives members a cap.
pub(crate) fn grant(pool: &mut Pool, members: &[&str], cap: Option<Cap>) {
    for member in members {
        pool.grants.insert(person(member), Grant { cap, ..Grant::default() });
    }
}

/// An alert of the budget.
pub(crate) fn alert(pool: &mut Pool, percent: u32, emails: &[&str]) {
    let notify: BTreeSet<Recipient> = emails.iter().map(|email| Recipient::Email((*email).to_owned())).collect();
    let key = AlertKey { of: AlertScope::Budget, at: Threshold::Percent(percent) };
    pool.alerts.get_or_insert_default().insert(key, Alert { notify });
}

/// The files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) pools: BTreeMap<PoolId, Pool>,
    pub(crate) absent: BTreeSet<PoolId>,
    pub(crate) roster: Roster,
}

impl Files {
    /// Files with members of one name and one address each.
    pub(crate) fn of(members: &[&str]) -> Self {
        let mut files = Self::default();
        for member in members {
            files.roster.insert(MemberId::new(member).unwrap(), &format!("{member}@acme.example"));
        }
        files
    }

    pub(crate) fn with(mut self, name: &str, pool: Pool) -> Self {
        self.pools.insert(id(name), pool);
        self
    }

    /// The desired state in the center's terms, and what the reader should be told.
    pub(crate) fn desired(&self, reader: &dyn Reader) -> (Desired, Vec<String>) {
        let mut desired = Desired::default();
        desired.state.pools.clone_from(&self.pools);
        let source = bursar::model::Source { file: "bursar.yaml".into(), line: 1 };
        desired.absent = self.absent.iter().map(|id| (id.clone(), (Target::default(), source.clone()))).collect();
        fit(&mut desired, reader.capabilities());
        let notes = reader.fit(&mut desired);
        (desired, notes)
    }

    /// What of the center is managed.
    pub(crate) fn scope(&self) -> Scope {
        let pools = self.pools.iter().map(|(id, pool)| (id.clone(), pool.target.clone()));
        let absent = self.absent.iter().map(|id| (id.clone(), Target::default()));
        Scope { pools: pools.chain(absent).collect(), roster: self.roster.clone(), ..Scope::default() }
    }
}

/// A plan: the changes in their order, what was observed, and what the changes are said to take.
pub(crate) struct Planned {
    pub(crate) changes: Vec<Change>,
    pub(crate) observed: Observed,
    pub(crate) cost: Cost,
}

/// Plans.
pub(crate) async fn plan(settings: &CenterSettings, files: &Files) -> Result<Planned, CenterError> {
    let reader = centers::reader(settings)?;
    let observed = reader.read(&files.scope()).await?;
    let (desired, _) = files.desired(reader.as_ref());
    let mut changes = diff(&settings.id, &CAPABILITIES, &desired, &observed);
    sort(&mut changes, |_| Some(&CAPABILITIES));
    let cost = reader.cost(&batches_of(&changes));
    Ok(Planned { changes, observed, cost })
}

/// The changes as an apply sends them.
fn batches_of(changes: &[Change]) -> Vec<&[Change]> {
    let phases = phases(changes, |_| Some(&CAPABILITIES));
    batches(changes, &phases, &CAPABILITIES)
        .into_iter()
        .map(|batch| &changes[batch.changes])
        .collect()
}

/// Writes changes, batch by batch.
pub(crate) async fn write(settings: &CenterSettings, files: &Files, changes: &[Change]) -> Vec<Written> {
    let writer = centers::writer(settings, &files.scope()).unwrap();
    let mut written = Vec::new();
    for batch in batches_of(changes) {
        written.extend(writer.write(batch).await);
    }
    written
}

/// Plans and writes; every change must come to be applied. Gives the changes in words.
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

/// Changes in words.
pub(crate) fn shown(changes: &[Change]) -> Vec<String> {
    let object = |object: &Option<Object>| match object {
        None => "–".to_owned(),
        Some(Object::Grant(grant)) => {
            let cap = grant.cap.map_or("?".to_owned(), |cap| cap.to_string());
            grant.period.map_or(cap.clone(), |period| format!("{cap} {period}"))
        }
        Some(Object::Pool(pool)) => format!(
            "{} {}{}",
            pool.budget.limit.map_or("?".to_owned(), |limit| limit.to_string()),
            pool.budget.period.map_or("?".to_owned(), |period| period.to_string()),
            pool.default_cap.map_or(String::new(), |cap| format!(" each {cap}"))
        ),
        Some(Object::Others(others)) => others.to_string(),
        Some(Object::Alert(_, notify)) => notify.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    };
    changes
        .iter()
        .map(|change| {
            format!("{} {}: {} → {}", change.kind, change.object(), object(&change.before), object(&change.after))
        })
        .collect()
}

/// What became of changes, in words.
pub(crate) fn outcomes(written: &[Written]) -> Vec<String> {
    written
        .iter()
        .map(|written| match &written.message {
            None => format!("{:?}", written.verdict),
            Some(message) => format!("{:?}: {message}", written.verdict),
        })
        .collect()
}
