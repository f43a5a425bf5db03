//! Requests for a higher cap. To approve one writes the person's own limit; to deny one twice is as good as once.

use serde_json::{Value, json};

use super::state::{IncreaseRequest, State};
use super::{Answer, Asked, effective, invalid, limits, not_found, pages};

fn shown(state: &State, request: &IncreaseRequest) -> Value {
    let is_open = request.status == "pending";
    let email = state.users.iter().find(|user| user.id == request.user).map(|user| user.email.as_str());
    json!({
        "type": "spend_limit_increase_request", "id": request.id, "status": request.status,
        "actor": {
            "type": "user_actor", "user_id": request.user, "name": null, "email_address": email, "deleted": false,
        },
        "period": request.period,
        "created_at": "2026-11-18T14:00:00Z",
        "resolved_at": (!is_open).then_some("2026-11-19T08:00:00Z"),
        "resolved_by": (!is_open).then(|| json!({ "type": "scoped_api_key_actor", "scoped_api_key_id": "apikey_1" })),
        "spend_summary": if is_open { effective::of(state, &request.user, &request.period) } else { Value::Null },
    })
}

pub(super) fn route(state: &mut State, method: &str, rest: &[&str], asked: &Asked) -> Answer {
    if (method, rest) == ("GET", &[]) {
        let wanted = asked.all("status[]");
        let rows: Vec<Value> = state
            .requests
            .iter()
            .filter(|request| wanted.is_empty() || wanted.contains(&request.status.as_str()))
            .map(|request| shown(state, request))
            .collect();
        return pages::by_cursor(asked, &rows, false);
    }
    let Some(at) = rest.first().and_then(|id| state.requests.iter().position(|one| one.id == *id)) else {
        return not_found("request not found");
    };
    match (method, &rest[1..], state.requests[at].status.as_str()) {
        ("GET", [], _) => (200, shown(state, &state.requests[at])),
        ("POST", ["deny"], "approved") => invalid("request is already approved"),
        ("POST", ["deny"], _) => {
            "denied".clone_into(&mut state.requests[at].status);
            (200, shown(state, &state.requests[at]))
        }
        ("POST", ["approve"], "denied") => invalid("request is already denied"),
        ("POST", ["approve"], _) => {
            let IncreaseRequest { user, period, .. } = state.requests[at].clone();
            let scope = json!({ "type": "user", "user_id": user });
            let (status, limit) =
                limits::set(state, &json!({ "scope": scope, "amount": asked.body["amount"], "period": period }));
            if status != 200 {
                return (status, limit);
            }
            "approved".clone_into(&mut state.requests[at].status);
            let mut answer = shown(state, &state.requests[at]);
            answer["spend_limit"] = limit;
            (200, answer)
        }
        _ => not_found("Not found"),
    }
}
