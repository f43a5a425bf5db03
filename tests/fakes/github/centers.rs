//! The endpoints of cost centers. A user is in one of them: whoever is added is taken out of another, and nobody asks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::budgets::page;
use super::state::{CostCenter, State};
use super::{Answer, words};

/// How many resources a request may name.
const MOST: usize = 50;

fn shown(center: &CostCenter, resources: &[Value]) -> Value {
    let state = if center.archived { "deleted" } else { "active" };
    let mut shown = json!({ "id": center.id, "name": center.name, "state": state, "resources": resources });
    if let Some(pool) = center.pool {
        shown["ai_credit_pool_enabled"] = pool.into();
        if pool {
            let target = 1900 * center.users.len();
            shown["ai_credit_pool_state"] = json!({ "target_amount": target, "current_amount": 0.5 });
        }
    }
    shown
}

/// All of them in one answer: it has no pages.
pub(super) fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let wanted = query.get("state").map(String::as_str);
    let fits = |center: &&CostCenter| match wanted {
        None => true,
        Some(state) => center.archived == (state == "deleted"),
    };
    let cut = |center: &CostCenter| {
        let mut resources = center.resources();
        resources.truncate(state.odd.list_cuts.unwrap_or(usize::MAX));
        let mut shown = shown(center, &resources);
        if state.odd.unknowns {
            shown["state"] = json!(if center.archived { "deleted" } else { "active" });
            shown["resources"]
                .as_array_mut()
                .unwrap()
                .push(json!({ "type": "Planet", "name": "mars" }));
            shown["colour"] = json!("teal");
        }
        shown
    };
    let centers: Vec<Value> = state.centers.iter().filter(fits).map(cut).collect();
    (200, json!({ "costCenters": centers }))
}

/// One of them, with a page of its resources.
pub(super) fn get(state: &State, id: &str, query: &BTreeMap<String, String>) -> Answer {
    let Some(center) = state.centers.iter().find(|center| center.id == id) else {
        return words(400, "Cost center not found.");
    };
    let (page, size) = page(query, 30);
    let all = center.resources();
    let next = page * size < all.len();
    let mut shown = shown(center, &all.into_iter().skip((page - 1) * size).take(size).collect::<Vec<_>>());
    shown["has_next_page"] = next.into();
    (200, shown)
}

fn taken(state: &State, name: &str, but: Option<&str>) -> bool {
    state
        .centers
        .iter()
        .any(|center| !center.archived && center.name == name && Some(center.id.as_str()) != but)
}

/// Makes one. A name is given once.
pub(super) fn create(state: &mut State, body: &Value) -> Answer {
    let Some(name) = body["name"].as_str().filter(|name| !name.is_empty() && name.len() <= 255) else {
        return words(400, "Bad request: name is required.");
    };
    if state.centers.iter().filter(|center| !center.archived).count() >= 1000 {
        return words(400, "This enterprise is already at the cost center limit of 1000 active cost centers.");
    }
    if taken(state, name, None) {
        return words(409, "There's already a cost center created with that name.");
    }
    let id = state.center(name, &[]);
    let center = state.centers.iter_mut().find(|center| center.id == id).unwrap();
    center.pool = Some(body["ai_credit_pool_enabled"].as_bool().unwrap_or_default());
    (200, shown(center, &[]))
}

/// Changes the name or the pool.
pub(super) fn patch(state: &mut State, id: &str, body: &Value) -> Answer {
    if let Some(name) = body["name"].as_str()
        && taken(state, name, Some(id))
    {
        return words(409, "There's already a cost center created with that name.");
    }
    let Some(center) = state.centers.iter_mut().find(|center| center.id == id && !center.archived) else {
        return words(404, "Not Found");
    };
    if body["ai_credit_pool_enabled"] == true && !(center.orgs.is_empty() && center.repos.is_empty()) {
        return words(400, "The AI credit pool needs a cost center that contains users and teams only.");
    }
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut center.name);
    }
    if let Some(pool) = body["ai_credit_pool_enabled"].as_bool() {
        center.pool = Some(pool);
    }
    (200, shown(center, &center.resources()))
}

/// Archives one; its people are in none after that.
pub(super) fn delete(state: &mut State, id: &str) -> Answer {
    let Some(center) = state.centers.iter_mut().find(|center| center.id == id && !center.archived) else {
        return words(404, "Not Found");
    };
    center.archived = true;
    let message = "Cost center successfully deleted.";
    (200, json!({ "message": message, "id": id, "name": center.name, "costCenterState": "CostCenterArchived" }))
}

fn users(body: &Value) -> Result<Vec<String>, Answer> {
    let count: usize = body
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, list)| list.as_array())
        .map(Vec::len)
        .sum();
    if count == 0 || count > MOST {
        return Err(words(400, "Bad request: between 1 and 50 resources are allowed."));
    }
    let users = body["users"].as_array().into_iter().flatten();
    Ok(users.filter_map(|user| user.as_str().map(str::to_owned)).collect())
}

/// Adds users; who is in another one is moved.
pub(super) fn add(state: &mut State, id: &str, body: &Value) -> Answer {
    let users = match users(body) {
        Ok(users) => users,
        Err(answer) => return answer,
    };
    if !state.centers.iter().any(|center| center.id == id && !center.archived) {
        return words(400, "Cost center not found.");
    }
    let mut moved = Vec::new();
    for user in users {
        for center in &mut state.centers {
            let there = center.users.iter().any(|known| known.eq_ignore_ascii_case(&user));
            if center.id == id && !there {
                center.users.push(user.clone());
            } else if center.id != id && there {
                center.users.retain(|known| !known.eq_ignore_ascii_case(&user));
                if !center.archived {
                    moved.push(json!({ "resource_type": "user", "name": user, "previous_cost_center": center.name }));
                }
            }
        }
    }
    let moved = if moved.is_empty() { Value::Null } else { moved.into() };
    let message = "Resources successfully added to the cost center.";
    (200, json!({ "message": message, "reassigned_resources": moved }))
}

/// Takes users out.
pub(super) fn remove(state: &mut State, id: &str, body: &Value) -> Answer {
    let users = match users(body) {
        Ok(users) => users,
        Err(answer) => return answer,
    };
    let Some(center) = state.centers.iter_mut().find(|center| center.id == id) else {
        return words(400, "Cost center not found.");
    };
    center.users.retain(|known| !users.iter().any(|user| user.eq_ignore_ascii_case(known)));
    (200, json!({ "message": "Resources successfully removed from the cost center." }))
}
