//! The people of the organization.

use serde_json::{Value, json};

use super::state::State;
use super::{Answer, Asked, pages};

pub(super) fn list(state: &State, asked: &Asked) -> Answer {
    let email = asked.one("email");
    let rows: Vec<Value> = state
        .users
        .iter()
        .filter(|user| email.is_none_or(|email| user.email.eq_ignore_ascii_case(email)))
        .map(|user| {
            json!({
                "type": "user", "id": user.id, "email": user.email, "name": user.email.split('@').next(),
                "role": "user", "added_at": "2026-01-12T10:00:00Z",
            })
        })
        .collect();
    pages::by_id(asked, &rows, "id")
}
