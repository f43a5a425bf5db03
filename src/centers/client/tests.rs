//! The client against a server of a few lines that answers what the test says.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// Serves one answer per connection, in order, and gives back what was asked.
fn serve(answers: Vec<&'static str>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).unwrap();
                if answer == "silence" {
                    std::thread::sleep(Duration::from_millis(400));
                } else {
                    stream.write_all(answer.as_bytes()).unwrap();
                }
                String::from_utf8_lossy(&buffer[..length]).into_owned()
            })
            .collect()
    });
    (url, server)
}

fn client(url: &str) -> Client {
    client_of(url, &Service::of("test"))
}

fn client_of(url: &str, service: &Service) -> Client {
    let base = Base::new(url, &[]).unwrap();
    let token = SecretString::from("sk-test-token");
    let mut client = Client::open(base, token, service, Duration::from_millis(300)).unwrap();
    let (each, deadline) = (Duration::from_millis(200), Duration::from_secs(5));
    client.patience = Patience { tries: 3, first: Duration::from_millis(2), each, read: deadline, write: deadline };
    client
}

fn answer(status: &str, headers: &str, body: &str) -> &'static str {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}").leak()
}

#[tokio::test]
async fn a_header_of_the_vendors_own_takes_the_place_of_authorization() {
    let (url, server) = serve(vec![answer("403 X", "", r#"{"status":403,"error":true,"message":"sk-test-token?"}"#)]);
    let service = Service { shown: Shown::Header("x-figma-token"), ..Service::of("test") };
    let error = client_of(&url, &service).send(&Request::get(&["v1"])).await.unwrap_err();
    assert!(error.error.to_string().ends_with("does not let this token do that: REDACTED?"), "{}", error.error);
    let asked = server.join().unwrap().remove(0).to_lowercase();
    assert!(asked.contains("x-figma-token: sk-test-token\r\n"), "{asked}");
    assert!(!asked.contains("authorization"), "{asked}");
}

#[tokio::test]
async fn what_is_sent() {
    let (url, server) = serve(vec![answer("200 OK", "x-request-id: r1\r\n", r#"{"a":1,"new":2}"#)]);
    let client = client(&url);
    let reply = client.send(&Request::get(&["team", "a b"]).with("x", "y")).await.unwrap();
    assert_eq!(reply.request_id.as_deref(), Some("r1"));
    assert_eq!(reply.json::<Value>().unwrap()["a"], 1);
    let asked = server.join().unwrap().remove(0).to_lowercase();
    assert!(asked.starts_with("get /team/a%20b?x=y http/1.1"), "{asked}");
    assert!(asked.contains("authorization: bearer sk-test-token"), "{asked}");
    assert!(asked.contains(concat!("user-agent: bursar/", env!("CARGO_PKG_VERSION"))), "{asked}");
    assert_eq!(client.sent(), 1);
    assert!(!format!("{client:?}").contains("sk-test"), "{client:?}");
}

#[tokio::test]
async fn reads_are_repeated_and_unsure_writes_are_not() {
    let busy = answer("503 Busy", "", "");
    let (url, server) = serve(vec![busy, answer("200 OK", "", "{}")]);
    let reading = client(&url);
    reading.send(&Request::get(&["x"])).await.unwrap();
    assert_eq!((reading.sent(), server.join().unwrap().len()), (2, 2));

    let (url, server) = serve(vec![busy]);
    let writing = client(&url);
    let error = writing
        .send(&Request::write(Method::POST, &["x"], Value::Null, Repeat::Unsure))
        .await
        .unwrap_err();
    assert_eq!((error.reach, writing.sent()), (Reach::Answered(503), 1));
    server.join().unwrap();
}

#[tokio::test]
async fn too_many_requests_is_repeated_for_every_request() {
    let (url, server) = serve(vec![answer("429 Slow down", "retry-after: 0\r\n", ""), answer("200 OK", "", "{}")]);
    let client = client(&url);
    client
        .send(&Request::write(Method::POST, &["x"], Value::Null, Repeat::Unsure))
        .await
        .unwrap();
    assert_eq!((client.sent(), server.join().unwrap().len()), (2, 2));
}

#[tokio::test]
async fn patience_ends() {
    let (url, server) = serve(vec![answer("429 Slow down", "retry-after: 3600\r\n", r#"{"message":"slow"}"#)]);
    let error = client(&url).send(&Request::get(&["x"])).await.unwrap_err();
    assert_eq!(
        error.error.to_string(),
        "GET /x answered 429: slow; it asks to wait 3600 s, longer than the 5 s that Bursar waits"
    );
    server.join().unwrap();
}

#[tokio::test]
async fn silence_is_no_answer_and_a_closed_port_is_nothing_sent() {
    let (url, server) = serve(vec!["silence"]);
    let write = Request::write(Method::POST, &["x"], Value::Null, Repeat::Unsure);
    let error = client(&url).send(&write).await.unwrap_err();
    assert_eq!(error.reach, Reach::NoAnswer);
    server.join().unwrap();

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(&format!("http://{closed}"));
    let error = client.send(&write).await.unwrap_err();
    assert_eq!((error.reach, client.sent()), (Reach::NotSent, 3));
    assert!(error.error.to_string().contains("tried 3 times"), "{}", error.error);
}

#[tokio::test]
async fn redirects_are_not_followed_and_errors_hold_no_token() {
    let (url, server) = serve(vec![
        answer("302 Found", "location: https://elsewhere.example/\r\n", ""),
        answer("401 No", "", r#"{"detail":"no such key sk-test-token"}"#),
    ]);
    let client = client(&url);
    let moved = client.send(&Request::get(&["x"])).await.unwrap_err();
    assert!(moved.error.to_string().contains("redirects to https://elsewhere.example/"), "{}", moved.error);
    let wrong = client.send(&Request::get(&["x"])).await.unwrap_err();
    assert!(matches!(wrong.error, CenterError::Unauthorized { .. }));
    assert!(wrong.error.to_string().ends_with("no such key REDACTED"), "{}", wrong.error);
    server.join().unwrap();
}

#[tokio::test]
async fn whoever_watches_is_told_of_every_try_without_secrets() {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = std::sync::Arc::clone(&told);
    on_request(move |line| keep.lock().unwrap().push(format!("{line:?}")));
    let (url, server) = serve(vec![answer("503 Busy", "", ""), answer("200 OK", "", "{}")]);
    client(&url).send(&Request::get(&["watched"]).with("q", "private")).await.unwrap();
    server.join().unwrap();
    let told: Vec<String> = told.lock().unwrap().iter().filter(|line| line.contains("/watched")).cloned().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("Some(503)") && told[1].contains("Some(200)"), "{told:?}");
    assert!(!told.concat().contains("private"), "{told:?}");
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_waited_for_before_the_next_request() {
    let headers = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset-requests: 1h\r\nx-ratelimit-reset: 0.3\r\n";
    let (url, server) = serve(vec![answer("200 OK", headers, "{}"), answer("200 OK", "", "{}")]);
    let client = client(&url);
    client.send(&Request::get(&["x"])).await.unwrap();
    let started = Instant::now();
    client.send(&Request::get(&["x"])).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(290), "{:?}", started.elapsed());
    assert_eq!((client.sent(), server.join().unwrap().len()), (2, 2), "without a 429");
}

#[tokio::test]
async fn a_limit_that_is_used_up_for_long_is_said_and_nothing_is_sent() {
    let (url, server) =
        serve(vec![answer("200 OK", "ratelimit-remaining: 0\r\nratelimit-reset: 3000\r\n", r#"{"a":1}"#)]);
    let client = client(&url);
    client.send(&Request::get(&["x"])).await.unwrap();
    let error = client.send(&Request::get(&["x"])).await.unwrap_err();
    assert_eq!((error.reach, client.sent()), (Reach::NotSent, 1));
    let words = error.error.to_string().replace(&url, "http://SERVER");
    assert!(
        words.starts_with("http://SERVER lets nothing through for another 299")
            && words.ends_with(" s, longer than the 5 s that Bursar waits"),
        "{words}"
    );
    server.join().unwrap();
}

#[tokio::test]
async fn all_requests_of_a_center_wait_when_one_is_too_much() {
    let (url, server) = serve(vec![
        answer("429 Slow", "retry-after-ms: 400\r\n", ""),
        answer("200 OK", "", "{}"),
        answer("200 OK", "", "{}"),
    ]);
    let (reader, writer) = (client(&url), client(&url));
    let started = Instant::now();
    let read = Request::get(&["x"]);
    let first = reader.send(&read);
    let second = async {
        while reader.sent() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        writer.send(&Request::write(Method::POST, &["x"], Value::Null, Repeat::Unsure)).await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    assert!(started.elapsed() >= Duration::from_millis(390), "{:?}", started.elapsed());
    assert_eq!((reader.sent(), writer.sent()), (2, 1), "the writer did not have to be told");
    server.join().unwrap();
}

#[tokio::test]
async fn a_403_that_is_a_limit_is_waited_for_and_any_other_is_not() {
    let limited = answer("403 Forbidden", "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 0\r\n", "");
    let (url, server) = serve(vec![limited, answer("200 OK", "", "{}")]);
    let write = Request::write(Method::POST, &["x"], Value::Null, Repeat::Unsure);
    client(&url).send(&write).await.unwrap();
    server.join().unwrap();
    let (url, server) = serve(vec![answer("403 Forbidden", "x-ratelimit-remaining: 7\r\n", "")]);
    let error = client(&url).send(&write).await.unwrap_err();
    assert_eq!(error.reach, Reach::Answered(403));
    server.join().unwrap();
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    // It accepts, and that is all.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut client = client(&url);
    let each = Duration::from_millis(500);
    client.patience = Patience { each, read: 3 * each, write: each, tries: 100, first: Duration::from_millis(2) };
    let started = Instant::now();
    let error = client.send(&Request::get(&["x"])).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!((error.reach, client.sent()), (Reach::NoAnswer, 3));
    let words = error.error.to_string().replace(&url, "http://SERVER");
    assert_eq!(words, "http://SERVER cannot be reached: operation timed out; tried 3 times");
    let safe = Request::write(Method::POST, &["x"], Value::Null, Repeat::Safe);
    let error = client.send(&safe).await.unwrap_err();
    assert_eq!((error.reach, client.sent()), (Reach::NoAnswer, 4), "a write has less time");
}

#[tokio::test]
async fn a_write_that_was_maybe_made_stays_unknown_whatever_its_repetition_says() {
    // The connection ends without an answer.
    let no = answer("400 Bad", "", r#"{"detail":"it is there already"}"#);
    let (url, server) = serve(vec!["", no]);
    let safe = Request::write(Method::PATCH, &["x"], Value::Null, Repeat::Safe);
    let error = client(&url).send(&safe).await.unwrap_err();
    assert_eq!(error.reach, Reach::NoAnswer);
    assert!(error.error.to_string().ends_with("it is there already"), "{}", error.error);
    server.join().unwrap();
    // Of a read it is the answer that counts.
    let (url, server) = serve(vec!["", answer("404 Not Found", "", "")]);
    let error = client(&url).send(&Request::get(&["x"])).await.unwrap_err();
    assert_eq!(error.reach, Reach::Answered(404));
    server.join().unwrap();
}

#[tokio::test]
async fn a_limit_that_does_not_say_how_long_is_waited_for_as_long_as_the_vendor_counts() {
    let (url, server) = serve(vec![answer("429 X", "", "{}"), answer("200 OK", "", "{}")]);
    let pause = Duration::from_millis(300);
    let started = Instant::now();
    client(&url).waiting(pause).send(&Request::get(&["x"])).await.unwrap();
    assert!(started.elapsed() >= pause);
    server.join().unwrap();
    // What the answer says counts more.
    let (url, server) = serve(vec![answer("429 X", "retry-after: 0\r\n", "{}"), answer("200 OK", "", "{}")]);
    client(&url).waiting(Duration::from_hours(1)).send(&Request::get(&["x"])).await.unwrap();
    server.join().unwrap();
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again_where_that_is_safe() {
    let (url, server) = serve(vec![answer("529 X", "", "{}"), answer("200 OK", "", "{}")]);
    client(&url).send(&Request::get(&["x"])).await.unwrap();
    server.join().unwrap();
    let (url, server) = serve(vec![answer("529 X", "", "{}")]);
    let write = Request::write(Method::POST, &["x"], Value::Null, Repeat::Unsure);
    let error = client(&url).send(&write).await.unwrap_err();
    assert_eq!(error.reach, Reach::Answered(529));
    server.join().unwrap();
}

#[tokio::test]
async fn a_token_that_is_in_the_body_is_in_no_header() {
    let (url, server) = serve(vec![answer("200 OK", "", "{}")]);
    let service = Service { shown: Shown::Body, ..Service::of("test") };
    client_of(&url, &service).send(&Request::get(&["x"])).await.unwrap();
    let asked = server.join().unwrap().remove(0);
    assert!(!asked.contains("sk-test-token"), "{asked}");
}
