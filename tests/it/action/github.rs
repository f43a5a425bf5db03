//! GitHub, as far as the action asks it: comments of one pull request, pull requests, who the token is, and files to
//! download. It answers with faults on demand and keeps what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

/// A comment of the pull request.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: usize,
    pub(crate) login: String,
    pub(crate) body: String,
}

/// What goes wrong with the next request of this method.
pub(crate) struct Fault {
    pub(crate) method: &'static str,
    pub(crate) status: u16,
    /// The server has done it, and the answer is lost.
    pub(crate) done: bool,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) comments: Vec<Comment>,
    /// The commit that the pull request has now.
    pub(crate) head: String,
    /// The open pull requests, as the list shows them.
    pub(crate) pulls: Vec<Value>,
    /// Whose token it is; nobody where the API does not tell.
    pub(crate) viewer: Option<String>,
    pub(crate) read_only: bool,
    /// Whether its plan has no draft pull requests.
    pub(crate) no_drafts: bool,
    pub(crate) faults: VecDeque<Fault>,
    /// What reviewers said of the run's deployments; nothing where the token may not know.
    pub(crate) approvals: Option<Value>,
    /// What can be downloaded.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Method and path of each request.
    pub(crate) asked: Vec<String>,
    /// Requests that did not come with the token.
    pub(crate) strangers: usize,
}

impl State {
    pub(crate) fn writes(&self) -> Vec<&String> {
        self.asked
            .iter()
            .filter(|line| line.starts_with("PATCH") || line.contains("POST /repos"))
            .collect()
    }
}

/// A running one.
pub(crate) struct GitHub {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl GitHub {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { viewer: Some("github-actions[bot]".into()), ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { url, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => value.trim().clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut parts = line.split(' ');
    let (method, target) = (parts.next()?, parts.next()?);
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let (status, extra, answer) = answer(&mut state.lock().unwrap(), method, target, &authorization, &body);
    let mut stream = stream;
    let head = format!("HTTP/1.1 {status} X\r\n{extra}Connection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&answer).ok()
}

fn answer(
    state: &mut State,
    method: &str,
    target: &str,
    authorization: &str,
    body: &Value,
) -> (u16, &'static str, Vec<u8>) {
    state.asked.push(format!("{method} {target}"));
    if let Some(file) = target.strip_prefix("/releases/") {
        assert!(authorization.is_empty(), "a token went to a download");
        return state.files.get(file).map_or((404, "", Vec::new()), |bytes| (200, "", bytes.clone()));
    }
    if authorization != format!("Bearer {}", super::TOKEN) {
        state.strangers += 1;
    }
    let fault = match state.faults.front() {
        Some(fault) if fault.method == method && target != "/graphql" => state.faults.pop_front(),
        _ => None,
    };
    if let Some(fault) = fault {
        if fault.done {
            rest(state, method, target, body);
        }
        let message = json!({ "message": "You have exceeded a secondary rate limit." }).to_string();
        return (fault.status, "Retry-After: 0\r\n", message.into_bytes());
    }
    let (status, answer) = rest(state, method, target, body);
    (status, "", answer.to_string().into_bytes())
}

fn rest(state: &mut State, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let shown = |comment: &Comment| {
        json!({ "id": comment.id, "user": { "login": comment.login }, "body": comment.body,
        "html_url": format!("https://github.com/acme/credits/pull/7#issuecomment-{}", comment.id) })
    };
    let refused = || (403, json!({ "message": "Resource not accessible by integration" }));
    let me = state.viewer.clone().unwrap_or_else(|| "github-actions[bot]".to_owned());
    if path != "/repos/acme/credits/pulls/7"
        && let Some(answer) = super::pulls::answer(state, method, path, query, body)
    {
        return answer;
    }
    match (method, path) {
        ("POST", "/graphql") => match &state.viewer {
            Some(login) => (200, json!({ "data": { "viewer": { "login": login } } })),
            None => refused(),
        },
        ("GET", "/repos/acme/credits/actions/runs/17/approvals") => match &state.approvals {
            Some(approvals) => (200, approvals.clone()),
            None => refused(),
        },
        ("GET", "/repos/acme/credits/pulls/7") => (200, json!({ "number": 7, "head": { "sha": state.head } })),
        ("GET", "/repos/acme/credits/issues/7/comments") => {
            let number = |name: &str| -> usize {
                query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().parse().unwrap()
            };
            let (size, page) = (number("per_page="), number("page="));
            (200, state.comments.iter().skip(size * (page - 1)).take(size).map(shown).collect())
        }
        ("POST", "/repos/acme/credits/issues/7/comments") if !state.read_only => {
            let text = body["body"].as_str().unwrap();
            assert!(text.chars().count() <= 65_536, "GitHub would refuse this comment");
            state
                .comments
                .push(Comment { id: state.comments.len() + 1, login: me, body: text.to_owned() });
            (201, shown(state.comments.last().unwrap()))
        }
        ("PATCH", path) if !state.read_only => {
            let id: usize = path.rsplit('/').next().unwrap().parse().unwrap();
            match state.comments.iter_mut().find(|comment| comment.id == id && comment.login == me) {
                Some(comment) => {
                    body["body"].as_str().unwrap().clone_into(&mut comment.body);
                    (200, shown(comment))
                }
                None => refused(),
            }
        }
        ("POST" | "PATCH", _) => refused(),
        _ => (404, json!({ "message": "Not Found" })),
    }
}
