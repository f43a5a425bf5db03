//! HTTP for messages: no redirects, a bounded patience, and an honest answer about what arrived.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use crate::cryptography;

use super::Delivery;
use super::url::is_loopback;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one try may take, its answer included.
const EACH: Duration = Duration::from_secs(20);
/// How long all tries together may take.
const ALL: Duration = Duration::from_secs(90);
/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// How often a message is sent at most.
const TRIES: u32 = 4;
/// The longest answer that is read.
const MOST_BYTES: usize = 4 << 20;

/// A client for messages.
#[derive(Clone, Debug)]
pub struct Http {
    far: reqwest::Client,
    /// A proxy of the machine is for other machines.
    near: reqwest::Client,
}

/// One request.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<String>,
}

/// What came of one request, after all its tries.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was answered with a success.
    Taken(Vec<u8>),
    /// It was answered otherwise, or never sent.
    Refused(String),
    /// Nobody knows.
    Lost(String),
}

impl Http {
    /// A client. Nothing is sent.
    ///
    /// # Errors
    /// What keeps TLS from being set up, in words.
    pub fn new() -> Result<Self, String> {
        cryptography::install();
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT)
                .timeout(EACH)
                .user_agent(concat!("bursar/", env!("CARGO_PKG_VERSION")))
        };
        let built = |builder: reqwest::ClientBuilder| builder.build().map_err(|error| cause(&error));
        Ok(Self { far: built(builder())?, near: built(builder().no_proxy())? })
    }

    /// Posts a JSON text to a URL that is a secret.
    pub(super) async fn post(&self, url: &SecretString, headers: HeaderMap, body: String) -> Delivery {
        let url = match super::checked(url.expose_secret()) {
            Ok(url) => url,
            Err(error) => return Delivery::Failed(error.to_string()),
        };
        let call = Call { method: Method::POST, url: &url, headers, body: Some(body) };
        match self.send(&call).await {
            Answer::Taken(_) => Delivery::Sent,
            Answer::Refused(why) => Delivery::Failed(why),
            Answer::Lost(why) => Delivery::Unknown(why),
        }
    }

    /// Sends a request, again where it surely was not carried out: no connection, 429 and 503.
    pub(super) async fn send(&self, call: &Call<'_>) -> Answer {
        let started = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (why, asked) = match self.once(call).await {
                Once::Over(answer) => return answer,
                Once::Again(why, asked) => (why, asked),
            };
            let pause = asked.unwrap_or(FIRST.saturating_mul(1 << (tries - 1).min(8)));
            if tries >= TRIES || started.elapsed() + pause > ALL {
                let often = if tries > 1 { format!("; tried {tries} times") } else { String::new() };
                return Answer::Refused(format!("{why}{often}"));
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, call: &Call<'_>) -> Once {
        let client = if is_loopback(call.url.host().as_ref()) { &self.near } else { &self.far };
        let mut request = client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                let error = error.without_url();
                let why = cause(&error);
                return if error.is_connect() {
                    Once::Again(why, None)
                } else if error.is_builder() {
                    Once::Over(Answer::Refused(why))
                } else if error.is_timeout() {
                    Once::Over(Answer::Lost("no answer in time".to_owned()))
                } else {
                    Once::Over(Answer::Lost(why))
                };
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                break;
            }
        }
        let why = format!("it answered {}", said(status));
        match status {
            _ if status.is_success() => Once::Over(Answer::Taken(body)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let asked = headers
                    .get(RETRY_AFTER)
                    .and_then(|value| retry_after(value.to_str().ok()?, Timestamp::now()));
                Once::Again(why, asked)
            }
            // Whoever broke on the way may have done it all the same.
            _ if status.is_server_error() => Once::Over(Answer::Lost(why)),
            _ if status.is_redirection() => {
                Once::Over(Answer::Refused(format!("{why}, and redirects are not followed")))
            }
            _ => Once::Over(Answer::Refused(why)),
        }
    }
}

/// What came of one try.
enum Once {
    Over(Answer),
    /// It surely was not carried out, and how long to wait where the server says it.
    Again(String, Option<Duration>),
}

/// A status for people, without the server's own words: they are not ours to repeat.
fn said(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// How long a server asks to wait: seconds, or until a date.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(until.duration_since(now).max(SignedDuration::ZERO).unsigned_abs())
}

/// What an error comes down to: its first cause.
fn cause(error: &dyn std::error::Error) -> String {
    let mut first = error;
    while let Some(cause) = first.source() {
        first = cause;
    }
    super::plain(&first.to_string())
}

/// A header of a name that is ours.
pub(super) fn header(name: &'static str, value: &str, secret: bool) -> Result<(HeaderName, HeaderValue), String> {
    let mut value = HeaderValue::from_str(value).map_err(|_| format!("{name} cannot be sent"))?;
    value.set_sensitive(secret);
    Ok((HeaderName::from_static(name), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        assert_eq!(retry_after(" 7 ", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
