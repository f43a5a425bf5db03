//! The pool of the files in which a request is answered.

use bursar::config::explain::{PoolRight, explain};
use bursar::model::{CenterId, MemberId};
use bursar::output::requests::Landing;

use crate::config::{TODAY, providers, texts};

const FILES: &str = "\
version: 1
centers:
  one: { provider: embedded }
  two: { provider: embedded, path: two.db }
  none: { provider: embedded, path: none.db }
members:
  alice: {}
  bob: {}
  carol: {}
  dana: {}
pools:
  ai:
    center: one
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cap: 5 }, { member: bob, cap: 5, expires: 2026-01-01 }, { member: carol, cap: 5 }]
    others: blocked
  lab:
    center: one
    budget: { unit: credits, period: monthly }
    access: [{ member: carol, cap: 5 }]
    others: { cap: 1 }
  gone:
    center: one
    ensure: absent
  left:
    center: two
    budget: { unit: credits, period: monthly }
    access: []
    others: blocked
  right:
    center: two
    budget: { unit: credits, period: monthly }
    access: []
    others: blocked
";

/// The rights of somebody in one center; of nobody whom the files know where no name is given.
pub(crate) fn rights(text: &str, member: Option<&str>, center: &str) -> Vec<PoolRight> {
    let loaded = texts(&[text]);
    let member = member.map(|name| MemberId::new(name).unwrap());
    let explained = explain(&loaded.config, &loaded.files, &providers(), member.as_ref(), TODAY);
    let center = CenterId::new(center).unwrap();
    explained.pools.into_iter().filter(|right| right.center == center).collect()
}

fn lands(member: Option<&str>, center: &str) -> String {
    let landing = Landing::of(rights(FILES, member, center));
    let pools: Vec<String> = landing.pools().into_iter().map(ToString::to_string).collect();
    match landing {
        Landing::Pool(_) => pools.join(" "),
        Landing::Several(_) => format!("one of {}", pools.join(" ")),
        Landing::Nowhere => format!("nowhere{}", pools.join(" ")),
    }
}

#[test]
fn the_pool_that_names_them_else_the_one_whose_others_they_are() {
    assert_eq!(lands(Some("alice"), "one"), "ai", "it grants her something");
    assert_eq!(lands(Some("bob"), "one"), "ai", "it names him, and did grant him something");
    assert_eq!(lands(Some("carol"), "one"), "one of ai lab", "both do");
    assert_eq!(lands(Some("dana"), "one"), "lab", "where others may draw");
    assert_eq!(lands(None, "one"), "lab");
    assert_eq!(lands(Some("dana"), "two"), "one of left right", "nothing tells which");
    assert_eq!(lands(Some("dana"), "none"), "nowhere");
}
