//! What no client can make the server do: wait for ever, keep more than it should, or look anywhere but into its file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use bursar::server::{Limits, Log, Server, Tokens};
use serde_json::{Value, json};

use super::wire::Connection;
use super::{Serving, draw, pool, sql};

/// A server in this process, with limits of its own.
pub(crate) struct Inner {
    pub(crate) address: String,
    pub(crate) last: Arc<AtomicU16>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<bool>>,
}

impl Inner {
    pub(crate) fn start(folder: &std::path::Path, limits: Limits) -> Self {
        let (end, ended) = tokio::sync::oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let db = folder.join("center.db");
        let last = Arc::new(AtomicU16::new(0));
        let log = Arc::clone(&last);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let log = Log::new(move |seen| log.store(seen.status, Ordering::SeqCst));
                let address = "127.0.0.1:0".parse().unwrap();
                let server = Server::bind(&db, address, Tokens::open(), limits, log).await.unwrap();
                tell.send(server.address().unwrap().to_string()).unwrap();
                server.run(async { drop(ended.await) }).await
            })
        });
        Self { address: told.recv().unwrap(), last, end: Some(end), thread: Some(thread) }
    }

    /// Asks it to end; whether everything that was under way was done.
    pub(crate) fn end(mut self) -> bool {
        drop(self.end.take());
        self.thread.take().unwrap().join().unwrap()
    }
}

fn short() -> Limits {
    let soon = Duration::from_millis(300);
    Limits { head_time: soon, request_time: soon, write_time: soon, drain_time: soon, ..Limits::default() }
}

#[test]
fn whoever_sends_slowly_is_let_go() {
    let folder = crate::secrets::Folder::new();
    let server = Inner::start(folder.path(), Limits { connections: 4, ..short() });
    // As many as there are places, each with half a head: nobody else gets in before they are let go, and then they do.
    let mut slow: Vec<Connection> = (0..4).map(|_| Connection::to(&server.address)).collect();
    for connection in &mut slow {
        connection.send(b"GET /v1/center HTTP/1.1\r\nhost: localhost\r\nx-slow: ").unwrap();
    }
    let answer = Connection::to(&server.address).ask("GET", "/v1/center", &[], None);
    assert_eq!(answer.status, 200);
    for connection in &mut slow {
        let rest = connection.rest();
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408"), "{rest}");
    }
    // A byte now and then helps nobody: the head has one deadline.
    let mut drip = Connection::to(&server.address);
    let mut gone = false;
    for byte in b"GET /v1/center HTTP/1.1\r\nhost: localhost\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
        gone |= drip.send(&[*byte]).is_err();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(gone || drip.answer().map_or(true, |answer| answer.status == 408));
    // Nor does a body that never ends.
    let mut body = Connection::to(&server.address);
    body.send(b"PUT /v1/pools/ai HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{")
        .unwrap();
    assert_eq!(body.answer().unwrap().problem(), "too-slow");
    // Nor a connection that says nothing at all.
    assert_eq!(Connection::to(&server.address).rest(), "");
    assert!(server.end());
}

#[test]
fn whoever_does_not_read_is_let_go() {
    let folder = crate::secrets::Folder::new();
    let server = Inner::start(folder.path(), Limits { connections: 1, ..short() });
    let mut deaf = Connection::to(&server.address);
    deaf.ask("PUT", "/v1/pools/ai", &[], Some(&pool("1")));
    let rows: Vec<Value> = (0..500)
        .map(|i| json!({ "member": format!("member-{i}"), "set": { "cap": "inherit" } }))
        .collect();
    deaf.ask("POST", "/v1/pools/ai/grants:batch", &[], Some(&json!({ "rows": rows })));
    // Far more answers than the sockets on the way can hold.
    let ask = deaf.request("GET", "/v1/pools/ai/grants?limit=1000", &[], None);
    for _ in 0..2000 {
        if deaf.send(&ask).is_err() {
            break;
        }
    }
    // The one place is free again.
    assert_eq!(Connection::to(&server.address).ask("GET", "/v1/center", &[], None).status, 200);
    drop(deaf);
    assert!(server.end());
}

#[test]
fn bodies_and_heads_have_an_end() {
    let folder = crate::secrets::Folder::new();
    let server = Serving::open(folder.path());
    let long = |length: usize| {
        let mut connection = server.connect();
        let head = format!(
            "PUT /v1/pools/ai HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        connection.send(head.as_bytes()).unwrap();
        // It need not read what it will not take.
        let _ = connection.send(&vec![b' '; length]);
        connection.answer().map(|answer| answer.status)
    };
    assert_eq!(long(1 << 20).unwrap(), 400, "blanks are no JSON");
    assert_eq!(long((1 << 20) + 1).unwrap_or(413), 413);
    let mut chunked = server.connect();
    chunked
        .send(b"PUT /v1/pools/ai HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .unwrap();
    for _ in 0..3 {
        let _ = chunked.send(format!("{:x}\r\n{}\r\n", 500_000, " ".repeat(500_000)).as_bytes());
    }
    assert_eq!(chunked.answer().map_or(413, |answer| answer.status), 413);
    // A deep body is no deep stack.
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut connection = server.connect();
    let head = "PUT /v1/pools/ai HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    connection
        .send(format!("{head}content-length: {}\r\n\r\n{deep}", deep.len()).as_bytes())
        .unwrap();
    assert!(matches!(connection.answer().unwrap().status, 400 | 422));

    let headers: Vec<(String, String)> = (0..70).map(|i| (format!("x-{i}"), "1".to_owned())).collect();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(server.ask("GET", "/v1/center", &headers, None).status, 431);
    assert_eq!(server.ask("GET", "/v1/center", &[("x", &"y".repeat(20_000))], None).status, 431);
    let uri = server.ask("GET", &format!("/v1/pools/{}", "a".repeat(20_000)), &[], None);
    assert!(matches!(uri.status, 414 | 431), "{}", uri.status);
    assert_eq!(server.get("/v1/center").status, 200);
}

#[test]
fn names_are_data_and_never_paths() {
    let folder = crate::secrets::Folder::new();
    let at = folder.path().join("inner");
    std::fs::create_dir(&at).unwrap();
    let server = Serving::open(&at);
    for (name, status) in [
        ("..%2F..%2Fetc%2Fpasswd", 201),
        ("%2e%2e%2fx", 201),
        ("C%3A%5Cx", 201),
        ("a%20b", 201),
        ("%25", 201),
        ("%27%3B%20DROP%20TABLE%20pools%3B--", 201),
        ("caf%C3%A9", 201),
        ("grants:batch", 201),
        ("..", 422),
        (".", 422),
        ("%2e%2e", 422),
        ("%00", 422),
        ("a%00b", 422),
        ("a%0Ab", 422),
        ("%E2%80%AEevil", 422),
        ("caf%E9", 400),
        ("", 404),
    ] {
        let answer = server.put(&format!("/v1/pools/{name}"), &pool("1"));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        if status == 201 {
            let read = server.get(&format!("/v1/pools/{name}"));
            assert_eq!(read.etag(), answer.etag(), "{name}");
            let grant = server.put(&format!("/v1/pools/{name}/grants/{name}"), &json!({ "cap": "inherit" }));
            assert_eq!(grant.status, 201, "{name}");
        }
    }
    assert_eq!(server.put(&format!("/v1/pools/{}", "a".repeat(320)), &pool("1")).status, 201);
    assert_eq!(server.put(&format!("/v1/pools/{}", "a".repeat(321)), &pool("1")).status, 422);
    assert_eq!(sql::<i64>(&at, "SELECT count(*) FROM pools"), 9);
    let names = |folder: &std::path::Path| {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(folder.path()), ["inner"]);
    assert_eq!(names(&at), ["center.db", "center.db-shm", "center.db-wal"]);
}

#[test]
fn a_token_that_asks_too_often_is_told_when_to_come_back() {
    let folder = crate::secrets::Folder::new();
    let server = Serving::start(folder.path(), &["--rate", "5"], &[]);
    let mut connection = server.connect();
    let answers: Vec<_> = (0..6).map(|_| connection.ask("GET", "/v1/center", &[], None)).collect();
    assert_eq!(answers[0].json()["limits"]["requests_per_minute"], 5);
    assert!(answers[..5].iter().all(|answer| answer.status == 200));
    assert_eq!(answers[5].problem(), "too-many");
    let wait: u32 = answers[5].header("retry-after").unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    let other = crate::secrets::Folder::new();
    let unlimited = Serving::open(other.path());
    assert_eq!(unlimited.get("/v1/center").json()["limits"]["requests_per_minute"], Value::Null);
}

#[test]
fn a_busy_center_says_so_and_keeps_its_word() {
    let folder = crate::secrets::Folder::new();
    let server = Inner::start(folder.path(), Limits { drain_time: Duration::from_secs(30), ..short() });
    let ask = |path: &str, body: &Value, method: &str| {
        Connection::to(&server.address).ask(method, path, &[("idempotency-key", "once")], Some(body))
    };
    assert_eq!(Connection::to(&server.address).ask("PUT", "/v1/pools/ai", &[], Some(&pool("9"))).status, 201);
    let db = rusqlite::Connection::open(folder.path().join("center.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE; UPDATE pools SET others = '1 credits'").unwrap();
    assert_eq!(ask("/v1/pools/ai/draws", &draw("alice", "1"), "POST").problem(), "busy");
    assert_eq!(server.last.load(Ordering::SeqCst), 503);
    // Readers go on meanwhile.
    assert_eq!(Connection::to(&server.address).ask("GET", "/v1/pools/ai", &[], None).json()["others"], "blocked");
    db.execute_batch("COMMIT").unwrap();
    // Whether it was drawn in the end, the same request tells; and it is drawn once.
    let mut answer = ask("/v1/pools/ai/draws", &draw("alice", "1"), "POST");
    while answer.status == 503 {
        answer = ask("/v1/pools/ai/draws", &draw("alice", "1"), "POST");
    }
    assert_eq!(answer.status, 200);
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 1);
    assert!(server.end());
}
