//! Wrong tokens, wrong places and wrong products: a sentence, a help line, exit 1, and nothing is changed.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpListener;

use insta::assert_snapshot;

use super::fake::{Fake, Fault, KEY};
use super::process::{edit, several};
use crate::fakes::proxy::{Fault as Trouble, Faults, Proxy};
use crate::terminal::{bursar, only_locks, show};

/// Runs an apply with this token and shows it. Whatever is wrong, neither center may change.
fn refused(fake: &Fake, token: Option<&OsStr>, from_to: Option<(&str, &str)>) -> String {
    let folder = several(fake);
    let at = folder.path();
    if let Some((from, to)) = from_to {
        edit(at, from, to);
    }
    let mut command = bursar(at);
    // What is asked here is wrong on purpose, and what answers is no LiteLLM: nothing for a record of either.
    command.env_remove("BURSAR_HTTP_LOG");
    command.args(["apply", "--yes"]);
    if let Some(token) = token {
        command.env("BURSAR_LITELLM_KEY", token);
    }
    let out = command.output().unwrap();
    assert!(only_locks(at), "no center and no journal was made");
    fake.state(|state| assert!(state.teams.is_empty() && state.users.is_empty()));
    let shown = show("apply --yes", &out, at);
    assert!(shown.contains("help: ") && shown.ends_with("--- exit 1\n"), "{shown}");
    shown
}

#[test]
fn tokens() {
    let fake = Fake::start();
    assert_snapshot!("refused_wrong_token", refused(&fake, Some(OsStr::new("sk-abcdefghijklmnopqrst")), None));
    assert_snapshot!("refused_no_token", refused(&fake, None, None));
    assert_snapshot!("refused_empty_token", refused(&fake, Some(OsStr::new("")), None));
    assert_snapshot!("refused_token_with_a_line_end", refused(&fake, Some(OsStr::new("bursar\n")), None));
    let bytes: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\xfe");
    assert_snapshot!("refused_token_of_bytes", refused(&fake, Some(bytes), None));
    fake.fault(Fault::status("GET /v2/team/list", 403));
    assert_snapshot!("refused_forbidden", refused(&fake, Some(OsStr::new(KEY)), None));
}

#[test]
fn places() {
    let fake = Fake::start();
    let at = |base_url: &str| refused(&fake, Some(OsStr::new(KEY)), Some((fake.url(), base_url)));
    assert_snapshot!("refused_closed_port", at("http://127.0.0.1:1"));
    assert_snapshot!("refused_host_not_allowed", at("https://llm.acme.example"));
    assert_snapshot!("refused_plain_http", at("http://llm.acme.example"));
    let shown = at("https://admin:hunter2@llm.acme.example");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_snapshot!("refused_credentials_in_the_url", shown);
    assert_snapshot!("refused_other_path", at(&format!("{}/llm", fake.url())));
    assert_snapshot!("refused_no_such_host", at("https://llm.invalid\n    allow_host: [llm.invalid]"));
}

/// Something that answers every request with the same text.
fn answers(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn products() {
    let fake = Fake::start();
    let at = |answer| refused(&fake, Some(OsStr::new(KEY)), Some((fake.url(), &answers(answer))));
    let page =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<!DOCTYPE html><html>Sign in</html>";
    assert_snapshot!("refused_web_page", at(page));
    let missing = "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n<html>\x1b[31mnothing here</html>";
    assert_snapshot!("refused_web_page_not_found", at(missing));
    let login = "HTTP/1.1 302 Found\r\nlocation: https://login.acme.example/?next=x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    assert_snapshot!("refused_redirect", at(login));
    let other = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"object\":\"list\",\"data\":[]}";
    assert_snapshot!("refused_other_api", at(other));
    assert_snapshot!("refused_no_http", at("220 mail.acme.example ESMTP\r\n"));
}

/// Runs an apply through a proxy that does the same to every request.
fn always(trouble: Trouble) -> String {
    let fake = Fake::start();
    let proxy = Proxy::start(fake.url(), Faults::always(trouble));
    refused(&fake, Some(OsStr::new(KEY)), Some((fake.url(), proxy.url())))
}

#[test]
fn lost_connections() {
    assert_snapshot!("refused_reset", always(Trouble::ResetBefore));
    assert_snapshot!("refused_half_an_answer", always(Trouble::Truncate));
}

#[test]
fn trouble_of_the_center() {
    assert_snapshot!("refused_broken", always(Trouble::Broken));
    assert_snapshot!("refused_busy", always(Trouble::Busy));
}

#[test]
fn limits() {
    assert_snapshot!("refused_too_many", always(Trouble::TooMany));
    let fake = Fake::start();
    // The first of two pages uses up what there is for an hour.
    let teams: Vec<String> = (0..100).map(|i| format!("{{\"team_id\":\"t{i}\"}}")).collect();
    let page = format!("{{\"teams\":[{}],\"total\":101,\"total_pages\":2}}", teams.join(","));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let limit = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset-requests: 1h\r\nx-ratelimit-reset: 3600.9";
    let answer = format!("{head}\r\n{limit}\r\n\r\n{page}").leak();
    assert_snapshot!("refused_used_up", refused(&fake, Some(OsStr::new(KEY)), Some((fake.url(), &answers(answer)))));
}
