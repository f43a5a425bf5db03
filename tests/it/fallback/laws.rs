//! In whatever order a control comes and goes, people are granted and revoked, and a run dies: whoever shall have the
//! right and had it once keeps it in one of the two centers, and in the end there is nothing left to do.

use std::collections::{BTreeMap, BTreeSet};

use bursar::centers::embedded;
use bursar::model::{
    Amount, Budget, Cap, CenterId, Desired, Fallback, Grant, Observed, Others, Pool, PoolId, Source, State, Subject,
    Unit, Worth, fallback_target,
};
use bursar::plan::fallback::{Return, give_up, hold, holds, leave, way_back};
use bursar::plan::{CenterPart, applied, diff, fit};
use proptest::prelude::*;

use crate::world::{member, pool_id};

#[derive(Clone, Copy, Debug)]
enum Event {
    Control(bool),
    Access(u8, bool),
    /// Somebody makes what the plan asks of a center: of the pool's own one, or of the fallback.
    Made {
        home: bool,
    },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = prop_oneof![
        any::<bool>().prop_map(Event::Control),
        (0_u8..4, any::<bool>()).prop_map(|(who, granted)| Event::Access(who, granted)),
        any::<bool>().prop_map(|home| Event::Made { home }),
    ];
    prop::collection::vec(one, 1..24)
}

struct World {
    offered: bool,
    granted: BTreeSet<u8>,
    home: State,
    there: State,
}

fn center(name: &str) -> CenterId {
    CenterId::new(name).unwrap()
}

fn ai() -> PoolId {
    pool_id("ai")
}

fn foreign() -> Pool {
    Pool { target: fallback_target("pool", &pool_id("x")), ..pool(&BTreeSet::new()) }
}

fn pool(granted: &BTreeSet<u8>) -> Pool {
    let cap = Some(Cap::Amount(Amount::whole(100, Unit::Credits)));
    Pool {
        target: bursar::model::Target::of("pool", "ai"),
        description: None,
        budget: Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
        default_cap: None,
        others: Some(Others::Blocked),
        alerts: None,
        grants: granted.iter().map(|who| (who_is(*who), Grant { cap, ..Grant::default() })).collect(),
    }
}

fn who_is(who: u8) -> Subject {
    member(&format!("p{who}"))
}

impl World {
    fn part(desired: Desired, state: &State) -> CenterPart {
        let capabilities = &embedded::CAPABILITIES;
        let mut desired = desired;
        fit(&mut desired, capabilities);
        let observed = Observed { state: state.clone(), ..Observed::default() };
        CenterPart { capabilities, desired, base: None, observed, notes: Vec::new() }
    }

    /// What a plan is made from: the road of a session, without its reading.
    fn parts(&self) -> (CenterPart, CenterPart) {
        let mut home = Desired::default();
        home.state.pools.insert(ai(), pool(&self.granted));
        let target = fallback_target("pool", &ai());
        let worth = Worth { of: Unit::Credits, is: Amount::whole(1, Unit::Credits) };
        let fallback = Fallback {
            home: center("home"),
            center: center("there"),
            target: target.clone(),
            desired: worth.pool(&home, &ai(), &target).unwrap(),
            source: Source { file: "bursar.yaml".into(), line: 1 },
        };
        let mut there = Desired::default();
        if self.offered {
            let part = Self::part(home.clone(), &self.home);
            let observed = Observed { state: self.there.clone(), ..Observed::default() };
            if holds(&observed, &ai()) {
                match way_back(&ai(), &part, &center("home")) {
                    Return::Stays(_) => hold(&fallback, &mut there),
                    Return::Goes(keep) => give_up(&fallback, &ai(), keep, &mut there),
                }
            }
        } else {
            leave(&mut home, &ai());
            hold(&fallback, &mut there);
        }
        (Self::part(home, &self.home), Self::part(there, &self.there))
    }

    /// A run that made all of one center and then died, or had nothing else to do.
    fn make(&mut self, home: bool) {
        let (own, there) = self.parts();
        if home {
            self.home = applied(own.capabilities, &own.desired, &own.observed);
        } else {
            self.there = applied(there.capabilities, &there.desired, &there.observed);
        }
    }

    fn holders(&self) -> BTreeSet<Subject> {
        let of = |state: &State| state.pools.get(&ai()).map(|pool| pool.grants.keys().cloned().collect::<Vec<_>>());
        of(&self.home).into_iter().chain(of(&self.there)).flatten().collect()
    }

    fn left(&self) -> usize {
        let (own, there) = self.parts();
        diff(&center("home"), own.capabilities, &own.desired, &own.observed).len()
            + diff(&center("there"), there.capabilities, &there.desired, &there.observed).len()
    }
}

proptest! {
    #[test]
    fn nobody_loses_a_right_on_the_way(events in events()) {
        let mut world = World {
            offered: false,
            granted: BTreeSet::from([0, 1]),
            home: State::default(),
            there: State { pools: BTreeMap::from([(pool_id("x"), foreign())]) },
        };
        for event in events {
            let before = world.holders();
            match event {
                Event::Control(offered) => world.offered = offered,
                Event::Access(who, true) => drop(world.granted.insert(who)),
                Event::Access(who, false) => drop(world.granted.remove(&who)),
                Event::Made { home } => {
                    world.make(home);
                    let now = world.holders();
                    for who in world.granted.iter().map(|who| who_is(*who)) {
                        prop_assert!(!before.contains(&who) || now.contains(&who), "{who:?} lost it by {event:?}");
                    }
                }
            }
            prop_assert!(world.there.pools.contains_key(&pool_id("x")), "a pool that is nobody's fallback stays");
        }
        // Whatever happened: the own center, then the fallback, and once more for what the first look kept.
        for home in [true, false, true, false] {
            world.make(home);
        }
        prop_assert_eq!(world.left(), 0);
        let wanted: BTreeSet<Subject> = world.granted.iter().map(|who| who_is(*who)).collect();
        let (own, there) = (world.home.pools.get(&ai()), world.there.pools.get(&ai()));
        let at = if world.offered { own } else { there };
        prop_assert_eq!(at.map(|pool| pool.grants.keys().cloned().collect()), Some(wanted));
        prop_assert!(!world.offered || there.is_none(), "the fallback has let go of it");
    }
}
