//! As much HTTP as the fake needs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A request as it is read.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) path: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) token: String,
    pub(super) accept: String,
    pub(super) version: String,
    pub(super) body: Value,
}

impl Asked {
    /// The method and the path with its query.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

pub(super) fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    reader.get_ref().set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let of = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut body = vec![0; of("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let url = url::Url::parse(&format!("http://fake{target}")).ok()?;
    Some(Asked {
        method,
        path: url.path().trim_start_matches('/').split('/').map(str::to_owned).collect(),
        query: url.query_pairs().into_owned().collect(),
        target,
        token: of("authorization").strip_prefix("Bearer ").unwrap_or_default().to_owned(),
        accept: of("accept"),
        version: of("x-github-api-version"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

/// Sends an answer; whether it went out.
pub(super) fn answer(mut stream: &TcpStream, status: u16, headers: &str, body: &Value) -> bool {
    let body = body.to_string();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).is_ok()
}
