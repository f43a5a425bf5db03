//! What was drawn, as the reader tells it.

use bursar::centers::Reader as _;
use bursar::centers::embedded::{Embedded, draw};
use bursar::model::{Drawn, MemberId, Scope};
use jiff::{SignedDuration, Timestamp};

use super::{Center, amount, block_on, desired, id, limited};

fn told(center: &Center, scope: &Scope) -> Drawn {
    block_on(Embedded::new(&center.settings).usage(scope)).unwrap().unwrap()
}

fn shown(drawn: &Drawn) -> Vec<String> {
    let pool = &drawn.pools[&id("p")];
    let people = pool.people.iter().map(|(who, one)| format!("{who} {} {}", one.pool, one.last.unwrap()));
    std::iter::once(pool.total.unwrap().to_string()).chain(people).collect()
}

#[test]
fn a_day_in_the_past_is_as_if_it_ended_now() {
    let center = Center::new();
    let wanted = desired(&[("p", limited("1000", &[("alice", "500"), ("bob", "500")]))]);
    let mut scope = center.scope(&wanted);
    scope.pools.insert(id("missing"), bursar::model::Target::default());
    // One person whom the files know by two names.
    scope.roster.alias(MemberId::new("bob").unwrap(), "bob@acme.example");
    assert!(told(&center, &scope).pools.is_empty(), "there is no file yet");
    center.apply(&wanted);
    for (who, what, at) in [
        ("alice", "1", "2026-10-31T23:59:59Z"),
        ("alice", "2", "2026-11-03T08:00:00Z"),
        ("bob", "4", "2026-11-10T23:59:59.999Z"),
        ("alice", "8", "2026-11-11T00:00:00Z"),
        ("zoe", "16", "2026-11-12T00:00:00Z"),
    ] {
        let drawn = draw(&center.settings, "p", who, amount(what), at.parse().unwrap()).unwrap();
        assert_eq!(matches!(drawn, bursar::centers::embedded::Draw::Drawn(_)), who != "zoe", "{drawn:?}");
    }
    center.meddle(
        "INSERT INTO members (name) VALUES ('bob@acme.example');
         INSERT INTO draws (pool, pool_name, member, amount, at)
         SELECT 1, 'p', id, '0.5 credits', '2026-11-09T00:00:00Z' FROM members WHERE name = 'bob@acme.example'",
    );
    scope.as_of = Some("2026-11-10".parse().unwrap());
    let then = told(&center, &scope);
    assert_eq!(shown(&then), ["6.5 credits", "alice 2 credits 2026-11-03", "bob 4.5 credits 2026-11-10"]);
    let window = then.pools[&id("p")].window.unwrap();
    assert_eq!(
        (window.since.to_string(), window.until.unwrap().to_string()),
        ("2026-11-01".into(), "2026-12-01".into())
    );
    assert_eq!(then.pools.len(), 1, "a pool that is not there tells nothing");
    assert_eq!((then.lag, then.zero_is_unsure, then.notes.len()), (None, false, 0));
    scope.as_of = Some("2026-11-11".parse().unwrap());
    assert_eq!(shown(&told(&center, &scope))[1], "alice 10 credits 2026-11-11");
    scope.as_of = Some("2026-10-31".parse().unwrap());
    assert_eq!(shown(&told(&center, &scope)), ["1 credits", "alice 1 credits 2026-10-31"]);
}

#[test]
fn what_is_drawn_counts_at_once() {
    let center = Center::new();
    let wanted = desired(&[("p", limited("1000", &[("alice", "500")]))]);
    center.apply(&wanted);
    let now = Timestamp::now();
    draw(&center.settings, "p", "alice", amount("2.5"), now).unwrap();
    let mut scope = center.scope(&wanted);
    let today = now.to_string()[..10].to_owned();
    let expected = ["2.5 credits".to_owned(), format!("alice 2.5 credits {today}")];
    for as_of in [None, Some(&today), Some(&"2999-01-01".to_owned())] {
        scope.as_of = as_of.map(|day| day.parse().unwrap());
        assert_eq!(shown(&told(&center, &scope)), expected, "{as_of:?}");
    }
    let month = now.checked_sub(SignedDuration::from_hours(24 * 40)).unwrap();
    scope.as_of = Some(month.to_string()[..10].parse().unwrap());
    assert_eq!(shown(&told(&center, &scope)), ["0 credits"]);
}
