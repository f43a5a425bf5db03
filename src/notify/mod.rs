//! The ways to reach somebody: e-mail by SMTP, webhooks, an issue on GitHub. What is said is put together elsewhere.
//!
//! Each way tells apart what surely did not arrive from what may have arrived, since only the first is sent again at once.

mod http;
mod issue;
mod smtp;
mod url;
mod webhook;

pub use http::Http;
pub use issue::{Issues, Post, Repository};
pub use smtp::{Letter, Mailer, Server};
pub use url::{UrlError, checked};
pub use webhook::{SecretError, Signer};

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The other side took it.
    Sent,
    /// It surely did not arrive, and why.
    Failed(String),
    /// Nobody knows whether it arrived, and why.
    Unknown(String),
}

/// Words of another program, on one line and not long.
fn plain(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
