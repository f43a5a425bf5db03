//! Steps for manual changes of a center that has no better ones: what the provider's table says, once per kind of change.

use std::collections::BTreeMap;

use crate::model::{Cap, ControlName, Limit, Others, Scope};

use super::{Item, Piece, Select, Sets, Step};
use crate::plan::{Change, Delivery, Kind, Object};

/// To find the place in a console, in seconds: measured by nobody, a minute is what a person who knows it needs.
const FIND: u32 = 60;
/// To set one value there, in seconds.
const SET: u32 = 20;

/// The manual ones among these changes, those with the same instructions in one step.
pub fn by_hand(changes: &[&Change], scope: &Scope) -> Vec<Step> {
    // In the order of the plan, which takes nobody's right on the way: groups of neighbours, not of everything.
    let mut steps: Vec<(&[String], Step)> = Vec::new();
    for change in changes {
        let Delivery::Manual { steps: told } = &change.delivery else { continue };
        let item = item(change, scope);
        match steps.last_mut() {
            Some((same, step))
                if *same == told.as_slice() && step.center == change.center && step.control == control(change) =>
            {
                step.seconds = step.seconds.saturating_add(SET);
                step.items.push(item);
            }
            _ => steps.push((told, begun(change, told, item))),
        }
    }
    let steps = steps.into_iter().map(|(_, step)| {
        let title = match step.items.as_slice() {
            [one] => format!("Set {}: {}", step.control.label(), one.name),
            many => format!("Set {}: {} changes", step.control.label(), many.len()),
        };
        Step { title, ..step }
    });
    steps.collect()
}

fn begun(change: &Change, told: &[String], item: Item) -> Step {
    Step {
        number: 0,
        center: change.center.clone(),
        control: control(change),
        title: String::new(),
        clicks: told.iter().map(|line| vec![Piece::Say(line.clone())]).collect(),
        select: Select::Nothing,
        note: None,
        seconds: FIND + SET,
        items: vec![item],
    }
}

/// The control that a change needs.
fn control(change: &Change) -> ControlName {
    match change.kind {
        Kind::PoolCreate | Kind::PoolDelete => ControlName::Pool,
        Kind::PoolUpdate if change.fields.contains(&"default_cap") => ControlName::DefaultCap,
        Kind::PoolUpdate => ControlName::Budget,
        Kind::GrantRevoke => ControlName::Grant,
        Kind::GrantAdd | Kind::GrantUpdate => match change.after {
            Some(Object::Grant(grant)) => match grant.cap {
                Some(Cap::Amount(amount)) if amount.is_zero() => ControlName::CapZero,
                Some(Cap::Amount(_)) => ControlName::CapAmount,
                Some(Cap::Unlimited) => ControlName::CapUnlimited,
                Some(Cap::Inherit) => ControlName::CapInherit,
                None => ControlName::Grant,
            },
            _ => ControlName::Grant,
        },
        Kind::OthersUpdate => ControlName::Others,
        Kind::AlertAdd | Kind::AlertUpdate | Kind::AlertRemove => ControlName::Alert,
    }
}

fn item(change: &Change, scope: &Scope) -> Item {
    let identity = change
        .subject
        .as_ref()
        .map(|subject| scope.roster.identity(subject).unwrap_or(subject.name()));
    let level = match &change.after {
        Some(Object::Grant(grant)) => grant.cap.map_or_else(|| "unlimited".to_owned(), level),
        _ => "none".to_owned(),
    };
    let sets = match identity {
        Some(identity) => Sets::Person { identity: identity.to_owned(), level },
        None => pool(change),
    };
    Item {
        id: change.id(),
        pool: change.pool.clone(),
        name: identity.map_or_else(|| place(change), str::to_owned),
        member: change.subject.as_ref().and_then(|subject| match subject {
            crate::model::Subject::Member(id) => Some(id.clone()),
            crate::model::Subject::Stranger(_) => None,
        }),
        says: format!("{} → {}", words(change.before.as_ref(), change), words(change.after.as_ref(), change)),
        sets,
    }
}

/// The vendor's own object, by its values.
fn place(change: &Change) -> String {
    let values: Vec<&str> = change.target.0.values().map(String::as_str).collect();
    if values.is_empty() { change.pool.to_string() } else { values.join(" / ") }
}

fn pool(change: &Change) -> Sets {
    let (limit, when_exhausted) = match &change.after {
        Some(Object::Pool(pool)) => (pool.budget.limit, pool.budget.when_exhausted),
        _ => (None, None),
    };
    Sets::Pool {
        target: (*change.target).clone(),
        limit: limit.filter(|_| change.fields.contains(&"budget.limit")).map(Sets::limit_words),
        when_exhausted: when_exhausted.filter(|_| change.fields.contains(&"budget.when_exhausted")),
    }
}

fn level(cap: Cap) -> String {
    match cap {
        Cap::Amount(amount) => Sets::limit_words(Limit::Amount(amount)),
        Cap::Unlimited => "unlimited".to_owned(),
        Cap::Inherit => "inherit".to_owned(),
    }
}

fn words(object: Option<&Object>, change: &Change) -> String {
    match object {
        None => "nothing".to_owned(),
        Some(Object::Grant(grant)) => grant.cap.map_or_else(|| "not known".to_owned(), |cap| cap.to_string()),
        Some(Object::Others(Others::Blocked)) => "blocked".to_owned(),
        Some(Object::Others(Others::Cap(cap))) => format!("{cap} each"),
        Some(Object::Alert(..)) => "as in the files".to_owned(),
        Some(Object::Pool(pool)) => {
            let said: BTreeMap<&str, Option<String>> = BTreeMap::from([
                ("budget.limit", pool.budget.limit.map(|limit| limit.to_string())),
                ("budget.when_exhausted", pool.budget.when_exhausted.map(|when| when.to_string())),
                ("default_cap", pool.default_cap.map(|cap| cap.to_string())),
                ("description", pool.description.clone()),
            ]);
            let told = change.fields.iter().filter_map(|field| said.get(field));
            let told: Vec<&str> = told.map(|value| value.as_deref().unwrap_or("not known")).collect();
            if told.is_empty() { "as in the files".to_owned() } else { told.join(", ") }
        }
    }
}
