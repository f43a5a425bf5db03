//! LiteLLM's admin API, call by call.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::centers::CenterError;
use crate::centers::client::{Client, HttpError, Reach, Repeat, Reply, Request};
use crate::model::CenterSettings;
use crate::model::capability::Rates;

use super::wire::{Caller, Key, KeyPage, Minted, Readiness, TeamInfo, TeamName, TeamPage};

/// How many pages a list may have: far more than any has.
const MOST_PAGES: u64 = 10_000;
/// How many teams a page holds at most.
pub(super) const PAGE: u64 = 100;
/// How many reads are under way at once.
const AT_ONCE: usize = 4;
/// What the product is called in sentences.
const PRODUCT: &str = "LiteLLM proxy";

/// A LiteLLM's admin API.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
}

impl Api {
    /// The API that the settings name.
    pub(super) fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        Ok(Self { client: Client::new(settings, super::CAPABILITIES.provider)? })
    }

    /// The base URL, normalised.
    pub(super) fn identity(&self) -> String {
        self.client.identity()
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
        CenterError::WrongCenter { url: self.identity(), expected: PRODUCT, why: why.into() }
    }

    /// Every team, by id. The first page also shows whether this is a LiteLLM at all.
    pub(super) async fn teams(&self) -> Result<Vec<TeamName>, CenterError> {
        let first = self.page(1).await?;
        let pages = first.total_pages;
        if pages > MOST_PAGES {
            return Err(self.wrong(format!("its list has {pages} pages, and {MOST_PAGES} are the most that are read")));
        }
        // A page before the last is full. Where it is not, the list need not have an end at all.
        let full = &|page: u64, found: &TeamPage| match u64::try_from(found.teams.len()) {
            Ok(teams) if teams < PAGE && page < pages => Err(self.wrong(format!(
                "page {page} of its list has {teams} of {PAGE} teams and is not the last; somebody may have changed \
                     it meanwhile, so run again"
            ))),
            _ => Ok(()),
        };
        full(1, &first)?;
        let rest: Vec<TeamPage> = stream::iter(2..=pages)
            .map(|page| async move {
                let found = self.page(page).await?;
                full(page, &found).map(|()| found)
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let total = first.total;
        let mut teams: Vec<TeamName> = std::iter::once(first).chain(rest).flat_map(|page| page.teams).collect();
        teams.sort_by(|a, b| a.id.cmp(&b.id));
        teams.dedup_by(|a, b| a.id == b.id);
        if u64::try_from(teams.len()).is_ok_and(|found| found < total) {
            return Err(self.wrong(format!(
                "its list says {total} teams and shows {}; somebody may have changed it meanwhile, so run again",
                teams.len()
            )));
        }
        Ok(teams)
    }

    async fn page(&self, page: u64) -> Result<TeamPage, CenterError> {
        let request = Request::get(&["v2", "team", "list"])
            .with("page", page.to_string())
            .with("page_size", PAGE.to_string())
            .with("sort_by", "team_id");
        match self.client.send(&request).await {
            Ok(reply) => reply
                .json()
                .map_err(|why| self.wrong(format!("/v2/team/list does not answer with a list of teams ({why})"))),
            Err(HttpError { reach: Reach::Answered(404 | 405), error, .. }) => Err(self.wrong(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether it is ready, as it tells admins.
    pub(super) async fn readiness(&self) -> Result<Readiness, CenterError> {
        let reply = self.client.send(&Request::get(&["health", "readiness", "details"])).await?;
        reply.json().map_err(|why| self.wrong(format!("/health/readiness/details: {why}")))
    }

    /// Whose the key is; `None` where it belongs to no user.
    pub(super) async fn caller(&self) -> Result<Option<Caller>, CenterError> {
        match self.client.send(&Request::get(&["user", "info"])).await {
            Ok(reply) => reply.json().map(Some).map_err(|why| self.wrong(format!("/user/info: {why}"))),
            Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// One team; `None` where there is none of that id.
    pub(super) async fn team(&self, team: &str) -> Result<Option<TeamInfo>, CenterError> {
        let request = Request::get(&["team", "info"]).with("team_id", team);
        match self.client.send(&request).await {
            Ok(reply) => reply.json().map(Some).map_err(|why| self.wrong(format!("/team/info: {why}"))),
            Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Several teams, in the order asked for; those that are gone meanwhile are `None`.
    pub(super) async fn some(&self, teams: Vec<String>) -> Result<Vec<Option<TeamInfo>>, CenterError> {
        stream::iter(teams)
            .map(|team| async move { self.team(&team).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Makes a team. Not repeatable: the second time it is there already.
    pub(super) async fn create(&self, body: Value) -> Result<Reply, HttpError> {
        self.write(Method::POST, &["team", "new"], body, Repeat::Unsure).await
    }

    /// Changes fields of a team: absent keeps, null clears, `metadata` is merged.
    pub(super) async fn patch(&self, team: &str, body: Value) -> Result<Reply, HttpError> {
        self.write(Method::PATCH, &["team", team], body, Repeat::Safe).await
    }

    /// Deletes one team: one unknown id in a longer list would delete nothing.
    pub(super) async fn delete(&self, team: &str) -> Result<Reply, HttpError> {
        self.write(Method::POST, &["team", "delete"], json!({ "team_ids": [team] }), Repeat::Unsure)
            .await
    }

    /// Takes one person out of a team.
    pub(super) async fn remove(&self, team: &str, user_id: &str) -> Result<Reply, HttpError> {
        let body = json!({ "team_id": team, "user_id": user_id });
        self.write(Method::POST, &["team", "member_delete"], body, Repeat::Unsure).await
    }

    /// Adds people with one cap and one duration, all or nobody. `bulk_member_add` takes no duration, so that its caps
    /// would never start again.
    pub(super) async fn add(&self, body: Value) -> Result<Reply, HttpError> {
        self.write(Method::POST, &["team", "member_add"], body, Repeat::Unsure).await
    }

    /// Sets people's caps, row by row.
    pub(super) async fn set_caps(&self, team: &str, members: Vec<Value>) -> Result<Reply, HttpError> {
        let path = ["management", "v1", "teams", team, "members", "bulk_update"];
        self.write(Method::POST, &path, json!({ "members": members }), Repeat::Safe).await
    }

    /// Takes people out of a team, row by row.
    pub(super) async fn remove_all(&self, team: &str, members: Vec<Value>) -> Result<Reply, HttpError> {
        let path = ["management", "v1", "teams", team, "members", "bulk_delete"];
        self.write(Method::POST, &path, json!({ "members": members }), Repeat::Unsure).await
    }

    /// Every key of a team.
    pub(super) async fn keys(&self, team: &str) -> Result<Vec<Key>, CenterError> {
        let mut keys = Vec::new();
        for page in 1..=MOST_PAGES {
            let request = Request::get(&["key", "list"])
                .with("team_id", team)
                .with("return_full_object", "true")
                .with("page", page.to_string())
                .with("size", PAGE.to_string())
                .with("sort_by", "created_at")
                .with("sort_order", "asc");
            let reply = self.client.send(&request).await?;
            // What serde says of a surprise may repeat what stands there.
            let found: KeyPage =
                reply.json().map_err(|_| self.wrong("/key/list does not answer with a list of keys"))?;
            keys.extend(found.keys);
            if page >= found.total_pages {
                return match u64::try_from(keys.len()) {
                    Ok(shown) if shown >= found.total_count => Ok(keys),
                    _ => Err(self.wrong("its list of keys is shorter than it says; somebody may have changed it")),
                };
            }
        }
        Err(self.wrong("its list of keys has no end"))
    }

    /// Makes a key of one person in one team that opens the models and nothing of the proxy's own: with any other, the
    /// person could make themselves keys that belong to no team (observed). `None` where the answer holds no key.
    pub(super) async fn mint(&self, team: &str, user: &str, alias: &str) -> Result<Option<SecretString>, HttpError> {
        let body = json!({ "team_id": team, "user_id": user, "key_alias": alias, "key_type": "llm_api" });
        let reply = self.write(Method::POST, &["key", "generate"], body, Repeat::Unsure).await?;
        let minted = reply.json::<Minted>().ok().map(|minted| minted.key);
        Ok(minted
            .filter(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(SecretString::from))
    }

    /// The error of an answer without the key that it should hold.
    pub(super) fn no_secret(&self) -> CenterError {
        self.wrong("/key/generate does not answer with a key")
    }

    /// Deletes one key by its hash; one that is gone is no trouble.
    pub(super) async fn delete_key(&self, hash: &str) -> Result<(), HttpError> {
        match self
            .write(Method::POST, &["key", "delete"], json!({ "keys": [hash] }), Repeat::Safe)
            .await
        {
            Ok(_) | Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, method: Method, path: &[&str], body: Value, repeat: Repeat) -> Result<Reply, HttpError> {
        self.client.send(&Request::write(method, path, body, repeat)).await
    }
}
