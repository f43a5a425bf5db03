//! The proxy that makes trouble, against a tiny server that counts: each fault is what it says, and no other.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::fakes::proxy::{Fault, Faults, Got, Pace, Proxy, Watch};

/// A server that counts: a GET answers with the count, anything else adds one to it.
struct Counter {
    url: String,
    count: Arc<Mutex<u32>>,
}

impl Counter {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let count = Arc::new(Mutex::new(0));
        let shared = Arc::clone(&count);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                use std::io::{Read, Write};
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                let mut count = shared.lock().unwrap();
                if !request[..length].starts_with(b"GET") {
                    *count += 1;
                }
                let body = format!("count {count}");
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, count }
    }

    fn count(&self) -> u32 {
        *self.count.lock().unwrap()
    }
}

fn client() -> reqwest::Client {
    // An error says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The status and the text of an answer, or nothing.
async fn ask(proxy: &Proxy, method: &str, path: &str) -> Option<(u16, String)> {
    let url = format!("{}{path}", proxy.url());
    let request = client().request(method.parse().unwrap(), url).body("x").send().await.ok()?;
    Some((request.status().as_u16(), request.text().await.ok()?))
}

/// What the client gets for a write and how far the server counted, then what the log says about it.
async fn write_through(fault: Fault) -> (Option<u16>, u32, Option<u16>, Got) {
    let server = Counter::start();
    let proxy = Proxy::start(&server.url, Faults::always(fault));
    let answer = ask(&proxy, "POST", "/x").await;
    let log = proxy.log();
    assert_eq!((log.len(), log[0].method.as_str(), log[0].path.as_str()), (1, "POST", "/x"));
    (answer.map(|(status, _)| status), server.count(), log[0].server, log[0].client)
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    assert_eq!(write_through(Fault::ResetBefore).await, (None, 0, None, Got::Nothing));
    assert_eq!(write_through(Fault::ResetAfter).await, (None, 1, Some(200), Got::Nothing));
    assert_eq!(write_through(Fault::Truncate).await, (None, 1, Some(200), Got::Half));
    assert_eq!(write_through(Fault::TooMany).await, (Some(429), 0, None, Got::Answer(429)));
    assert_eq!(write_through(Fault::Broken).await, (Some(500), 0, None, Got::Answer(500)));
    assert_eq!(write_through(Fault::Busy).await, (Some(503), 0, None, Got::Answer(503)));
    assert_eq!(write_through(Fault::BrokenAfter).await, (Some(500), 1, Some(200), Got::Answer(500)));
    assert_eq!(write_through(Fault::BusyAfter).await, (Some(503), 1, Some(200), Got::Answer(503)));
    assert_eq!(
        write_through(Fault::Stale).await,
        (Some(200), 1, Some(200), Got::Answer(200)),
        "a write is never stale"
    );
}

#[tokio::test]
async fn a_stale_read_is_the_last_answer_to_the_same_request() {
    let server = Counter::start();
    let proxy = Proxy::start(&server.url, Faults::always(Fault::Stale));
    let count = async |path: &str| ask(&proxy, "GET", path).await.unwrap().1;
    assert_eq!(count("/a").await, "count 0", "nothing earlier to tell");
    ask(&proxy, "POST", "/a").await.unwrap();
    assert_eq!(count("/a").await, "count 0");
    assert_eq!(count("/b").await, "count 1", "another request");
    assert_eq!(count("/a?q=1").await, "count 1", "another query");
    let stale = proxy.log().iter().filter(|exchange| exchange.client == Got::Stale(200)).count();
    assert_eq!(stale, 1);
    proxy.forget().await;
    assert_eq!(count("/a").await, "count 1");
}

/// Who lets some writes through and others not, and writes down what was seen.
struct Gate(Mutex<Vec<String>>);

impl Watch for Gate {
    fn before(&self, line: &str) -> bool {
        self.0.lock().unwrap().push(format!("before {line}"));
        !line.ends_with("/never")
    }

    fn after(&self, line: &str) -> bool {
        self.0.lock().unwrap().push(format!("after {line}"));
        !line.ends_with("/silent")
    }
}

#[tokio::test]
async fn whoever_watches_sees_each_write_and_may_end_its_way() {
    let server = Counter::start();
    let proxy = Proxy::start(&server.url, Faults::default());
    let gate = Arc::new(Gate(Mutex::default()));
    proxy.go_on(Faults::default(), Arc::<Gate>::clone(&gate)).await;
    assert_eq!(ask(&proxy, "POST", "/never").await, None);
    assert_eq!(server.count(), 0);
    assert_eq!(ask(&proxy, "POST", "/silent").await, None);
    assert_eq!(server.count(), 1);
    assert_eq!(ask(&proxy, "POST", "/heard").await.unwrap().0, 200);
    assert_eq!(ask(&proxy, "GET", "/never").await.unwrap().1, "count 2", "a read is nobody's business");
    proxy.settle().await;
    let seen = gate.0.lock().unwrap().clone();
    assert_eq!(
        seen,
        ["before POST /never", "before POST /silent", "after POST /silent", "before POST /heard", "after POST /heard"]
    );
    proxy.forget().await;
    assert_eq!(ask(&proxy, "POST", "/never").await.unwrap().0, 200);
    assert_eq!(proxy.log().len(), 1);
}

#[tokio::test]
async fn what_goes_wrong_depends_on_the_seed_and_on_nothing_else() {
    let server = Counter::start();
    let percent: Vec<(Fault, u64)> = Fault::ALL.map(|fault| (fault, 8)).into();
    let run = async |seed: u64, paths: &[usize]| {
        let proxy = Proxy::start(&server.url, Faults { seed, percent: percent.clone(), ..Faults::default() });
        for path in paths {
            ask(&proxy, "POST", &format!("/{path}")).await;
        }
        let mut got: Vec<String> =
            proxy.log().iter().map(|e| format!("{} {:?} {:?}", e.path, e.server, e.client)).collect();
        got.sort();
        got
    };
    let paths: Vec<usize> = (0..40).collect();
    let once = run(7, &paths).await;
    let backwards: Vec<usize> = paths.iter().rev().copied().collect();
    assert_eq!(once, run(7, &backwards).await, "not on the order");
    assert_ne!(once, run(8, &paths).await);
    let whole = once.iter().filter(|line| line.ends_with("Some(200) Answer(200)")).count();
    assert!((10..40).contains(&whole), "some go wrong and some do not: {once:#?}");
}

#[tokio::test]
async fn every_request_takes_longer_by_the_delay() {
    let server = Counter::start();
    let faults = Faults { delay: Duration::from_millis(60), ..Faults::default() };
    let proxy = Proxy::start(&server.url, faults);
    let started = Instant::now();
    ask(&proxy, "GET", "/").await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(60));
    let log = proxy.log();
    assert!(log[0].went >= log[0].came + Duration::from_millis(60));
}

#[tokio::test]
async fn a_pace_lets_a_burst_through_and_says_what_is_left() {
    let server = Counter::start();
    // So slow that nothing comes back while the test runs.
    let proxy = Proxy::start(&server.url, Faults { pace: Some(Pace::new(1, 2)), ..Faults::default() });
    let client = client();
    let mut shown = Vec::new();
    for _ in 0..3 {
        let answer = client.get(proxy.url()).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
        shown.push(format!("{} {} {}", answer.status().as_u16(), header("ratelimit"), header("retry-after")));
    }
    assert_eq!(shown, ["200 \"default\";r=1;t=60 -", "200 \"default\";r=0;t=120 -", "429 \"default\";r=0;t=120 1"]);
}
