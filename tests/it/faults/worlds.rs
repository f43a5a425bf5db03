//! Random worlds: what a center holds, and what the files ask of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bursar::model::{Cap, MemberId, Others, Pool};
use proptest::prelude::*;

use crate::litellm::world::{Files, alert, cap, grant, id, pool};

pub(super) const PEOPLE: [&str; 5] = ["ana", "ben", "cleo", "dora", "emil"];
const POOLS: [&str; 3] = ["art", "lab", "web"];
/// The last of them only where every cap can be held.
const CAPS: [&str; 5] = ["5", "10", "15", "20", "unlimited"];

/// How a center begins, and what the files want of it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) before: Files,
    pub(crate) after: Files,
    /// Who is in a pool without being in the files.
    pub(crate) strangers: BTreeMap<String, BTreeSet<&'static str>>,
}

fn a_cap(text: &str) -> Cap {
    if text == "unlimited" { Cap::Unlimited } else { cap(text) }
}

/// A line per pool, so that a person can see what it is about.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = f.debug_list();
        for (name, files) in [("before", &self.before), ("after", &self.after)] {
            for (id, Pool { budget, default_cap, others, alerts, grants, .. }) in &files.pools {
                let caps: Vec<String> = grants
                    .iter()
                    .map(|(who, grant)| {
                        format!("{} {}", who.name(), grant.cap.map_or_else(String::new, |c| c.to_string()))
                    })
                    .collect();
                let (limit, default) = (budget.limit.unwrap(), default_cap.unwrap());
                let alerts: Vec<String> = alerts.iter().flatten().map(|(key, _)| key.to_string()).collect();
                lines.entry(&format!(
                    "{name} {id}: limit {limit}, default {default}, others {}, alerts {alerts:?}: {}",
                    others.unwrap(),
                    caps.join(", ")
                ));
            }
            lines.entries(files.absent.iter().map(|id| format!("{name} {id}: gone")));
        }
        lines.entry(&self.strangers).finish()
    }
}

/// One pool with somebody in it or nobody; a wide one may have whatever the files can ask.
fn any_pool(alerts: bool, wide: bool) -> impl Strategy<Value = Pool> {
    let caps = if wide { &CAPS[..] } else { &CAPS[..4] };
    let cap_of = move || proptest::option::of(proptest::sample::select(caps));
    let others = proptest::option::of(cap_of());
    let people = proptest::collection::btree_map(proptest::sample::select(&PEOPLE[..]), cap_of(), 0..=PEOPLE.len());
    let limit = proptest::sample::select(&["100", "200", "300"][..]);
    let percent = proptest::option::of(50..90_u32);
    (limit, cap_of(), people, percent, others).prop_map(move |(limit, default, people, percent, others)| {
        let mut pool = pool(limit);
        pool.description = None;
        pool.default_cap = Some(a_cap(default.unwrap_or("inherit")));
        for (person, own) in people {
            grant(&mut pool, &[person], Some(a_cap(own.unwrap_or("inherit"))));
        }
        if let (true, Some(others)) = (wide, others) {
            pool.others = Some(Others::Cap(a_cap(others.unwrap_or("inherit"))));
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

fn wish(wide: bool) -> impl Strategy<Value = Wish> {
    prop_oneof![
        6 => any_pool(true, wide).prop_map(|pool| Wish::Be(Box::new(pool))),
        1 => Just(Wish::Go),
        1 => Just(Wish::Unmanaged),
    ]
}

/// Files that know everybody.
pub(super) fn files(wide: bool) -> Files {
    if !wide {
        return Files::of(&PEOPLE);
    }
    let mut files = Files::default();
    for person in PEOPLE {
        files.roster.insert(MemberId::new(person).unwrap(), person);
    }
    files
}

/// A world and what is wanted of it.
pub(crate) fn world(wide: bool) -> impl Strategy<Value = World> {
    let strangers = proptest::collection::btree_set(proptest::sample::select(&["svc-build", "svc-night"][..]), 0..=2);
    let one = move || (proptest::option::of(any_pool(wide, wide)), wish(wide), strangers.clone());
    [one(), one(), one()].prop_map(move |pools| {
        let mut world = World { before: files(wide), after: files(wide), strangers: BTreeMap::new() };
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
