//! Keyless runs: the endpoint of GitHub Actions that hands out a token of the job, and the one of the vendor that takes
//! it for a bearer of its own.

use serde_json::json;

use super::state::State;
use super::{Answer, Asked, error, invalid};

/// What the job's token is fetched with.
pub(crate) const ACTIONS: &str = "actions-Kp3xV9sBq6RmTz2W";
/// The job's token.
pub(crate) const ASSERTION: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZXBvOmFjbWUvY3JlZGl0cyJ9.Uq8zLw4pNf7c";
/// What every bearer begins with; a number follows.
pub(crate) const MINTED: &str = "sk-ant-oat01-Hb5yXr9kDm3VtQe7";
/// The rule that lets the job in.
pub(crate) const RULE: &str = "fdrl_01ACME";

/// `GET ACTIONS_ID_TOKEN_REQUEST_URL&audience=…`.
pub(super) fn actions(state: &State, asked: &Asked) -> Answer {
    let _ = state;
    if asked.header("authorization") != Some(&format!("Bearer {ACTIONS}")) {
        return (401, json!({ "message": "Unauthorized" }));
    }
    if asked.one("audience").is_none() {
        return (400, json!({ "message": "no audience" }));
    }
    (200, json!({ "count": 1, "value": ASSERTION }))
}

/// `POST /v1/oauth/token`.
pub(super) fn exchange(state: &mut State, asked: &Asked) -> Answer {
    let body = &asked.body;
    if asked.header("authorization").is_some() || asked.header("x-api-key").is_some() {
        return invalid("the assertion is the only credential");
    }
    let betas = asked.header("anthropic-beta").unwrap_or_default();
    if !["oauth-2025-04-20", "oidc-federation-2026-04-01"]
        .iter()
        .all(|beta| betas.split(',').any(|one| one == *beta))
    {
        return invalid("anthropic-beta: the federation of workloads is a preview");
    }
    if body["organization_id"] != state.organization.0.as_str() {
        return invalid("organization_id: not this organization");
    }
    if body["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
        return invalid("grant_type: not supported");
    }
    if body["assertion"] != ASSERTION || body["federation_rule_id"] != RULE {
        return error(401, "authentication_error", "the assertion does not match the federation rule");
    }
    let token = format!("{MINTED}{:04}", state.tokens.len());
    state.tokens.push(token.clone());
    (200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": state.token_seconds }))
}
