//! A journal cut off at every byte, of a center in memory: both when nothing was made of what it last meant to do and
//! when all of it was. `faults::bytes` does the same to centers that are there.

use bursar::apply::{History, HistoryError};
use bursar::plan::{CenterPart, Change, Plan};

use super::harness::{self, Memory, apply, assert_whole};
use super::kill::world;

/// The changes of a journal that is cut off here: those that were surely made, and those that were about to be.
pub(crate) fn told(plan: &Plan, bytes: &[u8]) -> (Vec<Change>, Vec<Change>) {
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
