//! The rows of limits: listed, set by scope and period, deleted.

use serde_json::{Value, json};

use super::state::{Flavor, State};
use super::{Answer, Asked, coded, invalid, not_found, pages};

const BETA: &str = "spend-limit-reads-2026-09-26";
/// The scopes of each kind of organization.
const ENTERPRISE: [&str; 5] = ["user", "seat_tier", "rbac_group", "organization_service", "organization"];
const CONSOLE: [&str; 3] = ["organization", "workspace", "usage_tier"];

pub(super) fn list(state: &State, asked: &Asked) -> Answer {
    if state.flavor == Flavor::Gateway {
        let wanted = asked.one("scope_type");
        let rows: Vec<Value> = state
            .limits
            .iter()
            .filter(|limit| wanted.is_none_or(|kind| limit.scope["type"] == kind))
            .map(|limit| state.shown(limit))
            .collect();
        return pages::by_id(asked, &rows, "id");
    }
    let betas = asked.header("anthropic-beta").unwrap_or_default();
    if !betas.split(',').any(|beta| beta == BETA) {
        return not_found("Not found");
    }
    let kinds = asked.all("scope_type[]");
    let known = if state.flavor == Flavor::Enterprise { ENTERPRISE.as_slice() } else { CONSOLE.as_slice() };
    if kinds.iter().any(|kind| !known.contains(kind)) {
        return invalid("scope_type[]: not a scope of this kind of organization");
    }
    let workspace = asked.one("workspace_id");
    let rows: Vec<Value> = state
        .limits
        .iter()
        .filter(|limit| kinds.is_empty() || kinds.iter().any(|kind| limit.scope["type"] == *kind))
        .filter(|limit| workspace.is_none_or(|id| limit.scope["workspace_id"] == id))
        .map(|limit| state.shown(limit))
        .collect();
    pages::by_cursor(asked, &rows, false)
}

pub(super) fn get(state: &State, id: &str) -> Answer {
    match state.limits.iter().find(|limit| limit.id == id) {
        Some(limit) => (200, state.shown(limit)),
        None => not_found("spend limit not found"),
    }
}

fn writes_off(state: &State) -> Option<Answer> {
    (!state.writes).then(|| {
        let message = "spend limit writes are not enabled for this organization";
        coded(403, "permission_error", message, "spend_limits_admin_api_writes_not_enabled")
    })
}

/// Sets the one row of a scope and a period.
pub(super) fn set(state: &mut State, body: &Value) -> Answer {
    if let Some(refused) = writes_off(state) {
        return refused;
    }
    let Some(fields) = body.as_object() else { return invalid("body: not an object") };
    if let Some(name) = fields.keys().find(|name| !["scope", "amount", "period"].contains(&name.as_str())) {
        return invalid(&format!("{name}: extra inputs are not permitted"));
    }
    let amount = match fields.get("amount") {
        Some(Value::Null) => None,
        Some(Value::String(text)) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(text.clone())
        }
        _ => return invalid("amount: must be an integer string in minor units, or null"),
    };
    let period = fields.get("period").and_then(Value::as_str).unwrap_or("monthly").to_owned();
    if !["daily", "weekly", "monthly"].contains(&period.as_str()) {
        return invalid("period: unknown");
    }
    let scope = fields.get("scope").cloned().unwrap_or_default();
    let kind = scope["type"].as_str().unwrap_or_default().to_owned();
    let text = |key: &str| scope[key].as_str().unwrap_or_default().to_owned();
    let takes = match (state.flavor, kind.as_str()) {
        (Flavor::Enterprise, "user") => {
            if !state.users.iter().any(|user| user.id == text("user_id")) {
                return not_found("user not found");
            }
            true
        }
        (Flavor::Console, "organization" | "workspace") => {
            if amount.is_none() || period != "monthly" {
                return invalid("amount and period: a monthly amount is required");
            }
            if kind == "workspace" && !state.workspaces.iter().any(|one| one.id == text("workspace_id")) {
                return not_found("workspace not found");
            }
            true
        }
        (Flavor::Gateway, "user" | "rbac_group" | "organization") => true,
        _ => false,
    };
    if !takes {
        return invalid(&format!("scope type {kind} cannot be set through this API"));
    }
    let id = state.limit(scope, amount.as_deref(), &period);
    get(state, &id)
}

pub(super) fn delete(state: &mut State, id: &str) -> Answer {
    if let Some(refused) = writes_off(state) {
        return refused;
    }
    let Some(at) = state.limits.iter().position(|limit| limit.id == id) else {
        return not_found("spend limit not found");
    };
    let kind = state.limits[at].scope["type"].as_str().unwrap_or_default();
    let takes = match state.flavor {
        Flavor::Enterprise => kind == "user",
        Flavor::Console => kind == "organization" || kind == "workspace",
        Flavor::Gateway => true,
    };
    if !takes {
        return invalid(&format!("scope type {kind} cannot be deleted through this API"));
    }
    state.limits.remove(at);
    (200, json!({ "type": "spend_limit_deleted", "id": id }))
}
