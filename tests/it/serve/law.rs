//! What an apply makes over HTTP is what it makes in the file: random worlds, one after the other, on both sides.

use std::sync::Arc;

use bursar::centers::http::CAPABILITIES;
use bursar::centers::{self, Written};
use bursar::model::{
    CenterId, CenterSettings, Desired, MemberId, Observed, Roster, Scope, SecretSource, Source, Subject, Target,
};
use bursar::plan::{self, Change};
use bursar::server::Limits;
use proptest::prelude::*;

use super::limits::Inner;
use crate::embedded::law::{MEMBERS, worlds};
use crate::embedded::{Center, cap, id, limited, roster};

/// A center over HTTP.
pub(super) struct There {
    pub(super) settings: CenterSettings,
    pub(super) roster: Roster,
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

impl There {
    pub(super) fn at(url: &str) -> Self {
        let settings = CenterSettings {
            base_url: Some(url.to_owned()),
            token: Some(SecretSource::Env("CARGO_PKG_NAME".to_owned())),
            ..CenterSettings::new(CenterId::new("gate").unwrap(), "http", ".")
        };
        Self { settings, roster: roster(&["alice", "bob"]) }
    }

    fn scope(&self, desired: &Desired) -> Scope {
        let absent = desired.absent.iter().map(|(id, (target, _))| (id.clone(), target.clone()));
        let pools = desired.state.pools.iter().map(|(id, pool)| (id.clone(), pool.target.clone()));
        Scope { pools: pools.chain(absent).collect(), roster: self.roster.clone(), ..Scope::default() }
    }

    pub(super) fn read(&self, desired: &Desired) -> Observed {
        let reader = centers::reader(&self.settings).unwrap();
        block_on(reader.read(&self.scope(desired))).unwrap()
    }

    pub(super) fn plan(&self, desired: &Desired) -> Vec<Change> {
        let reader = centers::reader(&self.settings).unwrap();
        let mut desired = desired.clone();
        plan::fit(&mut desired, &CAPABILITIES);
        reader.fit(&mut desired);
        let observed = self.read(&desired);
        let mut changes = plan::diff(&self.settings.id, &CAPABILITIES, &desired, &observed);
        plan::sort(&mut changes, |_| Some(&CAPABILITIES));
        changes
    }

    pub(super) fn write(&self, changes: &[Change]) -> Vec<Written> {
        let writer = centers::writer(&self.settings, &Scope::default()).unwrap();
        let batches = changes.chunk_by(|a, b| (a.kind, &a.pool) == (b.kind, &b.pool));
        block_on(async {
            let mut written = Vec::new();
            for batch in batches {
                written.extend(writer.write(batch).await);
            }
            written
        })
    }

    /// Makes everything so, and expects every change to be made.
    pub(super) fn apply(&self, desired: &Desired) -> Vec<Change> {
        let changes = self.plan(desired);
        for (change, written) in changes.iter().zip(self.write(&changes)) {
            assert_eq!(written.verdict, centers::Verdict::Applied, "{}: {written:?}", change.id());
        }
        changes
    }
}

/// A pool `p` with alice and bob in it, of one size and one rule for others.
pub(super) fn small(size: &str, others: &str) -> Desired {
    let mut pool = limited(size, &[("alice", size), ("bob", size)]);
    pool.others = Some(match others {
        "blocked" => bursar::model::Others::Blocked,
        amount => bursar::model::Others::Cap(cap(amount)),
    });
    crate::embedded::desired(&[("p", pool)])
}

/// That pool shall go.
pub(super) fn absent() -> Desired {
    let mut gone = Desired::default();
    gone.absent
        .insert(id("p"), (Target::default(), Source { file: Arc::from("bursar.yaml"), line: 7 }));
    gone
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_http_and_in_the_file_the_same_is_planned_and_made(
        worlds in prop::collection::vec((worlds(), 0_usize..=MEMBERS.len()), 1..4),
    ) {
        let home = crate::secrets::Folder::new();
        let server = Inner::start(home.path(), Limits::default());
        let mut there = There::at(&format!("http://{}", server.address));
        let mut here = Center::new();
        for (desired, known) in worlds {
            let granted = desired.state.pools.values().flat_map(|pool| pool.grants.keys());
            let lapsed = desired.lapsed.values().flat_map(|lapsed| lapsed.keys().map(MemberId::as_str));
            let names: Vec<&str> = granted.map(Subject::name).chain(lapsed).chain(MEMBERS[..known].iter().copied()).collect();
            here.roster = roster(&names);
            there.roster = roster(&names);
            prop_assert_eq!(here.apply(&desired), there.apply(&desired));
            prop_assert_eq!(there.plan(&desired), vec![]);
            let (one, other) = (here.read(&desired), there.read(&desired));
            prop_assert_eq!(one.state, other.state);
            prop_assert_eq!((one.unmanaged, one.roster), (other.unmanaged, other.roster));
        }
        prop_assert!(server.end());
    }
}
