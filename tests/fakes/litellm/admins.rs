//! Who asks, and what only admins are told. As the real one answered: 1.106.2, with keys of users of each role.

use serde_json::{Value, json};

use super::state::CALLER;
use super::{Answer, State};

/// Whether the caller may list teams.
pub(super) fn reads(state: &State) -> bool {
    state.role.is_none_or(|role| role.starts_with("proxy_admin"))
}

/// What somebody else is told who asks for all teams.
pub(super) fn no_admin(state: &State) -> Answer {
    let role = state.role.unwrap_or_default();
    let words = format!("Only admin users can query all teams/other teams. Your user role={role}");
    (401, json!({ "detail": { "error": words } }))
}

/// `/user/info`: nothing of the user whom the master key acts as.
pub(super) fn caller(state: &State) -> Answer {
    let (id, user) = match state.role {
        None => (CALLER, Value::Null),
        Some("nobody") => {
            let code = "404";
            let message = "User None not found";
            return (
                404,
                json!({ "error": { "message": message, "type": "internal_server_error", "param": null, "code": code } }),
            );
        }
        Some(role) => ("u-1", json!({ "user_id": "u-1", "user_role": role, "user_email": "u-1@acme.example" })),
    };
    (200, json!({ "user_id": id, "user_info": user, "keys": [], "teams": [] }))
}

/// `/health/readiness/details`.
pub(super) fn readiness(state: &State) -> Answer {
    if !reads(state) {
        return no_admin(state);
    }
    (200, json!({ "status": "healthy", "db": "connected", "cache": null, "litellm_version": "1.106.2" }))
}
