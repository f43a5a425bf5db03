//! The record of every exchange, for tests: one JSON line each, in the file that `BURSAR_HTTP_LOG` names.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::super::CenterError;
use super::secret::mask;
use super::{HttpError, Reach, Request, Shown};

/// The variable; only tests set it.
const VARIABLE: &str = "BURSAR_HTTP_LOG";
/// Fields whose value is a secret wherever they stand.
const SECRET_FIELDS: [&str; 9] =
    ["key", "token", "apikey", "api_key", "service_key", "access_token", "client_secret", "password", "secret"];

/// Where exchanges are recorded.
#[derive(Debug)]
pub(super) struct Log(PathBuf);

impl Log {
    /// The log, if the environment asks for one.
    pub(super) fn new() -> Option<Self> {
        std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(|path| Self(path.into()))
    }

    /// Appends one exchange, in one write, so that parallel tests do not interleave.
    pub(super) fn write(
        &self,
        (provider, shown): (&str, Shown),
        request: &Request<'_>,
        path: &str,
        status: Option<u16>,
        answer: Option<&[u8]>,
        token: &str,
    ) -> Result<(), HttpError> {
        let query: Vec<Value> = request.query.iter().map(|(name, value)| json!([name, value])).collect();
        let credential = shown.header().map(|name| (name.to_owned(), Value::from(shown.value("REDACTED"))));
        let mut headers: Map<String, Value> = credential.into_iter().collect();
        let further = request.headers.iter();
        headers.extend(further.map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))));
        if request.body.is_some() {
            headers.insert("content-type".to_owned(), Value::from("application/json"));
        }
        let answer = answer.map(|bytes| {
            serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes).into_owned()))
        });
        let mut line = json!({
            "provider": provider,
            "method": request.method.as_str(),
            "path": path,
            "query": if query.is_empty() { Value::Null } else { Value::Array(query) },
            "req_headers": headers,
            "req_body": request.body.clone().map(|body| redacted(body, token)),
            "status": status,
            "resp_body": answer.map(|body| redacted(body, token)),
        })
        .to_string();
        line.push('\n');
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.0)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|error| HttpError {
                reach: Reach::NotSent,
                error: CenterError::File { path: self.0.clone(), why: error.to_string() },
                request_id: None,
            })
    }
}

/// A body without its secrets.
fn redacted(value: Value, token: &str) -> Value {
    match value {
        Value::String(text) => Value::String(mask(&text, token)),
        Value::Array(items) => items.into_iter().map(|item| redacted(item, token)).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| {
                let secret = value.is_string() && SECRET_FIELDS.contains(&name.to_ascii_lowercase().as_str());
                let value = if secret { Value::from("REDACTED") } else { redacted(value, token) };
                (name, value)
            })
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_inside_bodies_are_redacted() {
        let body = json!({"keys": [{"Token": "abc", "key_name": "sk-...ab"}], "note": "uses tok-1", "key": 3});
        assert_eq!(
            redacted(body, "tok-1"),
            json!({"keys": [{"Token": "REDACTED", "key_name": "sk-...ab"}], "note": "uses REDACTED", "key": 3})
        );
    }
}
