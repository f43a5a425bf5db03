//! Random worlds: what a center holds, and what the files ask of it.

use std::collections::{BTreeMap, BTreeSet};

use bursar::model::Pool;
use proptest::prelude::*;

use crate::litellm::world::{Files, alert, cap, grant, id, pool};

const PEOPLE: [&str; 5] = ["ana", "ben", "cleo", "dora", "emil"];
const POOLS: [&str; 3] = ["art", "lab", "web"];
const CAPS: [&str; 4] = ["5", "10", "15", "20"];

/// How a center begins, and what the files want of it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) before: Files,
    pub(crate) after: Files,
    /// Who is in a pool without being in the files.
    pub(crate) strangers: BTreeMap<String, BTreeSet<&'static str>>,
}

/// One pool with somebody in it or nobody.
fn any_pool(alerts: bool) -> impl Strategy<Value = Pool> {
    let cap_of = || proptest::option::of(proptest::sample::select(&CAPS[..]));
    let people = proptest::collection::btree_map(proptest::sample::select(&PEOPLE[..]), cap_of(), 0..=PEOPLE.len());
    let limit = proptest::sample::select(&["100", "200", "300"][..]);
    let percent = proptest::option::of(50..90_u32);
    (limit, cap_of(), people, percent).prop_map(move |(limit, default, people, percent)| {
        let mut pool = pool(limit);
        pool.description = None;
        pool.default_cap = Some(cap(default.unwrap_or("inherit")));
        for (person, own) in people {
            grant(&mut pool, &[person], Some(cap(own.unwrap_or("inherit"))));
        }
        if let (true, Some(percent)) = (alerts, percent) {
            alert(&mut pool, percent, &["ops@acme.example"]);
        }
        pool
    })
}

/// What becomes of a pool.
#[derive(Clone, Debug)]
enum Wish {
    Be(Box<Pool>),
    Go,
    Unmanaged,
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        6 => any_pool(true).prop_map(|pool| Wish::Be(Box::new(pool))),
        1 => Just(Wish::Go),
        1 => Just(Wish::Unmanaged),
    ]
}

/// A world and what is wanted of it.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let strangers = proptest::collection::btree_set(proptest::sample::select(&["svc-build", "svc-night"][..]), 0..=2);
    let one = || (proptest::option::of(any_pool(false)), wish(), strangers.clone());
    [one(), one(), one()].prop_map(|pools| {
        let mut world = World { before: Files::of(&PEOPLE), after: Files::of(&PEOPLE), strangers: BTreeMap::new() };
        for (name, (before, wish, people)) in POOLS.into_iter().zip(pools) {
            if let Some(pool) = before {
                world.before.pools.insert(id(name), pool);
                world.strangers.insert(name.to_owned(), people);
            }
            match wish {
                Wish::Be(pool) => drop(world.after.pools.insert(id(name), *pool)),
                Wish::Go => drop(world.after.absent.insert(id(name))),
                Wish::Unmanaged => {}
            }
        }
        world
    })
}
