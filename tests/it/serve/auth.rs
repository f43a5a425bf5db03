//! Who may do what.

use insta::assert_snapshot;
use serde_json::json;

use super::{READ, Serving, WRITE, draw, pool};
use crate::terminal::{bursar, show};

#[test]
fn reading_and_writing_are_two_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::guarded(folder.path());
    let bearer = |token: &str| format!("Bearer {token}");
    let made = server.ask("PUT", "/v1/pools/ai", &[("authorization", &bearer(WRITE))], Some(&pool("10")));
    assert_eq!(made.status, 201);
    let requests = [
        ("GET", "/v1/center", None),
        ("GET", "/v1/members", None),
        ("GET", "/v1/pools", None),
        ("GET", "/v1/pools/ai", None),
        ("GET", "/v1/pools/ai/grants", None),
        ("GET", "/v1/pools/ai/usage", None),
        ("GET", "/v1/pools/none", None),
        ("HEAD", "/v1/center", None),
        ("PUT", "/v1/members/mia", Some(json!({}))),
        ("PUT", "/v1/pools/ai", Some(pool("10"))),
        ("PUT", "/v1/pools/ai/grants/alice", Some(json!({ "cap": "unlimited" }))),
        ("POST", "/v1/pools/ai/grants:batch", Some(json!({ "rows": [{ "member": "bob", "set": null }] }))),
        ("POST", "/v1/pools/ai/draws", Some(draw("alice", "1"))),
        ("DELETE", "/v1/pools/ai/grants/alice", None),
        ("DELETE", "/v1/members/mia", None),
        ("DELETE", "/v1/pools/ai", None),
        ("PATCH", "/v1/pools/ai", None),
        ("GET", "/nowhere", None),
    ];
    let mut table = String::new();
    for (method, path, body) in &requests {
        let status = |authorization: Option<&str>| {
            let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("authorization", *value)).collect();
            // The answer to HEAD has a length and no body.
            let mut connection = server.connect();
            let bytes = connection.request(method, path, &headers, body.as_ref());
            connection.send(&bytes).unwrap();
            let mut line = connection.first_line();
            line.truncate(3);
            line
        };
        let statuses = [
            status(None),
            status(Some(&bearer("wrong-token-of-nobody"))),
            status(Some(&bearer(""))),
            status(Some(&format!("Basic {WRITE}"))),
            status(Some(&bearer(READ))),
            status(Some(&bearer(WRITE))),
        ];
        table.push_str(&format!("{method:6} {path:26} {}\n", statuses.join(" ")));
    }
    assert_snapshot!(
        "auth_matrix",
        format!("                                  none wrong empty basic read write\n{table}")
    );
    assert_snapshot!("auth_none", server.get("/v1/pools").shown());
    let reads = server.ask("PUT", "/v1/pools/new", &[("authorization", &bearer(READ))], Some(&pool("1")));
    assert_snapshot!("auth_read_only", reads.shown());
}

#[test]
fn tokens_come_from_variables_and_files_and_are_kept_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Elsewhere: the server's own folder is searched for tokens.
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), format!("{WRITE}\n")).unwrap();
    let file = secret.path().to_str().unwrap();
    let args = ["--read-token-env", "MINE", "--write-token-file", file, "-v"];
    let server = Serving::start(at, &args, &[("MINE", READ)]);
    for (token, status) in [(READ, 403), (WRITE, 201)] {
        let bearer = format!("Bearer {token}");
        assert_eq!(server.ask("PUT", "/v1/pools/ai", &[("authorization", &bearer)], Some(&pool("1"))).status, status);
    }
    server.terminate();
    let (code, said) = server.end();
    assert_eq!(code, Some(0));
    assert!(said.contains("PUT /v1/pools/ai 201 "), "{said}");
    assert!(!said.contains(READ) && !said.contains(WRITE), "{said}");
    for name in ["center.db", "center.db-wal"] {
        let bytes = std::fs::read(at.join(name)).unwrap_or_default();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(READ) && !holds(WRITE), "{name}");
    }
}

#[test]
fn without_tokens_only_this_machine_is_served_and_only_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::open(folder.path());
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1"] {
        let answer = server.ask("GET", "/v1/center", &[("host", host)], None);
        assert_eq!((answer.status, answer.problem().as_str()), (421, "misdirected"), "{host}");
    }
    assert_eq!(server.ask("GET", "/v1/center", &[("host", "localhost:1")], None).status, 200);
    // A form in a browser can send neither JSON nor another method without asking first.
    let form = server.ask("POST", "/v1/pools/ai/draws", &[("content-type", "text/plain")], Some(&draw("a", "1")));
    assert_eq!(form.status, 415);
    assert_eq!(server.ask("OPTIONS", "/v1/pools/ai", &[("origin", "http://evil.example")], None).status, 403 + 2);
}

#[test]
fn a_server_that_would_not_be_safe_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("other.db"), "this is no center").unwrap();
    let (read, write) = (("BURSAR_SERVE_READ_TOKEN", READ), ("BURSAR_SERVE_WRITE_TOKEN", WRITE));
    let taken = Serving::open(at);
    let busy = format!("serve --listen {}", taken.address());
    let mut shown = String::new();
    for (line, env) in [
        ("serve --listen 0.0.0.0:0", &[][..]),
        ("serve --listen [::]:0", &[][..]),
        ("serve --listen 0.0.0.0:0", &[read][..]),
        ("serve", &[write][..]),
        ("serve", &[read, ("BURSAR_SERVE_WRITE_TOKEN", READ)][..]),
        ("serve", &[read, ("BURSAR_SERVE_WRITE_TOKEN", "short")][..]),
        ("serve", &[read, ("BURSAR_SERVE_WRITE_TOKEN", "a token that has spaces")][..]),
        ("serve --read-token-env NOBODY", &[write][..]),
        ("serve --write-token-file nowhere", &[read][..]),
        ("serve --read-token-env A --read-token-file b", &[][..]),
        ("serve --listen nonsense", &[][..]),
        ("serve --listen 127.0.0.1:0 --rate 0", &[][..]),
        ("serve --listen 127.0.0.1:0 --db other.db", &[][..]),
        (busy.as_str(), &[][..]),
    ] {
        let out = bursar(at).args(line.split(' ')).envs(env.iter().copied()).output().unwrap();
        shown.push_str(&show(line, &out, at));
    }
    assert_snapshot!("serve_refusals", shown);
    assert!(!at.join(".bursar").exists(), "a server that does not start leaves nothing behind");
}
