//! Each way in which a cap can be known, and what is never added up.

use super::*;
use crate::centers;
use crate::model::{Budget, Grant, MemberId, PersonDrawn, Target, parse_decimal};
use proptest::prelude::*;

fn of(text: &str, unit: Unit) -> Amount {
    Amount::new(parse_decimal(text).unwrap(), unit).unwrap()
}

fn credits(text: &str) -> Amount {
    of(text, Unit::Credits)
}

fn who(name: &str) -> Subject {
    Subject::Member(MemberId::new(name).unwrap())
}

fn id() -> PoolId {
    PoolId::new("ai").unwrap()
}

fn now() -> Timestamp {
    "2026-11-16T00:00:00Z".parse().unwrap()
}

fn grant(cap: Option<Cap>) -> Grant {
    Grant { cap, ..Grant::default() }
}

fn pool(others: Option<Others>, default_cap: Option<Cap>, grants: &[(&str, Option<Cap>)]) -> Pool {
    Pool {
        target: Target::default(),
        description: None,
        budget: Budget {
            unit: Unit::Credits,
            period: Some(Period::Monthly),
            limit: Some(Limit::Amount(credits("1000"))),
            when_exhausted: None,
        },
        default_cap,
        others,
        alerts: None,
        grants: grants.iter().map(|(name, cap)| (who(name), grant(*cap))).collect(),
    }
}

fn drew(people: &[(&str, &str)]) -> PoolDrawn {
    let people = people.iter().map(|(name, drawn)| (who(name), PersonDrawn::of(credits(drawn))));
    PoolDrawn { people: people.collect(), ..PoolDrawn::default() }
}

/// How it stands: the pool of the files, that of the center, and what was drawn.
fn stands(provider: &str, asked: Pool, observed: &Observed, drawn: PoolDrawn) -> CenterUse {
    let capabilities = centers::capabilities(provider).unwrap();
    let mut desired = Desired::default();
    desired.state.pools.insert(id(), asked);
    let drawn = Drawn { pools: BTreeMap::from([(id(), drawn)]), ..Drawn::default() };
    of_center(&CenterId::new("main").unwrap(), capabilities, &desired, observed, Some(drawn), now())
}

fn holds(pool: Pool) -> Observed {
    let mut observed = Observed::default();
    observed.state.pools.insert(id(), pool);
    observed
}

/// Everybody with their cap and where it was read.
fn caps(stands: &CenterUse) -> Vec<String> {
    let cap = |one: &PersonUse| match (one.cap, one.cap_from) {
        (Some(cap), Some(from)) => format!("{cap} ({from:?})"),
        (None, None) => "?".to_owned(),
        odd => panic!("{odd:?}"),
    };
    let people = stands.pools[0].people.iter();
    people
        .map(|(who, one)| format!("{who}{} {}", if one.granted { "" } else { " (no grant)" }, cap(one)))
        .collect()
}

const TEN: fn() -> Option<Cap> = || Some(Cap::Amount(credits("10")));
const FIVE: fn() -> Option<Cap> = || Some(Cap::Amount(credits("5")));

#[test]
fn what_the_center_holds_counts_more_than_what_the_files_ask() {
    let asked = pool(Some(Others::Blocked), None, &[("own", FIVE()), ("unknown", FIVE()), ("new", FIVE())]);
    let held = [("own", TEN()), ("follows", Some(Cap::Inherit)), ("free", Some(Cap::Unlimited)), ("unknown", None)];
    let observed = holds(pool(Some(Others::Cap(Cap::Amount(credits("1")))), Some(Cap::Amount(credits("7"))), &held));
    let stands = stands("embedded", asked, &observed, drew(&[("stranger", "3")]));
    assert_eq!(
        caps(&stands),
        [
            "follows 7 credits (Default)",
            "free unlimited (Own)",
            "new 1 credits (Others)",
            "own 10 credits (Own)",
            "stranger (no grant) 1 credits (Others)",
            "unknown 5 credits (Files)",
        ]
    );
}

#[test]
fn a_default_that_says_nothing_leaves_the_budget_and_one_that_is_not_shown_leaves_the_files() {
    let asked = || pool(Some(Others::Blocked), FIVE(), &[("bob", None)]);
    let held = |default| holds(pool(Some(Others::Blocked), default, &[("bob", Some(Cap::Inherit))]));
    let cap = |default| caps(&stands("embedded", asked(), &held(default), PoolDrawn::default()));
    assert_eq!(cap(Some(Cap::Inherit)), ["bob unlimited (Default)"]);
    assert_eq!(cap(None), ["bob 5 credits (Files)"]);
}

#[test]
fn whose_grant_is_a_setting_of_their_own_draws_what_others_do_without_it() {
    let asked = || pool(Some(Others::Blocked), FIVE(), &[("bob", Some(Cap::Inherit)), ("cy", TEN())]);
    let mut observed = holds(pool(Some(Others::Cap(Cap::Amount(credits("2")))), None, &[]));
    let found = stands("chatgpt", asked(), &observed, drew(&[("zoe", "1")]));
    assert_eq!(caps(&found), ["bob 2 credits (Others)", "cy 2 credits (Others)", "zoe (no grant) 2 credits (Others)"]);
    // The default of a group that somebody is in comes before what others draw.
    observed.inherited.insert(id(), BTreeMap::from([(who("bob"), Cap::Amount(credits("3")))]));
    assert_eq!(caps(&stands("chatgpt", asked(), &observed, PoolDrawn::default()))[0], "bob 3 credits (Others)");
    // What nothing shows of others is not nothing.
    let silent = holds(pool(None, None, &[]));
    let found = stands("claude", asked(), &silent, drew(&[("zoe", "1")]));
    assert_eq!(caps(&found), ["bob 0 credits (Files)", "cy 10 credits (Files)", "zoe (no grant) ?"]);
}

#[test]
fn who_did_not_join_draws_nothing_but_what_a_wider_rule_lets_them() {
    let asked = || pool(None, None, &[("bob", TEN()), ("cy", TEN())]);
    let mut observed = holds(pool(None, None, &[("bob", TEN())]));
    assert_eq!(
        caps(&stands("litellm", asked(), &observed, PoolDrawn::default())),
        ["bob 10 credits (Own)", "cy 0 credits (Others)"]
    );
    observed.outside.insert(id(), BTreeMap::from([(who("cy"), Cap::Unlimited)]));
    assert_eq!(caps(&stands("litellm", asked(), &observed, PoolDrawn::default()))[1], "cy unlimited (Others)");
}

#[test]
fn a_pool_that_is_not_there_yet_stands_as_the_files_ask() {
    let asked = pool(Some(Others::Blocked), FIVE(), &[("bob", None), ("cy", TEN())]);
    let found = stands("embedded", asked, &Observed::default(), PoolDrawn::default());
    assert_eq!(caps(&found), ["bob 5 credits (Files)", "cy 10 credits (Files)"]);
    let pool = &found.pools[0];
    assert!(!pool.exists && pool.drawn.is_none() && !pool.at_least && pool.forecast.is_none());
    assert_eq!(pool.budget(), Some(credits("1000")));
}

#[test]
fn who_is_blocked_and_drew_stands_over_a_cap_of_nothing() {
    let asked = pool(Some(Others::Blocked), None, &[]);
    let found = stands("embedded", asked.clone(), &holds(asked), drew(&[("bob", "3")]));
    let bob = &found.pools[0].people[&who("bob")];
    assert_eq!((bob.cap, bob.drawn), (Some(Cap::Amount(credits("0"))), Some(credits("3"))));
    assert_eq!(percent(credits("3"), credits("0")), None, "there is nothing to be a part of");
}

#[test]
fn units_never_mix() {
    let asked = pool(None, None, &[]);
    let usd = of("3", Unit::USD);
    let drawn = PoolDrawn {
        total: Some(usd),
        seat: Some(usd),
        people: BTreeMap::from([
            (who("bob"), PersonDrawn::of(usd)),
            (who("cy"), PersonDrawn { seat: Some(usd), ..PersonDrawn::of(credits("2")) }),
        ]),
        window: None,
    };
    let mut held = asked.clone();
    held.budget.limit = Some(Limit::Amount(usd));
    let found = stands("embedded", asked, &holds(held), drawn);
    let pool = &found.pools[0];
    assert_eq!((pool.drawn, pool.at_least, pool.seat, pool.budget()), (Some(credits("2")), true, None, None));
    assert_eq!(pool.people.keys().collect::<Vec<_>>(), [&who("cy")]);
    assert_eq!(pool.people[&who("cy")].seat, None);
    assert_eq!(found.notes, ["ai counts credits, and what the center tells in USD is left out"]);
    assert_eq!(percent(usd, credits("3")), None);
}

#[test]
fn only_what_is_of_the_pools_period_is_added_up() {
    let week = Window::calendar(Period::Weekly, now());
    let mut drawn = drew(&[("bob", "2"), ("cy", "3")]);
    drawn
        .people
        .insert(who("dee"), PersonDrawn { window: Some(week), ..PersonDrawn::of(credits("40")) });
    let asked = pool(None, None, &[]);
    let found = stands("embedded", asked.clone(), &holds(asked), drawn);
    let pool = &found.pools[0];
    assert_eq!((pool.drawn, pool.at_least), (Some(credits("5")), true));
    assert_eq!(pool.people[&who("dee")].window, Some(week));
    assert_eq!(pool.forecast.unwrap().at_end, credits("10"), "half of November is over");
    assert_eq!(pool.window, Some(Window::calendar(Period::Monthly, now())));
}

#[test]
fn what_is_not_told_is_not_nothing() {
    let asked = pool(None, None, &[("bob", TEN())]);
    let mut desired = Desired::default();
    desired.state.pools.insert(id(), asked.clone());
    let capabilities = centers::capabilities("figma").unwrap();
    let center = CenterId::new("main").unwrap();
    let found = of_center(&center, capabilities, &desired, &holds(asked), None, now());
    assert!(!found.told);
    assert_eq!((found.pools[0].drawn, found.pools[0].people[&who("bob")].drawn), (None, None));
    assert_eq!(found.counted(), now());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_share_is_rounded_down_and_never_panics(drawn in any::<u128>(), of in any::<u128>(), places in 0_u32..10) {
        let amount = |number: u128| {
            let number = number % 10_u128.pow(28);
            let value = rust_decimal::Decimal::from_i128_with_scale(i128::try_from(number).unwrap(), places);
            Amount::new(value.normalize(), Unit::Credits)
        };
        let (Ok(drawn), Ok(of)) = (amount(drawn), amount(of)) else { return Ok(()) };
        if let Some(share) = percent(drawn, of) {
            let share = rust_decimal::Decimal::from(share);
            if let Some(back) = of.value().checked_mul(share) {
                prop_assert!(back <= drawn.value() * rust_decimal::Decimal::ONE_HUNDRED);
            }
            prop_assert!(!of.is_zero());
        }
    }

    #[test]
    fn sums_are_exact(drawn in prop::collection::vec(0_u32..1_000_000, 1..30)) {
        let people = drawn.iter().enumerate();
        let people = people.map(|(at, cents)| {
            let value = rust_decimal::Decimal::new(i64::from(*cents), 2).normalize();
            (who(&format!("p{at}")), PersonDrawn::of(Amount::new(value, Unit::Credits).unwrap()))
        });
        let drawn_pool = PoolDrawn { people: people.collect(), ..PoolDrawn::default() };
        let asked = pool(None, None, &[]);
        let found = stands("embedded", asked.clone(), &holds(asked), drawn_pool);
        let all: u64 = drawn.iter().map(|cents| u64::from(*cents)).sum();
        let expected = rust_decimal::Decimal::new(i64::try_from(all).unwrap(), 2).normalize();
        prop_assert_eq!(found.pools[0].drawn.unwrap().value(), expected);
    }
}
