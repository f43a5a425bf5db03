//! The endpoints of groups and of who is in them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pages::page;
use super::state::State;
use super::{Answer, WORKSPACE, refused};

fn row(state: &State, id: &str) -> Value {
    let group = &state.groups[id];
    let mut row = json!({
        "object": "directory.workspace.group", "id": id, "workspace_id": WORKSPACE, "name": group.name,
        "created_at": 1_780_000_000, "member_count": group.members.len(),
        "source": if group.scim { "scim" } else { "manual" }, "scim": null,
    });
    if group.scim {
        row["scim"] = json!({ "id": format!("scim-{id}"), "display_name": group.name });
    }
    row
}

pub(crate) fn groups(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let ids: Vec<&String> = state.groups.keys().collect();
    page(&ids, |id| row(state, id), query, (20, 400), false)
}

/// The groups that somebody is in.
pub(crate) fn groups_of(state: &State, user: &str, query: &BTreeMap<String, String>) -> Answer {
    if !state.users.contains_key(user) {
        return refused(404, "The user was not found.");
    }
    let inside = state.groups.iter().filter(|(_, group)| group.members.contains(user));
    let ids: Vec<&String> = inside.map(|(id, _)| id).collect();
    page(&ids, |id| row(state, id), query, (20, 400), false)
}

pub(crate) fn group(state: &mut State, id: &str) -> Answer {
    if !state.groups.contains_key(id) {
        return refused(404, "The group was not found.");
    }
    let mut row = row(state, id);
    if state.miscounted > 0 {
        state.miscounted -= 1;
        row["member_count"] = (state.groups[id].members.len() + 1).into();
    }
    (200, row)
}

pub(crate) fn members(state: &State, id: &str, query: &BTreeMap<String, String>) -> Answer {
    let Some(group) = state.groups.get(id) else { return refused(404, "The group was not found.") };
    let row = |id: &str| {
        let user = &state.users[id];
        json!({
            "object": "compliance.workspace.user", "id": id, "email": user.email, "name": user.name,
            "created_at": 1_780_000_000, "role": user.role, "status": "active",
        })
    };
    let ids: Vec<&String> = group.members.iter().collect();
    page(&ids, row, query, (20, 400), false)
}

pub(crate) fn join(state: &mut State, id: &str, body: &Value) -> Answer {
    let Some(user) = body["user_id"]
        .as_str()
        .filter(|_| body.as_object().is_some_and(|fields| fields.len() == 1))
    else {
        return refused(400, "Invalid request input.");
    };
    if !state.users.contains_key(user) {
        return refused(404, "The user was not found.");
    }
    let Some(group) = state.groups.get_mut(id) else { return refused(404, "The group was not found.") };
    if group.scim {
        return refused(409, "The group is managed through SCIM.");
    }
    if group.members.contains(user) {
        return refused(409, "The user is in the group already.");
    }
    if !state.forgets {
        group.members.insert(user.to_owned());
    }
    let (object, workspace) = ("directory.workspace.group_user", WORKSPACE);
    (200, json!({ "object": object, "workspace_id": workspace, "group_id": id, "user_id": user }))
}

pub(crate) fn leave(state: &mut State, id: &str, user: &str) -> Answer {
    let Some(group) = state.groups.get_mut(id) else { return refused(404, "The group was not found.") };
    if group.scim {
        return refused(409, "The group is managed through SCIM.");
    }
    if !group.members.contains(user) {
        return refused(404, "The user is not in the group.");
    }
    if !state.forgets {
        group.members.remove(user);
    }
    let object = "directory.workspace.group_user.deleted";
    (200, json!({ "object": object, "deleted": true, "workspace_id": WORKSPACE, "group_id": id, "user_id": user }))
}
