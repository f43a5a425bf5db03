//! HTTP/1.1 messages, as far as they have to be understood to be passed on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request or an answer, whole.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The first line and the headers, without `connection`, each with its line end.
    head: String,
    body: Vec<u8>,
}

impl Message {
    /// Reads a request, or the answer to one.
    pub(super) fn read(stream: &TcpStream, asked: Option<&Self>) -> Option<Self> {
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let mut reader = BufReader::new(stream);
        let mut message = Self { head: String::new(), body: Vec::new() };
        let (mut length, mut chunked) = (None, false);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
            if line.trim_end().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.trim().parse().ok()?),
                "transfer-encoding" => chunked = true,
                "connection" => continue,
                _ => {}
            }
            message.head.push_str(&line);
        }
        let without_body = asked.is_some() && matches!(message.status(), 204 | 304);
        if let Some(length) = length {
            message.body = vec![0; length];
            reader.read_exact(&mut message.body).ok()?;
        } else if !without_body && (chunked || asked.is_some()) {
            // Until the connection ends, which is what was asked for.
            reader.read_to_end(&mut message.body).ok()?;
        }
        Some(message)
    }

    /// An answer of the proxy's own.
    pub(super) fn answer(status: u16, headers: &str) -> Self {
        let body = br#"{"detail":"injected fault"}"#.to_vec();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} Fault\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}"
        );
        Self { head, body }
    }

    pub(super) fn first_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The status of an answer.
    pub(super) fn status(&self) -> u16 {
        self.first_line().split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default()
    }

    /// The same with more headers.
    pub(super) fn with(mut self, headers: &str) -> Self {
        self.head.push_str(headers);
        self
    }

    /// The same with half of its body; its headers promise all of it.
    pub(super) fn half(mut self) -> Self {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// Sends it, with the wish to end the connection after it. Whoever no longer listens is no concern.
    pub(super) fn write(&self, mut stream: &TcpStream) {
        let mut bytes = format!("{}connection: close\r\n\r\n", self.head).into_bytes();
        bytes.extend_from_slice(&self.body);
        let _ = stream.write_all(&bytes);
    }
}
