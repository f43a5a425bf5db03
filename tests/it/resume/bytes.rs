//! A journal cut off at every byte: both when nothing was made of what it last meant to do and when all of it was, on a
//! center in memory for each byte and on an embedded center for each line.

use std::path::Path;

use bursar::apply::{Approved, History, HistoryError, Journal, Report, Site};
use bursar::centers;
use bursar::model::{CenterSettings, Guardrails, Roster, Scope, Subject};
use bursar::plan::{CenterPart, Change, Plan, batches, phases};

use super::harness::{self, Memory, Paper, apply, assert_whole, center};
use super::kill::world;
use crate::world::plan_of;

/// The changes of a journal that is cut off here: those that were surely made, and those that were about to be.
fn told(plan: &Plan, bytes: &[u8]) -> (Vec<Change>, Vec<Change>) {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = harness::lines(&bytes[..end]);
    let pick = |kind: &str| {
        let ids: Vec<String> = lines.iter().filter(|line| line["kind"] == kind).map(harness::id).collect();
        plan.changes.iter().filter(|change| ids.contains(&change.id())).cloned().collect()
    };
    (pick("outcome"), pick("intent"))
}

/// A pool that goes from nothing to two grants: a short journal with several steps.
fn short() -> CenterPart {
    let mut part = world();
    part.desired.state.pools.retain(|id, _| id.as_str() == "new");
    part.desired.state.pools.values_mut().for_each(|pool| pool.alerts = None);
    part
}

#[test]
fn a_journal_cut_off_at_every_byte_is_finished() {
    let approved = Memory::new(short()).plan();
    let (whole, report) = apply(&Memory::new(short()));
    assert!(report.unwrap().is_complete());
    let mut lines = 0;
    let mut before = None;
    for cut in 0..=whole.len() {
        let bytes = &whole[..cut];
        let (surely, perhaps) = told(&approved, bytes);
        let history = match History::read(bytes) {
            Err(HistoryError::Empty) => {
                assert!(perhaps.is_empty(), "{cut}");
                continue;
            }
            read => Some(read.unwrap()),
        };
        // In the middle of a line the journal tells what it told at the end of the one before: what follows from it is
        // the same, down to the byte that the next line goes to.
        if bytes.last() != Some(&b'\n') {
            assert_eq!(history, before, "{cut}");
            continue;
        }
        lines += 1;
        before = history;
        for made in [surely, perhaps] {
            let center = Memory::new(short());
            for change in &made {
                crate::plan::laws::apply(&mut center.state.lock().unwrap(), change, center.part.capabilities);
            }
            let anew = center.copy();
            assert!(apply(&anew).1.unwrap().is_complete(), "{cut}");
            assert!(anew.plan().is_empty(), "{cut}");
            // Torn off somewhere in the next line.
            for torn in [cut, cut + 1, (cut + 300).min(whole.len())] {
                let center = center.copy();
                let (journal, report) = harness::resume(&center, &whole[..torn.min(whole.len())]);
                assert!(report.unwrap().is_complete(), "{cut}");
                assert!(center.plan().is_empty(), "{cut}");
                assert_whole(&journal);
                assert!(made.iter().all(|change| !center.made.lock().unwrap().contains(change)), "{cut}: twice");
            }
        }
    }
    assert_eq!(lines, 2 * approved.changes.len());
}

/// An embedded center in a folder.
struct Real {
    settings: CenterSettings,
    scope: Scope,
    part: CenterPart,
}

impl Real {
    fn new(folder: &Path, part: CenterPart) -> Self {
        let settings = CenterSettings {
            id: center(),
            provider: "embedded".to_owned(),
            folder: folder.to_owned(),
            path: None,
            base_url: None,
            allow_host: Vec::new(),
            token: None,
            ignore_members: None,
        };
        let mut roster = Roster::default();
        for subject in &part.observed.roster {
            if let Subject::Member(id) = subject {
                roster.insert(id.clone(), id.as_str());
            }
        }
        let pools = part
            .desired
            .state
            .pools
            .iter()
            .map(|(id, pool)| (id.clone(), pool.target.clone()))
            .collect();
        Self { settings, scope: Scope { pools, roster }, part }
    }

    async fn plan(&self) -> Plan {
        let reader = centers::reader(&self.settings).unwrap();
        let observed = reader.read(&self.scope).await.unwrap();
        let part = CenterPart { observed, ..self.part.clone() };
        plan_of(&[(center(), part)].into(), &Guardrails::default(), &[])
    }

    /// Writes some changes, one request each.
    async fn write(&self, changes: &[Change]) {
        let writer = centers::writer(&self.settings, &self.scope).unwrap();
        let phases = phases(changes, |_| Some(self.part.capabilities));
        for batch in batches(changes, &phases, self.part.capabilities) {
            for written in writer.write(&changes[batch.changes]).await {
                assert_eq!(written.verdict, centers::Verdict::Applied, "{written:?}");
            }
        }
    }

    async fn go(&self, plan: &Plan, journal: &mut Journal) -> Report {
        let site = Site {
            reader: centers::reader(&self.settings).unwrap(),
            writer: centers::writer(&self.settings, &self.scope).unwrap(),
            desired: self.part.desired.clone(),
            scope: self.scope.clone(),
        };
        harness::go(plan, &[(center(), site)].into(), journal).await
    }

    /// A center as it was before the run, and what was made since.
    async fn after(folder: &Path, made: &[Change]) -> Self {
        let start = CenterPart { desired: before(), ..world() };
        let real = Self::new(folder, start);
        real.write(&real.plan().await.changes).await;
        let real = Self::new(folder, world());
        real.write(made).await;
        real
    }
}

/// The files of the world that every run begins with.
fn before() -> bursar::model::Desired {
    let mut desired = world().desired;
    desired.state.pools = world().observed.state.pools;
    desired
}

#[tokio::test]
async fn every_line_of_a_journal_is_a_place_to_die_for_an_embedded_center() {
    let folder = tempfile::tempdir().unwrap();
    let real = Real::after(folder.path(), &[]).await;
    let approved = real.plan().await;
    let paper = Paper::default();
    let mut journal = Journal::on("paper".to_owned(), Box::new(paper.clone()), Approved::of(&approved, &[]));
    assert!(real.go(&approved, &mut journal).await.is_complete());
    let whole = paper.bytes.lock().unwrap().clone();
    let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    for end in ends {
        // At the end of a line, and torn in the middle of the next one.
        for cut in [end, (end + 100).min(whole.len())] {
            let bytes = &whole[..cut];
            let (surely, perhaps) = told(&approved, bytes);
            for made in [surely, perhaps] {
                let folder = tempfile::tempdir().unwrap();
                let real = Real::after(folder.path(), &made).await;
                let path = folder.path().join("run.jsonl");
                std::fs::write(&path, bytes).unwrap();
                let history = History::read(bytes).unwrap();
                let plan = real.plan().await;
                history.holds(&plan).unwrap();
                let mut journal = Journal::reopen(&path, &history).unwrap();
                history.settle(&plan, &mut journal).await.unwrap();
                if !plan.is_empty() {
                    assert!(real.go(&plan, &mut journal).await.is_complete(), "{cut}");
                }
                assert!(real.plan().await.is_empty(), "{cut}");
                assert_whole(&std::fs::read(&path).unwrap());

                let folder = tempfile::tempdir().unwrap();
                let anew = Real::after(folder.path(), &made).await;
                let plan = anew.plan().await;
                let journal = Journal::create(&folder.path().join("new.jsonl"), Approved::of(&plan, &[]));
                assert!(anew.go(&plan, &mut journal.unwrap()).await.is_complete(), "{cut}");
                assert!(anew.plan().await.is_empty(), "{cut}");
            }
        }
    }
}
