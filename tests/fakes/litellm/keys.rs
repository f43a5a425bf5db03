//! The endpoints of virtual keys. A key can be made for a team and a user that are not there; it goes when its user
//! leaves the team, and with the team.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::state::{Key, State};
use super::{Answer, error};

/// What every secret that the fake makes ends with.
pub(crate) const MINTED: &str = "sk-000000Hq3vYw8TzK51mLpR";

/// Makes a key. No two have one alias.
pub(crate) fn generate(state: &mut State, body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let alias = text("key_alias").unwrap();
    if state.keys.iter().any(|key| key.alias == alias) {
        let message =
            format!("Key with alias '{alias}' already exists. Unique key aliases across all keys are required.");
        let what = json!({ "message": message, "type": "bad_request_error", "param": "key_alias", "code": "400" });
        return (400, json!({ "error": what }));
    }
    let hash = state.id("hash");
    let number = &hash["hash-".len()..];
    let secret = format!("sk-00{number}{}", &MINTED["sk-000000".len()..]);
    let kind = text("key_type").unwrap_or("default".to_owned());
    let routes: &[&str] = if kind == "llm_api" { &["llm_api_routes"] } else { &[] };
    let key = Key { hash, secret, alias, user: text("user_id"), team: text("team_id"), kind };
    let answer = json!({
        "key": key.secret, "key_name": "sk-...mLpR", "token": key.hash, "token_id": key.hash, "key_alias": key.alias,
        "user_id": key.user, "team_id": key.team, "key_type": key.kind, "allowed_routes": routes, "models": [],
        "spend": 0.0, "max_budget": null, "expires": null,
    });
    state.keys.push(key);
    (200, answer)
}

/// One page, ten to a page unless asked otherwise, at most a hundred; hashes unless whole objects are asked for.
pub(crate) fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let number = |name: &str, default| query.get(name).map_or(default, |text| text.parse().unwrap());
    let (page, size): (usize, usize) = (number("page", 1), number("size", 10));
    if size > 100 {
        return (422, json!({ "detail": [{ "loc": ["query", "size"], "msg": "too big", "type": "x" }] }));
    }
    let team = query.get("team_id");
    let keys: Vec<&Key> = state.keys.iter().filter(|key| team.is_none() || key.team.as_ref() == team).collect();
    let whole = query.get("return_full_object").is_some_and(|text| text == "true");
    let shown: Vec<Value> = keys
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .map(|key| {
            if !whole {
                return json!(key.hash);
            }
            json!({
                "token": key.hash, "key_name": "sk-...mLpR", "key_alias": key.alias, "user_id": key.user,
                "team_id": key.team, "spend": 0.0, "max_budget": null, "models": [], "blocked": null,
            })
        })
        .collect();
    let (total, pages) = (keys.len(), keys.len().div_ceil(size));
    (200, json!({ "keys": shown, "total_count": total, "current_page": page, "total_pages": pages }))
}

/// Deletes keys by their hashes.
pub(crate) fn delete(state: &mut State, body: &Value) -> Answer {
    let hashes: Vec<&str> = body["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let before = state.keys.len();
    state.keys.retain(|key| !hashes.contains(&key.hash.as_str()));
    if state.keys.len() == before {
        return error(404, "No keys found");
    }
    (200, json!({ "deleted_keys": hashes }))
}
