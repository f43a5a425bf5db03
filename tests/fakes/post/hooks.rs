//! A receiver of webhooks, and the issues of one repository.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

use super::super::listen::listen;

/// What the next request gets.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// This status, with these headers.
    Status(u16, &'static str),
    /// It is read, and the connection ends.
    Drop,
    /// It is read, and never answered.
    Hang,
    /// It is done, and the answer is this status all the same.
    DoneBut(u16),
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Held {
    received: Vec<Received>,
    answers: VecDeque<Answer>,
    issues: Vec<Value>,
    comments: BTreeMap<usize, Vec<Value>>,
}

/// The receiver.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) url: String,
    held: Arc<(Mutex<Held>, Condvar)>,
}

impl Hooks {
    pub(crate) fn start() -> Self {
        let held: Arc<(Mutex<Held>, Condvar)> = Arc::default();
        let serving = Arc::clone(&held);
        let url = listen(move |stream| {
            // Whoever goes away has what they wanted.
            let _ = serve(stream, &serving);
        });
        Self { url, held }
    }

    /// What the next requests that write get; after that it is 200.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.held.0.lock().unwrap().answers.extend(answers);
    }

    /// Everything that was written, the requests of webhooks and the issues.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.held.0.lock().unwrap().received.clone()
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, number: usize) {
        let (held, changed) = &*self.held;
        drop(changed.wait_while(held.lock().unwrap(), |held| held.received.len() < number).unwrap());
    }

    /// The issues with their comments.
    pub(crate) fn issues(&self) -> Vec<(Value, Vec<Value>)> {
        let held = self.held.0.lock().unwrap();
        let comments = |i: usize| held.comments.get(&i).cloned().unwrap_or_default();
        held.issues.iter().enumerate().map(|(i, issue)| (issue.clone(), comments(i))).collect()
    }

    /// Lets somebody else open an issue.
    pub(crate) fn stranger_opens(&self, body: &str) {
        let mut held = self.held.0.lock().unwrap();
        let number = held.issues.len() + 1;
        held.issues
            .push(json!({ "number": number, "body": body, "labels": [], "user": { "login": "mallory" } }));
    }
}

fn serve(stream: &TcpStream, held: &(Mutex<Held>, Condvar)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut say = stream;
    loop {
        let Some(request) = read(&mut reader)? else { return Ok(()) };
        let writes = request.method != "GET";
        let answer = {
            let mut held = held.0.lock().unwrap();
            if writes { held.answers.pop_front() } else { None }
        };
        let done = matches!(answer, None | Some(Answer::DoneBut(_) | Answer::Drop | Answer::Hang));
        let (status, body) = if request.path.starts_with("/repos/") {
            tracker(&request, &mut held.0.lock().unwrap(), done)
        } else {
            (200, json!({}))
        };
        if writes {
            held.0.lock().unwrap().received.push(request);
            held.1.notify_all();
        }
        let (status, headers) = match answer {
            None => (status, ""),
            Some(Answer::Status(status, headers)) => (status, headers),
            Some(Answer::DoneBut(status)) => (status, ""),
            Some(Answer::Drop) => return Ok(()),
            Some(Answer::Hang) => {
                // Until the other side goes.
                let _ = reader.read(&mut [0]);
                return Ok(());
            }
        };
        let body = body.to_string();
        write!(say, "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())?;
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Received>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Received { method, path, headers, body: String::from_utf8(body).unwrap() }))
}

/// The issues of `acme/credits`, as GitHub documents them.
fn tracker(request: &Received, held: &mut Held, done: bool) -> (u16, Value) {
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(rest) = path.strip_prefix("/repos/acme/credits/issues") else { return (404, json!({})) };
    if !request.headers.get("authorization").is_some_and(|value| value.starts_with("Bearer ")) {
        return (401, json!({}));
    }
    let comments_of = || rest.strip_prefix('/')?.strip_suffix("/comments")?.parse::<usize>().ok().map(|n| n - 1);
    let user = json!({ "login": "github-actions[bot]" });
    match (request.method.as_str(), comments_of()) {
        ("GET", None) => {
            assert!(request.path.contains("labels=bursar-alert&state=all"), "{}", request.path);
            let labelled = |issue: &&Value| issue["labels"].as_array().is_some_and(|labels| !labels.is_empty());
            (200, held.issues.iter().rev().filter(labelled).cloned().collect())
        }
        ("GET", Some(issue)) => (200, held.comments.get(&issue).cloned().unwrap_or_default().into()),
        (_, None) => {
            let mut issue = request.json();
            issue["number"] = (held.issues.len() + 1).into();
            issue["user"] = user;
            if done {
                held.issues.push(issue.clone());
            }
            (201, issue)
        }
        (_, Some(issue)) => {
            let mut comment = request.json();
            comment["user"] = user;
            if done {
                held.comments.entry(issue).or_default().push(comment.clone());
            }
            (201, comment)
        }
    }
}
