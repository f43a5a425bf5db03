//! Keyless runs in GitHub Actions: the job's own OIDC token is fetched from the runner and exchanged for a bearer that
//! lives as long as Claude says. Neither is written or shown anywhere.
//!
//! That the exchange exists, its body and its answer are documented; the two betas are read in the official SDK. Whether
//! an Enterprise organization takes such a bearer for spend limits is not known [?].

use std::time::{Duration, Instant};

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::centers::CenterError;
use crate::centers::client::{Client, HttpError, Reach, Repeat, Request, Service, Shown};
use crate::model::capability::Rates;

use super::wire::{Assertion, Bearer};

/// Where the runner hands out tokens, and with what.
const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// For whom the job's token is.
const AUDIENCE: &str = "https://api.anthropic.com";
/// The betas of the exchange [S]; the first goes with every request that shows the bearer.
pub(super) const OAUTH_BETA: &str = "oauth-2025-04-20";
const FEDERATION_BETA: &str = "oidc-federation-2026-04-01";
/// How long before its end a bearer is no longer used; half of its life where that is shorter.
const MARGIN: Duration = Duration::from_mins(1);

/// The runner's endpoint.
const RUNNER: Service = Service { name: "github-oidc", host: None, shown: Shown::Bearer, rates: Rates::NONE };
/// The token endpoint. It is not in the description of the admin API, so it has a name of its own.
const EXCHANGE: Service = Service { name: "claude-oidc", host: None, shown: Shown::Body, rates: Rates::NONE };

/// Who lets the job in.
#[derive(Clone, Debug)]
pub(super) struct Federation {
    /// The federation rule's id.
    pub(super) rule: String,
    /// The organization's id.
    pub(super) organization: String,
    /// Where Claude's API is.
    pub(super) base: String,
    /// Further hosts that may see secrets.
    pub(super) allowed: Vec<String>,
}

/// A bearer and when it is no longer used.
pub(super) struct Held {
    pub(super) token: SecretString,
    pub(super) until: Instant,
}

/// A variable of the runner.
fn variable(name: &'static str) -> Result<String, CenterError> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or(CenterError::NotInActions(name))
}

impl Federation {
    /// A fresh bearer.
    pub(super) async fn bearer(&self) -> Result<Held, HttpError> {
        let assertion = self.assertion().await?;
        let body = json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion.expose_secret(),
            "federation_rule_id": self.rule,
            "organization_id": self.organization,
        });
        let client = Client::with(&self.base, &self.allowed, &EXCHANGE, assertion).map_err(HttpError::before)?;
        // A second bearer does no harm.
        let mut request = Request::write(Method::POST, &["v1", "oauth", "token"], body, Repeat::Safe);
        request.headers.push(("anthropic-beta", format!("{OAUTH_BETA},{FEDERATION_BETA}")));
        let reply = client.send(&request).await.map_err(|mut error| {
            if let (
                Reach::Answered(400 | 401 | 403),
                CenterError::Unauthorized { why, .. }
                | CenterError::Answer { why, .. }
                | CenterError::Forbidden { why, .. },
            ) = (error.reach, &error.error)
            {
                error.error = CenterError::NotFederated { rule: self.rule.clone(), why: why.clone() };
            }
            error
        })?;
        let asked = Instant::now();
        // What serde says of a surprise may repeat what stands there.
        let bearer: Bearer = reply
            .json()
            .map_err(|_| self.surprise("the token endpoint does not answer with a token"))?;
        let life = Duration::from_secs(bearer.expires_in);
        let until = asked.checked_add(life.saturating_sub(MARGIN.min(life / 2))).unwrap_or(asked);
        Ok(Held { token: SecretString::from(bearer.access_token), until })
    }

    /// The job's own token, for Claude.
    async fn assertion(&self) -> Result<SecretString, HttpError> {
        let written = variable(URL).map_err(HttpError::before)?;
        let token = SecretString::from(variable(TOKEN).map_err(HttpError::before)?);
        let bad = || HttpError::before(CenterError::NotInActions(URL));
        let url = Url::parse(&written).map_err(|_| bad())?;
        // The runner names the place itself; https is asked of it like of any other.
        let host: Vec<String> = url.host_str().map(str::to_owned).into_iter().collect();
        let client =
            Client::with(&url[..url::Position::BeforePath], &host, &RUNNER, token).map_err(HttpError::before)?;
        let path: Vec<&str> = url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty()).collect();
        let mut request = Request::get(&path);
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        for (name, value) in &query {
            request = request.with(name, value.as_str());
        }
        let reply = client.send(&request.with("audience", AUDIENCE)).await?;
        let assertion: Assertion =
            reply.json().map_err(|_| self.surprise("the runner does not answer with a token"))?;
        Ok(SecretString::from(assertion.value))
    }

    fn surprise(&self, why: &str) -> HttpError {
        let why = why.to_owned();
        HttpError::before(CenterError::NotFederated { rule: self.rule.clone(), why })
    }
}
