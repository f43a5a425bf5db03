//! As much HTTP as a fake needs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A status and JSON.
pub(crate) type Answer = (u16, Value);

/// A request as it is read.
pub(crate) struct Asked {
    pub(crate) target: String,
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    /// `X-Figma-Token`.
    pub(crate) token: Option<String>,
    /// What follows `Bearer` in `Authorization`.
    pub(crate) bearer: Option<String>,
}

pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    reader.get_ref().set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let target = line.split(' ').nth(1)?.to_owned();
    let (mut token, mut bearer) = (None, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "x-figma-token" => token = Some(value.to_owned()),
            "authorization" => bearer = value.strip_prefix("Bearer ").map(str::to_owned),
            _ => {}
        }
    }
    let url = url::Url::parse(&format!("http://fake{target}")).ok()?;
    Some(Asked {
        path: url.path().trim_start_matches('/').split('/').map(str::to_owned).collect(),
        query: url.query_pairs().into_owned().collect(),
        target,
        token,
        bearer,
    })
}

/// Sends an answer; whether it went out.
pub(crate) fn answer(mut stream: &TcpStream, status: u16, headers: &str, body: &str) -> bool {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).is_ok()
}
