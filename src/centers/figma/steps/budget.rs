//! Budgets: a billing group's set-aside (G) and the credits of the plan (P).

use std::collections::BTreeMap;

use crate::centers::figma::BILLING_GROUP;
use crate::model::{ControlName, Limit, WhenExhausted};
use crate::plan::{Change, Click, Effect, Item, Object, PoolObject, Select, Sets, Step};

use super::{CHOOSE, COMPARE, LISTED, NUMBER, OPEN, TICK, open, press, say};

fn pool(object: Option<&Object>) -> Option<&PoolObject> {
    match object {
        Some(Object::Pool(pool)) => Some(pool),
        _ => None,
    }
}

fn limit(object: Option<&Object>) -> Option<Limit> {
    pool(object)?.budget.limit
}

/// Whether there is less afterwards, as far as the number tells; what was not known is told by the change's effect.
pub(super) fn shrinks(change: &Change) -> bool {
    match (limit(change.before.as_ref()), limit(change.after.as_ref())) {
        (Some(Limit::Amount(before)), Some(Limit::Amount(after))) if before != after => after < before,
        // It may have been more.
        (None, Some(Limit::Amount(_))) => !matches!(change.effect, Effect::Raises | Effect::Grants),
        _ => matches!(change.effect, Effect::Cuts | Effect::Revokes),
    }
}

/// Billing groups with one number in one step, then the plan.
pub(super) fn steps(changes: &[&Change]) -> Vec<Step> {
    let mut groups: BTreeMap<Option<Limit>, Vec<&Change>> = BTreeMap::new();
    let mut plans = Vec::new();
    for change in changes {
        if change.target.get(BILLING_GROUP).is_some() && change.fields.contains(&"budget.limit") {
            groups.entry(limit(change.after.as_ref())).or_default().push(change);
        } else {
            plans.push(plan(change));
        }
    }
    let groups = groups.into_iter().flat_map(|(limit, changes)| {
        let chunks: Vec<Step> = changes.chunks(LISTED).filter_map(|chunk| set_aside(limit, chunk)).collect();
        chunks
    });
    groups.chain(plans).collect()
}

fn credits(limit: Option<Limit>) -> String {
    match limit {
        Some(Limit::Amount(amount)) if amount.is_zero() => "0".to_owned(),
        Some(Limit::Amount(amount)) => amount.grouped(),
        // A group without a set-aside draws on what remains.
        Some(Limit::None) | None => "0".to_owned(),
    }
}

/// G: credits that are set aside for billing groups.
fn set_aside(limit: Option<Limit>, changes: &[&Change]) -> Option<Step> {
    let first = changes.first()?;
    let number = credits(limit);
    let items: Vec<Item> = changes.iter().map(|change| item(change)).collect();
    let remark =
        (number == "0").then(|| "0 removes the set-aside; the group then shares the Remaining credits.".to_owned());
    let (title, clicks, select) = match items.as_slice() {
        [one] => (
            format!("Set aside {number} credits for the billing group {}", one.name),
            vec![
                open(&["Admin", "AI credits", "Manage"]),
                vec![
                    say("In the tab "),
                    press("Billing groups"),
                    say(" press "),
                    press("More"),
                    say(" in the row of "),
                    say(one.name.clone()),
                    say(", then "),
                    press("Manage credits"),
                    say("."),
                ],
                vec![say(format!("Move the slider to {number}, then ")), press("Assign credits"), say(".")],
            ],
            Select::Nothing,
        ),
        many => (
            format!("Set aside {number} credits for each of {} billing groups", many.len()),
            vec![
                open(&["Admin", "Billing", "Billing groups"]),
                vec![say(format!("Tick the {} billing groups of the list.", many.len()))],
                vec![say(format!("Assign {number} credits to them."))],
            ],
            Select::Items,
        ),
    };
    let ticks =
        if items.len() > 1 { u32::try_from(items.len()).unwrap_or(u32::MAX).saturating_mul(TICK) } else { TICK };
    Some(Step {
        number: 0,
        center: first.center.clone(),
        control: ControlName::Budget,
        title,
        clicks,
        select,
        note: remark,
        seconds: OPEN + NUMBER + CHOOSE + ticks,
        items,
    })
}

/// P: what was bought. Both are purchases, so that only the wanted number is told.
fn plan(change: &Change) -> Step {
    let after = pool(change.after.as_ref());
    let mut clicks: Vec<Click> = vec![open(&["Admin", "AI credits", "Manage"])];
    let mut title = "Compare how the plan goes on when its paid credits are used up".to_owned();
    if change.fields.contains(&"budget.limit") {
        let wanted = match after.and_then(|pool| pool.budget.limit) {
            Some(Limit::Amount(amount)) => format!("{} credits a month", amount.grouped()),
            Some(Limit::None) | None => "no limit".to_owned(),
        };
        title = format!("Compare the paid credits of the plan: {wanted}");
        clicks.push(vec![say(format!(
            "Subscription and pay-as-you-go limit together shall come to {wanted}. Both are purchases: change them only if you may."
        ))]);
    }
    if change.fields.contains(&"budget.when_exhausted") {
        let line = match after.and_then(|pool| pool.budget.when_exhausted) {
            Some(WhenExhausted::Overage) => {
                "When the subscription is used up, pay-as-you-go shall go on: it is to be switched on."
            }
            _ => "When the credits are used up, nobody shall draw more: pay-as-you-go is to be off.",
        };
        clicks.push(vec![say(line)]);
    }
    Step {
        number: 0,
        center: change.center.clone(),
        control: ControlName::Budget,
        title,
        clicks,
        select: Select::Nothing,
        note: Some(
            "Tick this step when the console shows these numbers, also where nothing had to be changed.".to_owned(),
        ),
        seconds: OPEN + COMPARE,
        items: vec![item(change)],
    }
}

fn item(change: &Change) -> Item {
    let words = |object: Option<&Object>| {
        let pool = pool(object);
        let limit = change
            .fields
            .contains(&"budget.limit")
            .then(|| match pool.and_then(|pool| pool.budget.limit) {
                Some(limit) => limit.to_string(),
                None => "not known".to_owned(),
            });
        // Whether it goes on is bought for the plan; a billing group has its number only.
        let own = change.target.get(BILLING_GROUP).is_none() || limit.is_none();
        let when = (own && change.fields.contains(&"budget.when_exhausted")).then(|| {
            match pool.and_then(|pool| pool.budget.when_exhausted) {
                Some(WhenExhausted::Block) => "without pay-as-you-go".to_owned(),
                Some(WhenExhausted::Overage) => "with pay-as-you-go".to_owned(),
                Some(other) => other.to_string(),
                None => "pay-as-you-go not known".to_owned(),
            }
        });
        limit.into_iter().chain(when).collect::<Vec<_>>().join(", ")
    };
    let after = pool(change.after.as_ref());
    Item {
        id: change.id(),
        pool: change.pool.clone(),
        name: change.target.get(BILLING_GROUP).unwrap_or("the plan").to_owned(),
        member: None,
        says: format!("{} → {}", words(change.before.as_ref()), words(change.after.as_ref())),
        sets: Sets::Pool {
            target: (*change.target).clone(),
            limit: after
                .and_then(|pool| pool.budget.limit)
                .filter(|_| change.fields.contains(&"budget.limit"))
                .map(Sets::limit_words),
            when_exhausted: after
                .and_then(|pool| pool.budget.when_exhausted)
                .filter(|_| change.fields.contains(&"budget.when_exhausted")),
        },
    }
}
