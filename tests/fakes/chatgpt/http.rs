//! As much HTTP as this fake needs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One request as the fake reads it.
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The workspace that the path names.
    pub(crate) workspace: String,
    /// The path below the workspace.
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) key: String,
    pub(crate) body: Value,
}

impl Asked {
    /// The method and the path below the workspace, for faults and for the record.
    pub(crate) fn line(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }
}

/// The next request of a connection.
pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    reader.get_ref().set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut key) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => value.strip_prefix("Bearer ").unwrap_or_default().clone_into(&mut key),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = url::Url::parse(&format!("http://fake{target}")).ok()?;
    let mut path = url.path().trim_start_matches('/').split('/').map(str::to_owned);
    let prefix: Vec<String> = path.by_ref().take(3).collect();
    let workspace = path.next().unwrap_or_default();
    // Anything but `/v1/manage/workspaces/{workspace}/…` is no path of this API.
    let known = prefix == ["v1", "manage", "workspaces"];
    Some(Asked {
        method,
        workspace: if known { workspace } else { String::new() },
        path: path.collect(),
        query: url.query_pairs().into_owned().collect(),
        key,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

/// Sends an answer; whether it went out.
pub(crate) fn answer(mut stream: &TcpStream, status: u16, headers: &str, body: &str) -> bool {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).is_ok()
}
