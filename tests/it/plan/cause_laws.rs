//! The laws that hold for every attribution, on random worlds.

use std::collections::BTreeMap;

use bursar::centers::{embedded, litellm};
use bursar::model::capability::Capabilities;
use bursar::model::{CenterId, Desired, Roster, Subject, Target};
use bursar::plan::{Cause, CenterPart, Change, applied, diff, hash, in_terms_of};
use proptest::prelude::*;

use super::laws::{apply, part_of, plan};
use crate::world::{lines, pool_id};

/// A center with a base: some of its pools are as the head has them, some are not.
fn based_on(capabilities: &'static Capabilities) -> impl Strategy<Value = CenterPart> {
    (part_of(capabilities), part_of(capabilities), prop::collection::vec(any::<bool>(), 3)).prop_map(
        |(mut part, other, same)| {
            let mut base = other.desired;
            for (name, _) in ["a", "b", "c"].into_iter().zip(same).filter(|(_, same)| *same) {
                as_head(&mut base, &part.desired, name);
            }
            part.base = Some(base);
            part
        },
    )
}

fn as_head(base: &mut Desired, head: &Desired, name: &str) {
    fn take<V: Clone>(
        base: &mut BTreeMap<bursar::model::PoolId, V>,
        head: &BTreeMap<bursar::model::PoolId, V>,
        name: &str,
    ) {
        base.remove(name);
        base.extend(head.get(name).map(|value| (pool_id(name), value.clone())));
    }
    take(&mut base.state.pools, &head.state.pools, name);
    take(&mut base.lapsed, &head.lapsed, name);
    take(&mut base.outlived, &head.outlived, name);
    take(&mut base.absent, &head.absent, name);
}

fn based() -> impl Strategy<Value = CenterPart> {
    prop_oneof![based_on(&embedded::CAPABILITIES), based_on(&litellm::CAPABILITIES)]
}

fn all(plan: &bursar::plan::Plan) -> impl Iterator<Item = &Change> {
    plan.changes.iter().chain(&plan.asserts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_applied_leaves_no_difference(part in based()) {
        let center = CenterId::new("gateway").unwrap();
        for desired in [&part.desired, part.base.as_ref().unwrap()] {
            let mut observed = part.observed.clone();
            for change in diff(&center, part.capabilities, desired, &part.observed) {
                apply(&mut observed.state, &change, part.capabilities);
            }
            let state = applied(part.capabilities, desired, &part.observed);
            let laid = bursar::model::Observed { state, ..observed.clone() };
            let left = diff(&center, part.capabilities, desired, &laid);
            prop_assert!(left.is_empty(), "{left:#?}");
            // Whoever makes the changes one by one comes to the same people with the same rights.
            for (id, pool) in &laid.state.pools {
                let made = &observed.state.pools[id];
                prop_assert!(pool.grants.keys().eq(made.grants.keys()), "{pool:#?} {made:#?}");
                prop_assert_eq!(&pool.budget, &made.budget);
            }
            prop_assert!(laid.state.pools.keys().eq(observed.state.pools.keys()));
        }
    }

    #[test]
    fn every_change_has_a_cause_and_is_otherwise_the_same(part in based()) {
        let with = plan(&part);
        prop_assert!(all(&with).all(|change| change.cause != Cause::Unattributed), "{}", lines(&with));
        let without = plan(&CenterPart { base: None, ..part });
        prop_assert_eq!(&with.hash, &without.hash);
        prop_assert_eq!(&hash(&with.centers, &with.changes), &with.hash);
        let plain = |changes: &[Change]| -> Vec<Change> {
            changes.iter().cloned().map(|change| Change { cause: Cause::Unattributed, ..change }).collect()
        };
        prop_assert_eq!(plain(&with.changes), plain(&without.changes));
        prop_assert_eq!(plain(&with.asserts), plain(&without.asserts));
        prop_assert_eq!(&with.summary, &without.summary);
    }

    #[test]
    fn files_that_do_not_change_cause_nothing(part in based()) {
        let same = CenterPart { base: Some(part.desired.clone()), ..part };
        let plan = plan(&same);
        prop_assert!(
            all(&plan).all(|change| matches!(change.cause, Cause::Drift | Cause::Expiry)), "{}", lines(&plan)
        );
    }

    #[test]
    fn a_center_as_the_base_asks_has_not_drifted(part in based()) {
        let mut part = part;
        part.observed.state = applied(part.capabilities, part.base.as_ref().unwrap(), &part.observed);
        let plan = plan(&part);
        prop_assert!(
            all(&plan).all(|change| matches!(change.cause, Cause::Config | Cause::Expiry)), "{}", lines(&plan)
        );
    }

    #[test]
    fn nothing_is_taken_under_the_name_of_an_edit_that_takes_nothing(part in based()) {
        let base = part.base.clone().unwrap();
        let center = CenterId::new("gateway").unwrap();
        let state = applied(part.capabilities, &base, &part.observed);
        let as_base = bursar::model::Observed { state, ..part.observed.clone() };
        let seen: BTreeMap<String, bool> = diff(&center, part.capabilities, &part.desired, &as_base)
            .iter().map(|change| (change.object(), change.takes())).collect();
        for change in all(&plan(&part)).filter(|change| change.takes() && change.cause == Cause::Config) {
            prop_assert_eq!(seen.get(&change.object()), Some(&true), "{}", change.object());
        }
    }

    #[test]
    fn names_that_did_not_change_stay(part in based()) {
        let mut part = part;
        // Each pool is its own object, and the center knows everybody by their id.
        for (id, pool) in &mut part.desired.state.pools {
            pool.target = Target::of("pool", id.as_str());
        }
        for (id, (target, _)) in &mut part.desired.absent {
            *target = Target::of("pool", id.as_str());
        }
        let mut base = part.desired.clone();
        base.sources.clear();
        let mut roster = Roster::default();
        for subject in &part.observed.roster {
            if let Subject::Member(id) = subject {
                roster.insert(id.clone(), id.as_str());
            }
        }
        let head = Desired { sources: BTreeMap::new(), ..part.desired.clone() };
        let same = in_terms_of(&part.desired, &roster, &part.observed, base, &roster);
        let kept = |desired: &Desired| {
            let lapsed: BTreeMap<_, _> = desired.lapsed.iter()
                .filter(|(id, _)| desired.state.pools.contains_key(*id)).map(|(id, l)| (id.clone(), l.clone())).collect();
            (desired.state.clone(), lapsed, desired.absent.clone())
        };
        prop_assert_eq!(kept(&same), kept(&head));
    }
}
