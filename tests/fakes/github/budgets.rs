//! The endpoints of budgets. POST is not idempotent: the same again makes a second one. PATCH takes four fields.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::state::{Budget, State};
use super::{Answer, words};

const SCOPES: [&str; 7] = [
    "enterprise",
    "organization",
    "repository",
    "cost_center",
    "multi_user_customer",
    "multi_user_cost_center",
    "user",
];

/// Pages of 10 unless asked otherwise, 100 at most.
pub(super) fn page(query: &BTreeMap<String, String>, usual: usize) -> (usize, usize) {
    let number = |name: &str, default: usize| query.get(name).map_or(default, |text| text.parse().unwrap());
    (number("page", 1), number("per_page", usual).min(100))
}

/// One page of the list.
pub(super) fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let (page, size) = page(query, 10);
    let size = if state.odd.ignores_per_page { 10 } else { size };
    let scope = query.get("scope").map(String::as_str);
    let fits = |budget: &&Budget| match scope {
        // Where even the filter does not tell, it is in the one that it is listed as.
        Some(scope) if state.odd.ambiguous && budget.scope == "multi_user_cost_center" => scope == "cost_center",
        Some(scope) => budget.scope == scope,
        None => true,
    };
    let found: Vec<&Budget> = state.budgets.iter().filter(fits).collect();
    let mut shown: Vec<Value> = found.iter().skip((page - 1) * size).take(size).map(|b| state.listed(b)).collect();
    let next = page * size < found.len();
    if state.odd.unknowns && !next {
        let scope = "multi_user_galaxy";
        let alerting = json!({ "will_alert": false, "alert_recipients": [] });
        shown.push(json!({
            "id": "odd-1", "budget_type": "BundlePricing", "budget_product_sku": "ai_credits", "budget_scope": scope,
            "budget_amount": 7, "prevent_further_usage": true, "budget_alerting": alerting, "phase": { "full": true },
        }));
    }
    let mut answer = json!({ "budgets": shown });
    if !state.odd.tells_no_end {
        let total = i64::try_from(found.len()).unwrap() + i64::from(state.odd.unknowns) + state.odd.total_off;
        answer["has_next_page"] = next.into();
        answer["total_count"] = total.into();
    }
    if let Some(user) = query.get("user") {
        answer["user"] = user.as_str().into();
        if let Some(amount) = state.ceiling(user) {
            let id = state.own_budget(user).map_or("", |budget| budget.id.as_str());
            let consumed = state.consumed.get(user).copied().unwrap_or(0.0);
            answer["effective_budget"] = json!({ "id": id, "budget_amount": amount, "consumed_amount": consumed });
        }
    }
    (200, answer)
}

fn invalid(field: &str, why: &str) -> Answer {
    let errors = json!([{ "resource": "Budget", "field": field, "code": "invalid", "message": why }]);
    let documentation = "https://docs.github.com/rest/billing/budgets";
    (422, json!({ "message": "Validation Failed", "documentation_url": documentation, "errors": errors }))
}

/// A date in the future; nothing where it is to be cleared.
fn expires(state: &State, value: &Value) -> Result<Option<Date>, Answer> {
    if value.is_null() || value.as_i64() == Some(0) {
        return Ok(None);
    }
    let date: Option<Date> = value.as_str().and_then(|text| text.parse().ok());
    match date {
        Some(date) if date > state.today => Ok(Some(date)),
        _ => Err(invalid("expires_at", "expires_at must be a date in the future")),
    }
}

fn alerting(body: &Value, budget: &mut Budget) {
    let alerting = &body["budget_alerting"];
    if alerting.is_object() {
        budget.alert = alerting["will_alert"].as_bool().unwrap_or_default();
        let recipients = alerting["alert_recipients"].as_array().into_iter().flatten();
        budget.recipients = recipients.filter_map(|login| login.as_str().map(str::to_owned)).collect();
    }
}

/// Whether a budget is one of users, which always stops.
fn of_users(scope: &str) -> bool {
    matches!(scope, "user" | "multi_user_customer" | "multi_user_cost_center")
}

fn written(state: &State, id: &str, message: &str) -> Answer {
    let budget = state.budgets.iter().find(|budget| budget.id == id).unwrap();
    let mut shown = state.listed(budget);
    let fields = shown.as_object_mut().unwrap();
    // These two are listed, and stand in no answer to a write.
    fields.remove("consumed_amount");
    fields.remove("user");
    (200, json!({ "message": message, "budget": shown }))
}

/// Makes a budget, and a second one where there is one.
pub(super) fn create(state: &mut State, body: &Value) -> Answer {
    for name in ["budget_amount", "prevent_further_usage", "budget_alerting", "budget_scope", "budget_type"] {
        if body.get(name).is_none() {
            return words(400, &format!("Missing required fields: {name}"));
        }
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let scope = text("budget_scope");
    let enterprise = state.enterprise.is_some();
    if !SCOPES.contains(&scope.as_str())
        || (!enterprise && !["organization", "repository", "multi_user_customer", "user"].contains(&scope.as_str()))
    {
        return invalid("budget_scope", "is no scope");
    }
    let sku = text("budget_product_sku");
    if text("budget_type") == "BundlePricing" && sku != "ai_credits" {
        return words(404, &format!("Invalid SKU '{sku}'. Valid SKUs: ai_credits"));
    }
    let Some(amount) = body["budget_amount"].as_i64().filter(|amount| *amount >= 0) else {
        return invalid("budget_amount", "must be 0 or more");
    };
    if scope == "user" && text("user").is_empty() {
        // The words of the real one, which name another field than the one that is missing.
        return words(400, "Missing required fields: budget_entity_name");
    }
    let block = body["prevent_further_usage"] == true;
    if of_users(&scope) && !block {
        return invalid("prevent_further_usage", "must be true");
    }
    let entity = text("budget_entity_name");
    if matches!(scope.as_str(), "cost_center" | "multi_user_cost_center") {
        let Some(center) = state.centers.iter().find(|center| center.id == entity && !center.archived) else {
            return words(404, "Not Found");
        };
        if scope == "multi_user_cost_center" && !(center.orgs.is_empty() && center.repos.is_empty()) {
            return words(400, "A budget of all users needs a cost center that contains users and teams only.");
        }
    }
    if scope == "organization" && entity.is_empty() {
        return words(400, "Missing required fields: budget_entity_name");
    }
    let expires = match body.get("expires_at") {
        None => None,
        Some(_) if scope != "user" => return invalid("expires_at", "is supported for the scope user only"),
        Some(value) => match expires(state, value) {
            Ok(expires) => expires,
            Err(answer) => return answer,
        },
    };
    let user = (scope == "user").then(|| text("user"));
    let mut budget =
        Budget { kind: text("budget_type"), sku, user, block, expires, ..Budget::of(&scope, &entity, amount) };
    alerting(body, &mut budget);
    let id = state.budget(budget);
    written(state, &id, "Budget successfully created.")
}

fn no_budget(id: &str) -> Answer {
    words(404, &format!("Budget with ID {id} not found."))
}

/// One budget, without its end.
pub(super) fn get(state: &State, id: &str) -> Answer {
    let Some(budget) = state.budgets.iter().find(|budget| budget.id == id) else { return no_budget(id) };
    let mut shown = state.listed(budget);
    shown.as_object_mut().unwrap().remove("expires_at");
    (200, shown)
}

/// Changes a budget; what it is of cannot be changed.
pub(super) fn patch(state: &mut State, id: &str, body: &Value) -> Answer {
    let known = ["budget_amount", "prevent_further_usage", "budget_alerting", "expires_at"];
    let fields = body.as_object().unwrap();
    if let Some(odd) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return invalid(odd, "cannot be changed");
    }
    let Some(at) = state.budgets.iter().position(|budget| budget.id == id) else { return no_budget(id) };
    let mut budget = state.budgets[at].clone();
    if let Some(amount) = body.get("budget_amount") {
        match amount.as_i64().filter(|amount| *amount >= 0) {
            Some(amount) => budget.amount = amount,
            None => return invalid("budget_amount", "must be 0 or more"),
        }
    }
    if let Some(block) = body.get("prevent_further_usage") {
        budget.block = block == true;
        if of_users(&budget.scope) && !budget.block {
            return invalid("prevent_further_usage", "must be true");
        }
    }
    if let Some(value) = body.get("expires_at") {
        if budget.scope != "user" {
            return invalid("expires_at", "is supported for the scope user only");
        }
        match expires(state, value) {
            Ok(expires) => budget.expires = expires,
            Err(answer) => return answer,
        }
    }
    alerting(body, &mut budget);
    state.budgets[at] = budget;
    written(state, id, "Budget successfully updated.")
}

/// Deletes a budget.
pub(super) fn delete(state: &mut State, id: &str) -> Answer {
    let before = state.budgets.len();
    state.budgets.retain(|budget| budget.id != id);
    if state.budgets.len() == before {
        return no_budget(id);
    }
    (200, json!({ "message": "Budget successfully deleted.", "id": id }))
}

/// Who consumed how much of a budget of all users. Whoever did nothing yet is not in it.
pub(super) fn user_states(state: &State, id: &str, query: &BTreeMap<String, String>) -> Answer {
    let Some(budget) = state
        .budgets
        .iter()
        .find(|budget| budget.id == id && budget.scope.starts_with("multi_user"))
    else {
        return words(404, "Not Found");
    };
    let (page, size) = page(query, 10);
    let all: Vec<Value> = state
        .consumed
        .iter()
        .map(|(login, consumed)| {
            let own = state.own_budget(login);
            let target = own.map_or(budget.amount, |own| own.amount);
            let mut shown = json!({ "user": login, "consumed_amount": consumed, "target_amount": target });
            if let Some(own) = own {
                shown["override_budget_id"] = own.id.as_str().into();
            }
            shown
        })
        .collect();
    let shown: Vec<&Value> = all.iter().skip((page - 1) * size).take(size).collect();
    let next = page * size < all.len();
    (200, json!({ "user_states": shown, "has_next_page": next, "total_count": all.len() }))
}
