//! The desired state in Figma's terms: full targets, and no access where a cap is nothing.

use jiff::civil::Date;

use crate::model::{Amount, Cap, Desired, Lapse, Limit, Others, Pool, Subject, Target};

use super::{BILLING_GROUP, full};

/// Brings a desired state into Figma's terms; returns what the reader should be told.
pub(super) fn fit(desired: &mut Desired) -> Vec<String> {
    let Desired { state, lapsed, absent, .. } = desired;
    for (id, pool) in &mut state.pools {
        pool.target = full(&pool.target);
        // There is no field for it.
        pool.description = None;
        if let Some(Others::Cap(cap)) = pool.others
            && is_nothing(cap)
        {
            pool.others = Some(Others::Blocked);
        }
        // The lowest value of the console's slider is not known [?], so a cap of nothing is *No access*: the person is
        // named, and holds nothing.
        let none: Vec<Subject> = pool
            .grants
            .iter()
            .filter(|(_, grant)| grant.cap.is_some_and(is_nothing))
            .map(|(subject, _)| subject.clone())
            .collect();
        for subject in none {
            pool.grants.remove(&subject);
            if let Subject::Member(member) = subject {
                lapsed.entry(id.clone()).or_default().insert(member, Lapse::NotStarted(Date::MAX));
            }
        }
    }
    for (target, _) in absent.values_mut() {
        *target = full(target);
    }
    set_asides(state.pools.values()).into_iter().collect()
}

fn is_nothing(cap: Cap) -> bool {
    cap.amount().is_some_and(|amount| amount.is_zero())
}

/// What to say where the billing groups are promised more than the plan has: Figma lets it be, and who comes first is
/// served first [D].
fn set_asides<'a>(pools: impl Iterator<Item = &'a Pool> + Clone) -> Option<String> {
    let limit = |pool: &Pool| match pool.budget.limit {
        Some(Limit::Amount(amount)) => Some(amount),
        Some(Limit::None) | None => None,
    };
    let is_group = |target: &Target| target.get(BILLING_GROUP).is_some();
    let plan = pools.clone().find(|pool| !is_group(&pool.target)).and_then(limit)?;
    let mut sum = Amount::zero(plan.unit());
    for pool in pools.filter(|pool| is_group(&pool.target)) {
        if let Some(limit) = limit(pool) {
            sum = Amount::new(sum.value().checked_add(limit.value())?, plan.unit()).ok()?;
        }
    }
    (sum > plan).then(|| {
        format!(
            "the billing groups are set aside {}, and the plan has {}: Figma lets that be, and who draws first gets it",
            sum.grouped(),
            plan.grouped()
        )
    })
}
