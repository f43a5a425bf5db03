//! A proxy that stands in front of any server and makes trouble, by seed: the same requests meet the same faults,
//! whatever order they come in. It writes down what each request became, on both of its sides.

mod faults;
mod http;
mod pace;

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use http::Message;

pub(crate) use faults::{Fault, Faults};
pub(crate) use pace::Pace;

/// What the client got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// An answer with this status, the server's own or the proxy's.
    Answer(u16),
    /// An earlier answer to the same request.
    Stale(u16),
    /// Half of an answer.
    Half,
    /// No answer.
    Nothing,
}

/// One request and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// The status that the server answered with; `None` where it never saw the request.
    pub(crate) server: Option<u16>,
    pub(crate) client: Got,
    /// When it came, after the start of the proxy.
    pub(crate) came: Duration,
    /// When it was done with.
    pub(crate) went: Duration,
}

struct Inner {
    faults: Faults,
    /// How often each request was seen.
    seen: BTreeMap<String, u64>,
    /// The server's last answer to each request that reads.
    last: BTreeMap<String, Message>,
    log: Vec<Exchange>,
}

/// A running proxy.
pub(crate) struct Proxy {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Proxy {
    /// Starts one on a free port of loopback, in front of the server at a URL.
    pub(crate) fn start(upstream: &str, faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Inner { faults, seen: BTreeMap::new(), last: BTreeMap::new(), log: Vec::new() };
        let inner = Arc::new(Mutex::new(inner));
        let shared = Arc::clone(&inner);
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let started = Instant::now();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (inner, upstream) = (Arc::clone(&shared), upstream.clone());
                std::thread::spawn(move || serve(&stream, &upstream, &inner, started));
            }
        });
        Self { url, inner }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Everything since the start, in the order in which it was done with.
    pub(crate) fn log(&self) -> Vec<Exchange> {
        lock(&self.inner).log.clone()
    }

    /// From now on everything goes through untouched.
    pub(crate) fn quiet(&self) {
        lock(&self.inner).faults = Faults::default();
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap()
}

/// Serves one request, then closes the connection.
fn serve(stream: &TcpStream, upstream: &str, inner: &Mutex<Inner>, started: Instant) {
    let Some(request) = Message::read(stream, None) else { return };
    let came = started.elapsed();
    let mut words = request.first_line().split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let line = format!("{method} {path}");
    let (fault, delay, earlier, limited, limits) = {
        let mut inner = lock(inner);
        let seen = inner.seen.entry(line.clone()).or_default();
        let number = *seen;
        *seen += 1;
        let earlier = inner.last.get(&line).cloned();
        let (limited, limits) = match &mut inner.faults.pace {
            Some(pace) => (!pace.takes(Instant::now()), pace.headers()),
            None => (false, String::new()),
        };
        (inner.faults.draw(&line, number), inner.faults.delay, earlier, limited, limits)
    };
    std::thread::sleep(delay);
    let made_up = |status: u16, headers: &str| Some((status, Message::answer(status, headers)));
    let reads = method == "GET";
    let before = match (limited, fault) {
        (true, _) => made_up(429, &format!("retry-after: 1\r\n{limits}")),
        (_, Some(Fault::TooMany)) => made_up(429, "retry-after: 0\r\n"),
        (_, Some(Fault::Broken)) => made_up(500, ""),
        (_, Some(Fault::Busy)) => made_up(503, "retry-after: 0\r\n"),
        _ => None,
    };
    let (server, client, answer) = if let Some((status, answer)) = before {
        (None, Got::Answer(status), Some(answer))
    } else if fault == Some(Fault::ResetBefore) {
        (None, Got::Nothing, None)
    } else if let (Some(Fault::Stale), true, Some(earlier)) = (fault, reads, earlier) {
        (None, Got::Stale(earlier.status()), Some(earlier))
    } else if let Some(answer) = forward(upstream, &request) {
        let status = answer.status();
        if reads {
            lock(inner).last.insert(line, answer.clone());
        }
        match fault {
            Some(Fault::ResetAfter) => (Some(status), Got::Nothing, None),
            Some(Fault::Truncate) => (Some(status), Got::Half, Some(answer.half())),
            _ => (Some(status), Got::Answer(status), Some(answer.with(&limits))),
        }
    } else {
        (None, Got::Nothing, None)
    };
    // Written down before the client can know of it.
    let went = started.elapsed();
    lock(inner).log.push(Exchange { method, path, server, client, came, went });
    if let Some(answer) = answer {
        answer.write(stream);
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// What the server answers.
fn forward(upstream: &str, request: &Message) -> Option<Message> {
    let server = TcpStream::connect(upstream).ok()?;
    request.write(&server);
    Message::read(&server, Some(request))
}
