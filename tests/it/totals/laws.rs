//! The laws of sums, on random parts: a total is the sum of its shares, no share is more than what holds it, and the
//! worth is the sums times the rates, exactly.

use std::collections::BTreeMap;

use bursar::model::capability::CapScope;
use bursar::model::total::{Counted, Draw, Open, Part, total};
use bursar::model::worst_case::WorstCase;
use bursar::model::{Amount, CenterId, Period, PoolId, RateId, Unit};
use proptest::prelude::*;
use rust_decimal::Decimal;

const PROVIDERS: [&str; 3] = ["embedded", "figma", "github"];

fn part() -> impl Strategy<Value = Part> {
    let draw = prop_oneof![
        1 => Just(None),
        4 => (0..5000u32).prop_map(|n| Some(Ok(n))),
        1 => prop_oneof![Just(Open::Unlimited), Just(Open::Unmanaged)].prop_map(|open| Some(Err(open))),
    ];
    let unit = prop_oneof![Just(Unit::Credits), Just(Unit::USD)];
    let period = prop::sample::select(Period::ALL.to_vec());
    (0..3usize, unit, draw, any::<bool>(), period, prop::option::of(0..4000u32)).prop_map(
        |(center, unit, draw, own, period, budget)| Part {
            center: CenterId::new(&format!("c{center}")).unwrap(),
            pool: PoolId::new("p").unwrap(),
            counted: Counted::of(unit, PROVIDERS[center]),
            // One of the centers keeps one cap per person.
            cap_scope: if center == 1 { CapScope::Center } else { CapScope::Pool },
            draw: match draw {
                None => Draw::Nothing,
                Some(Ok(n)) => Draw::UpTo(Amount::whole(n, unit)),
                Some(Err(open)) => Draw::Open(open),
            },
            own,
            period: Some(period),
            budget: budget.map(|n| WorstCase::Bounded(Amount::whole(n, unit))),
        },
    )
}

fn value(case: WorstCase) -> Option<Decimal> {
    match case {
        WorstCase::Bounded(amount) => Some(amount.value()),
        WorstCase::Unbounded(_) => None,
    }
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_its_shares(parts in prop::collection::vec(part(), 0..12), rated in any::<bool>()) {
        let mut parts = parts;
        for (n, part) in parts.iter_mut().enumerate() {
            part.pool = PoolId::new(&format!("p{n:02}")).unwrap();
        }
        parts.sort_by(|a, b| (&a.center, &a.pool).cmp(&(&b.center, &b.pool)));
        let rates: BTreeMap<RateId, Amount> = [("embedded_credit", 1), ("figma_credit", 24), ("github_credit", 10)]
            .into_iter()
            .filter(|(name, _)| rated || *name != "github_credit")
            .map(|(name, thousandths)| (RateId::new(name).unwrap(), Amount::new(Decimal::new(thousandths, 3), Unit::USD).unwrap()))
            .collect();
        let found = total(&parts, &rates);

        // Every pool that gives something is in exactly one share; a share of nothing is left out.
        let mut named: Vec<(&CenterId, &PoolId, &Counted)> = found
            .shares
            .iter()
            .flat_map(|share| share.pools.iter().map(move |pool| (&share.center, pool, &share.counted)))
            .collect();
        let drawing = parts.iter().filter(|part| part.draw != Draw::Nothing);
        let drawing: Vec<_> = drawing.map(|part| (&part.center, &part.pool, &part.counted)).collect();
        named.sort();
        prop_assert!(found.shares.iter().all(|share| value(share.case) != Some(Decimal::ZERO)));
        prop_assert!(named.windows(2).all(|two| two[0] != two[1]), "{:?}", named);
        let missing: Vec<_> = drawing.iter().filter(|pool| !named.contains(pool)).collect();
        for (_, pool, counted) in missing {
            let part = parts.iter().find(|part| part.pool == **pool).unwrap();
            let none = |case: Option<WorstCase>| case.and_then(value) == Some(Decimal::ZERO);
            let cap = match part.draw {
                Draw::UpTo(amount) => amount.is_zero(),
                _ => false,
            };
            let of_center = part.cap_scope == CapScope::Center;
            prop_assert!(cap || none(part.budget) || of_center, "{} {}", pool, counted);
        }
        prop_assert!(named.iter().all(|pool| drawing.contains(pool)));

        let mut sums: BTreeMap<Counted, Option<Decimal>> = BTreeMap::new();
        for share in &found.shares {
            let sum = sums.entry(share.counted.clone()).or_insert(Some(Decimal::ZERO));
            *sum = sum.zip(value(share.case)).map(|(a, b)| a + b);
        }
        let told: BTreeMap<_, _> = found.sums.iter().map(|(counted, case)| (counted.clone(), value(*case))).collect();
        prop_assert_eq!(&told, &sums);

        // No share is more than a cap or the budgets let through, and it is one of the two.
        for share in &found.shares {
            let of: Vec<&Part> = parts.iter().filter(|part| share.pools.contains(&part.pool)).collect();
            prop_assert!(of.len() == 1 || share.center.as_str() == "c1");
            let budgets: Option<Decimal> = of.iter().map(|part| part.budget.and_then(value)).sum();
            let own = of.iter().any(|part| part.own);
            let caps: Option<Vec<Decimal>> = of
                .iter()
                .filter(|part| part.own || !own)
                .map(|part| match part.draw {
                    Draw::UpTo(amount) => value(bursar::model::total::in_31_days(amount, part.period)),
                    _ => None,
                })
                .collect();
            let cap = caps.map(|caps| caps.into_iter().max().unwrap());
            let least = [cap, budgets].into_iter().flatten().min();
            prop_assert_eq!(value(share.case), least);
            prop_assert_eq!(share.by_budget, value(share.case) != cap);
        }

        let rate = |counted: &Counted| match &counted.provider {
            None => Some(Decimal::ONE),
            Some(_) => counted.rate(&rates).map(|rate| rate.value()),
        };
        let some: Vec<_> = sums.iter().filter(|(_, sum)| **sum != Some(Decimal::ZERO)).collect();
        let all_rated = some.iter().all(|(counted, _)| rate(counted).is_some());
        let credits = some.iter().any(|(counted, _)| counted.provider.is_some());
        prop_assert_eq!(found.worth.is_some(), all_rated && credits);
        if let Some(worth) = &found.worth {
            let whole: Option<Decimal> = some.iter().map(|(counted, sum)| Some((**sum)? * rate(counted)?)).sum();
            prop_assert_eq!(worth.len(), 1);
            prop_assert_eq!(value(worth[&Unit::USD]), whole);
        }
    }
}
