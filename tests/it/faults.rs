//! Random worlds, brought to other random worlds while anything may go wrong on the way and the run may be killed at
//! any step, again and again; each time somebody goes on with it, by `resume` or by another apply. Whatever happened:
//!
//! - one further apply with nothing in its way converges;
//! - nothing was written that was not in a plan and, before that, in a journal, at no moment;
//! - nobody who keeps a right had less than what they had and what they get, at no moment;
//! - each journal tells the truth: what it calls applied is there, and what it calls failed, refused or skipped was not
//!   made by that run.
//!
//! Two thousand cases are run unless somebody wants more. `BURSAR_LONG=50000` runs so many cases, `BURSAR_LONG=2h` as many as fit into two hours:
//! `BURSAR_LONG=2h cargo test --test it faults:: -- --nocapture`.

mod bytes;
mod gate;
mod gateway;
mod life;
mod place;
mod steps;

mod worlds;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::fakes::proxy::{Fault, Faults};
use gate::{Embedded, Http};
use gateway::Gateway;
use life::{Life, Round};
use place::Place;
use worlds::world;

/// How many run side by side: they wait most of the time.
const AT_ONCE: u32 = 16;

fn faults() -> impl Strategy<Value = Faults> {
    let percent = Fault::ALL.map(|fault| (0..6_u64).prop_map(move |percent| (fault, percent)));
    (any::<u64>(), percent).prop_map(|(seed, percent)| Faults { seed, percent: percent.into(), ..Faults::default() })
}

fn round() -> impl Strategy<Value = Round> {
    let faults = prop_oneof![3 => faults(), 1 => Just(Faults::default())];
    let death = prop_oneof![2 => (0..60_usize).prop_map(Some), 1 => Just(None)];
    (faults, death, any::<bool>()).prop_map(|(faults, death, anew)| Round { faults, death, anew })
}

fn life(wide: bool) -> impl Strategy<Value = Life> {
    let rounds = proptest::collection::vec(round(), 1..4);
    (world(wide), rounds, any::<bool>()).prop_map(|(world, rounds, anew)| Life { world, rounds, anew })
}

/// Runs so many cases; the error is the smallest case that was found to go wrong. `found` tells the others.
fn cases<P: Place>(place: &P, cases: u32, found: &AtomicBool) {
    let config =
        ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mine = std::cell::Cell::new(false);
    let result = TestRunner::new(config).run(&life(P::WIDE), |life| {
        if found.load(Ordering::Relaxed) && !mine.get() {
            return Ok(());
        }
        let lead = std::panic::AssertUnwindSafe(|| runtime.block_on(life.lead(place)));
        let led = std::panic::catch_unwind(lead).unwrap_or_else(|_| Err(TestCaseError::fail("it panicked")));
        if led.is_err() && !found.swap(true, Ordering::Relaxed) {
            mine.set(true);
            // Making it smaller takes a while.
            println!("going wrong: {led:?}\n{life:#?}");
        }
        if mine.get() { led } else { Ok(()) }
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Runs as many cases as are asked for, side by side.
fn search<P: Place>(usually: u32) {
    let long = std::env::var("BURSAR_LONG").unwrap_or_default();
    let hours: Option<u64> = long.strip_suffix('h').map(|hours| hours.parse().unwrap());
    let count = if hours.is_some() || long.is_empty() { usually } else { long.parse().unwrap() };
    let started = Instant::now();
    let until = started + Duration::from_hours(hours.unwrap_or(0));
    let (done, found) = (AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let place = P::start();
                loop {
                    let some = count.div_ceil(AT_ONCE);
                    cases(&place, some, &found);
                    done.fetch_add(some, Ordering::Relaxed);
                    if Instant::now() >= until || found.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
    });
    println!("{} cases in {:?}", done.into_inner(), started.elapsed());
}

#[test]
fn a_gateway_converges_whatever_goes_wrong() {
    search::<Gateway>(400);
}

#[test]
fn a_server_converges_whatever_goes_wrong() {
    search::<Http>(300);
}

#[test]
fn a_file_converges_whatever_goes_wrong() {
    search::<Embedded>(1300);
}
