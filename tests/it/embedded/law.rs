//! The law of an apply: once a plan is made, there is nothing left to plan, whatever was there before.

use std::collections::BTreeMap;

use bursar::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, Desired, Expiry, Grant, Lapse, Limit, MemberId, Others, Period,
    Pool, Recipient, Source, Subject, Target, Threshold, Unit, WhenExhausted,
};
use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Center, roster};

pub(crate) const MEMBERS: [&str; 5] = ["alice", "bob", "carol", "dora", "erin"];
const POOLS: [&str; 3] = ["a", "b", "c"];

fn amounts(unit: Unit) -> impl Strategy<Value = Amount> {
    (0_i64..100_000, 0_u32..4).prop_map(move |(value, scale)| Amount::new(Decimal::new(value, scale), unit).unwrap())
}

fn caps(unit: Unit) -> impl Strategy<Value = Cap> {
    prop_oneof![4 => amounts(unit).prop_map(Cap::Amount), 1 => Just(Cap::Unlimited), 1 => Just(Cap::Inherit)]
}

fn members() -> impl Strategy<Value = MemberId> {
    prop::sample::select(&MEMBERS[..]).prop_map(|name| MemberId::new(name).unwrap())
}

fn grants(unit: Unit) -> impl Strategy<Value = BTreeMap<Subject, Grant>> {
    let expiry = prop_oneof![
        Just(Some(Expiry::Never)),
        Just(None),
        (1_i8..28).prop_map(|day| Some(Expiry::On(jiff::civil::date(2030, 2, day))))
    ];
    let grant = (option::of(caps(unit)), expiry).prop_map(|(cap, expires)| Grant { cap, period: None, expires });
    btree_map(members().prop_map(Subject::Member), grant, 0..5)
}

fn alerts(unit: Unit) -> impl Strategy<Value = BTreeMap<AlertKey, Alert>> {
    let at = prop_oneof![(1_u32..=100).prop_map(Threshold::Percent), amounts(unit).prop_map(Threshold::Amount)];
    let key =
        (prop_oneof![Just(AlertScope::Budget), Just(AlertScope::Caps)], at).prop_map(|(of, at)| AlertKey { of, at });
    let login = || Recipient::Login { provider: "github".to_owned(), login: "Ops \"Bot\"".to_owned() };
    let recipient = prop_oneof![
        "[a-z]{1,5}@acme[.]example".prop_map(Recipient::Email),
        Just(login()),
        Just(Recipient::Slack("OPS_HOOK".to_owned())),
        Just(Recipient::Member),
    ];
    btree_map(key, btree_set(recipient, 1..3).prop_map(|notify| Alert { notify }), 0..3)
}

fn pools() -> impl Strategy<Value = Pool> {
    prop_oneof![Just(Unit::Credits), Just(Unit::USD)].prop_flat_map(|unit| {
        let limit = prop_oneof![Just(Limit::None), amounts(unit).prop_map(Limit::Amount)];
        let others = prop_oneof![Just(Others::Blocked), caps(unit).prop_map(Others::Cap)];
        let budget = (
            option::of(prop::sample::select(&Period::ALL[..])),
            option::of(limit),
            option::of(prop::sample::select(&WhenExhausted::ALL[..])),
        );
        (
            option::of("[ -~äß–]{0,12}"),
            budget,
            option::of(caps(unit)),
            option::of(others),
            option::of(alerts(unit)),
            grants(unit),
        )
            .prop_map(
                move |(description, (period, limit, when_exhausted), default_cap, others, alerts, grants)| Pool {
                    target: Target::default(),
                    description,
                    budget: Budget { unit, period, limit, when_exhausted },
                    default_cap,
                    others,
                    alerts,
                    grants,
                },
            )
    })
}

pub(crate) fn worlds() -> impl Strategy<Value = Desired> {
    let name = || prop::sample::select(&POOLS[..]).prop_map(super::id);
    let lapsed = btree_map(members(), Just(Lapse::Expired(jiff::civil::date(2026, 1, 31))), 0..3);
    (btree_map(name(), pools(), 0..4), btree_map(name(), lapsed, 0..3), btree_set(name(), 0..2)).prop_map(
        |(pools, mut lapsed, absent)| {
            let mut desired = Desired::default();
            let source = Source { file: "bursar.yaml".into(), line: 1 };
            desired.absent = absent
                .into_iter()
                .filter(|id| !pools.contains_key(id))
                .map(|id| (id, (Target::default(), source.clone())))
                .collect();
            for (id, lapsed) in &mut lapsed {
                let granted = |member: &MemberId| {
                    pools
                        .get(id)
                        .is_some_and(|pool: &Pool| pool.grants.contains_key(&Subject::Member(member.clone())))
                };
                lapsed.retain(|member, _| !granted(member));
            }
            desired.lapsed = lapsed;
            desired.state.pools = pools;
            desired
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_was_planned_and_made_is_not_planned_again(
        worlds in prop::collection::vec((worlds(), 0_usize..=MEMBERS.len()), 1..4),
    ) {
        let mut center = Center::new();
        for (desired, known) in worlds {
            // Whom this version of the files does not know any more is a stranger to it.
            let granted = desired.state.pools.values().flat_map(|pool| pool.grants.keys());
            let lapsed = desired.lapsed.values().flat_map(|lapsed| lapsed.keys().map(MemberId::as_str));
            let names: Vec<&str> = granted.map(Subject::name).chain(lapsed).chain(MEMBERS[..known].iter().copied()).collect();
            center.roster = roster(&names);
            center.apply(&desired);
            prop_assert_eq!(center.plan(&desired), vec![]);
        }
    }
}
