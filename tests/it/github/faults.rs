//! A GitHub that breaks at every request once: nothing is made twice, and the next run ends where the files want it.

use super::fake::{Fault, When};
use super::start;
use super::world::{Files, apply, design, others, plan, pool, whole, write};
use crate::litellm::world::{cap, grant, id};

fn files(round: u32) -> Files {
    let mut center = design(Some(if round == 0 { "500" } else { "400" }));
    center.default_cap = Some(cap(if round == 0 { "40" } else { "30" }));
    grant(&mut center, &["alice"], Some(cap("60")));
    grant(&mut center, if round == 0 { &["bob"] } else { &["carol"] }, None);
    let mut account = pool(whole(), Some("2000"), others(if round == 0 { "19" } else { "39" }));
    if round == 0 {
        grant(&mut account, &["dan"], Some(cap("100")));
    }
    Files::of(&["alice", "bob", "carol", "dan"])
        .with("design", center)
        .with("everybody", account)
}

async fn broken(fault: impl Fn(&'static str, usize) -> Fault) {
    for skip in 0.. {
        let (fake, settings) = start();
        let mut reached = false;
        for round in [0, 1] {
            let files = files(round);
            let planned = plan(&settings, &files).await.unwrap();
            for on in ["POST", "PATCH", "DELETE"] {
                fake.fault(fault(on, skip));
            }
            fake.asked();
            write(&settings, &files, &planned.changes).await;
            let asked = fake.asked();
            reached |= ["POST", "PATCH", "DELETE"]
                .iter()
                .any(|on| asked.iter().filter(|line| line.starts_with(on)).count() > skip);
            fake.clear_faults();
            apply(&settings, &files).await;
            assert_eq!(apply(&settings, &files).await, [""; 0], "{skip}");
            fake.state(|state| {
                let mut keys: Vec<_> = state
                    .budgets
                    .iter()
                    .map(|b| (b.scope.clone(), b.entity.clone(), b.user.clone()))
                    .collect();
                keys.sort();
                let count = keys.len();
                keys.dedup();
                assert_eq!(keys.len(), count, "{skip}: a budget was made twice");
            });
        }
        let mut gone = files(1);
        gone.pools.remove(&id("design"));
        gone.absent.insert(id("design"), super::world::center("Design"));
        apply(&settings, &gone).await;
        if !reached {
            assert!(skip > 4, "only {skip} writes were reached");
            break;
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_or_after_any_write() {
    for when in [When::Before, When::After] {
        broken(|on, skip| Fault { skip, ..Fault::reset(on, when) }).await;
    }
}

#[tokio::test]
async fn an_error_of_githubs_own_before_or_after_any_write() {
    for when in [When::Before, When::After] {
        broken(|on, skip| Fault { skip, when, ..Fault::status(on, 500) }).await;
    }
}
