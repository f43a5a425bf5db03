use super::*;
use crate::model::parse_decimal;

fn amount(text: &str, unit: Unit) -> Amount {
    Amount::new(parse_decimal(text).unwrap(), unit).unwrap()
}

fn bounded(text: &str, unit: Unit) -> WorstCase {
    WorstCase::Bounded(amount(text, unit))
}

fn part(center: &str, pool: &str, counted: &Counted, draw: Draw) -> Part {
    Part {
        center: CenterId::new(center).unwrap(),
        pool: PoolId::new(pool).unwrap(),
        counted: counted.clone(),
        cap_scope: CapScope::Pool,
        draw,
        own: true,
        period: Some(Period::Monthly),
        budget: None,
    }
}

fn credits(provider: &str) -> Counted {
    Counted::of(Unit::Credits, provider)
}

fn up_to(text: &str, counted: &Counted) -> Draw {
    Draw::UpTo(amount(text, counted.unit))
}

fn rates(list: &[(&str, &str, Unit)]) -> BTreeMap<RateId, Amount> {
    let rate = |(name, number, unit): &(&str, &str, Unit)| (RateId::new(name).unwrap(), amount(number, *unit));
    list.iter().map(rate).collect()
}

#[test]
fn credits_of_two_providers_are_two_things() {
    let (figma, github, dollars) = (credits("figma"), credits("github"), Counted::of(Unit::USD, "litellm"));
    assert_eq!(dollars.provider, None);
    let parts = [
        part("a", "x", &figma, up_to("100", &figma)),
        part("b", "y", &github, up_to("50", &github)),
        part("b", "z", &github, up_to("7", &github)),
        part("c", "z", &dollars, up_to("1.5", &dollars)),
    ];
    let total = total(&parts, &BTreeMap::new());
    let sums: Vec<String> = total.sums.iter().map(|(counted, case)| format!("{case} {counted}")).collect();
    assert_eq!(sums, ["100 figma credits", "57 github credits", "1.50 USD"]);
    assert_eq!(total.worth, None);
    assert!(total.rates.is_empty());
}

#[test]
fn rates_bring_them_together_or_not_at_all() {
    let (figma, github, dollars) = (credits("figma"), credits("github"), Counted::of(Unit::USD, "litellm"));
    let mut parts = vec![
        part("a", "x", &figma, up_to("100", &figma)),
        part("b", "y", &github, up_to("50", &github)),
        part("c", "z", &dollars, up_to("1.5", &dollars)),
    ];
    let one = rates(&[("figma_credit", "0.024", Unit::USD)]);
    assert_eq!(total(&parts, &one).worth, None, "one of the two has no rate");
    let both = rates(&[("figma_credit", "0.024", Unit::USD), ("github_credit", "0.01", Unit::USD)]);
    let found = total(&parts, &both);
    assert_eq!(found.worth, Some(ByUnit::from([(Unit::USD, bounded("4.4", Unit::USD))])));
    assert_eq!(found.rates.len(), 2);
    let eur = Unit::Currency(*b"EUR");
    let mixed = rates(&[("figma_credit", "0.024", Unit::USD), ("github_credit", "0.01", eur)]);
    let worth = total(&parts, &mixed).worth.unwrap();
    assert_eq!(worth, ByUnit::from([(Unit::USD, bounded("3.9", Unit::USD)), (eur, bounded("0.5", eur))]));
    // Nothing of something is worth nothing, whatever it is.
    parts.push(part("d", "z", &credits("http"), up_to("0", &figma)));
    assert!(total(&parts, &both).worth.is_some());
    parts[0].draw = Draw::Open(Open::Unlimited);
    assert_eq!(total(&parts, &both).worth, Some(ByUnit::from([(Unit::USD, WorstCase::Unbounded(Unit::USD))])));
    // Without credits there is nothing that a rate could say.
    assert_eq!(total(&parts[2..3], &both).worth, None);
}

#[test]
fn a_budget_that_blocks_holds_what_no_cap_holds() {
    let credits = credits("embedded");
    let mut parts = [part("a", "x", &credits, Draw::Open(Open::Unmanaged))];
    let open = total(&parts, &BTreeMap::new());
    assert_eq!(open.shares[0].case, WorstCase::Unbounded(Unit::Credits));
    assert_eq!((open.shares[0].open, open.shares[0].by_budget), (Some(Open::Unmanaged), false));
    parts[0].budget = Some(bounded("300", Unit::Credits));
    let held = total(&parts, &BTreeMap::new());
    assert_eq!(held.shares[0].case, bounded("300", Unit::Credits));
    assert_eq!((held.shares[0].open, held.shares[0].by_budget), (Some(Open::Unmanaged), true));
    parts[0].draw = up_to("300", &credits);
    assert!(!total(&parts, &BTreeMap::new()).shares[0].by_budget, "the cap is as much");
    parts[0].draw = Draw::Nothing;
    assert_eq!(total(&parts, &BTreeMap::new()), Total::default());
}

#[test]
fn one_cap_per_center_counts_once() {
    let figma = credits("figma");
    let center = |part: Part| Part { cap_scope: CapScope::Center, ..part };
    let mut parts = [
        center(part("a", "x", &figma, up_to("500", &figma))),
        center(part("a", "y", &figma, up_to("500", &figma))),
        center(part("b", "z", &figma, up_to("10", &figma))),
    ];
    let two = total(&parts, &BTreeMap::new());
    assert_eq!(two.shares.len(), 2);
    assert_eq!(two.shares[0].pools, [PoolId::new("x").unwrap(), PoolId::new("y").unwrap()]);
    assert_eq!(two.sums[&figma], bounded("510", Unit::Credits));
    // The budgets of its pools hold it together.
    (parts[0].budget, parts[1].budget) = (Some(bounded("300", Unit::Credits)), Some(bounded("100", Unit::Credits)));
    assert_eq!(total(&parts, &BTreeMap::new()).shares[0].case, bounded("400", Unit::Credits));
    // A cap of one's own beats what holds for others, also where that is not known.
    (parts[0].budget, parts[1].budget) = (None, None);
    (parts[1].own, parts[1].draw) = (false, Draw::Open(Open::Unmanaged));
    let own = total(&parts, &BTreeMap::new());
    assert_eq!((own.shares[0].case, own.shares[0].open), (bounded("500", Unit::Credits), None));
}

#[test]
fn a_month_is_never_told_too_small() {
    let month = |number: &str, unit, period| in_31_days(amount(number, unit), period).to_string();
    assert_eq!(month("10", Unit::Credits, Some(Period::Weekly)), "45");
    assert_eq!(month("10", Unit::USD, Some(Period::Weekly)), "44.29");
    assert_eq!(month("0.125", Unit::USD, Some(Period::Weekly)), "0.554");
    assert_eq!(month("120.50", Unit::USD, Some(Period::Monthly)), "120.50");
    assert_eq!(month("5", Unit::Credits, None), "155");
    assert_eq!(month("365", Unit::Credits, Some(Period::Yearly)), "31");
    assert_eq!(month("9", Unit::Credits, Some(Period::Lifetime)), "9");
}
