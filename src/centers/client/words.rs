//! The vendor's own words: what an error answer says, made fit to be shown.

use serde_json::Value;

use super::secret::mask;

/// How many characters of a vendor's words are shown.
const SHOWN: usize = 300;

/// What answers where `base_url` leads to a page for people.
const WEB_PAGE: &str = "a web page, not an API";

/// What an error body says: `error.message`, `error`, `message`, `detail` or `title`, else the text itself.
pub(super) fn of_body(body: &[u8], token: &str) -> String {
    let text = String::from_utf8_lossy(body);
    let said = serde_json::from_slice::<Value>(body).ok().and_then(|value| {
        let said = find(&value)?;
        // What a machine can go by, where there is such a thing, stands behind what a person reads.
        Some(match value.pointer("/error/details/error_code").and_then(Value::as_str) {
            Some(code) => format!("{said} ({code})"),
            None => said,
        })
    });
    let text = match said {
        Some(said) => said,
        None if looks_like_html(&text) => WEB_PAGE.to_owned(),
        None => text.into_owned(),
    };
    let text = clean(&text, token);
    if text.is_empty() { "no reason given".to_owned() } else { text }
}

/// What is unexpected about the body of an answer that was a success.
pub(super) fn of_surprise(body: &[u8], error: &serde_json::Error) -> String {
    if looks_like_html(&String::from_utf8_lossy(body)) { WEB_PAGE.to_owned() } else { error.to_string() }
}

fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start().get(..9).unwrap_or_default().to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html")
}

fn find(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(unquote(text).unwrap_or(text).to_owned()),
        Value::Object(map) => ["error", "message", "detail", "title"].iter().find_map(|key| find(map.get(*key)?)),
        // Validation errors: [{loc: [body, members, 0], msg: …}].
        Value::Array(items) => items.first().and_then(|item| {
            let said = find(item.get("msg")?)?;
            let place: Vec<String> = item
                .get("loc")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
                .collect();
            Some(if place.is_empty() { said } else { format!("{}: {said}", place.join(".")) })
        }),
        _ => None,
    }
}

/// What stands inside `{'error': '…'}`, the repr of a Python dict.
fn unquote(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{'")?.strip_suffix('}')?;
    let (key, said) = inner.split_once("': ")?;
    let quote = said.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let said = said.strip_prefix(quote)?.strip_suffix(quote)?;
    matches!(key, "error" | "message" | "detail").then_some(said)
}

/// A text fit for one line: no control characters, no secrets, not long.
pub(super) fn clean(text: &str, token: &str) -> String {
    // Masked before it is cut: half a token is no longer recognised as one.
    let masked = mask(text, token);
    let plain: String = masked.chars().map(|c| if c.is_control() || is_bidi(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN).chain(std::iter::once('…')).collect()
}

/// Characters that change the direction of text around them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What an error comes down to: its first cause. What stands above it in a client's errors says no more.
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let mut first = error;
    while let Some(cause) = first.source() {
        first = cause;
    }
    clean(&first.to_string(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_every_shape() {
        for (body, said) in [
            (
                r#"{"error":{"message":"{'error': 'Team not found, passed team_id=zz'}","code":"404"}}"#,
                "Team not found, passed team_id=zz",
            ),
            (r#"{"error":{"message":"{'error': \"Invalid budget_duration 'x'.\"}"}}"#, "Invalid budget_duration 'x'."),
            (
                r#"{"error":{"message":"{'message': 'Team not found, passed team id: zz.'}"}}"#,
                "Team not found, passed team id: zz.",
            ),
            (r#"{"detail":{"error":"User not found in team"}}"#, "User not found in team"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (
                r#"{"type":"urn:x","title":"Invalid request body","status":422,"detail":"members.0: wrong"}"#,
                "members.0: wrong",
            ),
            (
                r#"{"detail":[{"loc":["body","members",0],"msg":"Field required","type":"missing"}]}"#,
                "body.members.0: Field required",
            ),
            (r#"{"message":"rate limited"}"#, "rate limited"),
            (
                r#"{"type":"error","error":{"type":"permission_error","message":"no","details":{"error_code":"off"}}}"#,
                "no (off)",
            ),
            (r#"{"type":"error","error":{"message":"no","details":null}}"#, "no"),
            ("<!DOCTYPE html><html>", "a web page, not an API"),
            ("bad\u{1b}[31m gateway\n", "bad [31m gateway"),
            ("", "no reason given"),
            ("{}", "{}"),
        ] {
            assert_eq!(of_body(body.as_bytes(), "tok"), said, "{body}");
        }
    }

    #[test]
    fn no_secret_and_no_novel() {
        assert_eq!(of_body(br#"{"detail":"key hunter2 is wrong"}"#, "hunter2"), "key REDACTED is wrong");
        assert_eq!(clean(&"é".repeat(500), "").chars().count(), SHOWN + 1);
        assert_eq!(clean("a\u{202e}b", ""), "a b");
    }
}
