//! Workspaces of a Console organization and their members.

use serde_json::{Value, json};

use super::state::{State, Workspace};
use super::{Answer, Asked, invalid, not_found, pages};

const ROLES: [&str; 4] = ["workspace_admin", "workspace_developer", "workspace_restricted_developer", "workspace_user"];

fn shown(workspace: &Workspace) -> Value {
    json!({
        "type": "workspace", "id": workspace.id, "name": workspace.name, "display_color": "#6C5BB9",
        "archived_at": workspace.archived.then_some("2026-11-01T00:00:00Z"), "created_at": "2026-10-03T09:15:00Z",
    })
}

fn member(workspace: &str, user: &str, role: &str) -> Value {
    json!({ "type": "workspace_member", "user_id": user, "workspace_id": workspace, "workspace_role": role })
}

pub(super) fn route(state: &mut State, method: &str, rest: &[&str], asked: &Asked) -> Answer {
    if (method, rest) == ("GET", &[]) {
        let all = asked.one("include_archived") == Some("true");
        let rows: Vec<Value> = state.workspaces.iter().filter(|one| all || !one.archived).map(shown).collect();
        return pages::by_id(asked, &rows, "id");
    }
    let Some(at) = rest.first().and_then(|id| state.workspaces.iter().position(|one| one.id == *id)) else {
        return not_found("workspace not found");
    };
    let id = state.workspaces[at].id.clone();
    match (method, &rest[1..]) {
        ("GET", []) => (200, shown(&state.workspaces[at])),
        ("GET", ["members"]) => {
            let members = state.workspaces[at].members.iter();
            let rows: Vec<Value> = members.map(|(user, role)| member(&id, user, role)).collect();
            pages::by_id(asked, &rows, "user_id")
        }
        ("POST", ["members"]) => {
            let user = asked.body["user_id"].as_str().unwrap_or_default().to_owned();
            let role = asked.body["workspace_role"].as_str().unwrap_or_default().to_owned();
            if !ROLES.contains(&role.as_str()) {
                return invalid("workspace_role: unknown");
            }
            if !state.users.iter().any(|one| one.id == user) {
                return not_found("user not found");
            }
            if state.workspaces[at].members.iter().any(|(one, _)| *one == user) {
                return invalid("user is already a member of the workspace");
            }
            state.workspaces[at].members.push((user.clone(), role.clone()));
            (200, member(&id, &user, &role))
        }
        ("DELETE", ["members", user]) => {
            let Some(place) = state.workspaces[at].members.iter().position(|(one, _)| one == user) else {
                return not_found("member not found");
            };
            state.workspaces[at].members.remove(place);
            (200, json!({ "type": "workspace_member_deleted", "user_id": user, "workspace_id": id }))
        }
        _ => not_found("Not found"),
    }
}
