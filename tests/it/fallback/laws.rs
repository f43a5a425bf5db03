//! In whatever order a control comes and goes, people are granted and revoked, and a run dies: whoever shall have the
//! right and had it once keeps it in one of the two centers, after every single write; no pool is touched that was not made
//! to hold this one; and in the end there is nothing left to do.

use std::collections::{BTreeMap, BTreeSet};

use bursar::centers::embedded;
use bursar::model::{
    Amount, Budget, Cap, CenterId, Desired, Fallback, Grant, Observed, Others, Pool, PoolId, Source, Subject, Target,
    Unit, Worth, fallback_target,
};
use bursar::plan::fallback::{Return, give_up, hold, holds, leave, way_back};
use bursar::plan::{CenterPart, Change, Kind, Object, diff, fit, sort};
use proptest::prelude::*;

use crate::world::{member, pool_id};

/// What a center holds, by the center's own names.
type Pools = BTreeMap<String, Pool>;

/// Pools of the fallback center that hold nothing for anybody, however near their names are. The last one is named as
/// Bursar would name what holds `plain`, which falls back nowhere.
const FOREIGN: [&str; 5] =
    ["ai", "bursar-fallback", "bursar-fallback-", "bursar-fallback-ai2", "bursar-fallback-plain"];

#[derive(Clone, Copy, Debug)]
enum Event {
    Control(bool),
    Access(u8, bool),
    /// Somebody makes what the plan asks of a center, the pool's own one or the fallback, and dies after so many writes.
    Made {
        home: bool,
        writes: usize,
    },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = prop_oneof![
        any::<bool>().prop_map(Event::Control),
        (0_u8..4, any::<bool>()).prop_map(|(who, granted)| Event::Access(who, granted)),
        (any::<bool>(), 1_usize..6).prop_map(|(home, writes)| Event::Made { home, writes }),
    ];
    prop::collection::vec(one, 1..32)
}

struct World {
    offered: bool,
    granted: BTreeSet<u8>,
    home: Pools,
    there: Pools,
}

fn center(name: &str) -> CenterId {
    CenterId::new(name).unwrap()
}

fn ai() -> PoolId {
    pool_id("ai")
}

fn target() -> Target {
    fallback_target("pool", &ai())
}

fn pool(target: Target, granted: &BTreeSet<u8>) -> Pool {
    let cap = Some(Cap::Amount(Amount::whole(100, Unit::Credits)));
    Pool {
        target,
        description: None,
        budget: Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
        default_cap: None,
        others: Some(Others::Blocked),
        alerts: None,
        grants: granted.iter().map(|who| (who_is(*who), Grant { cap, ..Grant::default() })).collect(),
    }
}

fn foreign() -> Pools {
    let one = |name: &str| (name.to_owned(), pool(Target::of("pool", name), &BTreeSet::from([0, 3])));
    FOREIGN.into_iter().map(one).collect()
}

fn who_is(who: u8) -> Subject {
    member(&format!("p{who}"))
}

fn name(target: &Target) -> String {
    target.get("pool").unwrap().to_owned()
}

/// One write, as a center makes it: of the object that the change names.
fn write(pools: &mut Pools, change: &Change) {
    let name = name(&change.target);
    match (change.kind, &change.subject, &change.after) {
        (Kind::PoolCreate, _, Some(Object::Pool(new))) => {
            let made = Pool { budget: new.budget.clone(), ..pool((*change.target).clone(), &BTreeSet::new()) };
            assert!(pools.insert(name, made).is_none(), "it was there");
        }
        (Kind::PoolDelete, ..) => drop(pools.remove(&name).unwrap()),
        (Kind::GrantAdd | Kind::GrantUpdate, Some(who), Some(Object::Grant(grant))) => {
            pools.get_mut(&name).unwrap().grants.insert(who.clone(), *grant);
        }
        (Kind::GrantRevoke, Some(who), _) => drop(pools.get_mut(&name).unwrap().grants.remove(who).unwrap()),
        (Kind::OthersUpdate, _, Some(Object::Others(others))) => pools.get_mut(&name).unwrap().others = Some(*others),
        other => panic!("nothing here asks for {other:?}"),
    }
}

impl World {
    fn part(mut desired: Desired, pools: &Pools, managed: &Target) -> CenterPart {
        let capabilities = &embedded::CAPABILITIES;
        fit(&mut desired, capabilities);
        CenterPart { capabilities, desired, base: None, observed: Self::look(pools, managed), notes: Vec::new() }
    }

    /// What a reader shows, whose scope has the one object for the pool.
    fn look(pools: &Pools, managed: &Target) -> Observed {
        let mut observed = Observed::default();
        observed.state.pools.extend(pools.get(&name(managed)).map(|pool| (ai(), pool.clone())));
        observed
    }

    /// What a plan is made from: the road of a session, without its reading.
    fn parts(&self) -> (CenterPart, CenterPart) {
        let own = Target::of("pool", "ai");
        let mut home = Desired::default();
        home.state.pools.insert(ai(), pool(own.clone(), &self.granted));
        let worth = Worth { of: Unit::Credits, is: Amount::whole(1, Unit::Credits) };
        let fallback = Fallback {
            home: center("home"),
            center: center("there"),
            target: target(),
            desired: worth.pool(&home, &ai(), &target()).unwrap(),
            source: Source { file: "bursar.yaml".into(), line: 1 },
        };
        let mut there = Desired::default();
        if self.offered {
            let part = Self::part(home.clone(), &self.home, &own);
            if holds(&Self::look(&self.there, &target()), &ai()) {
                match way_back(&ai(), &part, &center("home")) {
                    Return::Stays(_) => hold(&fallback, &mut there),
                    Return::Goes(keep) => give_up(&fallback, &ai(), keep, &mut there),
                }
            }
        } else {
            leave(&mut home, &ai());
            hold(&fallback, &mut there);
        }
        (Self::part(home, &self.home, &own), Self::part(there, &self.there, &target()))
    }

    /// What is to do in one center, in the order of an apply.
    fn changes(&self, home: bool) -> Vec<Change> {
        let (own, there) = self.parts();
        let (id, part) = if home { (center("home"), own) } else { (center("there"), there) };
        let mut changes = diff(&id, part.capabilities, &part.desired, &part.observed);
        sort(&mut changes, |_| Some(part.capabilities));
        changes
    }

    fn holders(&self) -> BTreeSet<Subject> {
        let held = self.home.get("ai").into_iter().chain(self.there.get(&name(&target())));
        held.flat_map(|pool| pool.grants.keys().cloned()).collect()
    }

    /// A run: one plan, and its writes one after the other, as long as it lives.
    fn make(&mut self, home: bool, writes: usize) -> Result<(), TestCaseError> {
        for change in self.changes(home).iter().take(writes) {
            let before = self.holders();
            write(if home { &mut self.home } else { &mut self.there }, change);
            let now = self.holders();
            for who in self.granted.iter().map(|who| who_is(*who)) {
                prop_assert!(!before.contains(&who) || now.contains(&who), "{who:?} lost it by {}", change.id());
            }
            let mut rest = self.there.clone();
            rest.remove(&name(&target()));
            prop_assert_eq!(rest, foreign(), "by {}", change.id());
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn nobody_loses_a_right_on_the_way(events in events()) {
        let mut world =
            World { offered: false, granted: BTreeSet::from([0, 1]), home: Pools::new(), there: foreign() };
        for event in events {
            match event {
                Event::Control(offered) => world.offered = offered,
                Event::Access(who, true) => drop(world.granted.insert(who)),
                Event::Access(who, false) => drop(world.granted.remove(&who)),
                Event::Made { home, writes } => world.make(home, writes)?,
            }
        }
        // Whatever happened: the own center, then the fallback, and once more for what the first look kept.
        for home in [true, false, true, false] {
            world.make(home, usize::MAX)?;
        }
        prop_assert_eq!(world.changes(true).len() + world.changes(false).len(), 0);
        let wanted: BTreeSet<Subject> = world.granted.iter().map(|who| who_is(*who)).collect();
        let (own, there) = (world.home.get("ai"), world.there.get(&name(&target())));
        let at = if world.offered { own } else { there };
        prop_assert_eq!(at.map(|pool| pool.grants.keys().cloned().collect()), Some(wanted));
        prop_assert!(!world.offered || there.is_none(), "the fallback has let go of it");
    }
}
