//! Which controls the files need, and where they ask first.

use std::collections::BTreeSet;

use bursar::centers::{embedded, figma, litellm};
use bursar::model::capability::Capabilities;
use bursar::model::{Availability, ControlName, Expiry, Offered, Others};
use bursar::plan::{is_own, lacks, needed};
use proptest::prelude::*;

use crate::world::World;

fn names(world: &World, capabilities: &Capabilities) -> BTreeSet<ControlName> {
    needed(&world.desired, capabilities).into_keys().collect()
}

#[test]
fn a_pool_asks_for_what_it_says() {
    use ControlName::{Alert, CapAmount, CapUnlimited, CapZero, DefaultCap, Expiry as Ends, Grant};
    let mut world = World::embedded();
    world.want().grants.clear();
    world.want().default_cap = None;
    let before = names(&world, &embedded::CAPABILITIES);
    assert!(!before.contains(&Grant) && !before.contains(&CapAmount), "{before:?}");
    let (zero, unlimited) = (world.grant("0"), world.grant("unlimited"));
    world.want().grants.insert(crate::world::member("alice"), zero);
    assert!(names(&world, &embedded::CAPABILITIES).is_superset(&BTreeSet::from([Grant, CapZero])));
    world.want().grants.insert(crate::world::member("alice"), unlimited);
    assert!(names(&world, &embedded::CAPABILITIES).is_superset(&BTreeSet::from([Grant, CapUnlimited])));
    let last = Expiry::On(crate::world::date("2026-12-31"));
    world.want().grants.get_mut(&crate::world::member("alice")).unwrap().expires = Some(last);
    assert!(names(&world, &embedded::CAPABILITIES).contains(&Ends));
    world.want().alerts = Some(std::collections::BTreeMap::new());
    assert!(names(&world, &embedded::CAPABILITIES).contains(&Alert), "to remove them is asked too");
    // A default that the center keeps is one control; elsewhere it is a cap of each person without one.
    let mut world = World::embedded();
    let cap = world.cap("5");
    world.want().default_cap = Some(cap);
    for grant in world.want().grants.values_mut() {
        grant.cap = None;
    }
    let at_home = names(&world, &embedded::CAPABILITIES);
    assert!(at_home.contains(&DefaultCap) && !at_home.contains(&CapAmount), "{at_home:?}");
    assert!(names(&world, &figma::CAPABILITIES).is_superset(&BTreeSet::from([DefaultCap, CapAmount])));
}

/// What a plan moves a pool by, and what `doctor` fails for.
#[test]
fn only_what_is_needed_can_be_missing() {
    use Availability::{ConsoleOnly, NeedsPlan, NotEnabledYet, NotOffered};
    let needed = needed(&World::embedded().desired, &embedded::CAPABILITIES);
    let missing = |control, availability| {
        let offers = [Offered { control, availability, why: String::new(), since: None }];
        lacks(&needed, &embedded::CAPABILITIES, &offers)
            .any(|(_, needs)| needs.iter().all(|need| need.pool.as_str() == "ai"))
    };
    assert!(missing(ControlName::CapAmount, NotEnabledYet));
    assert!(missing(ControlName::Budget, NeedsPlan("enterprise")));
    assert!(missing(ControlName::Grant, NotOffered));
    assert!(!missing(ControlName::Grant, ConsoleOnly), "a person sets it");
    assert!(!missing(ControlName::CapUnlimited, NotEnabledYet), "nobody asks for it");
    assert!(!missing(ControlName::Alert, NotOffered), "it stays in the files");
}

#[test]
fn a_pool_that_is_always_there_asks_nobody_to_make_it() {
    let world = World::embedded();
    assert!(names(&world, &embedded::CAPABILITIES).contains(&ControlName::Pool));
    assert!(!names(&world, &figma::CAPABILITIES).contains(&ControlName::Pool));
}

#[test]
fn alerts_and_expiries_are_nobodys_loss() {
    for capabilities in [&embedded::CAPABILITIES, &figma::CAPABILITIES, &litellm::CAPABILITIES] {
        let own: Vec<ControlName> =
            ControlName::ALL.into_iter().filter(|control| is_own(*control, capabilities)).collect();
        assert!(own.contains(&ControlName::Alert) && own.contains(&ControlName::Expiry));
        assert!(!own.contains(&ControlName::CapAmount) && !own.contains(&ControlName::Others));
    }
    assert!(!Availability::NotEnabledYet.is_usable());
}

proptest! {
    /// Nobody is counted twice, and every need has its line in the files.
    #[test]
    fn every_grant_is_one_need(people in 0_usize..40, blocked: bool) {
        let mut world = World::embedded();
        world.want().grants.clear();
        world.crowd(people, "10");
        world.want().others = blocked.then_some(Others::Blocked);
        let granted = world.want().grants.len();
        let found = needed(&world.desired, &embedded::CAPABILITIES);
        let counted: usize = found.get(&ControlName::Grant).into_iter().flatten().map(|need| need.people).sum();
        prop_assert_eq!(counted, granted);
        prop_assert_eq!(found.contains_key(&ControlName::Others), blocked);
        prop_assert!(found.values().flatten().all(|need| need.source.line > 0));
    }
}
