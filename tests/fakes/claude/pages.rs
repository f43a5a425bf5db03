//! Pages by a cursor that belongs to its query, and pages by the id of the last row.

use serde_json::{Value, json};

use super::{Answer, Asked, invalid};

/// How many rows a page has: what was asked for, 20 by default, 1000 at most.
pub(super) fn limit(asked: &Asked) -> Result<usize, Answer> {
    match asked.one("limit").map_or(Ok(20), str::parse) {
        Ok(limit @ 1..=1000) => Ok(limit),
        _ => Err(invalid("limit: must be between 1 and 1000")),
    }
}

/// What a cursor belongs to: every parameter but the cursor.
fn filters(asked: &Asked) -> String {
    let others: Vec<String> = asked
        .query
        .iter()
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    others.join("&")
}

/// Where a page begins.
pub(super) fn start(asked: &Asked) -> Result<usize, Answer> {
    let Some(cursor) = asked.one("page") else { return Ok(0) };
    match cursor.split_once(':') {
        Some((at, of)) if of == filters(asked) => at.parse().map_err(|_| invalid("page: not a cursor")),
        _ => Err(invalid("cursor does not match current query parameters")),
    }
}

/// The cursor of the next page, where there is one.
pub(super) fn next(asked: &Asked, at: usize, all: usize) -> Value {
    if at < all { Value::from(format!("{at}:{}", filters(asked))) } else { Value::Null }
}

/// One page by a cursor. `short` pages are half as long as was asked for.
pub(super) fn by_cursor(asked: &Asked, rows: &[Value], short: bool) -> Answer {
    let (limit, from) = match (limit(asked), start(asked)) {
        (Ok(limit), Ok(from)) => (if short { limit.div_ceil(2) } else { limit }, from),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    let to = (from + limit).min(rows.len());
    let data = rows.get(from..to).unwrap_or_default();
    (200, json!({ "data": data, "has_more": to < rows.len(), "next_page": next(asked, to, rows.len()) }))
}

/// One page by the id of the row before it.
pub(super) fn by_id(asked: &Asked, rows: &[Value], key: &str) -> Answer {
    let limit = match limit(asked) {
        Ok(limit) => limit,
        Err(answer) => return answer,
    };
    let from = match asked.one("after_id") {
        None => 0,
        Some(after) => match rows.iter().position(|row| row[key] == after) {
            Some(at) => at + 1,
            None => return invalid("after_id: no such id"),
        },
    };
    let to = (from + limit).min(rows.len());
    let data = rows.get(from..to).unwrap_or_default();
    let id = |row: Option<&Value>| row.map_or(Value::Null, |row| row[key].clone());
    let (first, last) = (id(data.first()), id(data.last()));
    (200, json!({ "data": data, "has_more": to < rows.len(), "first_id": first, "last_id": last }))
}
