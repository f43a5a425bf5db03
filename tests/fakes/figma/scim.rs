//! `GET /scim/v2/{tenant}/Users`. How Figma pages is not known, so the fake can do it in several ways.

use serde_json::{Value, json};

use super::State;
use super::http::{Answer, Asked};

/// A person.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) active: bool,
}

/// How the list is paged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By `startIndex` and `count`, as the standard says.
    #[default]
    Standard,
    /// `count` is ignored: so many at once.
    Own(usize),
    /// Both are ignored: everybody, every time.
    Everybody,
    /// As the standard says, without a total.
    NoTotal,
    /// It says there are more people than it ever shows.
    Short,
}

pub(super) fn users(asked: &Asked, state: &State) -> Answer {
    let known = [Some(super::SCIM_TOKEN), Some(env!("CARGO_PKG_NAME"))];
    if asked.token.is_some() || !known.contains(&asked.bearer.as_deref()) {
        let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
        return (401, json!({ "schemas": [schema], "detail": "Unauthorized", "status": "401" }));
    }
    let number = |name: &str| asked.query.get(name).and_then(|number| number.parse::<usize>().ok());
    let (start, count) = match state.paging {
        Paging::Everybody => (1, usize::MAX),
        Paging::Own(count) => (number("startIndex").unwrap_or(1), count),
        _ => (number("startIndex").unwrap_or(1), number("count").unwrap_or(100)),
    };
    let people: Vec<Value> = state
        .users
        .iter()
        .enumerate()
        .skip(start.saturating_sub(1))
        .take(count)
        .map(|(at, user)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": format!("u-{at}"),
                "userName": user.name, "active": user.active, "displayName": "x",
                "emails": [{ "value": format!("mail-of-{at}@acme.example"), "primary": true }],
                "roles": [{ "type": "seatType", "value": "Full" }],
            })
        })
        .collect();
    let total = state.users.len() + usize::from(state.paging == Paging::Short);
    let mut list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "startIndex": start, "itemsPerPage": people.len(), "Resources": people,
    });
    if state.paging != Paging::NoTotal {
        list["totalResults"] = json!(total);
    }
    (200, list)
}
