//! The endpoints of members.

use serde_json::{Value, json};

use super::state::{Row, State};
use super::{Answer, detail, teams};

/// How many people fit into the one transaction of `member_add`.
const TRANSACTION: usize = 200;

/// Adds people with one cap, all or nobody. Who is there already is passed over, and nobody is told.
pub(crate) fn add(state: &mut State, body: &Value) -> Answer {
    let id = body["team_id"].as_str().unwrap_or_default().to_owned();
    let Some(mut team) = state.teams.get(&id).cloned() else {
        return detail(404, &format!("Team not found for team_id={id}"));
    };
    let list = body["member"].as_array().cloned();
    let members = list.clone().unwrap_or_else(|| vec![body["member"].clone()]);
    let there = |team: &super::Team, key: &str, name: &str| {
        team.members
            .iter()
            .any(|(user, email, _)| if key == "user_id" { user == name } else { email.as_deref() == Some(name) })
    };
    let named = |member: &Value| {
        ["user_id", "user_email"]
            .into_iter()
            .find_map(|key| Some((key, member[key].as_str()?.to_owned())))
    };
    let duplicates = members.iter().filter_map(named).filter(|(key, name)| there(&team, key, name)).count();
    if duplicates == members.len() {
        let message = "User already in team.";
        return (
            400,
            json!({ "error": { "message": message, "type": "team_member_already_in_team", "param": "member", "code": "400" } }),
        );
    }
    if members.iter().any(|member| member["role"] == "admin") {
        return detail(400, "Assigning team admins is a premium feature.");
    }
    for member in &members {
        let email = member["user_email"].as_str().unwrap_or_default();
        let users = state.users.values().flatten().filter(|other| other.eq_ignore_ascii_case(email)).count();
        if users > 1 {
            return detail(400, &format!("Multiple users found with email '{email}'. Please use 'user_id' instead."));
        }
    }
    if members.len() > TRANSACTION {
        return detail(500, "Unable to add user, for reason - Transaction already closed");
    }
    let (cap, lasts) = (body["max_budget_in_team"].as_f64(), body["budget_duration"].as_str());
    let (mut users, mut memberships) = (Vec::new(), Vec::new());
    for (key, name) in members.iter().filter_map(named) {
        let found = if key == "user_id" {
            state.users.contains_key(&name).then(|| name.clone())
        } else {
            // Found in any case, kept as it is written.
            state
                .users
                .iter()
                .find(|(_, email)| email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(&name)))
                .map(|(user, _)| user.clone())
        };
        if there(&team, key, &name) || found.as_deref().is_some_and(|user| there(&team, "user_id", user)) {
            continue;
        }
        let email = (key == "user_email").then(|| name.clone());
        // An unknown id or address makes a user.
        let user = found.unwrap_or_else(|| if key == "user_id" { name.clone() } else { state.id("user") });
        state.users.entry(user.clone()).or_insert_with(|| email.clone());
        let link = if cap.is_some() || lasts.is_some() {
            Some(state.row(Row { max: cap, duration: lasts.map(str::to_owned), tpm: None }))
        } else {
            team.shared().map(str::to_owned)
        };
        let email = email.or_else(|| state.users[&user].clone());
        team.members.push((user.clone(), email.clone(), "user".to_owned()));
        team.links.insert(user.clone(), link.clone());
        users.push(json!({ "user_id": user, "user_email": email, "teams": [id] }));
        let mut row = link.as_deref().and_then(|link| state.rows.get(link).map(|row| row.json(link)));
        // This answer's row has no such field.
        if let Some(row) = row.as_mut().and_then(Value::as_object_mut) {
            row.remove("budget_reset_at");
        }
        memberships.push(json!({ "user_id": user, "team_id": id, "budget_id": link, "litellm_budget_table": row }));
    }
    let mut answer = teams::table(&id, &team);
    answer["updated_users"] = users.into();
    answer["updated_team_memberships"] = memberships.into();
    state.teams.insert(id, team);
    (200, answer)
}

/// Who a row names, exactly as written.
fn addressed(state: &State, team: &str, row: &Value) -> Option<String> {
    state.teams.get(team)?.members.iter().find_map(|(user, email, _)| {
        let hit = row["user_id"].as_str() == Some(user)
            || (email.is_some() && row["user_email"].as_str() == email.as_deref());
        hit.then(|| user.clone())
    })
}

pub(crate) fn delete(state: &mut State, body: &Value) -> Answer {
    let id = body["team_id"].as_str().unwrap_or_default();
    let Some(user) = addressed(state, id, body) else { return detail(400, "User not found in team") };
    state.unseat(id, &user);
    (200, teams::table(id, &state.teams[id]))
}

fn problem(status: u16, title: &str, detail: &str) -> Answer {
    (status, json!({ "type": "urn:litellm:error:invalid", "title": title, "status": status, "detail": detail }))
}

/// What every bulk call checks: the team, 1 to 500 rows, one name each, no unknown field.
fn rows(state: &State, team: &str, body: &Value, fields: &[&str]) -> Result<Vec<Value>, Answer> {
    let rows = body["members"].as_array().cloned().unwrap_or_default();
    for (at, row) in rows.iter().enumerate() {
        let row = row.as_object().unwrap();
        if let Some(name) = row.keys().find(|name| !fields.contains(&name.as_str())) {
            let why = format!("members.{at}.{name}: Extra inputs are not permitted");
            return Err(problem(422, "Invalid request body", &why));
        }
        if row.contains_key("user_id") == row.contains_key("user_email") {
            let why = format!("members.{at}: Each member must be identified by exactly one of user_id or user_email");
            return Err(problem(422, "Invalid request body", &why));
        }
    }
    if rows.is_empty() || rows.len() > 500 {
        return Err(problem(422, "Invalid request body", "members: 1 to 500 rows"));
    }
    if !state.teams.contains_key(team) {
        return Err(problem(404, "Team not found", team));
    }
    Ok(rows)
}

/// Caps row by row; negative ones are taken. A shared row is cloned; a row without any limit is let go.
pub(crate) fn bulk_update(state: &mut State, team: &str, body: &Value) -> Answer {
    let fields = ["user_id", "user_email", "max_budget_in_team", "budget_duration", "tpm_limit"];
    let rows = match rows(state, team, body, &fields) {
        Ok(rows) => rows,
        Err(answer) => return answer,
    };
    let mut done = Vec::<String>::new();
    let data: Vec<Value> = rows
        .iter()
        .map(|row| {
            let (id, email) = (row.get("user_id"), row.get("user_email"));
            let no = |why: &str| json!({ "user_id": id, "user_email": email, "success": false, "error": why });
            let Some(user) = addressed(state, team, row) else { return no("User not found in team") };
            if done.contains(&user) {
                return no("Duplicate member in request");
            }
            done.push(user.clone());
            let shared = state.teams[team].shared().map(str::to_owned);
            let link = state.teams[team].links.get(&user).cloned().flatten();
            let mut budget = link.as_ref().map(|link| state.rows[link].clone()).unwrap_or_default();
            if let Some(cap) = row.get("max_budget_in_team") {
                budget.max = cap.as_f64();
            }
            if let Some(lasts) = row.get("budget_duration") {
                budget.duration = lasts.as_str().map(str::to_owned);
            }
            let meaningful = budget.max.is_some() || budget.duration.is_some() || budget.tpm.is_some();
            let next = if !meaningful {
                None
            } else if link.is_none() || link == shared {
                Some(state.row(budget.clone()))
            } else {
                state.rows.insert(link.clone().unwrap(), budget.clone());
                link
            };
            state.teams.get_mut(team).unwrap().links.insert(user.clone(), next.clone());
            json!({
                "user_id": user, "user_email": email, "success": true, "error": null, "budget_id": next,
                "max_budget": budget.max, "budget_duration": budget.duration,
            })
        })
        .collect();
    (200, json!({ "data": data }))
}

pub(crate) fn bulk_delete(state: &mut State, team: &str, body: &Value) -> Answer {
    let rows = match rows(state, team, body, &["user_id", "user_email"]) {
        Ok(rows) => rows,
        Err(answer) => return answer,
    };
    let data: Vec<Value> = rows
        .iter()
        .map(|row| {
            let found = addressed(state, team, row);
            if let Some(user) = &found {
                state.unseat(team, user);
            }
            let why = if found.is_some() { Value::Null } else { "User not found in team".into() };
            json!({
                "user_id": row.get("user_id"), "user_email": row.get("user_email"), "success": found.is_some(),
                "error": why,
            })
        })
        .collect();
    (200, json!({ "data": data }))
}
