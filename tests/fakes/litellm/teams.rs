//! The endpoints of teams.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::state::{CALLER, Row, State, Team, reset_at};
use super::{Answer, detail, error};

/// The body of a team, in the shape that every endpoint answers with.
pub(crate) fn table(id: &str, team: &Team) -> Value {
    let members: Vec<Value> = team
        .members
        .iter()
        .map(|(user, email, role)| json!({ "user_id": user, "user_email": email, "role": role }))
        .collect();
    json!({
        "team_id": id, "team_alias": team.alias, "organization_id": null, "admins": [], "members": [],
        "members_with_roles": members, "metadata": team.metadata, "max_budget": team.max, "soft_budget": team.soft,
        "budget_duration": team.duration, "budget_limits": null, "blocked": team.blocked, "spend": team.spend, "models": [],
        "budget_reset_at": reset_at(team.duration.as_deref()),
    })
}

/// One page, ten to a page unless asked otherwise, at most a hundred.
pub(crate) fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let number = |name: &str, default| query.get(name).map_or(default, |text| text.parse().unwrap());
    let (page, size): (usize, usize) = (number("page", 1), number("page_size", 10));
    if size > 100 {
        return (422, json!({ "detail": [{ "loc": ["query", "page_size"], "msg": "too big", "type": "x" }] }));
    }
    let teams: Vec<Value> = state
        .teams
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .map(|(id, team)| {
            let mut team = table(id, team);
            team["members_count"] = json!(0);
            team["keys_count"] = json!(0);
            team
        })
        .collect();
    let total = state.teams.len();
    (
        200,
        json!({ "teams": teams, "total": total, "page": page, "page_size": size, "total_pages": total.div_ceil(size) }),
    )
}

pub(crate) fn info(state: &State, id: &str) -> Answer {
    let Some(team) = state.teams.get(id) else {
        return error(404, &format!("Team not found, passed team id: {id}."));
    };
    let mut body = table(id, team);
    let shared = team.shared();
    body["team_member_budget_table"] =
        shared.and_then(|id| state.rows.get(id).map(|row| row.json(id))).unwrap_or(Value::Null);
    let memberships: Vec<Value> = team
        .links
        .iter()
        .map(|(user, link)| {
            let own = link.as_deref().is_some_and(|link| Some(link) != shared);
            let source = if own { "custom" } else { shared.map_or("none", |_| "team_default") };
            let row = link.as_deref().and_then(|link| state.rows.get(link).map(|row| row.json(link)));
            json!({
                "user_id": user, "team_id": id, "budget_id": link, "spend": team.spent.get(user).unwrap_or(&0.0), "litellm_budget_table": row,
                "budget_source": source,
            })
        })
        .collect();
    (200, json!({ "team_id": id, "team_info": body, "keys": [], "team_memberships": memberships }))
}

/// Why amounts and durations are refused.
fn refused(body: &Value, max: Option<f64>, soft: Option<f64>) -> Option<Answer> {
    for name in ["max_budget", "soft_budget", "team_member_budget"] {
        if body[name].as_f64().is_some_and(|value| value < 0.0) {
            return Some(error(400, &format!("{name} must be a non-negative finite number.")));
        }
    }
    for name in ["budget_duration", "team_member_budget_duration"] {
        if body[name].as_str().is_some_and(|text| !text.starts_with(|c: char| c.is_ascii_digit())) {
            return Some(error(400, &format!("Invalid {name}.")));
        }
    }
    match (max, soft) {
        (Some(max), Some(soft)) if soft >= max => {
            Some(error(400, &format!("soft_budget ({soft}) must be strictly lower than max_budget ({max})")))
        }
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Makes a team and puts the caller into it. Unknown fields are ignored.
pub(crate) fn new(state: &mut State, body: &Value) -> Answer {
    let id = text(&body["team_id"]).unwrap_or_else(|| state.id("team"));
    if state.teams.contains_key(&id) {
        return error(400, &format!("Team id = {id} already exists. Please use a different team id."));
    }
    let (max, soft) = (body["max_budget"].as_f64(), body["soft_budget"].as_f64());
    if let Some(answer) = refused(body, max, soft) {
        return answer;
    }
    let mut team = Team {
        alias: text(&body["team_alias"]),
        max,
        soft,
        duration: text(&body["budget_duration"]),
        metadata: body["metadata"].as_object().cloned().unwrap_or_default(),
        members: vec![(CALLER.to_owned(), None, "admin".to_owned())],
        ..Team::default()
    };
    shared_row(state, &mut team, body);
    team.links.insert(CALLER.to_owned(), team.shared().map(str::to_owned));
    let answer = table(&id, &team);
    state.teams.insert(id, team);
    (200, answer)
}

/// Sets the shared row; a new one takes the team's duration where none is said.
fn shared_row(state: &mut State, team: &mut Team, body: &Value) {
    let said = |name: &str| body.get(name).is_some();
    let (cap, lasts) = ("team_member_budget", "team_member_budget_duration");
    if !said(cap) && !said(lasts) {
        return;
    }
    let something = !body[cap].is_null() || !body[lasts].is_null();
    if let Some(row) = team.shared().map(str::to_owned).and_then(|id| state.rows.get_mut(&id)) {
        if said(cap) {
            row.max = body[cap].as_f64();
        }
        if said(lasts) {
            row.duration = text(&body[lasts]);
        }
    } else if something {
        let duration = if said(lasts) { text(&body[lasts]) } else { team.duration.clone() };
        let id = state.row(Row { max: body[cap].as_f64(), duration, tpm: None });
        team.metadata.insert("team_member_budget_id".to_owned(), id.into());
    }
    if something {
        let shared = team.shared().map(str::to_owned);
        for link in team.links.values_mut().filter(|link| link.is_none()) {
            link.clone_from(&shared);
        }
    }
}

fn merge(metadata: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        if key == "team_member_budget_id" {
            continue;
        }
        if value.is_null() {
            metadata.remove(key);
        } else {
            metadata.insert(key.clone(), value.clone());
        }
    }
}

/// Absent keeps, null clears, metadata is merged, unknown fields and `members_with_roles` are ignored.
pub(crate) fn patch(state: &mut State, id: &str, body: &Value) -> Answer {
    let Some(mut team) = state.teams.get(id).cloned() else {
        return error(404, &format!("Team not found, passed team_id={id}"));
    };
    let fields = body.as_object().cloned().unwrap_or_default();
    for (name, value) in &fields {
        match name.as_str() {
            "max_budget" => team.max = value.as_f64(),
            "soft_budget" => team.soft = value.as_f64(),
            "budget_duration" => team.duration = text(value),
            "team_alias" => team.alias = text(value),
            "metadata" => merge(&mut team.metadata, &value.as_object().cloned().unwrap_or_default()),
            _ => {}
        }
    }
    if let Some(answer) = refused(body, team.max, team.soft) {
        return answer;
    }
    shared_row(state, &mut team, body);
    let answer = table(id, &team);
    state.teams.insert(id.to_owned(), team);
    (200, answer)
}

/// One unknown id deletes nothing; users and rows stay, the team's keys go.
pub(crate) fn delete(state: &mut State, body: &Value) -> Answer {
    let ids: Vec<String> = body["team_ids"].as_array().into_iter().flatten().filter_map(text).collect();
    if let Some(id) = ids.iter().find(|id| !state.teams.contains_key(*id)) {
        return detail(404, &format!("Team not found, passed team_id={id}"));
    }
    for id in &ids {
        state.teams.remove(id);
        state.keys.retain(|key| key.team.as_deref() != Some(id));
    }
    (200, json!({ "deleted_teams": ids }))
}
