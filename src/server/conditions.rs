//! The version of an object, and what a request says about it: `ETag`, `If-Match`, `If-None-Match`.

use axum::http::HeaderMap;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// The version of an object: a digest of what it is. Whoever has an old one has seen something else.
pub(super) fn etag(object: &Value) -> String {
    let sum = Sha256::digest(object.to_string().as_bytes());
    sum.iter().take(16).fold(String::from("\""), |tag, byte| format!("{tag}{byte:02x}")) + "\""
}

/// One of the two headers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Tags {
    /// Reads a header; a list may be spread over several of them.
    fn of(headers: &HeaderMap, name: &str) -> Result<Option<Self>, Problem> {
        let bad = || Problem::malformed(format!("`{name}` is `*` or a list of quoted versions"));
        let mut texts = Vec::new();
        for header in headers.get_all(name) {
            texts.push(header.to_str().map_err(|_| bad())?.trim());
        }
        match texts.as_slice() {
            [] => Ok(None),
            ["*"] => Ok(Some(Self::Any)),
            _ => {
                let lists: Option<Vec<Vec<String>>> = texts.into_iter().map(list).collect();
                lists.map(|lists| Some(Self::These(lists.concat()))).ok_or_else(bad)
            }
        }
    }
}

/// The versions in a list, which may have commas within their quotes.
fn list(mut text: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    loop {
        let weak = if text.starts_with("W/") { 2 } else { 0 };
        let inside = text.get(weak..)?.strip_prefix('"')?;
        let length = inside.find('"')?;
        let (tag, rest) = text.split_at_checked(weak + length + 2)?;
        tags.push(tag.to_owned());
        match rest.trim_start() {
            "" => return Some(tags),
            rest => text = rest.strip_prefix(',')?.trim_start(),
        }
    }
}

/// What a request asks of the object before it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    matches: Option<Tags>,
    none_matches: Option<Tags>,
}

impl Conditions {
    /// Reads the headers.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { matches: Tags::of(headers, "if-match")?, none_matches: Tags::of(headers, "if-none-match")? })
    }

    /// Whether they hold for an object of this version; `None` where there is no object.
    pub(super) fn hold(&self, now: Option<&str>) -> Result<(), Problem> {
        // A weak version never matches: nothing weaker than the very object is good enough to write by.
        let among = |tags: &[String]| now.is_some_and(|now| tags.iter().any(|tag| tag == now));
        let matches = match &self.matches {
            None => true,
            Some(Tags::Any) => now.is_some(),
            Some(Tags::These(tags)) => among(tags),
        };
        let none = match &self.none_matches {
            None => true,
            Some(Tags::Any) => now.is_none(),
            Some(Tags::These(tags)) => !among(tags),
        };
        match (matches && none, now) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(Problem::moved("the object is there, in another version than the condition asks")),
            (false, None) => Err(Problem::moved("there is no such object, and the condition asks for one")),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn holds(headers: &[(&'static str, &str)], now: Option<&str>) -> Result<bool, u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let conditions = Conditions::of(&map).map_err(|problem| problem.status)?;
        Ok(conditions.hold(now).is_ok())
    }

    #[test]
    fn conditions_hold_or_not() {
        for (headers, there, missing) in [
            (&[][..], true, true),
            (&[("if-match", "*")], true, false),
            (&[("if-match", "\"a\"")], true, false),
            (&[("if-match", "\"b\", \"a\"")], true, false),
            (&[("if-match", "\"b\""), ("if-match", "\"a\"")], true, false),
            (&[("if-match", "W/\"a\"")], false, false),
            (&[("if-match", "\"b\"")], false, false),
            (&[("if-match", "\"b,c\" ,\"a\"")], true, false),
            (&[("if-match", "\"b, \"")], false, false),
            (&[("if-match", "\"b\", W/\"a\"")], false, false),
            (&[("if-none-match", "*")], false, true),
            (&[("if-none-match", "\"a\"")], false, true),
            (&[("if-none-match", "\"b\"")], true, true),
            (&[("if-match", "\"a\""), ("if-none-match", "*")], false, false),
        ] {
            assert_eq!(holds(headers, Some("\"a\"")), Ok(there), "{headers:?}");
            assert_eq!(holds(headers, None), Ok(missing), "{headers:?}");
        }
        for bad in ["a", "\"", "\"a\", b", "", "W/a", "\"a\",", "\"a\"b\"", "*, \"a\"", "w/\"a\"", "\"a\" \"b\""] {
            assert_eq!(holds(&[("if-match", bad)], None), Err(400), "{bad}");
        }
    }

    #[test]
    fn everything_stands_alone() {
        assert_eq!(holds(&[("if-match", "\"a\""), ("if-match", "*")], Some("\"a\"")), Err(400));
        assert_eq!(holds(&[("if-match", "*"), ("if-match", "*")], Some("\"a\"")), Err(400));
    }

    #[test]
    fn a_version_is_of_what_the_object_is() {
        assert_eq!(etag(&json!({"a": 1})), etag(&json!({"a": 1})));
        assert_ne!(etag(&json!({"a": 1})), etag(&json!({"a": 2})));
        assert_eq!(etag(&json!({})).len(), 34);
    }
}
