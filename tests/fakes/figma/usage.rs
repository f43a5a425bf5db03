//! `GET /v1/ai_usage/daily`.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::State;
use super::http::{Answer, Asked};

/// What one person drew on one day.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) user: &'static str,
    /// None where Figma cannot tell it.
    pub(crate) email: Option<String>,
    pub(crate) day: Date,
    pub(crate) paid: u32,
    pub(crate) seat: u32,
    pub(crate) group: Option<&'static str>,
    /// The first day of its metering period; the period ends a month later.
    pub(crate) period: Date,
}

impl Row {
    fn json(&self) -> Value {
        let moment = |day: Date| format!("{day}T00:00:00Z");
        let end = self.period.checked_add(1.month()).unwrap();
        json!({
            "plan_id": super::TENANT, "user_id": self.user, "user_email": self.email, "day": self.day.to_string(),
            "editor_type": "make", "seat_credits_sum": self.seat, "plan_credits_sum": self.paid,
            "workspace_id": null, "workspace_name": null, "team_id": null, "team_name": null,
            "license_group_id": self.group.map(|_| "77"), "license_group_name": self.group,
            "metering_period_start": moment(self.period), "metering_period_end": moment(end),
        })
    }
}

/// Figma's shape of an error.
pub(crate) fn error(status: u16, message: &str) -> Answer {
    (status, json!({ "status": status, "error": true, "message": message }))
}

pub(super) fn daily(asked: &Asked, state: &State) -> Answer {
    match asked.token.as_deref() {
        None => return error(401, "Invalid token"),
        // Tests in this process cannot set variables; the one that cargo sets holds the name of the package.
        Some(super::TOKEN | env!("CARGO_PKG_NAME")) if !state.expired => {}
        // An expired token and one of another kind get the same answer.
        Some(_) => return error(403, "Invalid token"),
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |name: &str| asked.query.get(name).and_then(|day| day.parse::<Date>().ok());
    let (Some(start), Some(end)) = (day("start_date"), day("end_date")) else {
        return error(400, "start_date and end_date are required");
    };
    if start < date(2025, 12, 1) || start < today.checked_sub(366.days()).unwrap() {
        return error(400, "start_date is too early");
    }
    if end < start || end > today {
        return error(400, "end_date must be on or after start_date and not in the future");
    }
    let limit = asked.query.get("limit").map_or(Ok(1000), |limit| limit.parse::<usize>());
    let Some(limit) = limit.ok().filter(|limit| (1..=1000).contains(limit)) else {
        return error(400, "limit must be from 1 to 1000");
    };
    let limit = state.page.map_or(limit, |page| page.min(limit));
    let from = asked.query.get("cursor").map_or(Ok(0), |cursor| cursor.trim_start_matches("c-").parse());
    let Ok(from) = from else { return error(400, "Invalid cursor") };
    let mut rows: Vec<&Row> = state.rows.iter().filter(|row| row.day >= start && row.day <= end).collect();
    if let Some(email) = asked.query.get("user_email") {
        if !state.rows.iter().any(|row| row.email.as_ref() == Some(email)) {
            return error(400, "No user with that email");
        }
        rows.retain(|row| row.email.as_ref() == Some(email));
    }
    rows.sort_by_key(|row| (row.day, row.user));
    let page: Vec<Value> = rows.iter().skip(from).take(limit).map(|row| row.json()).collect();
    let next = from + page.len();
    let more = next < rows.len();
    let cursor = if more { format!("c-{next}") } else { String::new() };
    (200, json!({ "rows": page, "next_cursor": cursor, "has_next_page": more }))
}
