//! Pools, grants, members, draws: what is kept, under which version, and what is refused.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Serving, credits, draw, pool, sql};

fn serving() -> (crate::secrets::Folder, Serving) {
    let folder = crate::secrets::Folder::new();
    let server = Serving::open(folder.path());
    (folder, server)
}

#[test]
fn a_pool_is_what_was_put() {
    let (_folder, server) = serving();
    let mut wanted = pool("50000");
    wanted["description"] = json!("Paid credits\nfor the design org");
    wanted["default_cap"] = credits("300");
    wanted["others"] = json!({ "cap": credits("0.5") });
    wanted["alerts"] = json!([
        { "of": "budget", "at": { "percent": 80 }, "notify": [{ "email": "ops@acme.example" }] },
        { "of": "caps", "at": { "amount": credits("4000") }, "notify":
          [{ "login": { "provider": "github", "login": "ops" } }, { "slack": "OPS_HOOK" }, "member"] },
    ]);
    let made = server.put("/v1/pools/design%20%2F%20ai", &wanted);
    assert_snapshot!("pool_made", made.shown());
    let read = server.get("/v1/pools/design%20%2F%20ai");
    assert_eq!((read.status, read.json(), read.etag()), (200, made.json(), made.etag()));
    let mut kept = read.json();
    for key in ["id", "etag"] {
        kept.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(kept, wanted);
    // The same once more changes nothing, and is said so.
    let again = server.put("/v1/pools/design%20%2F%20ai", &wanted);
    assert_eq!((again.status, again.etag()), (200, made.etag()));
}

#[test]
fn every_change_has_its_line_in_the_audit() {
    let (folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": credits("5") }));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": credits("5") }));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": "unlimited" }));
    let mut other = pool("100");
    other["others"] = json!({ "cap": "inherit" });
    other["alerts"] = json!([{ "of": "budget", "at": { "percent": 80 }, "notify": ["member"] }]);
    server.put("/v1/pools/ai", &other);
    server.put("/v1/pools/ai", &pool("90"));
    server.ask("DELETE", "/v1/pools/ai/grants/alice", &[], None);
    server.put("/v1/members/bob", &json!({ "email": "bob@acme.example" }));
    server.ask("DELETE", "/v1/members/bob", &[], None);
    server.ask("DELETE", "/v1/pools/ai", &[], None);
    // What was refused changed nothing, and what was drawn stands in the ledger.
    server.put("/v1/pools/none/grants/alice", &json!({ "cap": "unlimited" }));
    let lines = "SELECT group_concat(what || ' ' || pool || ':' || object || ' by ' || actor, char(10)) FROM audit";
    assert_snapshot!(sql::<String>(folder.path(), lines), @r"
    pool.create ai: by anybody on this machine
    grant.add ai:grants/alice by anybody on this machine
    grant.update ai:grants/alice by anybody on this machine
    others.update ai:others by anybody on this machine
    alert.add ai:alerts/budget@80% by anybody on this machine
    pool.update ai: by anybody on this machine
    others.update ai:others by anybody on this machine
    alert.remove ai:alerts/budget@80% by anybody on this machine
    grant.revoke ai:grants/alice by anybody on this machine
    member.add :members/bob by anybody on this machine
    member.remove :members/bob by anybody on this machine
    pool.delete ai: by anybody on this machine
    ");
}

#[test]
fn conditions_decide_over_every_object() {
    let (_folder, server) = serving();
    server.put("/v1/pools/ai", &pool("1"));
    server.put("/v1/pools/ai/grants/zed", &json!({ "cap": "inherit" }));
    for (path, first, second) in [
        ("/v1/pools/p", pool("10"), pool("20")),
        ("/v1/pools/ai/grants/alice", json!({ "cap": credits("1") }), json!({ "cap": credits("2") })),
        ("/v1/members/mia", json!({ "email": "a@acme.example" }), json!({ "email": null })),
    ] {
        let ask = |method: &str, condition: (&str, &str), body: Option<&Value>| {
            server.ask(method, path, &[condition], body).status
        };
        assert_eq!(ask("PUT", ("if-match", "*"), Some(&first)), 412, "{path}");
        assert_eq!(ask("DELETE", ("if-match", "*"), None), 412, "{path}");
        assert_eq!(ask("PUT", ("if-none-match", "*"), Some(&first)), 201, "{path}");
        assert_eq!(ask("PUT", ("if-none-match", "*"), Some(&second)), 412, "{path}");
        let old = server.put(path, &first).etag();
        let new = server.ask("PUT", path, &[("if-match", &old)], Some(&second));
        assert_eq!(new.status, 200, "{path}");
        assert_eq!(ask("PUT", ("if-match", &old), Some(&first)), 412, "{path}");
        assert_eq!(ask("PUT", ("if-match", &format!("W/{}", new.etag())), Some(&first)), 412, "{path}");
        assert_eq!(ask("PUT", ("if-match", "nonsense"), Some(&first)), 400, "{path}");
        assert_eq!(ask("DELETE", ("if-match", &old), None), 412, "{path}");
        assert_eq!(ask("DELETE", ("if-match", &new.etag()), None), 204, "{path}");
        assert_eq!(ask("DELETE", ("accept", "*/*"), None), 404, "{path}");
    }
}

#[test]
fn a_batch_answers_for_every_row() {
    let (_folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    server.put("/v1/pools/ai/grants/bob", &json!({ "cap": credits("1"), "expires": "2030-01-31" }));
    let rows = json!({ "rows": [
        { "member": "alice", "expect": null, "set": { "cap": credits("5") } },
        { "member": "BOB", "expect": { "cap": credits("1"), "expires": "2030-01-31" }, "set": { "cap": "unlimited" } },
        { "member": "carol", "set": { "cap": "inherit", "expires": null } },
        { "member": "carol", "expect": null, "set": { "cap": credits("7") } },
        { "member": "dora", "expect": { "cap": "inherit" }, "set": null },
        { "member": "erin", "expect": { "cap": "inherit" }, "set": { "cap": "unlimited" } },
        { "member": "alice", "expect": null, "set": { "cap": credits("5.0") } },
    ] });
    let answer = server.ask("POST", "/v1/pools/ai/grants:batch", &[], Some(&rows));
    assert_snapshot!("batch", answer.shown());
    let many = |count: usize| {
        let rows: Vec<Value> = (0..count)
            .map(|i| json!({ "member": format!("m{i}"), "set": { "cap": "inherit" } }))
            .collect();
        server
            .ask("POST", "/v1/pools/ai/grants:batch", &[], Some(&json!({ "rows": rows })))
            .status
    };
    assert_eq!([many(0), many(501), many(500)], [422, 422, 200]);
    // A row that no center can keep keeps the whole batch out.
    let rows =
        json!({ "rows": [{ "member": "fred", "set": { "cap": "inherit" } }, { "member": "a\u{202e}b", "set": null }] });
    assert_eq!(server.ask("POST", "/v1/pools/ai/grants:batch", &[], Some(&rows)).status, 422);
    let page = server.get("/v1/pools/ai/grants?limit=1000").json();
    assert!(!page["items"].as_array().unwrap().iter().any(|grant| grant["member"] == "fred"));
}

#[test]
fn a_pool_goes_only_with_as_many_grants_as_the_request_names() {
    let (folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    for member in ["alice", "bob"] {
        server.put(&format!("/v1/pools/ai/grants/{member}"), &json!({ "cap": "inherit" }));
    }
    let delete = |query: &str| server.ask("DELETE", &format!("/v1/pools/ai{query}"), &[], None);
    assert_snapshot!("pool_with_grants", delete("").shown());
    assert_eq!([delete("?grants=1"), delete("?grants=3")].map(|answer| answer.status), [409; 2]);
    assert_eq!([delete("?grants=-1"), delete("?grants=x"), delete("?grant=2")].map(|answer| answer.status), [400; 3]);
    server.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw("bob", "3")));
    assert_eq!(delete("?grants=2").status, 204);
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM grants"), 0);
    assert_eq!(sql::<String>(folder.path(), "SELECT pool_name || amount FROM draws"), "ai3 credits");
}

#[test]
fn a_member_goes_only_without_grants_and_stays_in_the_ledger() {
    let (folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": "inherit" }));
    server.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw("alice", "3")));
    let delete = || server.ask("DELETE", "/v1/members/Alice", &[], None);
    assert_eq!(delete().problem(), "conflict");
    server.ask("DELETE", "/v1/pools/ai/grants/alice", &[], None);
    assert_eq!(delete().status, 204);
    assert_eq!(server.get("/v1/members").json()["items"], json!([]));
    assert_eq!(server.get("/v1/pools/ai/usage").json()["members"][0]["member"], "alice");
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 1);
    // Granted again, they are the same person, who has drawn that much.
    server.put("/v1/pools/ai/grants/ALICE", &json!({ "cap": credits("4") }));
    assert_eq!(server.get("/v1/members").json()["items"][0]["id"], "alice");
    assert_eq!(server.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw("alice", "2"))).status, 402);
}

#[test]
fn a_draw_is_drawn_refused_or_used_up() {
    let (folder, server) = serving();
    server.put("/v1/pools/ai", &pool("10"));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": credits("8") }));
    server.put("/v1/pools/ai/grants/bob", &json!({ "cap": "unlimited", "expires": "2020-01-31" }));
    server.put("/v1/pools/ai/grants/carol", &json!({ "cap": "unlimited" }));
    let ask = |body: &Value| server.ask("POST", "/v1/pools/ai/draws", &[], Some(body));
    assert_snapshot!("draw_drawn", ask(&draw("alice", "7.5")).shown());
    assert_snapshot!("draw_cap_used_up", ask(&draw("alice", "1")).shown());
    assert_snapshot!("draw_budget_used_up", ask(&draw("carol", "3")).shown());
    assert_snapshot!("draw_not_eligible", ask(&draw("mallory", "1")).shown());
    assert_snapshot!("draw_expired", ask(&draw("bob", "1")).shown());
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 1);
    for (body, status) in [
        (draw("alice", "0"), 422),
        (draw("alice", "-1"), 422),
        (draw("alice", "1e3"), 422),
        (draw("", "1"), 422),
        (json!({ "member": "alice", "amount": { "amount": "1", "unit": "USD" } }), 422),
        (json!({ "member": "alice", "amount": 1 }), 422),
        (json!({ "member": "alice" }), 422),
        (json!({ "member": "alice", "amount": credits("1"), "force": true }), 422),
        (json!([]), 422),
    ] {
        assert_eq!(ask(&body).status, status, "{body}");
    }
    assert_eq!(server.ask("POST", "/v1/pools/none/draws", &[], Some(&draw("alice", "1"))).status, 404);
}

#[test]
fn usage_is_of_a_period_that_has_begun() {
    let (folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": "unlimited" }));
    server.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw("alice", "3")));
    let db = rusqlite::Connection::open(folder.path().join("center.db")).unwrap();
    db.execute_batch(
        "INSERT INTO draws (pool, pool_name, member, amount, at) VALUES
           (1, 'ai', 1, '1.5 credits', '2020-02-01T00:00:00Z'), (1, 'ai', 1, '2 credits', '2020-02-29T23:59:59.9Z'),
           (1, 'ai', 1, '4 credits', '2020-03-01T00:00:00Z'), (1, 'ai', 1, '8 USD', '2020-02-02T00:00:00Z')",
    )
    .unwrap();
    assert_snapshot!("usage_of_a_past_month", server.get("/v1/pools/ai/usage?period=2020-02-01").shown());
    assert_eq!(server.get("/v1/pools/ai/usage").json()["total"], credits("3"));
    for (period, status) in [
        ("2020-02-02", 422),
        ("9999-12-01", 422),
        ("2020-2-1", 400),
        ("2020-02-01T00:00:00", 400),
        ("", 400),
        ("month", 400),
        ("2020-02-30", 400),
    ] {
        assert_eq!(server.get(&format!("/v1/pools/ai/usage?period={period}")).status, status, "{period}");
    }
}

#[test]
fn pages_are_stable_while_others_write() {
    let (_folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    let grant = |i: usize| server.put(&format!("/v1/pools/ai/grants/m{i:02}"), &json!({ "cap": "inherit" }));
    (0..25).for_each(|i| assert_eq!(grant(i).status, 201));
    let mut seen = Vec::new();
    let mut cursor = String::new();
    let mut pages = 0;
    loop {
        let page = server.get(&format!("/v1/pools/ai/grants?limit=10{cursor}")).json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|grant| grant["member"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
        if pages == 1 {
            // One that was read goes, one that was not goes, and one comes.
            for member in ["m03", "m20"] {
                assert_eq!(server.ask("DELETE", &format!("/v1/pools/ai/grants/{member}"), &[], None).status, 204);
            }
            grant(99);
        }
    }
    let mut wanted: Vec<String> = (0..25).filter(|i| *i != 20).map(|i| format!("m{i:02}")).collect();
    wanted.push("m99".to_owned());
    assert_eq!((pages, seen), (3, wanted));
    for query in ["limit=0", "limit=1001", "cursor=p-1", "cursor=g2-1", "cursor=", "limit=1&limit=2", "order=name"] {
        assert_eq!(server.get(&format!("/v1/pools/ai/grants?{query}")).status, 400, "{query}");
    }
}

#[test]
fn errors_are_problems() {
    let (_folder, server) = serving();
    server.put("/v1/pools/ai", &pool("100"));
    let typed = |kind: &str, body: &Value| server.ask("PUT", "/v1/pools/ai", &[("content-type", kind)], Some(body));
    let mut wrong = pool("1");
    wrong["budget"]["unit"] = json!("coins");
    let mut extra = pool("1");
    extra["id"] = json!("ai");
    let alert = json!({ "of": "caps", "at": { "percent": 1 }, "notify": ["member"] });
    let mut alerts = pool("1");
    alerts["alerts"] = json!([alert, alert]);
    let shown: Vec<String> = [
        server.get("/v1/pools/none"),
        server.get("/v2/pools"),
        server.ask("PATCH", "/v1/pools/ai", &[], None),
        server.ask("POST", "/v1/pools", &[], None),
        typed("text/plain", &pool("1")),
        server.put("/v1/pools/ai", &wrong),
        server.put("/v1/pools/ai", &extra),
        server.put("/v1/pools/ai", &alerts),
        server.put("/v1/pools/ai", &json!({})),
    ]
    .iter()
    .map(super::Answer::shown)
    .collect();
    assert_snapshot!("problems", shown.join("\n"));
    let mut connection = server.connect();
    connection
        .send(b"PUT /v1/pools/ai HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n{x}")
        .unwrap();
    assert_eq!(connection.answer().unwrap().problem(), "malformed");
}

#[test]
fn one_key_is_one_request() {
    let (folder, server) = serving();
    server.put("/v1/pools/ai", &pool("10"));
    server.put("/v1/pools/ai/grants/alice", &json!({ "cap": "unlimited" }));
    let ask =
        |key: &str, body: &Value| server.ask("POST", "/v1/pools/ai/draws", &[("idempotency-key", key)], Some(body));
    let first = ask("k1", &draw("alice", "6"));
    let again = ask("k1", &draw("alice", "6"));
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM draws"), 1);
    assert_eq!(ask("k1", &draw("alice", "7")).problem(), "idempotency-key-reused");
    let other = server.ask("PUT", "/v1/pools/ai", &[("idempotency-key", "k1")], Some(&pool("10")));
    assert_eq!(other.problem(), "idempotency-key-reused");
    // What was decided stays so, also when it was no.
    assert_eq!(ask("k2", &draw("alice", "6")).problem(), "used-up");
    server.put("/v1/pools/ai", &pool("100"));
    assert_eq!(ask("k2", &draw("alice", "6")).problem(), "used-up");
    assert_eq!(ask("k3", &draw("alice", "6")).status, 200);
    // A request that nobody could understand was none.
    assert_eq!(ask("k4", &json!({})).status, 422);
    assert_eq!(ask("k4", &draw("alice", "1")).status, 200);
    for bad in ["", "two words", &"k".repeat(256)] {
        assert_eq!(ask(bad, &draw("alice", "1")).status, 400, "{bad}");
    }
    // The condition is part of the request.
    let put = |condition: (&str, &str)| {
        server.ask("PUT", "/v1/pools/new", &[("idempotency-key", "k5"), condition], Some(&pool("1")))
    };
    let made = put(("if-none-match", "*"));
    let again = put(("if-none-match", "*"));
    assert_eq!((made.status, again.status, made.etag()), (201, 201, again.etag()));
    assert_eq!(put(("if-match", "*")).problem(), "idempotency-key-reused");
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM audit WHERE pool = 'new'"), 1);
    // After a day the key is free.
    let db = rusqlite::Connection::open(folder.path().join("center.db")).unwrap();
    db.execute_batch("UPDATE answers SET at = '2020-01-01T00:00:00Z'").unwrap();
    assert_eq!(ask("k1", &draw("alice", "1")).status, 200);
    assert_eq!(sql::<i64>(folder.path(), "SELECT count(*) FROM answers"), 1);
}
