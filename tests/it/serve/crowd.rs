//! Sixty-four at once: nothing is lost, nobody draws twice, nobody draws more than they may.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Connection, Serving, credits, draw, pool, sql};

const THREADS: usize = 64;

/// Runs as many threads, each with its number and a connection of its own; what they return.
fn crowd<T: Send>(server: &Serving, work: impl Fn(usize, Connection) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let work = &work;
                let connection = server.connect();
                scope.spawn(move || work(number, connection))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn no_update_is_lost() {
    const EACH: usize = 2;
    let folder = crate::secrets::Folder::new();
    let server = Serving::open(folder.path());
    server.put("/v1/pools/ai", &pool("0"));
    // Everybody raises the budget by one, and each raise is of what is there.
    crowd(&server, |_, mut connection| {
        for _ in 0..EACH {
            loop {
                let now = connection.ask("GET", "/v1/pools/ai", &[], None);
                let limit: usize = now.json()["budget"]["limit"]["amount"].as_str().unwrap().parse().unwrap();
                let wanted = pool(&(limit + 1).to_string());
                let put = connection.ask("PUT", "/v1/pools/ai", &[("if-match", &now.etag())], Some(&wanted));
                match put.status {
                    200 => break,
                    412 => {}
                    status => panic!("{status}"),
                }
            }
        }
    });
    let raised = (THREADS * EACH).to_string();
    assert_eq!(server.get("/v1/pools/ai").json()["budget"]["limit"], credits(&raised));
    let updates: i64 = sql(folder.path(), "SELECT count(*) FROM audit WHERE what = 'pool.update'");
    assert_eq!(updates.to_string(), raised, "each update is in the audit once");
}

#[test]
fn only_one_makes_a_thing_that_must_not_be_there() {
    let folder = crate::secrets::Folder::new();
    let server = Serving::open(folder.path());
    let statuses = crowd(&server, |number, mut connection| {
        let wanted = pool(&number.to_string());
        connection.ask("PUT", "/v1/pools/ai", &[("if-none-match", "*")], Some(&wanted)).status
    });
    let made = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!((made, statuses.iter().filter(|status| **status == 412).count()), (1, THREADS - 1));
}

#[test]
fn nobody_draws_more_than_cap_and_budget_and_every_draw_is_in_the_ledger_once() {
    let folder = crate::secrets::Folder::new();
    let server = Serving::open(folder.path());
    server.put("/v1/pools/ai", &pool("100"));
    for member in ["m0", "m1", "m2", "m3"] {
        server.put(&format!("/v1/pools/ai/grants/{member}"), &json!({ "cap": credits("30") }));
    }
    // Four caps of 30 against a budget of 100, in steps that do not divide either.
    let drawn = crowd(&server, |number, mut connection| {
        let member = format!("m{}", number % 4);
        let mut drawn = 0_i64;
        for _ in 0..4 {
            let answer = connection.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw(&member, "0.7")));
            match answer.status {
                200 => drawn += 7,
                402 => {}
                status => panic!("{status}"),
            }
        }
        (member, drawn)
    });
    let mut by_member: BTreeMap<String, i64> = BTreeMap::new();
    for (member, tenths) in drawn {
        *by_member.entry(member).or_default() += tenths;
    }
    let total: i64 = by_member.values().sum();
    assert!(by_member.values().all(|tenths| *tenths <= 300), "{by_member:?}");
    assert!(total <= 1000 && total > 1000 - 7, "the budget is used up to less than a step: {total}");
    let usage = server.get("/v1/pools/ai/usage").json();
    let tenths = |amount: &Value| {
        let text = amount["amount"].as_str().unwrap();
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        whole.parse::<i64>().unwrap() * 10 + part.parse::<i64>().unwrap()
    };
    assert_eq!(tenths(&usage["total"]), total);
    for member in usage["members"].as_array().unwrap() {
        assert_eq!(tenths(&member["drawn"]), by_member[member["member"].as_str().unwrap()]);
    }
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws") * 7, total);
}

#[test]
fn one_key_draws_once_however_many_send_it() {
    let folder = crate::secrets::Folder::new();
    let server = Serving::open(folder.path());
    server.put("/v1/pools/ai", &pool("1000"));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": "unlimited" }));
    let answers = crowd(&server, |number, mut connection| {
        let key = format!("k{}", number % 8);
        let answer = connection.ask(
            "POST",
            "/v1/pools/ai/draws",
            &[("idempotency-key", &key)],
            Some(&draw("alice", &(number % 8 + 1).to_string())),
        );
        assert_eq!(answer.status, 200);
        (key, answer.body)
    });
    let mut by_key: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (key, body) in answers {
        assert_eq!(by_key.entry(key).or_insert_with(|| body.clone()), &body, "one answer per key");
    }
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 8);
    assert_eq!(server.get("/v1/pools/ai/usage").json()["total"], credits("36"));
}
