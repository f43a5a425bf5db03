//! HTTP as every vendor center speaks it: one client with the same rules about hosts, secrets, patience and what is
//! told about a request afterwards.

mod base;
mod error;
mod limits;
mod log;
mod number;
mod observer;
mod pace;
mod retry;
mod secret;
mod service;
mod time;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::cryptography;
use crate::model::capability::{Rate, Rates};
use crate::model::{CenterSettings, SecretSource};

use super::CenterError;
use base::Base;
use error::status_error;
use limits::Limits;
use log::Log;
use pace::Pace;
use retry::Patience;

pub(crate) use error::{HttpError, Reach};
pub(crate) use number::{amount, number};
pub use observer::{RequestLine, on_request};
pub(crate) use pace::Class;
pub(crate) use service::{Service, Shown};

/// The longest answer that is read: a server that never stops must not use up the memory.
const MOST_BYTES: usize = 256 << 20;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// Headers in which a server names a request.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "request-id", "x-litellm-call-id", "x-github-request-id"];

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
    /// Which limit it counts against.
    pub(crate) class: Class,
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
            class: Class::Read,
        }
    }

    /// A request that writes.
    pub(crate) fn write(method: Method, path: &[&'a str], body: Value, repeat: Repeat) -> Self {
        Self { method, body: Some(body), repeat, class: Class::Write, ..Self::get(path) }
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
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    /// An answer of this body, for tests.
    #[cfg(test)]
    pub(crate) fn of(body: &serde_json::Value) -> Self {
        Self { request_id: None, status: 200, headers: HeaderMap::new(), body: body.to_string().into_bytes() }
    }

    /// The text of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

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
    shown: Shown,
    patience: Patience,
    pace: Arc<Pace>,
    /// How long to wait after a 429 that does not say it.
    unsaid: Option<Duration>,
    sent: AtomicU64,
    log: Option<Log>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

/// By what a center that is known by its base URL is known; nothing is sent, and no token is needed.
pub(crate) fn identity(settings: &CenterSettings) -> Result<String, CenterError> {
    base(settings).map(|base| base.to_string())
}

fn base(settings: &CenterSettings) -> Result<Base, CenterError> {
    let written = settings.base_url.as_deref().ok_or(CenterError::MissingSetting("base_url"))?;
    Base::new(written, &settings.allow_host)
}

impl Client {
    /// A client of the center that the settings name. Reads the token from the environment, sends nothing.
    pub(crate) fn new(settings: &CenterSettings, provider: &'static str) -> Result<Self, CenterError> {
        let base = base(settings)?;
        let token = secret::read(settings.token.as_ref())?;
        Self::open(base, token, &Service::of(provider), CONNECT)
    }

    /// A client of a service that has a host of its own, which the token may be sent to. `base_url` leads elsewhere,
    /// under the rules for any other host. Reads the token from the environment, sends nothing.
    pub(crate) fn of(settings: &CenterSettings, service: &Service, token: &SecretSource) -> Result<Self, CenterError> {
        let base = match (&settings.base_url, service.host) {
            (None, Some(host)) => Base::own(host)?,
            _ => base(settings)?,
        };
        Self::open(base, secret::read(Some(token))?, service, CONNECT)
    }

    /// A client of a service with a token that was handed out to this run, at a URL under the rules for any other.
    pub(crate) fn with(
        url: &str,
        allowed: &[String],
        service: &Service,
        token: SecretString,
    ) -> Result<Self, CenterError> {
        Self::open(Base::new(url, allowed)?, token, service, CONNECT)
    }

    /// The same, that waits so long after a 429 that does not say how long.
    pub(crate) fn waiting(mut self, pause: Duration) -> Self {
        self.unsaid = Some(pause);
        self
    }

    fn open(base: Base, token: SecretString, service: &Service, connect: Duration) -> Result<Self, CenterError> {
        cryptography::install();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect)
            .user_agent(concat!("bursar/", env!("CARGO_PKG_VERSION")));
        if base.is_loopback() {
            // A proxy of the machine is for other machines.
            builder = builder.no_proxy();
        }
        if base.is_plain() {
            // Reading every certificate authority of the machine takes longer than a plan of a center on loopback.
            builder = builder.tls_certs_only([]);
        }
        // The limits of the table are those of the vendor's own servers; one on this machine tells of its own.
        let rates = if base.is_loopback() && service.host.is_some() { Rates::NONE } else { service.rates };
        let http = builder.build().map_err(|error| CenterError::Unreachable {
            url: base.to_string(),
            why: words::cause(&error.without_url()),
        })?;
        Ok(Self {
            http,
            provider: service.name,
            // Where a vendor counts its endpoints apart, each count has a client with rates of its own.
            pace: Pace::of(format!("{} {base} {:?}", service.name, service.rates), rates),
            base,
            token,
            shown: service.shown,
            patience: Patience::default(),
            unsaid: None,
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

    /// The limits of the center: those of the provider's table, and what its answers said about them since.
    pub(crate) fn rates(&self) -> Rates {
        self.pace.rates()
    }

    /// Takes to heart what the center says of its limit in another way than by the headers of its answers.
    pub(crate) fn told(&self, rate: Rate) {
        let limits = Limits { policy: Some(rate), ..Limits::default() };
        self.pace.heard(Class::Read, &limits, Instant::now());
    }

    /// Sends a request when its limits let it go, again where that is safe, until it succeeds or patience ends.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Reply, HttpError> {
        let url = self.base.at(&request.path, &request.query)?;
        let class = request.class;
        let deadline = self.patience.deadline(class);
        let turn = self.pace.turn(class, deadline).await;
        let mut turn = turn.map_err(|wait| HttpError::used_up(&self.base.to_string(), wait, deadline))?;
        // Waiting for one's turn is no trouble of the center, so it counts from here on.
        let started = Instant::now();
        let (mut tries, mut maybe_made) = (0, false);
        loop {
            tries += 1;
            let left = deadline.saturating_sub(started.elapsed());
            let failed = match self.once(request, url.clone(), left.min(self.patience.each)).await {
                Ok(reply) => return Ok(reply),
                Err(failed) => failed,
            };
            drop(turn);
            let Failed { mut error, limits, limited } = failed;
            let may_repeat = limited || error.may_repeat(request.repeat);
            maybe_made |= class == Class::Write && error.may_have_been_made();
            if maybe_made {
                error = error.unsure();
            }
            if !may_repeat {
                return Err(error);
            }
            let asked = limits
                .retry_after
                .or(limits.reset.filter(|_| limited))
                .or(self.unsaid.filter(|_| limited));
            let pause = match self.patience.wait(class, tries, started.elapsed(), asked) {
                Ok(pause) => pause,
                Err(why) => return Err(error.with(&why)),
            };
            if limited {
                self.pace.pause(pause, Instant::now());
            } else {
                tokio::time::sleep(pause).await;
            }
            let left = deadline.saturating_sub(started.elapsed());
            turn = match self.pace.turn(class, left).await {
                Ok(turn) if started.elapsed() < deadline => turn,
                _ => return Err(error.with(&retry::tried(tries, started.elapsed()))),
            };
        }
    }

    async fn once(&self, request: &Request<'_>, url: Url, longest: Duration) -> Result<Reply, Failed> {
        let start = Instant::now();
        let path = url.path().to_owned();
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = self.exchange(request, url, longest).await;
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
            log.write((self.provider, self.shown), request, &path, status, body, self.token.expose_secret())?;
        }
        let (status, headers, body) = answer?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let request_id = REQUEST_IDS.into_iter().find_map(text);
        let limits = Limits::of(&headers, Timestamp::now());
        self.pace.heard(request.class, &limits, Instant::now());
        if (200..300).contains(&status) || request.answers.contains(&status) {
            return Ok(Reply { request_id, status, headers, body });
        }
        let mut why = words::of_body(&body, self.token.expose_secret());
        if (300..400).contains(&status) {
            let place = text(LOCATION.as_str()).unwrap_or_default();
            why = format!("it redirects to {}, and redirects are not followed", words::clean(&place, ""));
        }
        let limits = limits.said(status, &why);
        let limited = limits.explain(status);
        let error = status_error(&self.base.to_string(), request.method.as_str(), &path, status, why, request_id);
        Err(Failed { error, limits, limited })
    }

    async fn exchange(
        &self,
        request: &Request<'_>,
        url: Url,
        longest: Duration,
    ) -> Result<(u16, HeaderMap, Vec<u8>), HttpError> {
        let not_sent = |why: String| HttpError::not_sent(&self.base.to_string(), why);
        let mut token = HeaderValue::from_str(&self.shown.value(self.token.expose_secret()))
            .map_err(|_| not_sent("the token cannot stand in a header".to_owned()))?;
        token.set_sensitive(true);
        let mut builder = self.http.request(request.method.clone(), url).timeout(longest);
        if let Some(name) = self.shown.header() {
            builder = builder.header(name, token);
        }
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
    limits: Limits,
    /// Whether it was nothing but too much at once: then nothing was carried out.
    limited: bool,
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        Self { error, limits: Limits::default(), limited: false }
    }
}

#[cfg(test)]
mod tests;
