//! GitHub's billing API as far as Bursar speaks to it: stateful, with the quirks that are documented or were seen by
//! others, and with faults on demand. It answers in the shapes of GitHub's own API description (2026-03-10).

mod budgets;
mod centers;
mod faults;
mod http;
mod seats;
mod state;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::BufReader;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use super::listen::listen;
use http::Asked;

pub(crate) use faults::{Fault, When};
pub(crate) use state::{Budget, Odd, State};

/// The token that the fake takes.
pub(crate) const TOKEN: &str = "key-c2b7e41f90d84a53b16e";

/// A status and JSON.
type Answer = (u16, Value);

/// The shape of nearly all errors.
fn words(status: u16, message: &str) -> Answer {
    let documentation = "https://docs.github.com/rest/billing/budgets";
    (status, json!({ "message": message, "documentation_url": documentation, "status": status.to_string() }))
}

#[derive(Default)]
struct Inner {
    state: State,
    faults: Vec<Fault>,
    asked: Vec<String>,
    /// The bodies of what was written.
    bodies: Vec<Value>,
    /// Whose ceiling is looked at after each write, and what it was.
    watched: Vec<String>,
    ceilings: Vec<BTreeMap<String, Option<i64>>>,
    requests: u32,
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

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }

    /// What was written since the last time, as it was sent.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        std::mem::take(&mut self.lock().bodies)
    }

    /// Looks from now on at what these people may draw after each write.
    pub(crate) fn watch(&self, logins: &[&str]) {
        let mut inner = self.lock();
        inner.watched = logins.iter().map(|login| (*login).to_owned()).collect();
        inner.ceilings.clear();
    }

    /// What they could draw after each write.
    pub(crate) fn ceilings(&self) -> Vec<BTreeMap<String, Option<i64>>> {
        std::mem::take(&mut self.lock().ceilings)
    }
}

fn serve(stream: &TcpStream, inner: &Mutex<Inner>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = http::read(&mut reader) {
        let fault = {
            let mut inner = inner.lock().unwrap();
            inner.requests += 1;
            inner.asked.push(asked.line());
            faults::take(&mut inner.faults, &asked.line())
        };
        let answer = match &fault {
            Some(fault) if fault.when == When::Before => None,
            _ => Some(inner.lock().unwrap().route(&asked)),
        };
        if let Some(fault) = &fault {
            std::thread::sleep(fault.delay);
        }
        let fault = fault.filter(|fault| !fault.only_slow);
        let (status, mut headers, body) = match (fault, answer) {
            (Some(Fault { reset: true, .. }), _) => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            (Some(Fault { status, headers, body, .. }), _) => (status, headers, body),
            (None, Some((status, body))) => (status, String::new(), body),
            (None, None) => unreachable!("no fault, so an answer"),
        };
        {
            let inner = inner.lock().unwrap();
            if let Some(scopes) = inner.state.scopes {
                let _ = write!(headers, "x-oauth-scopes: {scopes}\r\n");
            }
            let _ = write!(headers, "x-github-request-id: FA{:04X}\r\n", inner.requests);
        }
        if !http::answer(stream, status, &headers, &body) {
            return;
        }
    }
}

impl Inner {
    fn route(&mut self, asked: &Asked) -> Answer {
        self.state.expire();
        let answer = route(asked, &mut self.state);
        if asked.method != "GET" && answer.0 == 200 {
            self.bodies.push(asked.body.clone());
            let state = &self.state;
            let ceilings = self.watched.iter().map(|login| (login.clone(), state.ceiling(login))).collect();
            self.ceilings.push(ceilings);
        }
        answer
    }
}

fn route(asked: &Asked, state: &mut State) -> Answer {
    // Tests in this process cannot set variables; the one that cargo sets holds the name of the package.
    if asked.token != TOKEN && asked.token != env!("CARGO_PKG_NAME") {
        return words(401, "Bad credentials");
    }
    if asked.version != "2026-03-10" || asked.accept != "application/vnd.github+json" {
        return words(400, "The headers Accept and X-GitHub-Api-Version are needed.");
    }
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    if let ["user"] = path.as_slice() {
        return (200, json!({ "login": "billing-bot" }));
    }
    let writes = asked.method != "GET";
    let account = state.enterprise.clone().or_else(|| state.organization.clone());
    let kind = if state.enterprise.is_some() { "enterprises" } else { "organizations" };
    let rest = match path.as_slice() {
        [first, name, rest @ ..] if Some((*name).to_owned()) == account => match (*first, rest) {
            (first, ["settings", "billing", rest @ ..]) if first == kind => rest,
            ("enterprises", ["copilot", "billing", "seats"]) if kind == "enterprises" => &["seats"],
            ("orgs", ["copilot", "billing", "seats"]) if kind == "organizations" => &["seats"],
            _ => return words(404, "Not Found"),
        },
        _ => return words(404, "Not Found"),
    };
    // Who may not look is told that there is nothing.
    if !state.reads {
        return words(404, "Not Found");
    }
    if writes && !state.writes {
        return words(403, "Must have admin rights to manage billing.");
    }
    let (query, body, whole) = (&asked.query, &asked.body, kind == "enterprises");
    match (asked.method.as_str(), rest) {
        ("GET", ["seats"]) => seats::list(state, query),
        ("GET", ["ai_credit", "usage"]) => seats::usage(state, query),
        ("GET", ["budgets"]) => budgets::list(state, query),
        ("POST", ["budgets"]) => budgets::create(state, body),
        ("GET", ["budgets", id]) => budgets::get(state, id),
        ("PATCH", ["budgets", id]) => budgets::patch(state, id, body),
        ("DELETE", ["budgets", id]) => budgets::delete(state, id),
        ("GET", ["budgets", id, "user-states"]) if whole => budgets::user_states(state, id, query),
        ("GET", ["cost-centers"]) if whole => centers::list(state, query),
        ("POST", ["cost-centers"]) if whole => centers::create(state, body),
        ("GET", ["cost-centers", id]) if whole => centers::get(state, id, query),
        ("PATCH", ["cost-centers", id]) if whole => centers::patch(state, id, body),
        ("DELETE", ["cost-centers", id]) if whole => centers::delete(state, id),
        ("POST", ["cost-centers", id, "resource"]) if whole => centers::add(state, id, body),
        ("DELETE", ["cost-centers", id, "resource"]) if whole => centers::remove(state, id, body),
        _ => words(404, "Not Found"),
    }
}
