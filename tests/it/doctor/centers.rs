//! Centers that answer, refuse, hang and are not there.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;

use super::doctor;
use crate::fakes::litellm::{Fake, Fault, KEY};
use crate::secrets::Folder;
use crate::serve::{READ, Serving, WRITE};
use crate::terminal::{bursar, example, folder, show, terminal};

fn http(url: &str) -> Folder {
    folder(&format!(
        "\
version: 1
centers:
  main: {{ provider: http, base_url: \"{url}\", token: {{ env: CENTER_TOKEN }} }}
members:
  alice: {{ email: alice@acme.example }}
pools:
  ai:
    center: main
    budget: {{ limit: 10, unit: credits, period: monthly, when_exhausted: block }}
    access: [{{ member: alice, cap: 5 }}]
    others: blocked
"
    ))
}

fn several(url: &str) -> Folder {
    let folder = example("several-centers");
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text.replace("http://127.0.0.1:4000", url)).unwrap();
    folder
}

fn run(at: &Path, line: &str, env: &[(&str, &str)]) -> String {
    let mut command = bursar(at);
    command.args(line.split_whitespace()).envs(env.iter().copied());
    show(line, &command.output().unwrap(), at)
}

fn token<'a>(value: &'a Value, center: usize, key: &str) -> &'a Value {
    &value["centers"][center]["tokens"][0][key]
}

#[test]
fn all_is_fine() {
    let folder = example("quickstart");
    assert_snapshot!("doctor_quickstart", terminal(folder.path(), "doctor"));
    assert!(!folder.path().join(".bursar").exists(), "nothing is made");
    assert!(bursar(folder.path()).args(["apply", "--yes", "-q"]).output().unwrap().status.success());
    let shown = terminal(folder.path(), "doctor");
    assert!(shown.contains("reached     whole, with 1 pool and 2 grants") && shown.ends_with("exit 0\n"), "{shown}");
    assert_snapshot!("doctor_colour", terminal(folder.path(), "doctor --color always"));
}

#[test]
fn a_damaged_file_and_another_one() {
    let folder = example("quickstart");
    let at = folder.path();
    assert!(bursar(at).args(["apply", "--yes", "-q"]).output().unwrap().status.success());
    let path = at.join(".bursar/center.db");
    // The log is gone into the file when the last connection closes.
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4096..length].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let (value, code) = doctor(at, "", &[]);
    assert_eq!((code, &value["centers"][0]["reached"]["state"]), (1, &"not_reached".into()), "{value:#}");
    std::fs::write(&path, "not a database, and longer than a header of one would be, so that it is read").unwrap();
    let shown = terminal(at, "doctor");
    assert!(shown.contains("it is no SQLite file") && shown.ends_with("exit 1\n"), "{shown}");
    std::fs::remove_dir_all(at.join(".bursar")).unwrap();
    std::fs::write(at.join(".bursar"), "").unwrap();
    let shown = terminal(at, "doctor");
    assert!(!shown.contains("the first apply makes it") || shown.contains("an apply cannot make it"), "{shown}");
}

#[test]
fn a_center_tells_what_the_token_may() {
    let home = Folder::new();
    let serving = Serving::guarded(home.path());
    let folder = http(&serving.url);
    let at = folder.path();
    let (value, code) = doctor(at, "", &[("CENTER_TOKEN", READ)]);
    assert_eq!((code, token(&value, 0, "scopes")), (0, &serde_json::json!(["read"])), "{value:#}");
    assert_eq!(*token(&value, 0, "too_wide"), Value::Null);
    let (value, code) = doctor(at, "", &[("CENTER_TOKEN", WRITE)]);
    assert_eq!((code, token(&value, 0, "scopes")), (0, &serde_json::json!(["read", "write"])));
    assert!(token(&value, 0, "too_wide").is_string());
    let (value, code) = doctor(at, "", &[("CENTER_TOKEN", "some-other-token")]);
    assert_eq!((code, token(&value, 0, "state")), (1, &"refused".into()));
    let (value, code) = doctor(at, "", &[("CENTER_TOKEN", "two words")]);
    assert_eq!((code, token(&value, 0, "state")), (1, &"malformed".into()));
    let shown = run(at, "doctor", &[("CENTER_TOKEN", "some-other-token")]);
    assert_snapshot!("doctor_http_refused", shown);
}

/// A center of somebody's own that can do less than `bursar serve`, and says so in a shape of its own.
#[test]
fn a_center_that_offers_less() {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let body = if request[..length].starts_with(b"GET /v1/center ") {
                r#"{"schema":"bursar.center.v1","identity":"home","controls":{"cap_amount":{"read":"api","write":"unsupported"},"others":{"write":"manual"},"grant":7,"budget":{}}}"#
            } else {
                r#"{"items":[],"next":null}"#
            };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    let folder = http(&url);
    let mut command = bursar(folder.path());
    command.env_remove("BURSAR_HTTP_LOG").args(["doctor"]).env("CENTER_TOKEN", "bursar");
    assert_snapshot!("doctor_http_offers_less", show("doctor", &command.output().unwrap(), folder.path()));
    // And a plan takes its word as well: the pool is held where the control is.
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("members:\n", "  spare: { provider: embedded }\nmembers:\n") + "    fallback: spare\n";
    std::fs::write(path, text).unwrap();
    let mut command = bursar(folder.path());
    command
        .env_remove("BURSAR_HTTP_LOG")
        .args(["plan", "--format", "json"])
        .env("CENTER_TOKEN", "bursar");
    let out = command.output().unwrap();
    let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
    let centers: Vec<_> = plan["changes"].as_array().unwrap().iter().map(|change| &change["center"]).collect();
    assert_eq!(centers, ["spare", "spare"], "{plan:#}");
}

#[test]
fn a_key_by_its_role() {
    let fake = Fake::start();
    let folder = several(fake.url());
    let at = folder.path();
    let key = [("BURSAR_LITELLM_KEY", KEY)];
    assert_snapshot!("doctor_litellm_master", run(at, "doctor --center gateway", &key));
    assert_eq!(
        fake.asked(),
        ["GET /v2/team/list", "GET /health/readiness/details", "GET /user/info"],
        "nothing is written"
    );
    for (role, code, state) in [
        ("proxy_admin", 0, "accepted"),
        ("proxy_admin_viewer", 0, "accepted"),
        ("internal_user", 1, "refused"),
        ("nobody", 1, "refused"),
    ] {
        fake.state(|fake| fake.role = Some(role));
        let (value, exit) = doctor(at, "--center gateway", &key);
        assert_eq!((exit, token(&value, 0, "state")), (code, &state.into()), "{role}\n{value:#}");
        if role != "proxy_admin" {
            assert!(token(&value, 0, "next").is_string(), "{role}\n{value:#}");
        }
    }
    fake.state(|fake| fake.role = Some("internal_user"));
    assert_snapshot!("doctor_litellm_no_admin", run(at, "doctor --center gateway", &key));
    fake.state(|fake| fake.role = None);
    // What is asked beside the teams may fail without a word about the rest.
    fake.fault(Fault::status("GET /health", 500));
    fake.fault(Fault::status("GET /user", 500));
    let (value, exit) = doctor(at, "--center gateway", &key);
    assert_eq!((exit, token(&value, 0, "state")), (0, &"accepted".into()), "{value:#}");
}

#[test]
fn tokens_that_do_not_work() {
    let fake = Fake::start();
    let folder = several(fake.url());
    let at = folder.path();
    assert_snapshot!("doctor_no_token", run(at, "doctor", &[]));
    let mut command = bursar(at);
    command
        .env_remove("BURSAR_HTTP_LOG")
        .env("BURSAR_LITELLM_KEY", "sk-wrong-and-not-shown")
        .arg("doctor");
    let shown = show("doctor", &command.output().unwrap(), at);
    assert!(!shown.contains("wrong-and-not-shown"), "{shown}");
    assert_snapshot!("doctor_refused_token", shown);
    // Nobody asks about the other one.
    let (value, code) = doctor(at, "--center seats", &[]);
    assert_eq!((code, value["centers"].as_array().unwrap().len()), (0, 1));
}

#[test]
fn nobody_answers() {
    let folder = several("http://127.0.0.1:1");
    let key = [("BURSAR_LITELLM_KEY", KEY)];
    let shown = run(folder.path(), "doctor --center gateway", &key);
    assert_snapshot!("doctor_unreachable", shown);
    let shown = run(folder.path(), "doctor --support-note", &key);
    assert!(shown.contains("warning: gateway: ") && shown.ends_with("exit 1\n"), "{shown}");
}

#[test]
fn a_center_that_hangs_keeps_nobody() {
    // It takes connections and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = several(&format!("http://{}", listener.local_addr().unwrap()));
    let started = Instant::now();
    let shown = run(folder.path(), "doctor --timeout 1", &[("BURSAR_LITELLM_KEY", KEY)]);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_snapshot!("doctor_hanging", shown);
}

#[test]
fn a_signal_ends_it_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = several(&format!("http://{}", listener.local_addr().unwrap()));
    let mut command = bursar(folder.path());
    command.arg("doctor").env("BURSAR_LITELLM_KEY", KEY);
    let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let (_connection, _) = listener.accept().unwrap();
    let started = Instant::now();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    child.wait().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
}

/// A center without a pool may be as it likes, unless it holds one for another center that lacks a control.
#[test]
fn what_is_not_used_is_no_problem() {
    let folder = folder(
        "version: 1\ncenters:\n  away: { provider: litellm, base_url: \"http://127.0.0.1:1\", token: { env: NONE } }\n",
    );
    let (value, code) = doctor(folder.path(), "", &[]);
    assert_eq!((code, &value["centers"][0]["used"]), (0, &false.into()), "{value:#}");
    assert_eq!(token(&value, 0, "state"), "not_set");
}

#[test]
fn wrong_use() {
    let folder = example("quickstart");
    assert_snapshot!("doctor_unknown_center", terminal(folder.path(), "doctor --center locla"));
    assert_snapshot!("doctor_format", terminal(folder.path(), "doctor --format markdown"));
    let empty = self::folder("version: 1\n");
    assert_snapshot!("doctor_no_center", terminal(empty.path(), "doctor"));
    let wrong = self::folder("version: 2\n");
    assert!(terminal(wrong.path(), "doctor").ends_with("exit 1\n"));
}
