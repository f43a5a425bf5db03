//! Seats, and what was used. A user is listed once for each organization that grants the seat.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::state::{Seat, State};
use super::{Answer, budgets::page, words};

const AVATAR: &str = "https://avatars.githubusercontent.com/u/1";

fn user(seat: &Seat) -> Value {
    let login = &seat.login;
    let api = |rest: &str| format!("https://api.github.com/users/{login}{rest}");
    let mut user = json!({
        "login": login, "id": 1, "node_id": "MDQ6VXNlcjE=", "avatar_url": AVATAR, "gravatar_id": "", "url": api(""),
        "html_url": format!("https://github.com/{login}"), "followers_url": api("/followers"),
        "following_url": api("/following{/other_user}"), "gists_url": api("/gists{/gist_id}"),
        "starred_url": api("/starred{/owner}{/repo}"), "subscriptions_url": api("/subscriptions"),
        "organizations_url": api("/orgs"), "repos_url": api("/repos"), "events_url": api("/events{/privacy}"),
        "received_events_url": api("/received_events"), "type": "User", "site_admin": false,
    });
    if let Some(email) = &seat.email {
        user["email"] = email.as_str().into();
    }
    user
}

/// One page, 50 unless asked otherwise.
pub(super) fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    if state.odd.no_seats {
        return words(404, "Not Found");
    }
    let (page, size) = page(query, 50);
    let people: BTreeSet<String> = state.seats.iter().map(|seat| seat.login.to_ascii_lowercase()).collect();
    let seat = |seat: &Seat| {
        let api = format!("https://api.github.com/orgs/{}", seat.organization);
        json!({
            "created_at": "2026-08-03T18:00:00Z", "pending_cancellation_date": null, "last_activity_at": null,
            "last_activity_editor": null, "plan_type": seat.plan, "assignee": user(seat),
            "organization": {
                "login": seat.organization, "id": 1, "node_id": "O_1", "url": api, "repos_url": format!("{api}/repos"),
                "events_url": format!("{api}/events"), "hooks_url": format!("{api}/hooks"),
                "issues_url": format!("{api}/issues"), "members_url": format!("{api}/members{{/member}}"),
                "public_members_url": format!("{api}/public_members{{/member}}"), "avatar_url": AVATAR,
                "description": null,
            },
        })
    };
    let seats: Vec<Value> = state.seats.iter().skip((page - 1) * size).take(size).map(seat).collect();
    (200, json!({ "total_seats": people.len(), "seats": seats }))
}

/// What was used of AI credits this month.
pub(super) fn usage(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let center = query.get("cost_center_id").map(|id| state.centers.iter().find(|center| center.id == *id));
    let name = match &center {
        None => "",
        Some(Some(center)) => center.name.as_str(),
        Some(None) => return words(404, "Not Found"),
    };
    let items: Vec<Value> = state
        .usage
        .get(name)
        .into_iter()
        .map(|(credits, dollars)| {
            json!({
                "product": "Copilot", "sku": "Copilot AI Credits", "model": "GPT-5", "unitType": "credits",
                "pricePerUnit": 0.01, "grossQuantity": credits, "grossAmount": credits / 100.0,
                "discountQuantity": credits - dollars * 100.0, "discountAmount": credits / 100.0 - dollars,
                "netQuantity": dollars * 100.0, "netAmount": dollars,
            })
        })
        .collect();
    let mut answer = json!({
        "timePeriod": { "year": i32::from(state.today.year()), "month": i32::from(state.today.month()) },
        "usageItems": items,
    });
    match (&state.enterprise, &state.organization) {
        (Some(enterprise), _) => answer["enterprise"] = enterprise.as_str().into(),
        (None, organization) => answer["organization"] = organization.as_deref().into(),
    }
    if let Some(Some(center)) = center {
        answer["costCenter"] = json!({ "id": center.id, "name": center.name });
    }
    (200, answer)
}
