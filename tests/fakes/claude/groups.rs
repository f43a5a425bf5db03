//! Groups and their members, one person a call. The members of a `scim` group belong to the directory.

use serde_json::{Value, json};

use super::state::{Group, State};
use super::{Answer, Asked, invalid, not_found, pages};

fn shown(group: &Group) -> Value {
    json!({
        "type": "rbac_group", "id": group.id, "name": group.name, "source_type": group.source, "role_ids": null,
        "created_at": "2026-10-03T09:15:00Z", "updated_at": "2026-10-03T09:15:00Z",
    })
}

fn member(state: &State, group: &str, user: &str) -> Value {
    let email = state.users.iter().find(|one| one.id == user).map_or("", |user| user.email.as_str());
    json!({
        "type": "rbac_group_member", "user_id": user, "email": email, "rbac_group_id": group,
        "created_at": "2026-10-03T09:15:00Z",
    })
}

pub(super) fn route(state: &mut State, method: &str, rest: &[&str], asked: &Asked) -> Answer {
    if (method, rest) == ("GET", &[]) {
        let rows: Vec<Value> = state.groups.iter().map(shown).collect();
        return pages::by_cursor(asked, &rows, false);
    }
    let Some(at) = rest.first().and_then(|id| state.groups.iter().position(|group| group.id == *id)) else {
        return not_found("group not found");
    };
    let (id, is_scim) = (state.groups[at].id.clone(), state.groups[at].source == "scim");
    match (method, &rest[1..]) {
        ("GET", []) => (200, shown(&state.groups[at])),
        ("GET", ["members"]) => {
            let rows: Vec<Value> = state.groups[at].members.iter().map(|user| member(state, &id, user)).collect();
            pages::by_cursor(asked, &rows, state.short_pages)
        }
        ("POST" | "DELETE", ["members", ..]) if is_scim => invalid("members of a scim group cannot be changed"),
        ("POST", ["members"]) => {
            let user = asked.body["user_id"].as_str().unwrap_or_default().to_owned();
            if !state.users.iter().any(|one| one.id == user) {
                return not_found("user not found");
            }
            if state.groups[at].members.contains(&user) {
                return invalid("user is already a member of the group");
            }
            state.groups[at].members.push(user.clone());
            (200, member(state, &id, &user))
        }
        ("DELETE", ["members", user]) => {
            let Some(place) = state.groups[at].members.iter().position(|one| one == user) else {
                return not_found("member not found");
            };
            state.groups[at].members.remove(place);
            (200, json!({ "type": "rbac_group_member_deleted", "user_id": user, "rbac_group_id": id }))
        }
        _ => not_found("Not found"),
    }
}
