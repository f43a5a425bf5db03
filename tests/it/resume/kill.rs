//! A run killed at every step, on fixed and on random worlds, with faults before: whatever is there then, resuming and
//! applying anew both end in what the files ask, and nothing is made twice or was never approved.

use std::collections::{BTreeMap, BTreeSet};

use bursar::apply::{History, HistoryError, Outcome};
use bursar::plan::{CenterPart, Change};
use proptest::prelude::*;

use super::harness::{self, Death, Fault, Memory, apply, assert_report, assert_whole, center};
use crate::plan::laws::part;
use crate::world::{World, lines, member};

/// A world with a change of nearly every kind, in several steps.
pub(super) fn world() -> CenterPart {
    let mut world = World::embedded();
    let grant = world.grant("200");
    world.want().grants.remove(&member("carol"));
    world.want().grants.insert(member("dave"), grant);
    world.want().grants.insert(member("alice"), grant);
    world.want().default_cap = Some(world.cap("350"));
    let (key, alert) = world.alert("90%", &["cfo@acme.example"]);
    world.want().alerts.as_mut().unwrap().insert(key, alert);
    let mut new = world.want().clone();
    new.target = bursar::model::Target::of("pool", "new");
    world.desired.state.pools.insert(crate::world::pool_id("new"), new);
    world.parts().remove(&center()).unwrap()
}

/// Whatever was made was approved, and nothing was made twice.
fn assert_made(made: &[Change], approved: &[Change]) {
    let mut seen = BTreeSet::new();
    for change in made {
        let same = approved.iter().find(|one| one.id() == change.id()).unwrap();
        assert_eq!((&change.before, &change.after), (&same.before, &same.after), "{}", change.id());
        assert!(seen.insert(change.id()), "{} twice", change.id());
    }
}

#[test]
fn a_kill_at_every_step_is_finished_by_resume_and_by_apply() {
    let approved = Memory::new(world()).plan();
    assert!(approved.changes.len() > 8);
    let mut deaths = 0;
    for step in 0.. {
        let mut dying = Memory::new(world());
        dying.death = Death::at(step);
        let (bytes, report) = apply(&dying);
        dying.death = Death::never();
        if report.is_some() {
            break;
        }
        deaths += 1;
        let anew = dying.copy();
        let (journal, report) = apply(&anew);
        assert!(report.unwrap().is_complete(), "{step}");
        assert!(journal.is_empty() || harness::lines(&journal).len() > 1);
        assert!(anew.plan().is_empty(), "{step}");
        assert_made(&anew.made.lock().unwrap(), &approved.changes);

        match History::read(&bytes[..]) {
            Err(HistoryError::Empty) => assert!(dying.made.lock().unwrap().is_empty(), "{step}"),
            read => {
                read.unwrap();
                let (journal, report) = harness::resume(&dying, &bytes);
                assert!(report.unwrap().is_complete(), "{step}");
                assert_whole(&journal);
                assert!(dying.plan().is_empty(), "{step}");
                assert_made(&dying.made.lock().unwrap(), &approved.changes);
            }
        }
    }
    assert!(deaths > 20, "{deaths}");
}

#[test]
fn a_report_is_what_the_journal_says() {
    let mut center = Memory::new(world());
    center.faults = BTreeMap::from([
        ("ai/grants/alice".to_owned(), Fault::Fails),
        ("ai/grants/carol".to_owned(), Fault::LostAnswer),
        ("ai/grants/dave".to_owned(), Fault::LostRequest),
        ("new".to_owned(), Fault::Fails),
    ]);
    let (bytes, report) = apply(&center);
    let report = report.unwrap();
    assert_whole(&bytes);
    assert_report(&report, &bytes);
    for (outcome, count) in [(Outcome::Failed, 2), (Outcome::Unknown, 1), (Outcome::Skipped, 5)] {
        assert_eq!(report.count(outcome), count, "{outcome}");
    }
    let settled = report.outcomes.iter().find(|one| one.change.object() == "ai/grants/carol").unwrap();
    assert_eq!(settled.outcome, Outcome::Applied);
    // What was unknown then is settled by whoever comes next.
    center.faults.clear();
    let (bytes, report) = harness::resume(&center, &bytes);
    assert_report(&report.unwrap(), &bytes);
    assert_whole(&bytes);
    assert!(center.plan().is_empty());
}

#[test]
fn what_was_never_answered_and_came_about_later_is_written_down() {
    let mut center = Memory::new(world());
    center.faults.insert("ai/grants/alice".to_owned(), Fault::LostRequest);
    let (bytes, report) = apply(&center);
    assert_eq!(report.unwrap().count(Outcome::Unknown), 1);
    // The request was only slow.
    for change in center.plan().changes {
        crate::plan::laws::apply(&mut center.state.lock().unwrap(), &change, center.part.capabilities);
    }
    let (bytes, _) = harness::resume(&center, &bytes);
    assert_whole(&bytes);
    let last: Vec<String> = harness::lines(&bytes)
        .iter()
        .filter(|line| line["run"] == 2)
        .map(|line| format!("{} {} {}", line["kind"], harness::id(line), line["outcome"]))
        .collect();
    assert_eq!(last, ["\"intent\" gateway/ai/grants/alice null", "\"outcome\" gateway/ai/grants/alice \"already\""]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_and_whenever_it_dies_it_converges(
        part in part(),
        faults in prop::collection::vec((0..40usize, prop::sample::select(vec![Fault::Fails, Fault::LostAnswer, Fault::LostRequest])), 0..4),
        deaths in prop::collection::vec(0..30usize, 0..4),
        anew in any::<bool>(),
    ) {
        let mut center = Memory::new(part);
        let approved = center.plan();
        center.faults = faults.iter()
            .filter_map(|(at, fault)| Some((approved.changes.get(*at)?.object(), *fault))).collect();
        let mut bytes = Vec::new();
        for step in deaths {
            center.death = Death::at(step);
            let begun = harness::begun(&bytes);
            let (journal, report) = if begun { harness::resume(&center, &bytes) } else { apply(&center) };
            bytes = journal;
            if let Some(report) = report {
                if !bytes.is_empty() {
                    assert_whole(&bytes);
                }
                assert_report(&report, &bytes);
            }
        }
        center.death = Death::never();
        center.faults.clear();
        let begun = harness::begun(&bytes);
        let (bytes, report) = if begun && !anew { harness::resume(&center, &bytes) } else { apply(&center) };
        let report = report.unwrap();
        prop_assert!(report.is_complete(), "{report:?}");
        prop_assert!(center.plan().is_empty(), "{}", lines(&center.plan()));
        assert_made(&center.made.lock().unwrap(), &approved.changes);
        if !bytes.is_empty() {
            assert_whole(&bytes);
        }
    }
}
