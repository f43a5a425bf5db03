//! HTTP as every vendor center speaks it: one client with the same rules about hosts, secrets, patience and what is
//! told about a request afterwards.

mod base;
mod error;
mod log;
mod number;
mod observer;
mod retry;
mod secret;
mod words;

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::model::CenterSettings;

use super::CenterError;
use base::Base;
use error::status_error;
use log::Log;
use retry::Patience;

pub(crate) use error::{HttpError, Reach};
pub(crate) use number::{amount, number};
pub use observer::{RequestLine, on_request};

/// The longest answer that is read: a server that never stops must not use up the memory.
const MOST_BYTES: usize = 256 << 20;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a request may take, its answer included.
const REQUEST: Duration = Duration::from_mins(1);
/// Headers in which a server names a request.
const REQUEST_IDS: [&str; 3] = ["x-request-id", "request-id", "x-litellm-call-id"];

/// Whether a request may be sent again when nobody knows whether it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It reads, or it leaves the same state however often it is sent.
    Safe,
    /// It is repeated only where the server surely did nothing: no connection, or 429.
    Unsure,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// The method.
    pub(crate) method: Method,
    /// The segments of the path below the base URL, not encoded.
    pub(crate) path: Vec<&'a str>,
    /// The query, not encoded.
    pub(crate) query: Vec<(&'a str, String)>,
    /// Further headers, such as a condition; none of them is a secret.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The JSON to send.
    pub(crate) body: Option<Value>,
    /// Statuses that are answers like a success.
    pub(crate) answers: &'static [u16],
    /// Whether it may be sent again.
    pub(crate) repeat: Repeat,
}

impl<'a> Request<'a> {
    /// A request that reads.
    pub(crate) fn get(path: &[&'a str]) -> Self {
        Self {
            method: Method::GET,
            path: path.to_vec(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            answers: &[],
            repeat: Repeat::Safe,
        }
    }

    /// A request that writes.
    pub(crate) fn write(method: Method, path: &[&'a str], body: Value, repeat: Repeat) -> Self {
        Self {
            method,
            path: path.to_vec(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Some(body),
            answers: &[],
            repeat,
        }
    }

    /// The same with one more pair in its query.
    #[must_use]
    pub(crate) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The server's own id of the request, where it gave one.
    pub(crate) request_id: Option<String>,
    /// The status.
    pub(crate) status: u16,
    body: Vec<u8>,
}

impl Reply {
    /// The JSON of the answer; unknown fields pass. The error says what was unexpected.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| words::of_surprise(&self.body, &error))
    }

    /// The center's own words, where the answer is an error that counts as an answer.
    pub(crate) fn words(&self) -> String {
        words::of_body(&self.body, "")
    }
}

/// A client of one center.
pub(crate) struct Client {
    http: reqwest::Client,
    provider: &'static str,
    base: Base,
    token: SecretString,
    patience: Patience,
    sent: AtomicU64,
    log: Option<Log>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

/// The provider of cryptography is a process-wide choice of rustls; whoever chose first is as good.
static CRYPTOGRAPHY: Once = Once::new();

impl Client {
    /// A client of the center that the settings name. Reads the token from the environment, sends nothing.
    pub(crate) fn new(settings: &CenterSettings, provider: &'static str) -> Result<Self, CenterError> {
        let written = settings.base_url.as_deref().ok_or(CenterError::MissingSetting("base_url"))?;
        let base = Base::new(written, &settings.allow_host)?;
        let token = secret::read(settings.token.as_ref())?;
        Self::open(base, token, provider, CONNECT, REQUEST)
    }

    fn open(
        base: Base,
        token: SecretString,
        provider: &'static str,
        connect: Duration,
        request: Duration,
    ) -> Result<Self, CenterError> {
        CRYPTOGRAPHY.call_once(|| {
            // An error says that one is installed already.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect)
            .timeout(request)
            .user_agent(concat!("bursar/", env!("CARGO_PKG_VERSION")));
        if base.is_loopback() {
            // A proxy of the machine is for other machines.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| CenterError::Unreachable {
            url: base.to_string(),
            why: words::cause(&error.without_url()),
        })?;
        Ok(Self {
            http,
            provider,
            base,
            token,
            patience: Patience::default(),
            sent: AtomicU64::new(0),
            log: Log::new(),
        })
    }

    /// The base URL in its one notation: what a self-hosted center is known by.
    pub(crate) fn identity(&self) -> String {
        self.base.to_string()
    }

    /// How many requests were sent, repetitions included.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a request, again where that is safe, until it succeeds or patience ends.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Reply, HttpError> {
        let url = self.base.at(&request.path, &request.query)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let failed = match self.once(request, url.clone()).await {
                Ok(reply) => return Ok(reply),
                Err(failed) => failed,
            };
            if !failed.error.may_repeat(request.repeat) {
                return Err(failed.error);
            }
            match self.patience.wait(tries, failed.retry_after.as_deref()) {
                Ok(pause) => tokio::time::sleep(pause).await,
                Err(why) => return Err(failed.error.with(&why)),
            }
        }
    }

    async fn once(&self, request: &Request<'_>, url: Url) -> Result<Reply, Failed> {
        let start = Instant::now();
        let path = url.path().to_owned();
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = self.exchange(request, url).await;
        let status = answer.as_ref().ok().map(|(status, _, _)| *status);
        observer::tell(&RequestLine {
            provider: self.provider,
            method: request.method.as_str(),
            path: &path,
            status,
            milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        if let Some(log) = &self.log {
            let body = answer.as_ref().ok().map(|(_, _, body)| body.as_slice());
            log.write(self.provider, request, &path, status, body, self.token.expose_secret())?;
        }
        let (status, headers, body) = answer?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let request_id = REQUEST_IDS.into_iter().find_map(text);
        if (200..300).contains(&status) || request.answers.contains(&status) {
            return Ok(Reply { request_id, status, body });
        }
        let mut why = words::of_body(&body, self.token.expose_secret());
        if (300..400).contains(&status) {
            let place = text(LOCATION.as_str()).unwrap_or_default();
            why = format!("it redirects to {}, and redirects are not followed", words::clean(&place, ""));
        }
        let error = status_error(&self.base.to_string(), request.method.as_str(), &path, status, why, request_id);
        Err(Failed { error, retry_after: text(RETRY_AFTER.as_str()) })
    }

    async fn exchange(&self, request: &Request<'_>, url: Url) -> Result<(u16, HeaderMap, Vec<u8>), HttpError> {
        let not_sent = |why: String| HttpError::not_sent(&self.base.to_string(), why);
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| not_sent("the token cannot stand in a header".to_owned()))?;
        bearer.set_sensitive(true);
        let mut builder = self.http.request(request.method.clone(), url).header(AUTHORIZATION, bearer);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let lost = |error: reqwest::Error| {
            let why = words::cause(&error);
            // Where no connection was made, nothing was sent.
            if error.is_connect() || error.is_builder() {
                not_sent(why)
            } else {
                HttpError::no_answer(&self.base.to_string(), why)
            }
        };
        let mut response = builder.send().await.map_err(|error| lost(error.without_url()))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| lost(error.without_url()))? {
            if body.len() + part.len() > MOST_BYTES {
                let why = format!("the answer is longer than {} MiB", MOST_BYTES >> 20);
                return Err(HttpError::no_answer(&self.base.to_string(), why));
            }
            body.extend_from_slice(&part);
        }
        Ok((status, headers, body))
    }
}

/// One try that was no success.
struct Failed {
    error: HttpError,
    retry_after: Option<String>,
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        Self { error, retry_after: None }
    }
}

#[cfg(test)]
mod tests;
