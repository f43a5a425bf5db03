//! What goes wrong instead of an answer.

use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::http::{self, Answer};
use super::usage;

/// One fault.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The right answer, so much later.
    Slow(Duration),
    /// The connection is closed without an answer.
    Reset,
    /// A status with Figma's body of an error.
    Status(u16),
    /// Too many requests: `Retry-After` in seconds, with the two headers that Figma sends along.
    Limited(u32),
    /// This body, and a 200.
    Body(String),
}

impl Fault {
    /// Sends what comes instead; whether the connection goes on.
    pub(super) fn instead_of(self, stream: &TcpStream, answer: &Answer) -> bool {
        match self {
            Self::Slow(delay) => {
                std::thread::sleep(delay);
                http::answer(stream, answer.0, "", &answer.1.to_string())
            }
            Self::Reset => {
                let _ = stream.shutdown(Shutdown::Both);
                false
            }
            Self::Status(status) => {
                http::answer(stream, status, "", &usage::error(status, "injected fault").1.to_string())
            }
            Self::Limited(seconds) => {
                let headers = format!(
                    "retry-after: {seconds}\r\nx-figma-plan-tier: enterprise\r\nx-figma-rate-limit-type: low\r\n"
                );
                http::answer(stream, 429, &headers, &usage::error(429, "Rate limit exceeded").1.to_string())
            }
            Self::Body(body) => http::answer(stream, 200, "", &body),
        }
    }
}
