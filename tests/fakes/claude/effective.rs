//! What holds for each person: their own row, else their group's, their seat's, the organization's; period by period.

use serde_json::{Value, json};

use super::state::{Flavor, Limit, State, User};
use super::{Answer, Asked, coded, invalid, pages};

/// The row that decides over somebody in a period. An inherited one is the parent's, id and all.
fn deciding<'a>(state: &'a State, user: &User, period: &str) -> Option<&'a Limit> {
    let rows = || state.limits.iter().filter(|limit| limit.period == period);
    let of = |kind: &'static str| rows().filter(move |limit| limit.scope["type"] == kind);
    let own = of("user").find(|limit| limit.scope["user_id"] == user.id.as_str());
    let in_group = |limit: &&Limit| {
        let group = state.groups.iter().find(|group| limit.scope["rbac_group_id"] == group.id.as_str());
        group.is_some_and(|group| group.members.contains(&user.id))
    };
    // The most restrictive of several groups.
    let amount = |limit: &&Limit| limit.amount.as_ref().map_or(u64::MAX, |text| text.parse().unwrap());
    let group = of("rbac_group").filter(in_group).min_by_key(amount);
    let seat = of("seat_tier").find(|limit| user.seat.as_deref() == limit.scope["seat_tier"].as_str());
    own.or(group).or(seat).or_else(|| of("organization").next())
}

fn row(state: &State, user: &User, limit: &Limit) -> Value {
    let spent = state.spent.get(&(user.id.clone(), limit.period.clone()));
    let name = user.email.split('@').next();
    json!({
        "actor": {
            "type": "user_actor", "user_id": user.id, "name": name, "email_address": user.email, "deleted": false,
        },
        "scope": { "type": "user", "user_id": user.id },
        "source": limit.scope,
        "amount": limit.amount,
        "currency": state.currency,
        "period": limit.period,
        "period_to_date_spend": spent.map_or("0", String::as_str),
        "spend_limit_id": limit.id,
    })
}

pub(super) fn list(state: &State, asked: &Asked) -> Answer {
    if state.flavor == Flavor::Console {
        let message = "organization type not supported";
        return coded(400, "invalid_request_error", message, "organization_type_not_supported");
    }
    let (limit, from) = match (pages::limit(asked), pages::start(asked)) {
        (Ok(limit), Ok(from)) => (limit, from),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    let (periods, ids) = (asked.all("period[]"), asked.all("user_ids[]"));
    if periods.len() > 3 || ids.len() > 100 {
        return invalid("period[] or user_ids[]: too many");
    }
    let periods = if periods.is_empty() { vec!["monthly"] } else { periods };
    let has_spent = |user: &&User| state.spent.keys().any(|(id, _)| *id == user.id);
    let mut users: Vec<&User> = state
        .users
        .iter()
        .filter(|user| ids.is_empty() || ids.contains(&user.id.as_str()))
        .filter(|user| state.flavor != Flavor::Gateway || has_spent(user))
        .collect();
    users.sort_by(|a, b| a.id.cmp(&b.id));
    // A page counts people, not rows, and somebody without any limit has none.
    let to = (from + limit).min(users.len());
    let data: Vec<Value> = users[from.min(to)..to]
        .iter()
        .flat_map(|user| periods.iter().filter_map(|period| Some((*user, deciding(state, user, period)?))))
        .map(|(user, limit)| row(state, user, limit))
        .collect();
    (200, json!({ "data": data, "next_page": pages::next(asked, to, users.len()) }))
}

/// The row of one person in one period.
pub(super) fn of(state: &State, user: &str, period: &str) -> Value {
    let user = state.users.iter().find(|one| one.id == user);
    let found = user.and_then(|user| Some((user, deciding(state, user, period)?)));
    found.map_or(Value::Null, |(user, limit)| row(state, user, limit))
}
