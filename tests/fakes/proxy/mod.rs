//! A proxy that stands in front of any server and makes trouble, by seed: the same requests meet the same faults,
//! whatever order they come in. It writes down what each request became, on both of its sides.

mod faults;
mod hold;
mod http;
mod pace;

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use http::Message;

pub(crate) use faults::{Fault, Faults};
pub(crate) use hold::{Count, Hold};
pub(crate) use pace::{Pace, Told};

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

/// Who watches each write on its way, one at a time, and may end the way there.
pub(crate) trait Watch: Send + Sync {
    /// The server is about to see it; whether it shall.
    fn before(&self, line: &str) -> bool;
    /// The server has answered; whether the client shall hear of it.
    fn after(&self, line: &str) -> bool;
}

struct Inner {
    faults: Faults,
    watch: Option<Arc<dyn Watch>>,
    /// One request that is made to wait.
    hold: Option<Arc<Hold>>,
    /// How many writes pass before one fault hits the next.
    strike: Option<(usize, Fault)>,
    /// How many connections are open.
    open: usize,
    /// How often each request was seen.
    seen: BTreeMap<String, u64>,
    /// The server's last answer to each request that reads.
    last: BTreeMap<String, Message>,
    log: Vec<Exchange>,
}

/// What the connections of a proxy share.
struct Shared {
    inner: Mutex<Inner>,
    /// Told whenever a connection ends.
    ended: Condvar,
    /// Held by the write that is watched.
    turn: Mutex<()>,
}

/// A running proxy.
pub(crate) struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Starts one on a free port of loopback, in front of the server at a URL.
    pub(crate) fn start(upstream: &str, faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            inner: Mutex::new(Inner::new(faults, None)),
            ended: Condvar::new(),
            turn: Mutex::new(()),
        });
        let inner = Arc::clone(&shared);
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let started = Instant::now();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, upstream) = (Arc::clone(&inner), upstream.clone());
                lock(&shared.inner).open += 1;
                std::thread::spawn(move || {
                    serve(&stream, &upstream, &shared, started);
                    drop(stream);
                    lock(&shared.inner).open -= 1;
                    shared.ended.notify_all();
                });
            }
        });
        Self { url, shared }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Everything since the start or since it forgot, in the order in which it was done with.
    pub(crate) fn log(&self) -> Vec<Exchange> {
        lock(&self.shared.inner).log.clone()
    }

    /// Makes one request wait, from now on.
    pub(crate) fn hold(&self, hold: &Arc<Hold>) {
        lock(&self.shared.inner).hold = Some(Arc::clone(hold));
    }

    /// Lets so many writes pass from now on, and hits the next one with a fault, once.
    pub(crate) fn strike(&self, skip: usize, fault: Fault) {
        lock(&self.shared.inner).strike = Some((skip, fault));
    }

    /// As a new one would be, on which nothing goes wrong.
    pub(crate) async fn forget(&self) {
        self.settle().await;
        *lock(&self.shared.inner) = Inner::new(Faults::default(), None);
    }

    /// Other faults and somebody else who watches; what was seen before is not forgotten.
    pub(crate) async fn go_on(&self, faults: Faults, watch: Arc<dyn Watch>) {
        self.settle().await;
        let mut inner = lock(&self.shared.inner);
        (inner.faults, inner.watch) = (faults, Some(watch));
    }

    /// Waits until everything that was ever sent has come to its end.
    pub(crate) async fn settle(&self) {
        let (url, shared) = (self.url.clone(), Arc::clone(&self.shared));
        tokio::task::spawn_blocking(move || wait_for_the_end(&url, &shared)).await.unwrap();
    }

    /// Lets nothing wait any more, once everything that was ever sent has come to its end. For who is no task.
    pub(crate) fn calm_down(&self) {
        wait_for_the_end(&self.url, &self.shared);
        let mut inner = lock(&self.shared.inner);
        (inner.hold, inner.strike) = (None, None);
    }
}

impl Inner {
    fn new(faults: Faults, watch: Option<Arc<dyn Watch>>) -> Self {
        Self {
            faults,
            watch,
            hold: None,
            strike: None,
            open: 0,
            seen: BTreeMap::new(),
            last: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// The fault that was asked for, if it is this write that it hits.
    fn struck(&mut self) -> Option<Fault> {
        let (skip, fault) = self.strike?;
        self.strike = skip.checked_sub(1).map(|left| (left, fault));
        (skip == 0).then_some(fault)
    }
}

fn wait_for_the_end(url: &str, shared: &Shared) {
    // Connections are accepted in the order in which they were made: when this one has ended, all have begun.
    let mut last = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    last.shutdown(Shutdown::Write).unwrap();
    let _ = last.read(&mut [0]);
    let inner = lock(&shared.inner);
    drop(shared.ended.wait_while(inner, |inner| inner.open > 0).unwrap());
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap()
}

/// Serves one request, then closes the connection.
fn serve(stream: &TcpStream, upstream: &str, shared: &Shared, started: Instant) {
    let inner = &shared.inner;
    let Some(request) = Message::read(stream, None) else { return };
    let came = started.elapsed();
    let mut words = request.first_line().split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let line = format!("{method} {path}");
    let reads = method == "GET";
    let (fault, delay, earlier, limited, limits, hold) = {
        let mut inner = lock(inner);
        let seen = inner.seen.entry(line.clone()).or_default();
        let number = *seen;
        *seen += 1;
        let earlier = inner.last.get(&line).cloned();
        let (limited, limits) = match &mut inner.faults.pace {
            Some(pace) => (!pace.takes(Instant::now()), pace.headers()),
            None => (false, String::new()),
        };
        let struck = if reads { None } else { inner.struck() };
        let fault = struck.or_else(|| inner.faults.draw(&line, number));
        (fault, inner.faults.delay, earlier, limited, limits, inner.hold.clone())
    };
    std::thread::sleep(delay);
    if !hold.is_none_or(|hold| hold.passes(reads)) {
        let _ = stream.shutdown(Shutdown::Both);
        return;
    }
    let made_up = |status: u16, headers: &str| Some((status, Message::answer(status, headers)));
    let before = match (limited, fault) {
        (true, _) => made_up(429, &format!("retry-after: 1\r\n{limits}")),
        (_, Some(Fault::TooMany)) => made_up(429, "retry-after: 0\r\n"),
        (_, Some(Fault::Broken)) => made_up(500, ""),
        (_, Some(Fault::Busy)) => made_up(503, "retry-after: 0\r\n"),
        (_, Some(Fault::Wait)) => made_up(429, "retry-after: 1\r\n"),
        _ => None,
    };
    let (server, client, answer) = if let Some((status, answer)) = before {
        (None, Got::Answer(status), Some(answer))
    } else if fault == Some(Fault::ResetBefore) {
        (None, Got::Nothing, None)
    } else if let (Some(Fault::Stale), true, Some(earlier)) = (fault, reads, earlier) {
        (None, Got::Stale(earlier.status()), Some(earlier))
    } else if let (answer, heard) = shared.forward(upstream, &request, &line)
        && let Some(answer) = answer
    {
        let status = answer.status();
        if reads {
            lock(inner).last.insert(line, answer.clone());
        }
        match fault {
            _ if !heard => (Some(status), Got::Nothing, None),
            Some(Fault::BrokenAfter) => (Some(status), Got::Answer(500), Some(Message::answer(500, ""))),
            Some(Fault::BusyAfter) => {
                (Some(status), Got::Answer(503), Some(Message::answer(503, "retry-after: 0\r\n")))
            }
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

impl Shared {
    /// What the server answers, and whether the client shall hear of it. Whoever watches sees one write at a time.
    fn forward(&self, upstream: &str, request: &Message, line: &str) -> (Option<Message>, bool) {
        let watch = lock(&self.inner).watch.clone().filter(|_| !line.starts_with("GET "));
        let Some(watch) = watch else { return (forward(upstream, request), true) };
        let _turn = self.turn.lock().unwrap();
        if !watch.before(line) {
            return (None, false);
        }
        let answer = forward(upstream, request);
        (answer, watch.after(line))
    }
}

/// What the server answers.
fn forward(upstream: &str, request: &Message) -> Option<Message> {
    let server = TcpStream::connect(upstream).ok()?;
    request.write(&server);
    Message::read(&server, Some(request))
}
