//! One request, read whole and checked as far as that goes without the center.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use sha2::{Digest, Sha256};

use super::conditions::Conditions;
use super::limits::Limits;
use super::problem::Problem;
use super::tokens::Access;

/// The longest name of a pool or a member, in bytes.
const MAX_NAME: usize = 320;
/// The longest `Idempotency-Key`, in bytes.
const MAX_KEY: usize = 255;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Who asks.
    pub(super) access: Access,
    /// What is asked of the object before it is written.
    pub(super) conditions: Conditions,
    /// The key under which the answer is kept.
    pub(super) key: Option<String>,
    /// What the request is, so that another one with the same key is noticed.
    pub(super) fingerprint: Vec<u8>,
    /// What the server lets one client do.
    pub(super) limits: Limits,
    params: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Call {
    /// Reads a request whose body is there.
    pub(super) fn of(
        parts: &Parts,
        params: BTreeMap<String, String>,
        body: Vec<u8>,
        access: Access,
        limits: Limits,
    ) -> Result<Self, Problem> {
        for name in params.values() {
            check_name(name)?;
        }
        let mut query = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if query.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(Problem::malformed(format!("`{}` stands twice in the query", name.escape_debug())));
            }
        }
        Ok(Self {
            access,
            conditions: Conditions::of(&parts.headers)?,
            key: key(&parts.headers)?,
            fingerprint: fingerprint(&parts.method, parts.uri.to_string().as_bytes(), &parts.headers, &body),
            limits,
            params,
            query,
            body,
        })
    }

    /// A name in the path.
    pub(super) fn name(&self, parameter: &str) -> &str {
        self.params.get(parameter).map_or("", String::as_str)
    }

    /// The values in the query, and no others than these.
    pub(super) fn query<const N: usize>(&self, known: [&str; N]) -> Result<[Option<&str>; N], Problem> {
        if let Some(other) = self.query.keys().find(|name| !known.contains(&name.as_str())) {
            let other = other.escape_debug();
            let only = if known.is_empty() { String::new() } else { format!(", only {}", known.join(", ")) };
            return Err(Problem::malformed(format!("there is no `{other}` in this query{only}")));
        }
        Ok(known.map(|name| self.query.get(name).map(String::as_str)))
    }

    /// The body, which must be JSON of that shape.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| match error.classify() {
            Category::Data => Problem::invalid(format!("the body is not what is expected here: {error}")),
            Category::Io | Category::Syntax | Category::Eof => {
                Problem::malformed(format!("the body is no JSON: {error}"))
            }
        })
    }
}

/// A name as it may stand in a path, and so in the center: data, and nothing else.
pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    let why = match name {
        "" => "it is empty",
        // Clients and proxies take them for steps.
        "." | ".." => "it is no name but a path",
        long if long.len() > MAX_NAME => "it is longer than 320 bytes",
        hidden if hidden.chars().any(is_hidden) => "it has characters that cannot be seen",
        _ => return Ok(()),
    };
    Err(Problem::invalid(format!("that is nobody's name: {why}")))
}

/// Whether a character cannot be seen, or changes how its neighbours are seen; the same as in the files.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let bad = || Problem::malformed("`Idempotency-Key` is one text of 1 to 255 visible ASCII characters");
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(first) = keys.next() else { return Ok(None) };
    let text = first.to_str().map_err(|_| bad())?;
    let good = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if !good || keys.next().is_some() {
        return Err(bad());
    }
    Ok(Some(text.to_owned()))
}

fn fingerprint(method: &Method, uri: &[u8], headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut sum = Sha256::new();
    let mut part = |bytes: &[u8]| {
        sum.update((bytes.len() as u64).to_be_bytes());
        sum.update(bytes);
    };
    part(method.as_str().as_bytes());
    part(uri);
    for name in ["if-match", "if-none-match"] {
        let all: Vec<&[u8]> = headers.get_all(name).iter().map(axum::http::HeaderValue::as_bytes).collect();
        part(&all.join(&b','));
    }
    part(body);
    sum.finalize().to_vec()
}
