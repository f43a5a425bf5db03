//! The API of a center, call by call.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::centers::CenterError;
use crate::centers::client::{Class, Client, HttpError, Reach, Repeat, Reply, Request};
use crate::model::capability::Rates;
use crate::model::{Amount, CenterSettings, Grant};

use super::map::{self, Seen};
use super::wire::{CenterAnswer, GrantWire, MemberWire, Page, PoolWire, RowWire, SCHEMA, UsageWire};

/// How many rows a page has.
pub(super) const PAGE: u64 = 1000;
/// How many pages a list may have: far more than any has, and no list without an end.
const MOST_PAGES: usize = 10_000;
/// What the product is called in sentences.
const PRODUCT: &str = "center that speaks schema/center.v1.openapi.yaml";

/// What a center tells of what was drawn from a pool.
#[derive(Debug)]
pub(super) enum Used {
    /// What was drawn.
    Told(UsageWire),
    /// It has no such answer.
    NotTold,
}

/// The API of a center.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
}

impl Api {
    /// The API that the settings name.
    pub(super) fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self { client: Client::new(settings, super::CAPABILITIES.provider)? })
    }

    /// How many requests were sent.
    pub(super) fn sent(&self) -> u64 {
        self.client.sent()
    }

    /// The limits that hold for the requests.
    pub(super) fn rates(&self) -> Rates {
        self.client.rates()
    }

    fn wrong(&self, why: impl Into<String>) -> CenterError {
        CenterError::WrongCenter { url: self.client.identity(), expected: PRODUCT, why: why.into() }
    }

    async fn get<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T, CenterError> {
        let what = request.path.join("/");
        let reply = self.client.send(&request).await?;
        reply
            .json()
            .map_err(|why| self.wrong(format!("/{what} does not answer as described ({why})")))
    }

    /// By what the center is known before it told.
    pub(super) fn base_url(&self) -> String {
        self.client.identity()
    }

    /// What tells the center from every other. Also shows whether it is one at all.
    pub(super) async fn identity(&self) -> Result<String, CenterError> {
        Ok(self.about().await?.identity)
    }

    /// What the center says of itself.
    pub(super) async fn about(&self) -> Result<CenterAnswer, CenterError> {
        let request = Request::get(&["v1", "center"]);
        let center: CenterAnswer = match self.client.send(&request).await {
            Ok(reply) => reply
                .json()
                .map_err(|why| self.wrong(format!("/v1/center does not say what it is ({why})")))?,
            Err(HttpError { reach: Reach::Answered(404 | 405), error, .. }) => {
                return Err(self.wrong(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        if center.schema != SCHEMA {
            return Err(self.wrong(format!("/v1/center says `{}`, not `{SCHEMA}`", center.schema.escape_debug())));
        }
        if let Some(rate) = center.rate() {
            self.client.told(rate);
        }
        Ok(center)
    }

    async fn pages<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Vec<T>, CenterError> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        let mut seen = BTreeSet::new();
        loop {
            let mut request = Request::get(path).with("limit", PAGE.to_string());
            if let Some(cursor) = &cursor {
                request = request.with("cursor", cursor);
            }
            let Page { items, next } = self.get(request).await?;
            let empty = items.is_empty();
            rows.extend(items);
            match next {
                Some(next) if empty || seen.len() == MOST_PAGES || !seen.insert(next.clone()) => {
                    return Err(self.wrong("a list has no end: a page leads to nothing new"));
                }
                Some(next) => cursor = Some(next),
                None => return Ok(rows),
            }
        }
    }

    /// Every pool, by name.
    pub(super) async fn pools(&self) -> Result<Vec<Seen>, CenterError> {
        let mut pools: Vec<Seen> =
            self.pages::<PoolWire>(&["v1", "pools"]).await?.into_iter().map(Seen::from).collect();
        pools.sort_by(|a, b| a.name.cmp(&b.name));
        pools.dedup_by(|a, b| a.name == b.name);
        Ok(pools)
    }

    /// One pool; `None` where there is none of that name.
    pub(super) async fn pool(&self, name: &str) -> Result<Option<Seen>, CenterError> {
        let request = Request::get(&["v1", "pools", name]);
        match self.client.send(&request).await {
            Ok(reply) => {
                let pool: PoolWire = reply.json().map_err(|why| self.wrong(format!("/v1/pools: {why}")))?;
                Ok(Some(pool.into()))
            }
            Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The grants of a pool, by the center's names of the members.
    pub(super) async fn grants(&self, pool: &str) -> Result<BTreeMap<String, Grant>, CenterError> {
        let grants = self.pages::<GrantWire>(&["v1", "pools", pool, "grants"]).await?;
        Ok(grants
            .into_iter()
            .map(|GrantWire { member, right }| (member, map::grant(right)))
            .collect())
    }

    /// What was drawn from a pool in the period that begins on a day, or in the running one; `None` where there is no
    /// such pool.
    pub(super) async fn usage(&self, pool: &str, since: Option<Date>) -> Result<Option<Used>, CenterError> {
        let path = ["v1", "pools", pool, "usage"];
        let mut request = Request::get(&path);
        if let Some(since) = since {
            request = request.with("period", since.to_string());
        }
        match self.client.send(&request).await {
            Ok(reply) => {
                let usage = reply.json();
                let wrong = |why| self.wrong(format!("/v1/pools/{pool}/usage does not answer as described ({why})"));
                usage.map(|usage| Some(Used::Told(usage))).map_err(wrong)
            }
            Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(None),
            // An in-house center need not count.
            Err(HttpError { reach: Reach::Answered(405 | 501), .. }) => Ok(Some(Used::NotTold)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whom the center knows.
    pub(super) async fn members(&self) -> Result<Vec<MemberWire>, CenterError> {
        self.pages(&["v1", "members"]).await
    }

    /// Makes a pool what it shall be: a new one, or the one of that version.
    pub(super) async fn put_pool(&self, pool: &Seen) -> Result<Reply, HttpError> {
        let condition = match pool.etag.as_str() {
            "" => ("if-none-match", "*".to_owned()),
            etag => ("if-match", etag.to_owned()),
        };
        let body = json!(pool.wire());
        self.write(Method::PUT, &["v1", "pools", &pool.name], Some(body), vec![condition], None)
            .await
    }

    /// Deletes a pool of that version, with so many grants in it.
    pub(super) async fn delete_pool(&self, pool: &Seen, grants: usize) -> Result<Reply, HttpError> {
        let condition = ("if-match", pool.etag.clone());
        let path = ["v1", "pools", pool.name.as_str()];
        self.write(Method::DELETE, &path, None, vec![condition], Some(("grants", grants.to_string())))
            .await
    }

    /// Changes grants of a pool, row by row.
    pub(super) async fn batch(&self, pool: &str, rows: &[RowWire<'_>]) -> Result<Reply, HttpError> {
        let path = ["v1", "pools", pool, "grants:batch"];
        self.write(Method::POST, &path, Some(json!({ "rows": rows })), Vec::new(), None).await
    }

    /// Draws. That somebody may not, or has used up what they may, are answers too.
    pub(super) async fn draw(&self, pool: &str, member: &str, amount: Amount) -> Result<Reply, HttpError> {
        let body = json!({ "member": member, "amount": amount });
        let mut request = Request::write(Method::POST, &["v1", "pools", pool, "draws"], body, Repeat::Safe);
        request.headers.push(("idempotency-key", fresh_key()));
        request.answers = &[402, 403];
        self.client.send(&request).await
    }

    /// A write with a key of its own: sent again under it, the center answers again and does nothing.
    async fn write(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
        conditions: Vec<(&'static str, String)>,
        query: Option<(&'static str, String)>,
    ) -> Result<Reply, HttpError> {
        let get = Request::get(path);
        let mut request =
            Request { method, body, headers: conditions, repeat: Repeat::Safe, class: Class::Write, ..get };
        request.headers.push(("idempotency-key", fresh_key()));
        if let Some((name, value)) = query {
            request = request.with(name, value);
        }
        self.client.send(&request).await
    }
}

/// A key that no other request has.
fn fresh_key() -> String {
    use std::hash::{BuildHasher, Hasher};
    let mut bytes = [0_u8; 16];
    if rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).is_err() {
        // The seed of a hash map is another source of chance.
        let chance = || std::collections::hash_map::RandomState::new().build_hasher().finish().to_be_bytes();
        bytes[..8].copy_from_slice(&chance());
        bytes[8..].copy_from_slice(&chance());
    }
    bytes.iter().fold(String::from("bursar-"), |key, byte| format!("{key}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::fresh_key;

    #[test]
    fn no_two_keys_are_alike() {
        let keys: std::collections::BTreeSet<String> = (0..1000).map(|_| fresh_key()).collect();
        assert_eq!(keys.len(), 1000);
        assert!(keys.iter().all(|key| key.len() == 39));
    }
}
