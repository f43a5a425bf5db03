//! A LiteLLM proxy as far as Bursar speaks to it: stateful, with the real one's quirks (1.106.2) and with faults on
//! demand. It answers in the shapes of the real one's API description.

mod admins;
mod faults;
mod keys;
mod members;
mod state;
mod teams;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use super::listen::listen;

pub(crate) use faults::{Fault, When, take as take_fault};
pub(crate) use keys::MINTED;
pub(crate) use state::{Key, Row, State, Team};

/// The key that the fake takes.
pub(crate) const KEY: &str = "key-4f9a1c7e2d8b60357c1e";

/// An answer: a status and JSON.
pub(crate) type Answer = (u16, Value);

/// One request as the fake reads it.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) key: String,
    pub(crate) body: Value,
}

impl Asked {
    /// The method and the path, for faults and for the record.
    pub(crate) fn line(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
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
    /// Starts one on a free port of loopback.
    pub(crate) fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
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

    /// As a new one would be.
    pub(crate) fn forget(&self) {
        *self.lock() = Inner::default();
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
        let answer = match &fault {
            Some(fault) if fault.when == When::Before => None,
            _ => Some(route(&asked, &mut inner.lock().unwrap().state)),
        };
        if let Some(fault) = &fault {
            std::thread::sleep(fault.delay);
        }
        let fault = fault.filter(|fault| !fault.only_slow);
        let (status, extra, body) = match (fault, answer) {
            (Some(Fault { reset: true, .. }), _) => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            (Some(Fault { status, retry_after, .. }), _) => {
                let header = retry_after.map_or(String::new(), |seconds| format!("retry-after: {seconds}\r\n"));
                (status, header, json!({ "detail": "injected fault" }))
            }
            (None, Some((status, body))) => (status, String::new(), body),
            (None, None) => unreachable!("no fault, so an answer"),
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{extra}\r\n",
            body.len()
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
    let (mut length, mut key) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => value.strip_prefix("Bearer ").unwrap_or_default().clone_into(&mut key),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = url::Url::parse(&format!("http://fake{target}")).ok()?;
    // Like the real one, which decodes the path before it splits it.
    let path = url.path().replace("%2F", "/").replace("%20", " ");
    Some(Asked {
        method,
        path: path.trim_start_matches('/').split('/').map(str::to_owned).collect(),
        query: url.query_pairs().into_owned().collect(),
        key,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

/// The error shape of most endpoints: a message that is the repr of a Python dict.
pub(crate) fn error(status: u16, words: &str) -> Answer {
    let message = format!("{{'error': '{words}'}}");
    let code = status.to_string();
    (status, json!({ "error": { "message": message, "type": "internal_server_error", "param": null, "code": code } }))
}

/// The error shape of the member endpoints.
pub(crate) fn detail(status: u16, words: &str) -> Answer {
    (status, json!({ "detail": { "error": words } }))
}

fn route(asked: &Asked, state: &mut State) -> Answer {
    // Tests in this process cannot set variables; the one that cargo sets holds the name of the package.
    if asked.key != KEY && asked.key != env!("CARGO_PKG_NAME") {
        let message = "Authentication Error, Invalid proxy server token passed. Received API Key = sk-...";
        let code = "401";
        return (
            401,
            json!({ "error": { "message": message, "type": "token_not_found_in_db", "param": "key", "code": code } }),
        );
    }
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    match (asked.method.as_str(), path.as_slice()) {
        ("GET", ["user", "info"]) => admins::caller(state),
        ("GET", ["health", "readiness", "details"]) => admins::readiness(state),
        ("GET", ["v2", "team", "list"]) if !admins::reads(state) => admins::no_admin(state),
        ("GET", ["v2", "team", "list"]) => teams::list(state, &asked.query),
        ("GET", ["team", "info"]) => teams::info(state, asked.query.get("team_id").map_or("", String::as_str)),
        ("GET", ["key", "list"]) => keys::list(state, &asked.query),
        ("POST", ["key", "generate"]) => keys::generate(state, &asked.body),
        ("POST", ["key", "delete"]) => keys::delete(state, &asked.body),
        ("POST", ["team", "new"]) => teams::new(state, &asked.body),
        ("POST", ["team", "delete"]) => teams::delete(state, &asked.body),
        ("POST", ["team", "member_add"]) => members::add(state, &asked.body),
        ("POST", ["team", "member_delete"]) => members::delete(state, &asked.body),
        ("POST", ["management", "v1", "teams", team, "members", "bulk_update"]) => {
            members::bulk_update(state, team, &asked.body)
        }
        ("POST", ["management", "v1", "teams", team, "members", "bulk_delete"]) => {
            members::bulk_delete(state, team, &asked.body)
        }
        ("PATCH", ["team", team]) => teams::patch(state, team, &asked.body),
        _ => (404, json!({ "detail": "Not Found" })),
    }
}
