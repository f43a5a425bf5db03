//! Whatever a record holds is read back as it was written.

use std::path::Path;

use bursar::config::record::{is_name, parse};
use bursar::diagnostics::Files;
use bursar::model::{
    Amount, Cap, CenterId, CenterRecord, Confirmed, ControlName, Level, Limit, PoolSetting, Record, Target, Unit,
    WhenExhausted,
};
use bursar::output::record::record;
use jiff::Timestamp;
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn name() -> impl Strategy<Value = String> {
    let odd = "[a-zA-Z0-9 @._:#'\"{}\\[\\],&*!|>%`é\u{ad}👩-]{1,24}";
    prop_oneof![
        odd,
        any::<String>(),
        select(vec!["no", "null", "~", "014", "1e3", "<<", "- a", "2026-11-22"]).prop_map(str::to_owned)
    ]
    .prop_filter("a record holds no such name", |text| is_name(text) && text.len() < 100)
}

fn confirmed<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Confirmed<T>> {
    let at = (0_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap());
    (value, name(), at, option::of("[0-9a-f]{12}"), option::of(name()))
        .prop_map(|(value, by, at, plan, basis)| Confirmed { value, by, at, plan, basis })
}

fn amount() -> impl Strategy<Value = Amount> {
    (any::<u32>(), select(vec![Unit::Credits, Unit::Acu, Unit::USD])).prop_map(|(n, unit)| Amount::whole(n, unit))
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::Blocked),
        Just(Level::Cap(Cap::Unlimited)),
        amount().prop_map(|amount| Level::Cap(Cap::Amount(amount))),
    ]
}

fn pool() -> impl Strategy<Value = PoolSetting> {
    let limit = prop_oneof![Just(Limit::None), amount().prop_map(Limit::Amount)];
    (option::of(limit), option::of(select(WhenExhausted::ALL.to_vec())))
        .prop_map(|(limit, when_exhausted)| PoolSetting { limit, when_exhausted })
}

fn center() -> impl Strategy<Value = CenterRecord> {
    (
        option::of(name()),
        btree_map(name().prop_map(|name| name.to_ascii_lowercase()), confirmed(level()), 0..6),
        btree_map(btree_map(name(), name(), 1..3).prop_map(Target), confirmed(pool()), 0..4),
        btree_map(select(ControlName::ALL.to_vec()), confirmed(Just(())), 0..3),
    )
        .prop_map(|(identity, people, pools, missing)| CenterRecord { identity, people, pools, missing })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_record_is_read_back(centers in btree_map(
        "[a-z0-9][a-z0-9._@+-]{0,8}".prop_map(|id| CenterId::new(&id).unwrap()), center(), 0..3,
    )) {
        let mut before = Record { centers };
        // A control that is missing is so of no plan.
        for missing in before.centers.values_mut().flat_map(|center| center.missing.values_mut()) {
            (missing.plan, missing.basis) = (None, None);
        }
        let text = record(&before);
        let mut findings = Vec::new();
        let after = parse(&mut Files::default(), Path::new("x"), "x", text.clone().into_bytes(), &mut findings);
        prop_assert!(findings.is_empty(), "{findings:?}\n{text}");
        prop_assert_eq!(&after.record, &before, "{}", text);
        prop_assert_eq!(record(&after.record), text);
    }

    #[test]
    fn no_text_stops_the_reader(text in "[a-z0-9 :{}\\[\\]\"',&*#\n-]{0,80}") {
        let text = format!("version: 1\ncenters:\n  design:\n    people:\n      {text}");
        let mut findings = Vec::new();
        parse(&mut Files::default(), Path::new("x"), "x", text.into_bytes(), &mut findings);
    }
}
