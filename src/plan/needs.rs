//! Which controls of a center a pool cannot do without.

use std::collections::BTreeSet;

use crate::model::{Availability, Cap, ControlName, Offered, Others, Pool};

/// The controls that a pool needs, in the center's own terms ([`super::fit`]).
///
/// Alerts and the end of a grant are not among them: where a center has neither, they stay in the files.
pub fn needs(pool: &Pool) -> BTreeSet<ControlName> {
    let mut needs = BTreeSet::new();
    let of_cap = |cap: Cap| match cap {
        Cap::Amount(amount) if amount.is_zero() => ControlName::CapZero,
        Cap::Amount(_) => ControlName::CapAmount,
        Cap::Unlimited => ControlName::CapUnlimited,
        Cap::Inherit => ControlName::CapInherit,
    };
    if pool.budget.limit.is_some() {
        needs.insert(ControlName::Budget);
    }
    if !pool.grants.is_empty() {
        needs.insert(ControlName::Grant);
    }
    needs.extend(pool.grants.values().filter_map(|grant| grant.cap).map(of_cap));
    if let Some(cap) = pool.default_cap {
        needs.insert(ControlName::DefaultCap);
        needs.insert(of_cap(cap));
    }
    if let Some(others) = pool.others {
        needs.insert(ControlName::Others);
        if let Others::Cap(cap) = others {
            needs.insert(of_cap(cap));
        }
    }
    needs
}

/// What of that an account does not have.
pub fn lacks(needs: &BTreeSet<ControlName>, offers: &[Offered]) -> Vec<Offered> {
    let missing = |offer: &&Offered| {
        // What another plan would have is asked for as much as what has not arrived: neither can be set here.
        needs.contains(&offer.control) && !Availability::is_usable(offer.availability)
    };
    offers.iter().filter(missing).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Amount, Budget, Grant, Limit, Subject, Target, Unit};

    fn pool() -> Pool {
        Pool {
            target: Target::default(),
            description: None,
            budget: Budget { unit: Unit::Credits, period: None, limit: None, when_exhausted: None },
            default_cap: None,
            others: None,
            alerts: Some(BTreeMap::new()),
            grants: BTreeMap::new(),
        }
    }

    fn of(pool: &Pool) -> String {
        needs(pool).into_iter().map(ControlName::key).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_pool_needs_what_it_says() {
        assert_eq!(of(&pool()), "");
        let amount = |value| Cap::Amount(Amount::whole(value, Unit::Credits));
        let grant = |cap| (Subject::Stranger("x".into()), Grant { cap, ..Grant::default() });
        let budget = Budget { limit: Some(Limit::None), ..pool().budget };
        assert_eq!(of(&Pool { budget, ..pool() }), "budget");
        assert_eq!(of(&Pool { grants: BTreeMap::from([grant(None)]), ..pool() }), "grant");
        assert_eq!(of(&Pool { grants: BTreeMap::from([grant(Some(amount(5)))]), ..pool() }), "grant cap_amount");
        assert_eq!(of(&Pool { default_cap: Some(Cap::Unlimited), ..pool() }), "cap_unlimited default_cap");
        assert_eq!(of(&Pool { others: Some(Others::Blocked), ..pool() }), "others");
        assert_eq!(of(&Pool { others: Some(Others::Cap(amount(0))), ..pool() }), "cap_zero others");
    }

    #[test]
    fn only_what_is_needed_can_be_missing() {
        let offer = |control, availability| Offered { control, availability, why: String::new(), since: None };
        let offers = [
            offer(ControlName::CapAmount, Availability::NotEnabledYet),
            offer(ControlName::Grant, Availability::ConsoleOnly),
            offer(ControlName::Alert, Availability::NotOffered),
            offer(ControlName::Budget, Availability::NeedsPlan("enterprise")),
        ];
        let missing = |needs: &[ControlName]| {
            lacks(&needs.iter().copied().collect(), &offers)
                .into_iter()
                .map(|offer| offer.control)
                .collect::<Vec<_>>()
        };
        assert_eq!(missing(&[ControlName::Grant, ControlName::CapUnlimited]), []);
        assert_eq!(missing(&[ControlName::Grant, ControlName::CapAmount]), [ControlName::CapAmount]);
        assert_eq!(missing(&[ControlName::Budget]), [ControlName::Budget]);
    }
}
