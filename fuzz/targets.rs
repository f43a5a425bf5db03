//! What is fuzzed: everything that reads bytes from outside. Each target takes bytes all the way and must neither panic
//! nor hang nor use up the memory, whatever they are. cargo-fuzz drives them on nightly, tests/it/fuzz.rs on stable.

#![allow(dead_code, unreachable_pub)] // each binary of cargo-fuzz runs one of them

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use bursar::apply::lock::{Lease, LockError};
use bursar::apply::{History, Journal};
use bursar::centers;
use bursar::config;
use bursar::model::{CenterId, CenterSettings, Guardrails, MemberId, PoolId, Roster, Scope, SecretSource, Target};
use bursar::output::{findings_json, findings_text, text};
use bursar::plan::{self, Calls, Change, Plan, SavedPlan};
use bursar::store::Sink;
use serde_json::Value;

/// A target, by its name.
pub type Run = fn(&[u8]);

/// Every target, with the folder of its seeds.
pub const ALL: &[(&str, Run)] =
    &[("config", config), ("plan", plan), ("journal", journal), ("lease", lease), ("litellm", litellm), ("http", http)];

/// The text of a config: read, checked, resolved, its findings shown.
pub fn config(bytes: &[u8]) {
    let today = jiff::civil::date(2026, 11, 22);
    let loaded = config::load_texts(Path::new(""), [(PathBuf::from("x.yaml"), bytes.to_vec())]);
    let findings = config::check(&loaded, &centers::providers(), today);
    let _ = config::resolve(&loaded.config, &loaded.files, &centers::providers(), today);
    findings_text::write(&mut std::io::sink(), &loaded.files, &findings, true).unwrap();
    findings_json::write(&mut std::io::sink(), &loaded.files, &findings).unwrap();
    for finding in &findings {
        let text = loaded.files.text(finding.span.file);
        assert!(finding.span.start <= finding.span.end && finding.span.end as usize <= text.len(), "{finding:?}");
    }
}

/// A saved plan: read, held against a plan that was just made, shown. Its changes are looked at also where its hash is
/// not theirs.
pub fn plan(bytes: &[u8]) {
    if let Ok(Value::Object(file)) = serde_json::from_slice(bytes) {
        let changes = file.get("changes").and_then(Value::as_array).into_iter().flatten();
        show(&plan_of(changes.filter_map(|change| change_of(change.clone())).collect()));
    }
    let Ok(saved) = SavedPlan::parse(bytes) else { return };
    let _ = (saved.is_expired(jiff::Timestamp::MIN), saved.is_prolonged(jiff::Timestamp::MAX));
    let mut now = Plan { centers: saved.centers.clone(), ..plan_of(saved.changes.clone()) };
    saved.tell_causes(&mut now);
    assert!(saved.foreign(&now.centers).is_none());
    assert!(saved.differences(&now).is_empty(), "it is what was approved");
    show(&now);
    now.changes.truncate(saved.changes.len() / 2);
    assert!(saved.differences(&now).is_empty(), "the rest is done");
}

/// A journal: read, held against plans of what stands in it, gone on with.
pub fn journal(bytes: &[u8]) {
    let Ok(history) = History::read(bytes) else { return };
    let whole = &bytes[..usize::try_from(history.length()).unwrap()];
    let lines = whole
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut changes: Vec<Change> = lines.filter_map(|mut line| change_of(line["change"].take())).collect();
    changes.sort_by_key(Change::id);
    changes.dedup_by_key(|change| change.id());
    let centers = history.approved().centers.clone();
    let rest = changes.split_off(changes.len() / 2);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for changes in [Vec::new(), changes, rest] {
        let plan = Plan { centers: centers.clone(), ..plan_of(changes) };
        let _ = history.holds(&plan);
        let lines = Lines(std::sync::Arc::new(Mutex::new(whole.to_vec())));
        let mut journal = Journal::continued(String::new(), Box::new(lines.clone()), &history);
        runtime.block_on(history.settle(&plan, &mut journal)).unwrap();
        let text = lines.0.lock().unwrap();
        let settled = History::read(&**text).unwrap();
        assert_eq!(settled.length(), text.len() as u64, "whoever comes next can read it all");
    }
}

/// A journal's lines in memory.
#[derive(Clone)]
struct Lines(std::sync::Arc<Mutex<Vec<u8>>>);

#[async_trait::async_trait]
impl Sink for Lines {
    async fn append(&mut self, lines: &[u8]) -> std::io::Result<()> {
        self.0.lock().unwrap().extend_from_slice(lines);
        Ok(())
    }
}

/// The record of a lock: read, shown, written again.
pub fn lease(bytes: &[u8]) {
    let Ok(lease) = Lease::parse(bytes) else { return };
    let again = serde_json::to_vec(&lease).unwrap();
    assert_eq!(Lease::parse(&again).as_ref(), Ok(&lease));
    let _ = LockError::Held { center: lease.center.clone(), lease: Box::new(lease) }.to_string();
}

/// A change, which says the same once it was written and read again.
fn change_of(value: Value) -> Option<Change> {
    let change: Change = serde_json::from_value(value).ok()?;
    let again: Change = serde_json::from_value(serde_json::to_value(&change).unwrap()).unwrap();
    assert_eq!(again, change);
    Some(change)
}

/// A plan of these changes, and of nothing else.
fn plan_of(changes: Vec<Change>) -> Plan {
    let none = std::collections::BTreeMap::new();
    let plan = plan::make(&none, &Guardrails::default(), &[], jiff::Timestamp::MAX, |_, _| Calls::default());
    Plan { changes, ..plan }
}

fn show(plan: &Plan) {
    text::plan(&mut std::io::sink(), plan, text::Style { color: true, width: 80, verbose: true }).unwrap();
}

/// What a center that speaks our own API answers.
pub fn http(bytes: &[u8]) {
    center("http", bytes);
}

/// What a LiteLLM answers.
pub fn litellm(bytes: &[u8]) {
    center("litellm", bytes);
}

/// Reads a center that answers with these bytes: one answer after the other, cut at lines of `---`, and over again.
fn center(provider: &str, bytes: &[u8]) {
    static ONE: Mutex<()> = Mutex::new(());
    // The server gives one input's answers at a time.
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let server = Server::get();
    server.give(bytes);
    let settings = CenterSettings {
        base_url: Some(server.url.clone()),
        // Any variable that is surely set.
        token: Some(SecretSource::Env("PATH".to_owned())),
        ..CenterSettings::new(CenterId::new("center").unwrap(), provider, ".")
    };
    let mut roster = Roster::default();
    roster.insert(MemberId::new("alice").unwrap(), "alice@acme.example");
    let scope = Scope { pools: [(PoolId::new("ai").unwrap(), Target::default())].into(), roster, ..Scope::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reader = centers::reader(&settings).unwrap();
        let _ = reader.read(&scope).await;
        let _ = reader.inventory(&scope).await;
    });
}

/// A server on loopback that answers 200 with whatever it was given last.
struct Server {
    url: String,
    answers: Mutex<(Vec<Vec<u8>>, usize)>,
}

impl Server {
    fn get() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static LISTENING: OnceLock<()> = OnceLock::new();
        let listener = OnceLock::new();
        let server = SERVER.get_or_init(|| {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", socket.local_addr().unwrap());
            let _ = listener.set(socket);
            Self { url, answers: Mutex::default() }
        });
        if let Some(listener) = listener.into_inner() {
            LISTENING.get_or_init(|| {
                std::thread::spawn(move || {
                    for stream in listener.incoming().flatten() {
                        std::thread::spawn(move || server.serve(stream));
                    }
                });
            });
        }
        server
    }

    fn give(&self, bytes: &[u8]) {
        let text = bytes.split(|byte| *byte == b'\n').collect::<Vec<_>>();
        let answers = text.split(|line| *line == b"---").map(|lines| lines.join(&b'\n')).collect();
        *self.answers.lock().unwrap() = (answers, 0);
    }

    fn next(&self) -> Vec<u8> {
        let mut answers = self.answers.lock().unwrap();
        let (given, at) = &mut *answers;
        let answer = given[*at % given.len()].clone();
        *at += 1;
        answer
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut request = Vec::new();
        let mut part = [0; 4096];
        loop {
            while let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
                // Readers send no bodies.
                request.drain(..end + 4);
                let body = self.next();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
                    return;
                }
            }
            match stream.read(&mut part) {
                Ok(0) | Err(_) => return,
                Ok(read) => request.extend_from_slice(&part[..read]),
            }
        }
    }
}
