//! What nobody should do to a server, and what becomes of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::wire::Connection;
use super::{READ, Serving, WRITE, credits, draw, pool, sql};

#[test]
fn other_methods_are_no_way_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::guarded(folder.path());
    let reader = format!("Bearer {READ}");
    let auth = ("authorization", reader.as_str());
    let mut connection = server.connect();
    let head = connection.request("HEAD", "/v1/center", &[auth], None);
    connection.send(&head).unwrap();
    assert_eq!(connection.first_line(), "200 OK");
    // What is not surely a reading needs the other token, whether it is there or not.
    for (method, status) in [("OPTIONS", 405), ("TRACE", 405), ("PATCH", 403), ("DELETE", 403), ("PROPFIND", 403)] {
        assert_eq!(server.ask(method, "/v1/center", &[auth], None).status, status, "{method}");
        assert_eq!(server.ask(method, "/v1/center", &[], None).status, 401, "{method}");
    }
    for method in ["HEAD", "OPTIONS"] {
        let mut connection = server.connect();
        let request = connection.request(method, "/v1/pools/ai/grants:batch", &[], None);
        connection.send(&request).unwrap();
        assert_eq!(connection.first_line(), "401 Unauthorized", "{method}");
    }
}

#[test]
fn whoever_says_two_things_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::guarded(folder.path());
    let (read, write) = (format!("Bearer {READ}"), format!("Bearer {WRITE}"));
    for two in [[&read, &write], [&write, &read], [&write, &write]] {
        let headers = two.map(|token| ("authorization", token.as_str()));
        assert_eq!(server.ask("GET", "/v1/center", &headers, None).status, 401, "{two:?}");
    }
    let auth = ("authorization", write.as_str());
    let put = |more: &[(&str, &str)]| {
        let headers: Vec<_> = std::iter::once(auth).chain(more.iter().copied()).collect();
        server.ask("PUT", "/v1/pools/ai", &headers, Some(&pool("1"))).status
    };
    assert_eq!(put(&[("if-none-match", "*")]), 201);
    assert_eq!(put(&[("if-match", "*"), ("if-match", "*")]), 400);
    assert_eq!(put(&[("idempotency-key", "a"), ("idempotency-key", "b")]), 400);
    assert_eq!(put(&[("if-match", "*"), ("if-none-match", "*")]), 412);
    let other = tempfile::tempdir().unwrap();
    let open = Serving::open(other.path());
    let mut connection = open.connect();
    connection
        .send(b"GET /v1/center HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n")
        .unwrap();
    let line = connection.first_line();
    assert_eq!(line, "421 Misdirected Request");
}

#[test]
fn amounts_of_28_digits_are_exact_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::open(folder.path());
    let most = "9".repeat(28);
    let least = format!("0.{}1", "0".repeat(27));
    let mut free = pool("1");
    free["budget"]["limit"] = json!("none");
    free["others"] = json!({ "cap": "unlimited" });
    server.put("/v1/pools/ai", &free);
    let ask = |member: &str, amount: &str| server.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw(member, amount)));
    assert_eq!(ask("tiny", &least).json()["drawn_by_member"], credits(&least));
    // One more digit than an amount has would be rounded: nothing is drawn.
    assert_eq!(ask("huge", &most).status, 422);
    assert_eq!(server.get("/v1/pools/ai/usage").json()["total"], credits(&least));
    server.put("/v1/pools/bi", &free);
    let ask = |amount: &str| server.ask("POST", "/v1/pools/bi/draws", &[], Some(&draw("huge", amount))).status;
    assert_eq!((ask(&most), ask("1"), ask(&least), ask(&format!("1{most}"))), (200, 422, 422, 422));
    let usage = server.get("/v1/pools/bi/usage").json();
    assert_eq!(usage["total"], credits(&most));
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 2);
    // A cap of all digits lets exactly that through.
    server.put("/v1/pools/ci", &free);
    server.put("/v1/pools/ci/grants/a", &json!({ "cap": credits(&most) }));
    let all = server.ask("POST", "/v1/pools/ci/draws", &[], Some(&draw("a", &most)));
    assert_eq!(all.json()["left_of_cap"], credits("0"));
}

#[test]
fn the_ends_of_the_calendar_are_days_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::open(folder.path());
    for (name, period) in [("m", "monthly"), ("l", "lifetime"), ("d", "daily"), ("y", "yearly"), ("w", "weekly")] {
        let mut odd = pool("1");
        odd["budget"]["period"] = json!(period);
        assert_eq!(server.put(&format!("/v1/pools/{name}"), &odd).status, 201);
    }
    for (name, day, status) in [
        ("m", "0001-01-01", 200),
        ("l", "0001-01-01", 200),
        ("d", "0001-01-01", 200),
        ("y", "0001-01-01", 200),
        ("w", "0001-01-01", 200),
        ("m", "0000-12-01", 200),
        ("l", "0001-01-02", 422),
        ("m", "9999-12-01", 422),
        ("d", "9999-12-31", 422),
        ("d", "-0001-01-01", 400),
        ("d", "10000-01-01", 400),
        ("d", "2023-02-29", 400),
    ] {
        let answer = server.get(&format!("/v1/pools/{name}/usage?period={day}"));
        assert_eq!(answer.status, status, "{name} {day}: {answer:?}");
    }
}

#[test]
fn two_servers_over_one_file_are_one_center() {
    let folder = tempfile::tempdir().unwrap();
    let servers = [Serving::open(folder.path()), Serving::open(folder.path())];
    servers[0].put("/v1/pools/ai", &pool("25"));
    servers[1].put("/v1/pools/ai/grants/alice", &json!({ "cap": "unlimited" }));
    let drawn: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|i| {
                let server = &servers[i % 2];
                scope.spawn(move || -> Vec<u16> {
                    let mut connection = server.connect();
                    let mut draw = |key: &str| {
                        let headers = [("idempotency-key", key)];
                        connection.ask("POST", "/v1/pools/ai/draws", &headers, Some(&draw("alice", "1"))).status
                    };
                    // The same keys through both: each is one request.
                    (0..10).map(|n| draw(&format!("{}-{n}", i / 2))).collect()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let count = |status| drawn.iter().filter(|drawn| **drawn == status).count();
    assert_eq!((count(200), count(402)), (50, 30), "{drawn:?}");
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 25);
}

#[cfg(unix)]
#[test]
fn nothing_is_acknowledged_into_a_file_that_is_gone() {
    for replaced in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let server = Serving::open(at);
        assert_eq!(server.put("/v1/pools/ai", &pool("1")).status, 201);
        for name in ["center.db", "center.db-wal", "center.db-shm"] {
            fs::rename(at.join(name), at.join(format!("old-{name}"))).unwrap();
        }
        if replaced {
            Serving::open(at).put("/v1/pools/other", &pool("1"));
        }
        assert_eq!(server.put("/v1/pools/ai", &pool("2")).problem(), "internal");
        assert_eq!(server.get("/v1/pools/ai").problem(), "internal");
        server.terminate();
        let (code, said) = server.end();
        assert_eq!(code, Some(0));
        assert!(said.contains("the center's file was deleted, moved or replaced while it was open"), "{said}");
    }
}

/// A server whose files may have so many blocks of 512 bytes.
fn cramped(folder: &std::path::Path, blocks: u32) -> (std::process::Child, String) {
    let line = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec {} serve --listen 127.0.0.1:0 --db center.db",
        env!("CARGO_BIN_EXE_bursar")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder).env_clear();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (child, url.trim_end().trim_start_matches("http://").to_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn where_nothing_more_can_be_written_nothing_is_acknowledged_and_nothing_lost() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    drop(Serving::open(at).put("/v1/pools/ai", &pool("1000")));
    let (mut child, address) = cramped(at, 400);
    let mut connection = Connection::to(&address);
    let mut kept: Vec<Value> = Vec::new();
    let mut refused = 0;
    for i in 0.. {
        let member = format!("m{i:04}-{}", "x".repeat(200));
        let path = format!("/v1/pools/ai/grants/{member}");
        let answer = connection.ask("PUT", &path, &[], Some(&json!({ "cap": credits("1") })));
        match answer.status {
            201 => kept.push(json!(member)),
            500 | 507 => refused += 1,
            other => panic!("{other}: {answer:?}"),
        }
        if refused == 3 {
            break;
        }
        assert!(i < 20_000, "the limit does not hold");
    }
    // It still tells what is there.
    assert_eq!(connection.ask("GET", "/v1/pools/ai", &[], None).status, 200);
    child.kill().unwrap();
    child.wait().unwrap();
    let server = Serving::open(at);
    let mut found = Vec::new();
    let mut next = String::new();
    loop {
        let page = server.get(&format!("/v1/pools/ai/grants?limit=1000{next}")).json();
        found.extend(page["items"].as_array().unwrap().iter().map(|grant| grant["member"].clone()));
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(found, kept, "exactly what was acknowledged");
    assert_eq!(sql::<String>(at, "PRAGMA integrity_check"), "ok");
}
