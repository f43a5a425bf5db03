//! The end of a server, asked for or not.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{Serving, credits, draw, pool, sql};

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = crate::secrets::Folder::new();
    let at = folder.path();
    let kept = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 0..3 {
        let mut server = Serving::open(at);
        server.put("/v1/pools/ai", &pool("1000000"));
        let address = server.address().to_owned();
        let count = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (kept, count) = (Arc::clone(&kept), Arc::clone(&count));
                // Before the kill, however late the thread begins.
                let mut connection = super::Connection::to(&address);
                std::thread::spawn(move || {
                    for i in 0.. {
                        let member = format!("r{round}t{thread}m{i}");
                        let path = format!("/v1/pools/ai/grants/{member}");
                        let granted = connection.try_ask("PUT", &path, &[], Some(&json!({ "cap": credits("9") })));
                        let Ok(answer) = granted else { return };
                        assert_eq!(answer.status, 201);
                        kept.lock().unwrap().insert(format!("grant {member}"));
                        let Ok(answer) =
                            connection.try_ask("POST", "/v1/pools/ai/draws", &[], Some(&draw(&member, "1")))
                        else {
                            return;
                        };
                        assert_eq!(answer.status, 200);
                        kept.lock().unwrap().insert(format!("draw {member}"));
                        count.fetch_add(2, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        while count.load(Ordering::SeqCst) < 60 {
            std::thread::yield_now();
        }
        server.kill();
        for thread in threads {
            thread.join().unwrap();
        }
    }
    let server = Serving::open(at);
    assert_eq!(sql::<String>(at, "PRAGMA integrity_check"), "ok");
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/v1/pools/ai/grants?limit=1000{cursor}")).json();
        found.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|g| format!("grant {}", g["member"].as_str().unwrap())),
        );
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let usage = server.get("/v1/pools/ai/usage").json();
    for member in usage["members"].as_array().unwrap() {
        assert_eq!(member["drawn"], credits("1"));
        found.insert(format!("draw {}", member["member"].as_str().unwrap()));
    }
    let lost: Vec<String> = kept.lock().unwrap().difference(&found).cloned().collect();
    assert_eq!(lost, Vec::<String>::new());
    // The kept totals say what the ledger says.
    let drawn: String = sql(at, "SELECT amount FROM drawn_by_pool");
    assert_eq!(drawn, format!("{} credits", sql::<i64>(at, "SELECT count(*) FROM draws")));
}

#[test]
fn asked_to_end_it_finishes_what_is_under_way() {
    let folder = crate::secrets::Folder::new();
    let at = folder.path();
    let server = Serving::open(at);
    server.put("/v1/pools/ai", &pool("10"));
    let mut idle = server.connect();
    assert_eq!(idle.ask("GET", "/v1/center", &[], None).status, 200);
    // A write that waits for another program, which is surely under way: the server has read it whole.
    let db = rusqlite::Connection::open(at.join("center.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut busy = server.connect();
    let request = busy.request("PUT", "/v1/pools/ai/grants/alice", &[], Some(&json!({ "cap": "inherit" })));
    busy.send(&request).unwrap();
    // Requests are read in the order in which they come, so that one is in when this one is answered.
    assert_eq!(server.get("/v1/center").status, 200);
    server.terminate();
    assert_eq!(idle.rest(), "", "a connection without a request is closed");
    while std::net::TcpStream::connect(server.address()).is_ok() {
        std::thread::yield_now();
    }
    db.execute_batch("ROLLBACK").unwrap();
    assert_eq!(busy.answer().unwrap().status, 201);
    let (code, said) = server.end();
    assert_eq!(code, Some(0));
    assert_eq!(said, "ending: finishing what is under way; once more to wait for nothing\n");
    assert_eq!(sql::<i64>(at, "SELECT count(*) FROM grants"), 1);
}

#[test]
fn the_center_is_the_same_one_after_a_restart() {
    let folder = crate::secrets::Folder::new();
    let identity = || {
        Serving::open(folder.path()).get("/v1/center").json()["identity"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = identity();
    assert_eq!(first.len(), 32);
    assert_eq!(identity(), first);
    let other = crate::secrets::Folder::new();
    assert_ne!(Serving::open(other.path()).get("/v1/center").json()["identity"], first.as_str());
}
