//! A ChatGPT workspace's Admin API as far as Bursar speaks to it: stateful, with the rules and quirks that the vendor's
//! description (2.5.3) and its own example (2.5.37) tell of, and with faults on demand.

mod directory;
mod http;
mod limits;
mod pages;
mod requests;
mod state;

use std::io::BufReader;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use super::listen::listen;
use super::litellm::When;
use http::Asked;

pub(crate) use super::litellm::Fault;
pub(crate) use state::{Key, Limit, Request, State};

/// The key that the fake takes.
pub(crate) const KEY: &str = "adm-7d3e9b1f5a2c4860e97b";
/// The workspace that the key belongs to.
pub(crate) const WORKSPACE: &str = "0d6f5b1e-4c1a-4b8e-9f51-0a6f3f1f7c11";

/// An answer: a status and JSON.
pub(crate) type Answer = (u16, Value);

/// Somebody else, who acts on the workspace.
type Deed = Box<dyn FnOnce(&mut State) + Send>;

#[derive(Default)]
struct Inner {
    state: State,
    faults: Vec<Fault>,
    asked: Vec<String>,
    /// What somebody else does right after the first answer to a line that begins like this.
    meanwhile: Vec<(&'static str, usize, Deed)>,
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
        let url = format!("{}/v1", listen(move |stream| serve(stream, &shared)));
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

    /// Asks for a fault. What it hits is named without the prefix of the workspace: `PATCH /usage_limits/users`.
    pub(crate) fn fault(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Takes all faults back.
    pub(crate) fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Lets somebody else act right after the answer to such a request, once so many of them have passed.
    pub(crate) fn meanwhile(&self, after: &'static str, skip: usize, deed: impl FnOnce(&mut State) + Send + 'static) {
        self.lock().meanwhile.push((after, skip, Box::new(deed)));
    }

    /// What was asked since the last time: the method and the path below the workspace.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }
}

fn serve(stream: &TcpStream, inner: &Mutex<Inner>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = http::read(&mut reader) {
        let (fault, answer, words) = {
            let mut guard = inner.lock().unwrap();
            let inner = &mut *guard;
            let line = asked.line();
            inner.asked.push(line.clone());
            let fault = super::litellm::take_fault(&mut inner.faults, &line);
            let carried_out = fault.as_ref().is_none_or(|fault| fault.when == When::After);
            let answer = carried_out.then(|| route(&asked, &mut inner.state));
            if let Some(at) = inner.meanwhile.iter().position(|(after, ..)| line.starts_with(after)) {
                match inner.meanwhile[at].1 {
                    0 => (inner.meanwhile.remove(at).2)(&mut inner.state),
                    ref mut skip => *skip -= 1,
                }
            }
            (fault, answer, inner.state.words)
        };
        let (status, extra, body) = match (fault, answer) {
            (Some(Fault { reset: true, .. }), _) => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            (Some(fault), _) => {
                std::thread::sleep(fault.delay);
                let header = fault.retry_after.map_or(String::new(), |seconds| format!("retry-after: {seconds}\r\n"));
                (fault.status, header, String::new())
            }
            // The bodies of errors are not described, so there is none unless a test asks for words.
            (None, Some((status, said))) if status >= 400 => {
                (status, String::new(), if words { said.to_string() } else { String::new() })
            }
            (None, Some((status, body))) => (status, String::new(), body.to_string()),
            (None, None) => unreachable!("no fault, so an answer"),
        };
        if !http::answer(stream, status, &extra, &body) {
            return;
        }
    }
}

/// An answer that is an error, with words that are shown where a test asks for them.
pub(crate) fn refused(status: u16, words: &str) -> Answer {
    (status, json!({ "detail": words }))
}

/// What a key of the wrong kind, of another workspace or without the scope is told.
fn forbidden(asked: &Asked, state: &State) -> Option<Answer> {
    let writes = asked.method != "GET";
    let limits = asked.path.first().is_some_and(|part| part == "usage_limits");
    let no = |words: &str| Some(refused(403, words));
    match state.key {
        Key::Platform => no("This endpoint requires a workspace Admin key."),
        Key::Elsewhere => no("The key's organization does not own this workspace."),
        Key::Reads if writes => no("Missing scope: chatgpt.enterprise.usage_limit.write"),
        Key::LimitsOnly if !limits => no("Missing scope: chatgpt.enterprise.directory.read"),
        Key::DirectoryOnly if limits => no("Missing scope: chatgpt.enterprise.usage_limit.read"),
        Key::Full | Key::Reads | Key::LimitsOnly | Key::DirectoryOnly => None,
    }
}

fn route(asked: &Asked, state: &mut State) -> Answer {
    // Tests in this process cannot set variables; the one that cargo sets holds the name of the package.
    if asked.key != KEY && asked.key != env!("CARGO_PKG_NAME") {
        return refused(401, "Invalid Admin API key.");
    }
    if let Some(answer) = forbidden(asked, state) {
        return answer;
    }
    if asked.workspace != WORKSPACE {
        return refused(404, "The workspace was not found.");
    }
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let (query, body) = (&asked.query, &asked.body);
    match (asked.method.as_str(), path.as_slice()) {
        ("GET", ["usage_limits", "workspace"]) => (200, limits::workspace(state)),
        ("PATCH", ["usage_limits", "workspace"]) => limits::set_workspace(state, body),
        ("GET", ["usage_limits", "groups"]) => limits::groups(state, query),
        ("GET", ["usage_limits", "groups", id]) => limits::group(state, id),
        ("PATCH", ["usage_limits", "groups", id]) => limits::set_group(state, id, body),
        ("GET", ["usage_limits", "users"]) => limits::users(state, query),
        ("GET", ["usage_limits", "users", id]) => limits::user(state, id),
        ("PATCH", ["usage_limits", "users", id]) => limits::set_user(state, id, body),
        ("GET", ["usage_limits", "users", id, "monthly-usage"]) => limits::usage(state, id),
        ("GET", ["usage_limits", "requests"]) => requests::list(state, query),
        ("PATCH", ["usage_limits", "requests", id]) => requests::resolve(state, id, body),
        ("GET", ["groups"]) => directory::groups(state, query),
        ("GET", ["users", user, "groups"]) => directory::groups_of(state, user, query),
        ("GET", ["groups", id]) => directory::group(state, id),
        ("GET", ["groups", id, "users"]) => directory::members(state, id, query),
        ("POST", ["groups", id, "users"]) => directory::join(state, id, body),
        ("DELETE", ["groups", id, "users", user]) => directory::leave(state, id, user),
        _ => refused(404, "Not found."),
    }
}
