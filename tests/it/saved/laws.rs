//! Saved plans on random worlds: read back as they were, held against what is left, and never a way to a panic.

use bursar::output::json;
use bursar::plan::{Plan, SavedPlan};
use proptest::prelude::*;

use crate::plan::laws::{apply, part, plan};
use crate::world::lines;

fn saved(plan: &Plan) -> Vec<u8> {
    let mut text = Vec::new();
    json::plan(&mut text, plan).unwrap();
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_is_read_back_as_it_was_saved(part in part()) {
        let plan = plan(&part);
        let read = SavedPlan::parse(&saved(&plan)).unwrap();
        prop_assert_eq!(&read.changes, &plan.changes);
        prop_assert_eq!((&read.hash, &read.centers, &read.selected), (&plan.hash, &plan.centers, &plan.selected));
        prop_assert_eq!(read.expires_at, plan.expires_at);
        prop_assert!(read.differences(&plan).is_empty());
        prop_assert_eq!(read.foreign(&plan.centers), None);
    }

    #[test]
    fn what_is_left_may_be_applied_and_nothing_else(part in part(), other in part(), stops in 0..40usize) {
        let approved = plan(&part);
        let saved = SavedPlan::parse(&saved(&approved)).unwrap();
        let mut part = part;
        for change in approved.changes.iter().take(stops) {
            apply(&mut part.observed.state, change, part.capabilities);
        }
        let left = plan(&part);
        prop_assert!(saved.differences(&left).is_empty(), "approved\n{}\nleft\n{}", lines(&approved), lines(&left));
        // Whatever a plan of another world would do, only what was approved passes.
        let another = plan(&other);
        let differing: Vec<String> = saved.differences(&another).iter().map(|one| one.change.id()).collect();
        for change in &another.changes {
            let same = approved.changes.iter().any(|own| {
                own.id() == change.id() && own.target == change.target
                    && own.before == change.before && own.after == change.after
            });
            prop_assert!(same || differing.contains(&change.id()), "{}", change.id());
        }
    }

    #[test]
    fn no_edit_of_a_saved_plan_passes_for_another_plan(part in part(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let plan = plan(&part);
        let mut text = saved(&plan);
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(read) = SavedPlan::parse(&text) {
            // What is approved is as it was, or it would not have the hash.
            let approved = |changes: &[bursar::plan::Change]| {
                changes.iter().map(|c| (c.id(), c.target.clone(), c.before.clone(), c.after.clone())).collect::<Vec<_>>()
            };
            prop_assert_eq!(approved(&read.changes), approved(&plan.changes));
            prop_assert_eq!(&read.hash, &plan.hash);
        }
        // Without the last line end it is still whole.
        prop_assert!(at + 1 == text.len() || SavedPlan::parse(&text[..at]).is_err(), "cut off");
    }

    #[test]
    fn any_bytes_are_a_plan_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        prop_assert!(SavedPlan::parse(&bytes).is_err());
        prop_assert!(SavedPlan::parse(text.as_bytes()).is_err());
        let deep = "[".repeat(bytes.len() * 50);
        prop_assert!(SavedPlan::parse(deep.as_bytes()).is_err());
    }
}
