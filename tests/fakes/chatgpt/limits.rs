//! The endpoints of limits: of the workspace, of groups, of people.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::pages::page;
use super::state::{Limit, State};
use super::{Answer, WORKSPACE, refused};

/// The most that a limit may be.
const MOST: u64 = 2_147_483_647;

/// Limits are objects in requests, and lists of one in answers.
fn listed(limit: Option<&Limit>, state: &State) -> Value {
    limit.map_or(Value::Null, |limit| json!([limit.json(state)]))
}

/// What a request sets: nothing, or a limit. The error says why it is malformed.
fn asked(state: &State, value: &Value, may: (bool, bool)) -> Result<Option<Limit>, String> {
    let (unlimited, temporary) = may;
    let fields = match value {
        Value::Null => return Ok(None),
        Value::Object(fields) => fields,
        _ => return Err("the limit must be an object".to_owned()),
    };
    let mut limit = Limit::default();
    let allowed: &[&str] =
        if state.newer { &["limit", "limit_amount", "type", "temporary"] } else { &["limit", "type"] };
    if let Some(key) = fields.keys().find(|key| !allowed.contains(&key.as_str())) {
        return Err(format!("extra fields not permitted: {key}"));
    }
    if fields.get("temporary") == Some(&Value::Bool(true)) {
        if !temporary {
            return Err("only a user's own limit can be temporary".to_owned());
        }
        limit.temporary = true;
    }
    match fields.get("type").and_then(Value::as_str).unwrap_or("limited") {
        "unlimited" if !unlimited => return Err("the workspace default cannot be unlimited".to_owned()),
        "unlimited" if fields.get("limit").is_some_and(Value::is_null) => return Ok(Some(limit)),
        "limited" => {}
        _ => return Err("malformed limit".to_owned()),
    }
    let most: Decimal = match (fields.get("limit_amount"), fields.get("limit").and_then(Value::as_u64)) {
        (Some(amount), None) => {
            let unit = if state.usd { "usd" } else { "credit" };
            if amount["unit"] != unit {
                return Err(format!("the workspace counts in {unit}"));
            }
            amount["amount"].as_str().and_then(|text| text.parse().ok()).ok_or("no amount")?
        }
        (None, Some(limit)) if !state.usd => limit.into(),
        _ => return Err("malformed limit".to_owned()),
    };
    let places = if state.usd { 2 } else { 0 };
    if most.is_sign_negative() || most > Decimal::from(MOST) || most.scale() > places {
        return Err("the limit is out of bounds".to_owned());
    }
    limit.most = Some(most);
    Ok(Some(limit))
}

/// What the one field of a body sets; nothing else may stand beside it.
fn field(state: &State, body: &Value, name: &str, may: (bool, bool)) -> Result<Option<Limit>, Answer> {
    match body.as_object() {
        Some(fields) if fields.len() == 1 && fields.contains_key(name) => {
            asked(state, &fields[name], may).map_err(|why| refused(422, &why))
        }
        _ => Err(refused(422, "malformed body")),
    }
}

pub(crate) fn workspace(state: &State) -> Value {
    let default = listed(state.default.as_ref(), state);
    json!({ "object": "workspace.usage_limit", "id": WORKSPACE, "default_user_monthly_usage_limit": default })
}

pub(crate) fn set_workspace(state: &mut State, body: &Value) -> Answer {
    match field(state, body, "default_user_monthly_usage_limit", (false, false)) {
        Err(answer) => answer,
        Ok(limit) => {
            if !state.forgets {
                state.default = limit;
            }
            (200, workspace(state))
        }
    }
}

fn group_row(state: &State, id: &str) -> Value {
    let group = &state.groups[id];
    json!({
        "object": "workspace.group.usage_limit", "id": id, "group_name": group.name,
        "num_members": group.members.len(), "default_user_monthly_usage_limit": listed(group.limit.as_ref(), state),
    })
}

pub(crate) fn groups(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let ids: Vec<&String> = state.groups.keys().collect();
    page(&ids, |id| group_row(state, id), query, (50, 422), false)
}

pub(crate) fn group(state: &State, id: &str) -> Answer {
    if state.groups.contains_key(id) { (200, group_row(state, id)) } else { refused(404, "The group was not found.") }
}

pub(crate) fn set_group(state: &mut State, id: &str, body: &Value) -> Answer {
    if !state.groups.contains_key(id) {
        return refused(404, "The group was not found.");
    }
    match field(state, body, "default_user_monthly_usage_limit", (true, false)) {
        Err(answer) => answer,
        Ok(limit) => {
            if let Some(group) = state.groups.get_mut(id).filter(|_| !state.forgets) {
                group.limit = limit;
            }
            (200, group_row(state, id))
        }
    }
}

/// The id that only answers hold: no path takes it.
fn account_user(id: &str) -> String {
    format!("{id}__{WORKSPACE}")
}

fn sourced(limit: Option<(Limit, Value)>, state: &State) -> Value {
    limit.map_or(Value::Null, |(limit, source)| json!({ "limit": limit.json(state), "source": source }))
}

fn user_row(state: &State, id: &str) -> Value {
    let user = &state.users[id];
    let inherited = state.inherited(id);
    let own = user.limit.clone().map(|limit| (limit, json!({ "kind": "individual_override" })));
    json!({
        "object": "workspace.user.usage_limit", "id": id, "account_user_id": account_user(id), "name": user.name,
        "email": user.email, "role": user.role, "seat_type": "default", "is_scim_managed": false,
        "last_month_usage": 0, "current_month_usage": user.used,
        "override_monthly_usage_limit": listed(user.limit.as_ref(), state),
        "effective_monthly_usage_limit": sourced(own.or_else(|| inherited.clone()), state),
        "inherited_monthly_usage_limit": sourced(inherited, state),
    })
}

pub(crate) fn users(state: &mut State, query: &BTreeMap<String, String>) -> Answer {
    let wanted = query.get("query").map_or("", String::as_str).to_lowercase();
    let holds = |text: &Option<String>| text.as_deref().is_some_and(|text| text.to_lowercase().contains(&wanted));
    let twice = query.contains_key("cursor") && state.twice > 0;
    state.twice -= usize::from(twice);
    let state = &*state;
    let like = state
        .users
        .iter()
        .filter(|(_, user)| wanted.is_empty() || holds(&user.email) || holds(&user.name));
    let ids: Vec<&String> = like.map(|(id, _)| id).collect();
    page(&ids, |id| user_row(state, id), query, (50, 422), twice)
}

pub(crate) fn user(state: &State, id: &str) -> Answer {
    if state.users.contains_key(id) { (200, user_row(state, id)) } else { refused(404, "The user was not found.") }
}

pub(crate) fn set_user(state: &mut State, id: &str, body: &Value) -> Answer {
    if !state.users.contains_key(id) {
        return refused(404, "The user was not found.");
    }
    match field(state, body, "override_monthly_usage_limit", (true, true)) {
        Err(answer) => answer,
        Ok(limit) => {
            if let Some(user) = state.users.get_mut(id).filter(|_| !state.forgets) {
                user.limit = limit;
            }
            (200, user_row(state, id))
        }
    }
}

pub(crate) fn usage(state: &State, id: &str) -> Answer {
    let Some(user) = state.users.get(id) else { return refused(404, "The user was not found.") };
    let effective = user.limit.clone().or_else(|| state.inherited(id).map(|(limit, _)| limit));
    let mut answer = json!({
        "object": "workspace.user.usage_limit.monthly_usage", "id": id, "account_user_id": account_user(id),
        "effective_monthly_usage_limit": effective.map(|limit| limit.json(state)), "current_month_usage": user.used,
    });
    if state.newer {
        answer["current_month_usage_unit"] = if state.usd { "usd" } else { "credit" }.into();
    }
    (200, answer)
}
