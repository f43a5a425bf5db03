//! The workspace Admin API, call by call.

use std::collections::BTreeSet;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::centers::CenterError;
use crate::centers::client::{Class, Client, HttpError, Reach, Repeat, Reply, Request, Service, Shown};
use crate::model::capability::Rates;
use crate::model::{CenterSettings, SecretSource};

use super::wire::{Asking, DirectoryGroup, Group, Member, Page, Row, User, Workspace};

/// How many rows a page holds at most [D].
pub(super) const PAGE: usize = 100;
/// How many pages a list may have: far more than any has.
const MOST_PAGES: usize = 10_000;
/// What the product is called in sentences.
const PRODUCT: &str = "ChatGPT workspace";
/// Nobody's id, for a request that asks what the key may do and can change nothing.
const NOBODY: &str = "user-nobody-bursar-doctor";

/// Where the vendor's API is, and how fast it may be asked. No rate is published [?]: it is begun with, and 429 obeyed.
const SERVICE: Service = Service {
    name: super::CAPABILITIES.provider,
    host: Some("https://api.chatgpt.com/v1"),
    shown: Shown::Bearer,
    rates: super::CAPABILITIES.rates,
};

/// Why a list could not be read whole.
enum Unread {
    /// It changed while it was read; why.
    Moved(String),
    /// Anything else.
    Failed(CenterError),
}

impl<E: Into<CenterError>> From<E> for Unread {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A group of the directory with everybody in it.
#[derive(Clone, Debug)]
pub(super) struct Members {
    /// Whether an identity provider keeps it, so that nobody joins or leaves here.
    pub(super) scim: bool,
    /// The ids of its members.
    pub(super) users: BTreeSet<String>,
}

/// The API of one workspace.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    workspace: String,
}

impl Api {
    /// The API that the settings name. Reads the token, sends nothing.
    pub(super) fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        let workspace = settings.workspace.clone().ok_or(CenterError::MissingSetting("workspace"))?;
        let token: &SecretSource = settings.token.as_ref().ok_or(CenterError::MissingSetting("token"))?;
        Ok(Self { client: Client::of(settings, &SERVICE, token)?, workspace })
    }

    /// How many requests were sent.
    pub(super) fn sent(&self) -> u64 {
        self.client.sent()
    }

    /// The limits that hold for the requests.
    pub(super) fn rates(&self) -> Rates {
        self.client.rates()
    }

    fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        ["manage", "workspaces", &self.workspace]
            .into_iter()
            .chain(below.iter().copied())
            .collect()
    }

    fn wrong(&self, why: impl Into<String>) -> CenterError {
        CenterError::WrongCenter { url: self.client.identity(), expected: PRODUCT, why: why.into() }
    }

    fn parsed<T: DeserializeOwned>(&self, reply: &Reply, below: &[&str]) -> Result<T, CenterError> {
        reply.json().map_err(|why| self.wrong(format!("/{}: {why}", below.join("/"))))
    }

    async fn get<T: DeserializeOwned>(&self, below: &[&str]) -> Result<T, CenterError> {
        let reply = self.client.send(&Request::get(&self.path(below))).await?;
        self.parsed(&reply, below)
    }

    /// The same; `None` where there is no such thing.
    async fn find<T: DeserializeOwned>(&self, below: &[&str]) -> Result<Option<T>, CenterError> {
        match self.client.send(&Request::get(&self.path(below))).await {
            Ok(reply) => self.parsed(&reply, below).map(Some),
            Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A whole list. One that changes while it is read is begun again once: nobody may be missed.
    async fn all<T: Row + DeserializeOwned>(&self, below: &[&str], query: &str) -> Result<Vec<T>, CenterError> {
        let mut first = None;
        loop {
            match self.pages(below, query).await {
                Ok(rows) => return Ok(rows),
                Err(Unread::Failed(error)) => return Err(error),
                Err(Unread::Moved(why)) => match first.replace(why) {
                    None => {}
                    Some(_) => return Err(self.unsteady(below, first.unwrap_or_default())),
                },
            }
        }
    }

    fn unsteady(&self, below: &[&str], why: String) -> CenterError {
        CenterError::Unsteady { url: format!("{}/{}", self.client.identity(), below.join("/")), why }
    }

    async fn pages<T: Row + DeserializeOwned>(&self, below: &[&str], query: &str) -> Result<Vec<T>, Unread> {
        let (mut rows, mut seen, mut asked) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let path = self.path(below);
            let mut request = Request::get(&path).with("limit", PAGE.to_string());
            if !query.is_empty() {
                request = request.with("query", query);
            }
            if let Some(cursor) = &cursor {
                request = request.with("cursor", cursor.as_str());
            }
            let page: Page<T> = match self.client.send(&request).await {
                Ok(reply) => self.parsed(&reply, below)?,
                // A cursor that was good a moment ago: what it pointed at is gone.
                Err(HttpError { reach: Reach::Answered(400), error, .. }) if cursor.is_some() => {
                    return Err(Unread::Moved(error.to_string()));
                }
                Err(error) => return Err(error.into()),
            };
            for row in page.data {
                if !seen.insert(row.id().to_owned()) {
                    return Err(Unread::Moved(format!("{} came twice", row.id().escape_debug())));
                }
                rows.push(row);
            }
            if !page.has_more {
                return Ok(rows);
            }
            match page.cursor {
                Some(next) if asked.insert(next.clone()) => cursor = Some(next),
                Some(_) => return Err(self.wrong("its list comes back to a page that was read").into()),
                None => return Err(self.wrong("its list has more and does not say how to ask for it").into()),
            }
        }
        Err(self.wrong("its list has no end").into())
    }

    /// The workspace's default.
    pub(super) async fn workspace(&self) -> Result<Workspace, CenterError> {
        let workspace: Workspace = self.get(&["usage_limits", "workspace"]).await?;
        match &workspace.id {
            Some(id) if !id.eq_ignore_ascii_case(&self.workspace) => {
                Err(self.wrong(format!("it answers for the workspace {}", id.escape_debug())))
            }
            _ => Ok(workspace),
        }
    }

    /// Every group with its default.
    pub(super) async fn groups(&self) -> Result<Vec<Group>, CenterError> {
        self.all(&["usage_limits", "groups"], "").await
    }

    /// One group with its default; `None` where there is none of that id.
    pub(super) async fn group(&self, id: &str) -> Result<Option<Group>, CenterError> {
        self.find(&["usage_limits", "groups", id]).await
    }

    /// Everybody.
    pub(super) async fn users(&self) -> Result<Vec<User>, CenterError> {
        self.all(&["usage_limits", "users"], "").await
    }

    /// Everybody whose name or address contains a text [D].
    pub(super) async fn users_like(&self, text: &str) -> Result<Vec<User>, CenterError> {
        self.all(&["usage_limits", "users"], text).await
    }

    /// One person; `None` where there is none of that id.
    pub(super) async fn user(&self, id: &str) -> Result<Option<User>, CenterError> {
        self.find(&["usage_limits", "users", id]).await
    }

    /// A group of the directory with everybody in it; `None` where there is none of that id. The list has to be as long
    /// as the group says it is; where it is not, it is read again. Where both times say the same, it is what it is.
    pub(super) async fn members(&self, id: &str) -> Result<Option<Members>, CenterError> {
        let below = ["groups", id, "users"];
        let mut before: Option<(Option<usize>, BTreeSet<String>)> = None;
        loop {
            let Some(group) = self.find::<DirectoryGroup>(&["groups", id]).await? else { return Ok(None) };
            let users: Vec<Member> = self.all(&below, "").await?;
            let users: BTreeSet<String> = users.into_iter().map(|user| user.id).collect();
            let scim = group.source.as_deref() == Some("scim");
            let whole = group.member_count.is_none_or(|count| count == users.len());
            let now = (group.member_count, users);
            if whole || before.as_ref() == Some(&now) {
                return Ok(Some(Members { scim, users: now.1 }));
            }
            if before.is_some() {
                let count = now.0.unwrap_or_default();
                return Err(
                    self.unsteady(&below, format!("the group counts {count} members and lists {}", now.1.len()))
                );
            }
            before = Some(now);
        }
    }

    /// The ids of the groups that somebody is in; `None` where there is no such person.
    pub(super) async fn groups_of(&self, user: &str) -> Result<Option<BTreeSet<String>>, CenterError> {
        match self.all::<DirectoryGroup>(&["users", user, "groups"], "").await {
            Ok(groups) => Ok(Some(groups.into_iter().map(|group| group.id).collect())),
            Err(CenterError::Answer { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the directory may be read.
    pub(super) async fn directory(&self) -> Result<(), CenterError> {
        let path = self.path(&["groups"]);
        let request = Request::get(&path).with("limit", "1");
        self.client.send(&request).await?;
        Ok(())
    }

    /// Every request for a higher limit, whatever became of it.
    pub(super) async fn requests(&self) -> Result<Vec<Asking>, CenterError> {
        self.all(&["usage_limits", "requests"], "").await
    }

    /// Writes, once: whoever does not know what came of it reads back. Only 429 and a connection that was never made are
    /// tried again.
    async fn write(&self, method: Method, below: &[&str], body: Option<Value>) -> Result<Reply, HttpError> {
        let path = self.path(below);
        let request = Request { method, body, repeat: Repeat::Unsure, class: Class::Write, ..Request::get(&path) };
        self.client.send(&request).await
    }

    /// Sets the workspace's default; null clears it.
    pub(super) async fn set_workspace(&self, limit: Value) -> Result<Reply, HttpError> {
        let body = json!({ "default_user_monthly_usage_limit": limit });
        self.write(Method::PATCH, &["usage_limits", "workspace"], Some(body)).await
    }

    /// Sets a group's default; null clears it.
    pub(super) async fn set_group(&self, id: &str, limit: Value) -> Result<Reply, HttpError> {
        let body = json!({ "default_user_monthly_usage_limit": limit });
        self.write(Method::PATCH, &["usage_limits", "groups", id], Some(body)).await
    }

    /// Sets a person's own limit; null clears it.
    pub(super) async fn set_user(&self, id: &str, limit: Value) -> Result<Reply, HttpError> {
        let body = json!({ "override_monthly_usage_limit": limit });
        self.write(Method::PATCH, &["usage_limits", "users", id], Some(body)).await
    }

    /// Puts somebody into a group.
    pub(super) async fn join(&self, group: &str, user: &str) -> Result<Reply, HttpError> {
        self.write(Method::POST, &["groups", group, "users"], Some(json!({ "user_id": user })))
            .await
    }

    /// Takes somebody out of a group.
    pub(super) async fn leave(&self, group: &str, user: &str) -> Result<Reply, HttpError> {
        self.write(Method::DELETE, &["groups", group, "users", user], None).await
    }

    /// Answers a request for a higher limit.
    pub(super) async fn answer(&self, request: &str, body: Value) -> Result<Reply, HttpError> {
        self.write(Method::PATCH, &["usage_limits", "requests", request], Some(body)).await
    }

    /// What the key is told that asks to clear the limit of somebody who does not exist: 404 where it may write, 403
    /// where it may not [?]. Nothing can come of it.
    pub(super) async fn may_write(&self) -> Result<bool, CenterError> {
        match self.set_user(NOBODY, Value::Null).await {
            Ok(_) | Err(HttpError { reach: Reach::Answered(404 | 422), .. }) => Ok(true),
            Err(HttpError { reach: Reach::Answered(403), .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
