//! One world with a change of nearly every kind, and every place to die on the way: each append to the journal (before
//! it, in the middle of it, after it), each write, and each request of a write (before and after the center saw it).
//! Both `resume` and another apply finish what was begun.

use std::collections::BTreeMap;

use super::gate::{Embedded, Http};
use super::gateway::Gateway;
use super::life::{Life, Round};
use super::place::Place;
use super::worlds::{World, files};
use crate::fakes::proxy::Faults;
use crate::litellm::world::{alert, cap, grant, id, person, pool};

/// Pools that come, go, grow and shrink, and people who do.
pub(super) fn world(wide: bool) -> World {
    let (mut before, mut after) = (files(wide), files(wide));
    let mut art = pool("200");
    art.description = None;
    art.default_cap = Some(cap("20"));
    grant(&mut art, &["ana"], Some(cap("5")));
    grant(&mut art, &["ben", "cleo"], Some(cap("inherit")));
    grant(&mut art, &["dora"], Some(cap("20")));
    let mut wanted = art.clone();
    alert(&mut wanted, 80, &["ops@acme.example"]);
    wanted.default_cap = Some(cap("10"));
    wanted.grants.remove(&person("dora"));
    grant(&mut wanted, &["ana"], Some(cap("15")));
    grant(&mut wanted, &["cleo"], Some(cap("10")));
    grant(&mut wanted, &["emil"], Some(cap("inherit")));
    if wide {
        wanted.others = Some(bursar::model::Others::Cap(cap("5")));
    }
    let mut lab = pool("100");
    lab.description = None;
    grant(&mut lab, &["ana", "emil"], Some(cap("5")));
    before.pools = [(id("art"), art), (id("lab"), lab.clone())].into();
    after.pools = [(id("art"), wanted), (id("web"), lab)].into();
    after.absent = [id("lab")].into();
    let strangers = BTreeMap::from([("art".to_owned(), ["svc-build"].into())]);
    World { before, after, strangers }
}

/// Dies everywhere; where it died last.
fn every_step<P: Place>() -> usize {
    let place = P::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for at in 0.. {
        let first = Round { faults: Faults::default(), death: Some(at), anew: true };
        let lived = [false, true].map(|anew| {
            let life = Life { world: world(P::WIDE), rounds: vec![first.clone()], anew };
            runtime
                .block_on(life.steps(&place))
                .unwrap_or_else(|why| panic!("dead at {at}, anew: {anew}: {why}"))
        });
        assert_eq!(lived[0], lived[1]);
        if lived[0] {
            return at;
        }
    }
    unreachable!()
}

#[test]
fn a_death_at_any_step_is_made_good_in_a_file() {
    let deaths = every_step::<Embedded>();
    assert!(deaths > 50, "{deaths}");
}

#[test]
fn a_death_at_any_step_is_made_good_over_http() {
    let deaths = every_step::<Http>();
    assert!(deaths > 60, "{deaths}");
}

#[test]
fn a_death_at_any_step_is_made_good_on_a_gateway() {
    let deaths = every_step::<Gateway>();
    assert!(deaths > 60, "{deaths}");
}
