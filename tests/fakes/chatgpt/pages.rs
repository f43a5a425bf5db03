//! Pages with opaque cursors.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, refused};

/// A page of the rows of these ids. The cursor is nobody's business: here it is the last id, turned round and marked, so
/// that one that was guessed is refused. `before` shows the last row of the page before once more.
pub(crate) fn page(
    ids: &[&String],
    row: impl Fn(&str) -> Value,
    query: &BTreeMap<String, String>,
    (default, bad_limit): (usize, u16),
    before: bool,
) -> Answer {
    let limit = match query.get("limit").map(|text| text.parse::<usize>()) {
        None => default,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => return refused(bad_limit, "limit must be from 1 to 100"),
    };
    let start = match query.get("cursor") {
        None => 0,
        Some(cursor) => {
            let after = cursor.strip_prefix("c~").map(|text| text.chars().rev().collect::<String>());
            match after.and_then(|after| ids.iter().position(|id| **id == after)) {
                Some(at) => at + 1,
                None => return refused(400, "The pagination cursor is invalid."),
            }
        }
    };
    let shown = &ids[start..ids.len().min(start + limit)];
    let again = ids.get(start.wrapping_sub(1)).filter(|_| before);
    let data: Vec<Value> = again.into_iter().chain(shown).map(|id| row(id)).collect();
    let last = shown.last();
    let more = start + shown.len() < ids.len();
    let cursor = last.filter(|_| more).map(|id| format!("c~{}", id.chars().rev().collect::<String>()));
    (200, json!({ "object": "list", "data": data, "has_more": more, "cursor": cursor, "last_id": last }))
}
