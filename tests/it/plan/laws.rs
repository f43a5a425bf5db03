//! The laws that hold for every plan, on random worlds.

use std::collections::{BTreeMap, BTreeSet};

use bursar::centers::{embedded, litellm};
use bursar::model::capability::Capabilities;
use bursar::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, CenterId, Desired, Expiry, Grant, Guardrails, Lapse, Limit,
    Observed, Others, Period, Pool, State, Subject, Target, Threshold, Unit, WhenExhausted,
};
use bursar::plan::{CenterPart, Change, Kind, Object, Plan, fit, hash, sort};
use proptest::prelude::*;
use proptest::sample::select;

use crate::world::{date, id, lines, member, plan_of, pool_id, source, stranger};

const USD: Unit = Unit::USD;

fn cap(unlimited: bool) -> impl Strategy<Value = Cap> {
    let amount = |n: u32| Cap::Amount(Amount::whole(n, USD));
    let mut caps = vec![amount(0), amount(100), amount(200), amount(300), Cap::Inherit];
    if unlimited {
        caps.push(Cap::Unlimited);
    }
    select(caps)
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        6 => (0..6u8).prop_map(|n| member(&format!("m{n}"))),
        1 => (0..2u8).prop_map(|n| stranger(&format!("Guest {n}"))),
    ]
}

fn period() -> impl Strategy<Value = Period> {
    select(vec![Period::Daily, Period::Monthly, Period::Lifetime])
}

fn limit() -> impl Strategy<Value = Limit> {
    select(vec![Limit::None, Limit::Amount(Amount::whole(0, USD)), Limit::Amount(Amount::whole(1000, USD))])
}

fn alerts() -> impl Strategy<Value = BTreeMap<AlertKey, Alert>> {
    let alert = (0..3u32, any::<bool>()).prop_map(|(percent, loud)| {
        let key = AlertKey { of: AlertScope::Budget, at: Threshold::Percent(percent * 10) };
        let name = if loud { "ops@acme.example" } else { "cfo@acme.example" };
        (key, Alert { notify: BTreeSet::from([bursar::model::Recipient::Email(name.to_owned())]) })
    });
    prop::collection::vec(alert, 0..3).prop_map(|alerts| alerts.into_iter().collect())
}

/// A value that is there with that probability.
fn maybe<S: Strategy + 'static>(known: f64, strategy: S) -> BoxedStrategy<Option<S::Value>> {
    if known < 1.0 { prop::option::weighted(known, strategy).boxed() } else { strategy.prop_map(Some).boxed() }
}

/// A pool; `known` is how likely each field is there.
pub(crate) fn pool(capabilities: &'static Capabilities, known: f64) -> impl Strategy<Value = Pool> {
    let unlimited = capabilities.controls.cap_unlimited.write.is_api();
    let grant = (maybe(known, cap(unlimited)), period(), any::<bool>()).prop_map(move |(cap, period, ends)| Grant {
        cap,
        period: cap.and_then(|cap| cap.amount()).map(|_| period).filter(|_| capabilities.grant_period),
        expires: capabilities
            .controls
            .expiry
            .write
            .is_api()
            .then(|| if ends { Expiry::On(date("2027-03-01")) } else { Expiry::Never }),
    });
    let others = prop_oneof![Just(Others::Blocked), cap(unlimited).prop_map(Others::Cap)];
    let parts = (
        maybe(known, period()),
        maybe(known, limit()),
        maybe(known, Just(WhenExhausted::Block)),
        maybe(known, cap(unlimited)),
        maybe(known, others),
        maybe(known, alerts()),
        prop::collection::btree_map(subject(), grant, 0..6),
    );
    parts.prop_map(|(period, limit, when_exhausted, default_cap, others, alerts, grants)| Pool {
        target: Target::of("pool", "x"),
        description: None,
        budget: Budget { unit: USD, period, limit, when_exhausted },
        default_cap,
        others,
        alerts,
        grants,
    })
}

fn pools(capabilities: &'static Capabilities, known: f64) -> impl Strategy<Value = State> {
    let name = select(vec!["a", "b", "c"]).prop_map(pool_id);
    prop::collection::btree_map(name, pool(capabilities, known), 0..4).prop_map(|pools| State { pools })
}

prop_compose! {
    pub(crate) fn part_of(capabilities: &'static Capabilities)(
        state in pools(capabilities, 0.6),
        mut observed in pools(capabilities, 1.0),
        lapsed in prop::collection::vec((0..6u8, any::<bool>()), 0..3),
        absent in select(vec!["a", "b", "c", "none"]),
    ) -> CenterPart {
        let mut desired = Desired { state, ..Desired::default() };
        for pool in desired.state.pools.values_mut() {
            pool.grants.retain(|subject, _| subject.is_known());
        }
        for (n, expired) in lapsed {
            let who = format!("m{n}");
            let lapse = if expired { Lapse::Expired(date("2026-01-01")) } else { Lapse::NotStarted(date("2027-01-01")) };
            for (pool, state) in &mut desired.state.pools {
                state.grants.remove(&member(&who));
                desired.lapsed.entry(pool.clone()).or_default().insert(id(&who), lapse);
            }
        }
        if desired.state.pools.remove(absent).is_some() {
            desired.absent.insert(pool_id(absent), (Target::default(), source(1)));
        }
        fit(&mut desired, capabilities);
        if !capabilities.keeping.others {
            for pool in observed.pools.values_mut() {
                pool.others = None;
            }
        }
        let roster = (0..6u8).map(|n| member(&format!("m{n}"))).collect();
        let observed = Observed { identity: "center".to_owned(), state: observed, roster, ..Observed::default() };
        CenterPart { capabilities, desired, base: None, observed, notes: Vec::new() }
    }
}

pub(crate) fn part() -> impl Strategy<Value = CenterPart> {
    prop_oneof![part_of(&embedded::CAPABILITIES), part_of(&litellm::CAPABILITIES)]
}

pub(crate) fn plan(part: &CenterPart) -> Plan {
    let parts = BTreeMap::from([(CenterId::new("gateway").unwrap(), part.clone())]);
    plan_of(&parts, &Guardrails::default(), &[])
}

/// What a center holds after one change.
pub(crate) fn apply(state: &mut State, change: &Change, capabilities: &Capabilities) {
    if change.kind == Kind::PoolDelete {
        state.pools.remove(&change.pool);
        return;
    }
    if let Some(Object::Pool(object)) = &change.after {
        let pool = state.pools.entry(change.pool.clone()).or_insert_with(|| Pool {
            target: object.target.clone(),
            description: None,
            budget: object.budget.clone(),
            default_cap: None,
            others: capabilities.keeping.others.then_some(Others::Blocked),
            alerts: Some(BTreeMap::new()),
            grants: BTreeMap::new(),
        });
        pool.description.clone_from(&object.description);
        pool.budget = object.budget.clone();
        pool.default_cap = object.default_cap;
        return;
    }
    let pool = state.pools.get_mut(&change.pool).expect("a part of a pool that is there");
    match (&change.after, &change.subject, change.alert) {
        (Some(Object::Grant(grant)), Some(subject), _) => drop(pool.grants.insert(subject.clone(), *grant)),
        (None, Some(subject), _) => drop(pool.grants.remove(subject)),
        (Some(Object::Others(others)), ..) => pool.others = Some(*others),
        (Some(Object::Alert(key, notify)), ..) => {
            pool.alerts.get_or_insert_default().insert(*key, Alert { notify: notify.clone() });
        }
        (None, None, Some(key)) => drop(pool.alerts.as_mut().unwrap().remove(&key)),
        _ => panic!("{change:?}"),
    }
}

/// Whether somebody can draw anything, for states in which every cap is known.
pub(crate) fn can_draw(state: &State, pool: &str, subject: &Subject, capabilities: &Capabilities) -> bool {
    let Some(pool) = state.pools.get(pool) else { return false };
    let zero = |cap: Cap| cap.amount().is_some_and(|amount| amount.is_zero());
    let reaches = |cap: Cap| match cap {
        Cap::Inherit => !pool.default_cap.is_some_and(zero),
        cap => !zero(cap),
    };
    let open = pool.budget.limit != Some(Limit::Amount(Amount::zero(USD)));
    let own = match (pool.grants.get(subject), pool.others) {
        (Some(grant), _) => reaches(grant.cap.unwrap_or(Cap::Inherit)),
        (None, Some(Others::Cap(cap))) => capabilities.keeping.others && reaches(cap),
        (None, _) => false,
    };
    open && own
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_the_changes_there_is_nothing_to_change(part in part()) {
        let first = plan(&part);
        let mut part = part;
        for change in &first.changes {
            apply(&mut part.observed.state, change, part.capabilities);
        }
        let second = plan(&part);
        prop_assert!(second.is_empty(), "first\n{}\nsecond\n{}", lines(&first), lines(&second));
    }

    #[test]
    fn whoever_is_named_by_a_rule_that_does_not_hold_draws_nothing(part in part()) {
        let mut after = part.observed.state.clone();
        for change in &plan(&part).changes {
            apply(&mut after, change, part.capabilities);
        }
        for (pool, people) in &part.desired.lapsed {
            for person in people.keys().filter(|_| part.desired.state.pools.contains_key(pool)) {
                let draws = can_draw(&after, pool.as_str(), &Subject::Member(person.clone()), part.capabilities);
                prop_assert!(!draws, "{person} in {pool}\n{}", lines(&plan(&part)));
            }
        }
    }

    #[test]
    fn nobody_who_keeps_a_right_loses_it_on_the_way(part in part()) {
        let plan = plan(&part);
        let (capabilities, before) = (part.capabilities, &part.observed.state);
        let mut after = before.clone();
        for change in &plan.changes {
            apply(&mut after, change, capabilities);
        }
        let people: BTreeSet<Subject> = part.observed.roster.iter().cloned()
            .chain(before.pools.values().flat_map(|pool| pool.grants.keys().cloned())).collect();
        let mut now = before.clone();
        for change in &plan.changes {
            apply(&mut now, change, capabilities);
            for pool in ["a", "b", "c"] {
                for person in &people {
                    let keeps = can_draw(before, pool, person, capabilities) && can_draw(&after, pool, person, capabilities);
                    prop_assert!(
                        !keeps || can_draw(&now, pool, person, capabilities),
                        "{person} in {pool} after {}\n{}", change.object(), lines(&plan)
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_left_of_a_plan_is_a_part_of_it(part in part(), fails in any::<u64>(), stops in 0..40usize) {
        let approved = plan(&part);
        let mut part = part;
        // A run that died, with failures before: any of its changes in their order, as far as their pool is there.
        let made = approved.changes.iter().enumerate().take(stops).filter(|(at, _)| (fails >> (at % 64)) & 1 == 0);
        for (_, change) in made {
            if change.kind == Kind::PoolCreate || part.observed.state.pools.contains_key(&change.pool) {
                apply(&mut part.observed.state, change, part.capabilities);
            }
        }
        let left = plan(&part);
        let show = || format!("approved\n{}\nleft\n{}", lines(&approved), lines(&left));
        for change in &left.changes {
            let same = approved.changes.iter().find(|other| other.id() == change.id());
            let same = same.filter(|same| {
                (&same.target, same.kind, &same.before, &same.after)
                    == (&change.target, change.kind, &change.before, &change.after)
            });
            prop_assert!(same.is_some(), "{} is new\n{}", change.id(), show());
            let known: BTreeSet<&Subject> = approved.changes.iter()
                .filter(|other| other.pool == change.pool)
                .flat_map(|other| other.people.iter().chain(&other.subject)).collect();
            prop_assert!(change.people.iter().all(|person| known.contains(person)), "{} hits others\n{}", change.id(), show());
        }
    }

    #[test]
    fn order_and_hash_do_not_depend_on_the_order_of_the_input(part in part(), seed in any::<u64>()) {
        let plan = plan(&part);
        let mut shuffled = plan.changes.clone();
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, usize::try_from(state >> 33).unwrap() % (i + 1));
        }
        prop_assert_eq!(hash(&plan.centers, &shuffled), plan.hash.clone());
        sort(&mut shuffled, |_| Some(part.capabilities));
        prop_assert_eq!(&shuffled, &plan.changes);
        let ids: BTreeSet<String> = plan.changes.iter().map(Change::id).collect();
        prop_assert_eq!(ids.len(), plan.changes.len(), "one change per object");
    }

    #[test]
    fn the_hash_is_of_exactly_these_changes_to_exactly_this_account(part in part()) {
        let plan = plan(&part);
        if plan.is_empty() {
            return Ok(());
        }
        let again = |centers: &BTreeMap<CenterId, String>, changes: &[Change]| hash(centers, changes);
        let elsewhere = plan.centers.keys().map(|center| (center.clone(), "another".to_owned())).collect();
        prop_assert_ne!(&again(&elsewhere, &plan.changes), &plan.hash);
        for i in 0..plan.changes.len() {
            let mut fewer = plan.changes.clone();
            let change = fewer.remove(i);
            prop_assert_ne!(&again(&plan.centers, &fewer), &plan.hash);
            let mut moved = plan.changes.clone();
            moved[i].target = std::sync::Arc::new(Target::of("pool", "another"));
            prop_assert_ne!(&again(&plan.centers, &moved), &plan.hash);
            let mut other = plan.changes.clone();
            (other[i].before, other[i].after) = (change.after.clone(), change.before.clone());
            prop_assert_ne!(&again(&plan.centers, &other), &plan.hash);
            // Where a rule stands is not part of what was approved.
            let mut same = plan.changes.clone();
            same[i].source = Some(source(4711));
            same[i].people.clear();
            prop_assert_eq!(&again(&plan.centers, &same), &plan.hash);
        }
    }
}
