//! What was drawn, over HTTP: from `bursar serve`, and from centers that tell less.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;

use bursar::centers::{self, CenterError};
use bursar::model::{
    CenterId, CenterSettings, Drawn, MemberId, Period, PoolId, Roster, Scope, SecretSource, Target, Window,
};
use jiff::Timestamp;
use serde_json::json;

use super::{Serving, draw, pool};
use crate::fakes::listen::listen;
use crate::secrets::Folder;

fn settings(url: &str) -> CenterSettings {
    CenterSettings {
        base_url: Some(url.to_owned()),
        token: Some(SecretSource::Env("CARGO_PKG_NAME".to_owned())),
        ..CenterSettings::new(CenterId::new("gate").unwrap(), "http", ".")
    }
}

fn id(name: &str) -> PoolId {
    PoolId::new(name).unwrap()
}

fn scope(pools: &[&str]) -> Scope {
    let mut roster = Roster::default();
    roster.insert(MemberId::new("al").unwrap(), "alice");
    Scope { pools: pools.iter().map(|name| (id(name), Target::default())).collect(), roster, ..Scope::default() }
}

async fn told(url: &str, scope: &Scope) -> Result<Drawn, CenterError> {
    centers::reader(&settings(url)).unwrap().usage(scope).await.map(Option::unwrap)
}

#[tokio::test]
async fn a_server_tells_each_members_last_day() {
    let home = Folder::new();
    let server = Serving::open(home.path());
    server.put("/v1/pools/ai", &pool("100"));
    for (name, what) in [("alice", "3"), ("zoe", "1.5")] {
        server.put(&format!("/v1/pools/ai/grants/{name}"), &json!({ "cap": "unlimited" }));
        server.ask("POST", "/v1/pools/ai/draws", &[], Some(&draw(name, what)));
    }
    let now = Timestamp::now();
    let mut scope = scope(&["ai", "missing"]);
    let drawn = told(&server.url, &scope).await.unwrap();
    assert_eq!(drawn.pools.len(), 1, "a pool that is not there tells nothing");
    let of = &drawn.pools[&id("ai")];
    assert_eq!(of.window, Some(Window::calendar(Period::Monthly, now)));
    let today = &now.to_string()[..10];
    let people: Vec<String> = of
        .people
        .iter()
        .map(|(who, one)| format!("{who} {} {}", one.pool, one.last.unwrap()))
        .collect();
    assert_eq!(people, [format!("al 3 credits {today}"), format!("zoe 1.5 credits {today}")]);
    assert_eq!(of.total.unwrap().to_string(), "4.5 credits");
    assert_eq!((drawn.lag, drawn.notes.len()), (None, 0));

    let db = rusqlite::Connection::open(home.path().join("center.db")).unwrap();
    db.execute_batch(
        "INSERT INTO draws (pool, pool_name, member, amount, at) SELECT 1, 'ai', id, '2 credits', '2020-02-29T23:59:59.9Z'
         FROM members WHERE name = 'alice'",
    )
    .unwrap();
    scope.as_of = Some("2020-02-03".parse().unwrap());
    let then = told(&server.url, &scope).await.unwrap();
    assert_eq!(then.pools[&id("ai")].total.unwrap().to_string(), "2 credits");
    insta::assert_snapshot!(then.notes.join("\n"), @"the center tells whole periods, so what was drawn after 2020-02-03 in the same one is counted too");
}

/// A center that answers everything so.
fn answers(status: u16, body: &'static str) -> String {
    listen(move |stream: &TcpStream| {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            if line.trim().is_empty() {
                let head =
                    format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
                let mut writer = stream;
                writer.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
            }
            line.clear();
        }
    })
}

#[tokio::test]
async fn a_center_may_tell_less() {
    let old = r#"{"period":"monthly","since":"2026-11-01","until":"2026-12-01","total":{"amount":"3","unit":"credits"},
                 "members":[{"member":"alice","drawn":{"amount":"3","unit":"credits"}}]}"#;
    let drawn = told(&answers(200, old), &scope(&["ai"])).await.unwrap();
    let alice = drawn.pools[&id("ai")].people.values().next().unwrap();
    assert_eq!((alice.pool.to_string(), alice.last), ("3 credits".to_owned(), None));

    for status in [405, 501] {
        let drawn = told(&answers(status, "{}"), &scope(&["ai"])).await.unwrap();
        assert!(drawn.pools.is_empty());
        assert_eq!(drawn.notes, ["ai: the center does not tell what is drawn"], "{status}");
    }
    let wrong = told(&answers(200, r#"{"members":7}"#), &scope(&["ai"])).await.unwrap_err().to_string();
    assert!(wrong.contains("/v1/pools/ai/usage does not answer as described"), "{wrong}");
    let wrong = told(&answers(401, "{}"), &scope(&["ai"])).await.unwrap_err();
    assert!(matches!(wrong, CenterError::Unauthorized { .. }), "{wrong}");
}
