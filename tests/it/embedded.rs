//! The embedded center, through its real file.

mod draw;
mod files;
pub(crate) mod law;
mod read;
mod usage;
mod version;
mod write;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bursar::centers::embedded::{CAPABILITIES, Embedded, EmbeddedWriter};
use bursar::centers::{Reader, Verdict, Writer, Written};
use bursar::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, CenterId, CenterSettings, Desired, Expiry, Grant, Limit,
    MemberId, Observed, Pool, PoolId, Recipient, Roster, Scope, Subject, Target, Threshold, Unit, WhenExhausted,
    parse_decimal,
};
use bursar::plan::{self, Change, Kind};
use tempfile::TempDir;

/// A center in a folder of its own, and the members that the files know.
pub(crate) struct Center {
    folder: TempDir,
    settings: CenterSettings,
    pub(crate) roster: Roster,
}

fn settings(folder: &Path) -> CenterSettings {
    CenterSettings::new(CenterId::new("gate").unwrap(), "embedded", folder)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

impl Center {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        Self { folder, settings, roster: roster(&["alice", "bob", "carol"]) }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join(".bursar/center.db")
    }

    fn fitted(&self, desired: &Desired) -> Desired {
        let mut desired = desired.clone();
        plan::fit(&mut desired, &CAPABILITIES);
        Embedded::new(&self.settings).fit(&mut desired);
        desired
    }

    fn scope(&self, desired: &Desired) -> Scope {
        let absent = desired.absent.iter().map(|(id, (target, _))| (id.clone(), target.clone()));
        let pools = desired.state.pools.iter().map(|(id, pool)| (id.clone(), pool.target.clone()));
        Scope { pools: pools.chain(absent).collect(), roster: self.roster.clone(), ..Scope::default() }
    }

    pub(crate) fn read(&self, desired: &Desired) -> Observed {
        block_on(Embedded::new(&self.settings).read(&self.scope(desired))).unwrap()
    }

    /// What is still to be done, in its order.
    pub(crate) fn plan(&self, desired: &Desired) -> Vec<Change> {
        let desired = self.fitted(desired);
        let observed = self.read(&desired);
        let mut changes = plan::diff(&self.settings.id, &CAPABILITIES, &desired, &observed);
        plan::sort(&mut changes, |_| Some(&CAPABILITIES));
        changes
    }

    fn write(&self, changes: &[Change]) -> Vec<Written> {
        let writer = EmbeddedWriter::open(&self.settings).unwrap();
        changes
            .chunk_by(|a, b| (a.kind, &a.pool) == (b.kind, &b.pool))
            .flat_map(|batch| block_on(writer.write(batch)))
            .collect()
    }

    /// Makes everything so, and expects every change to be made.
    pub(crate) fn apply(&self, desired: &Desired) -> Vec<Change> {
        let changes = self.plan(desired);
        for (change, written) in changes.iter().zip(self.write(&changes)) {
            assert_eq!(written, Written::plain(Verdict::Applied), "{}", change.id());
        }
        changes
    }

    /// One value out of the file, as another program sees it.
    fn sql<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        let db = rusqlite::Connection::open(self.file()).unwrap();
        db.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Changes the file behind Bursar's back.
    fn meddle(&self, sql: &str) {
        rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }
}

pub(crate) fn roster(members: &[&str]) -> Roster {
    let mut roster = Roster::default();
    for member in members {
        roster.insert(MemberId::new(member).unwrap(), member);
    }
    roster
}

pub(crate) fn id(name: &str) -> PoolId {
    PoolId::new(name).unwrap()
}

fn member(name: &str) -> Subject {
    Subject::Member(MemberId::new(name).unwrap())
}

pub(crate) fn amount(text: &str) -> Amount {
    let (number, unit) = text.split_once(' ').unwrap_or((text, "credits"));
    Amount::new(parse_decimal(number).unwrap(), unit.parse().unwrap()).unwrap()
}

pub(crate) fn cap(text: &str) -> Cap {
    match text {
        "unlimited" => Cap::Unlimited,
        "inherit" => Cap::Inherit,
        text => Cap::Amount(amount(text)),
    }
}

/// A grant as the files ask for it: `500`, `unlimited`, `inherit` or `500 until 2026-12-31`.
fn grant(text: &str) -> Grant {
    let (text, expires) = match text.split_once(" until ") {
        Some((text, date)) => (text, Expiry::On(date.parse().unwrap())),
        None => (text, Expiry::Never),
    };
    Grant { cap: Some(cap(text)), period: None, expires: Some(expires) }
}

/// A pool that says nothing but its unit and whom it grants.
fn pool(unit: Unit, grants: &[(&str, &str)]) -> Pool {
    Pool {
        target: Target::default(),
        description: None,
        budget: Budget { unit, period: None, limit: None, when_exhausted: None },
        default_cap: None,
        others: None,
        alerts: None,
        grants: grants.iter().map(|(name, text)| (member(name), grant(text))).collect(),
    }
}

pub(crate) fn limited(limit: &str, grants: &[(&str, &str)]) -> Pool {
    let mut pool = pool(Unit::Credits, grants);
    pool.budget.limit = Some(Limit::Amount(amount(limit)));
    pool.budget.when_exhausted = Some(WhenExhausted::Block);
    pool
}

pub(crate) fn desired(pools: &[(&str, Pool)]) -> Desired {
    let mut desired = Desired::default();
    desired.state.pools = pools.iter().map(|(name, pool)| (id(name), pool.clone())).collect();
    desired
}

fn alert(of: AlertScope, at: Threshold, email: &str) -> BTreeMap<AlertKey, Alert> {
    let notify = [Recipient::Email(email.to_owned()), Recipient::Member].into();
    BTreeMap::from([(AlertKey { of, at }, Alert { notify })])
}

/// A change of a grant, made by hand.
fn grant_change(pool: &str, name: &str, before: Option<&str>, after: Option<&str>) -> Change {
    let object = |text: &str| plan::Object::Grant(grant(text));
    Change {
        center: CenterId::new("gate").unwrap(),
        pool: id(pool),
        target: Arc::new(Target::of("pool", pool)),
        kind: match (before, after) {
            (None, _) => Kind::GrantAdd,
            (Some(_), Some(_)) => Kind::GrantUpdate,
            (Some(_), None) => Kind::GrantRevoke,
        },
        subject: Some(Subject::Stranger(name.into())),
        alert: None,
        fields: Vec::new(),
        before: before.map(object),
        after: after.map(object),
        effect: plan::Effect::Neutral,
        cause: plan::Cause::Unattributed,
        delivery: plan::Delivery::Api,
        etag: None,
        source: None,
        written: None,
        audit: None,
        drawn: Vec::new(),
        kept: Vec::new(),
        moves_from: None,
        people: Vec::new(),
    }
}
