//! The endpoints of what people ask for: an approval writes their override.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pages::page;
use super::state::{Limit, State};
use super::{Answer, WORKSPACE, refused};

fn row(state: &State, id: &str) -> Value {
    let request = &state.requests[id];
    let user = &state.users[&request.user];
    let resolved = request.status != "pending";
    let had = user.limit.clone().filter(|_| !resolved);
    json!({
        "object": "workspace.usage_limit.request", "id": id, "workspace_id": WORKSPACE,
        "requester_user_id": request.user,
        "requester_account_user_id": format!("{}__{WORKSPACE}", request.user),
        "requester_name": user.name, "requester_email": user.email, "status": request.status,
        "justification": "a launch\u{1b}[31m", "original_monthly_usage_limit": had.map(|limit| limit.json(state)),
        "recommended_monthly_usage_limit": Limit::of(&request.asks.to_string()).json(state),
        "resolved_by_account_user_id": resolved.then(|| format!("user-admin__{WORKSPACE}")),
        "resolved_at": resolved.then_some("2026-11-22T10:00:00Z"),
    })
}

pub(crate) fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let ids: Vec<&String> = state.requests.keys().collect();
    page(&ids, |id| row(state, id), query, (50, 422), false)
}

pub(crate) fn resolve(state: &mut State, id: &str, body: &Value) -> Answer {
    let Some(request) = state.requests.get(id).cloned() else { return refused(404, "The request was not found.") };
    if request.status != "pending" {
        return refused(409, "Only pending usage-limit requests can be resolved.");
    }
    let approved = &body["approved_monthly_usage_limit"];
    let status = match (body["status"].as_str(), approved) {
        (Some("approved"), _) => "approved",
        (Some("denied"), Value::Null) => "denied",
        _ => return refused(422, "Invalid request body."),
    };
    if status == "approved" {
        let limit = match approved {
            Value::Null => Limit::of(&request.asks.to_string()),
            // The newer shape is described for overrides; here the number alone.
            given => match given["limit"].as_u64().filter(|_| !state.usd) {
                Some(limit) => Limit::of(&limit.to_string()),
                None => return refused(422, "Invalid request body."),
            },
        };
        if let Some(user) = state.users.get_mut(&request.user) {
            user.limit = Some(limit);
        }
    }
    if let Some(request) = state.requests.get_mut(id) {
        request.status = status;
    }
    (200, row(state, id))
}
