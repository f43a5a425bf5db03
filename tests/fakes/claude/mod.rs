//! Claude's admin API as far as Bursar speaks to it, in all three flavors: stateful, with the quirks that the vendor
//! documents, a limit of requests a minute, and faults on demand. Beside it the two places of keyless runs: the token
//! endpoint, and the OIDC endpoint of GitHub Actions. It answers in the shapes of the vendor's own description.

mod effective;
mod faults;
mod groups;
mod limits;
mod oidc;
mod pages;
mod people;
mod requests;
mod state;
mod workspaces;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::listen::listen;

pub(crate) use faults::{Fault, When};
pub(crate) use oidc::{ACTIONS, ASSERTION, MINTED, RULE};
pub(crate) use state::{Flavor, IncreaseRequest, Limiter, State, Workspace};

/// The key that every fake takes, whatever its flavor.
pub(crate) const KEY: &str = "sk-ant-api01-Zr8kQ2vWm4TnX7pLc5Yd";
/// The version that every request but the gateway's has to name.
const VERSIONS: [&str; 2] = ["2026-10-21", "2023-06-01"];

/// An answer: a status and JSON.
pub(crate) type Answer = (u16, Value);

/// One request as the fake reads it.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Asked {
    /// The method and the path, for faults and for the record.
    pub(crate) fn line(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.query.iter().filter(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

#[derive(Default)]
struct Inner {
    state: State,
    faults: Vec<Fault>,
    asked: Vec<String>,
}

/// A running fake.
pub(crate) struct Fake {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Fake {
    /// Starts one of a flavor on a free port of loopback.
    pub(crate) fn start(flavor: Flavor) -> Self {
        let inner = Arc::new(Mutex::new(Inner { state: State::of(flavor), ..Inner::default() }));
        let shared = Arc::clone(&inner);
        let url = listen(move |stream| serve(stream, &shared));
        Self { url, inner }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Looks at the state, or changes it behind Bursar's back.
    pub(crate) fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.lock().state)
    }

    /// Asks for a fault.
    pub(crate) fn fault(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Takes all faults back.
    pub(crate) fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }
}

fn serve(stream: &TcpStream, inner: &Mutex<Inner>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = read(&mut reader) {
        let fault = {
            let mut inner = inner.lock().unwrap();
            inner.asked.push(asked.line());
            faults::take(&mut inner.faults, &asked.line())
        };
        let mut headers = String::from("request-id: req_011FAKE\r\n");
        let answer = match &fault {
            Some(fault) if fault.when == When::Before => None,
            _ => Some(route(&asked, &mut inner.lock().unwrap().state, &mut headers)),
        };
        if let Some(slow) = fault.as_ref().and_then(|fault| fault.slow) {
            std::thread::sleep(slow);
        }
        let (status, body) = match (fault, answer) {
            (Some(Fault { slow: Some(_), .. }) | None, Some(answer)) => answer,
            (Some(Fault { reset: true, .. }), _) => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            (Some(fault), _) => {
                if let Some(seconds) = fault.retry_after {
                    let _ = write!(headers, "retry-after: {seconds}\r\n");
                }
                fault.answer()
            }
            (None, None) => unreachable!("no fault, so an answer"),
        };
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        let mut writer = stream;
        if writer.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    reader.get_ref().set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut headers) = (0, Vec::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        let name = name.to_ascii_lowercase();
        if name == "content-length" {
            length = value.parse().ok()?;
        }
        headers.push((name, value.to_owned()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = url::Url::parse(&format!("http://fake{target}")).ok()?;
    let decoded = |segment: &str| {
        // A segment is decoded as the value of a form would be, where a plus is a plus.
        let pair = format!("x={}", segment.replace('+', "%2B"));
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some(Asked {
        method,
        path: url.path().trim_start_matches('/').split('/').filter_map(decoded).collect(),
        query: url.query_pairs().into_owned().collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

/// The error shape of every endpoint.
pub(crate) fn error(status: u16, kind: &str, message: &str) -> Answer {
    let error = json!({ "type": kind, "message": message });
    (status, json!({ "type": "error", "error": error, "request_id": "req_011FAKE" }))
}

/// The same with a code.
pub(crate) fn coded(status: u16, kind: &str, message: &str, code: &str) -> Answer {
    let mut answer = error(status, kind, message);
    answer.1["error"]["details"] = json!({ "error_code": code });
    answer
}

pub(crate) fn invalid(message: &str) -> Answer {
    error(400, "invalid_request_error", message)
}

pub(crate) fn not_found(message: &str) -> Answer {
    error(404, "not_found_error", message)
}

fn route(asked: &Asked, state: &mut State, headers: &mut String) -> Answer {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    match (asked.method.as_str(), path.as_slice()) {
        // The two places of keyless runs have no key yet.
        ("POST", ["v1", "oauth", "token"]) => return oidc::exchange(state, asked),
        ("GET", ["actions", "token"]) => return oidc::actions(state, asked),
        _ => {}
    }
    if let Some(refused) = refused(asked, state, &path) {
        return refused;
    }
    let ["v1", "organizations", rest @ ..] = path.as_slice() else { return not_found("Not found") };
    let spends = rest.first().is_some_and(|first| first.starts_with("spend_limit"));
    if let Some(limited) = state.limiter(spends).and_then(|limiter| limiter.limited(Instant::now())) {
        if let Some(seconds) = limited {
            let _ = write!(headers, "retry-after: {seconds}\r\n");
        }
        return error(429, "rate_limit_error", "This request would exceed the rate limit");
    }
    match (asked.method.as_str(), rest) {
        ("GET", ["me"]) if state.flavor != Flavor::Gateway => {
            (200, json!({ "type": "organization", "id": state.organization.0, "name": state.organization.1 }))
        }
        ("GET", ["spend_limits"]) => limits::list(state, asked),
        ("POST", ["spend_limits"]) => limits::set(state, &asked.body),
        ("GET", ["spend_limits", "effective"]) => effective::list(state, asked),
        ("GET", ["spend_limits", id]) => limits::get(state, id),
        ("DELETE", ["spend_limits", id]) => limits::delete(state, id),
        (method, ["spend_limit_increase_requests", rest @ ..]) if state.flavor == Flavor::Enterprise => {
            requests::route(state, method, rest, asked)
        }
        ("GET", ["users"]) if state.flavor != Flavor::Gateway => people::list(state, asked),
        (method, ["rbac_groups", rest @ ..]) if state.flavor == Flavor::Enterprise => {
            groups::route(state, method, rest, asked)
        }
        (method, ["workspaces", rest @ ..]) if state.flavor == Flavor::Console => {
            workspaces::route(state, method, rest, asked)
        }
        _ => not_found("Not found"),
    }
}

/// Why a request is refused before anything else is looked at: the version, the key, its scopes.
fn refused(asked: &Asked, state: &State, path: &[&str]) -> Option<Answer> {
    let hosted = state.flavor != Flavor::Gateway;
    if hosted && !asked.header("anthropic-version").is_some_and(|version| VERSIONS.contains(&version)) {
        return Some(invalid("anthropic-version: header is required"));
    }
    let bearer = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let shown = asked.header("x-api-key").or(bearer).unwrap_or_default();
    // Tests in this process cannot set variables; the one that cargo sets holds the name of the package.
    let taken = shown == KEY || shown == env!("CARGO_PKG_NAME") || state.keys.iter().any(|key| key == shown);
    let minted = bearer.is_some_and(|bearer| state.tokens.iter().any(|token| token == bearer));
    // A bearer of a keyless run is taken with the beta of its kind only.
    let betas = asked.header("anthropic-beta").unwrap_or_default();
    let minted = minted && betas.split(',').any(|beta| beta == "oauth-2025-04-20");
    if !taken && !minted {
        return Some(error(401, "authentication_error", "invalid x-api-key"));
    }
    let scopes = state.scopes.as_ref()?;
    let verb = if asked.method == "GET" { "read" } else { "write" };
    let area = match path.get(2).copied().unwrap_or_default() {
        area if area.starts_with("spend_limit") => "spend_limits",
        "users" => "members",
        "rbac_groups" => "rbac_groups",
        "workspaces" => "workspaces",
        _ => return None,
    };
    let needed = format!("{verb}:{area}");
    (!scopes.contains(needed.as_str()))
        .then(|| error(403, "permission_error", &format!("API key lacks required scopes: {needed}")))
}
