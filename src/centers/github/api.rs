//! GitHub's billing API, call by call. Documented for version 2026-03-10.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::centers::CenterError;
use crate::centers::client::{Client, HttpError, Reach, Repeat, Reply, Request, Service, Shown};
use crate::model::capability::Rates;
use crate::model::{CenterSettings, SecretSource};

use super::capabilities::RATES;
use super::wire::{
    BudgetPage, BudgetRow, Caller, CostCenterRow, CostCenters, SeatPage, SeatRow, StatePage, UsageReport, UserState,
};

/// How many pages a list may have: far more than any has.
const MOST_PAGES: u64 = 10_000;
/// How many rows a page holds at most [D].
pub(super) const PAGE: u64 = 100;
/// Where everybody's API is who has no data residency [D].
const HOST: &str = "https://api.github.com";
/// What the product is called in sentences.
const PRODUCT: &str = "GitHub account with AI credits";
/// What every request carries [D].
const HEADERS: [(&str, &str); 2] = [("accept", "application/vnd.github+json"), ("x-github-api-version", "2026-03-10")];

const API: Service = Service { name: "github", host: Some(HOST), shown: Shown::Bearer, rates: RATES };

/// Which account a center is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// An enterprise, by its slug.
    Enterprise(String),
    /// An organization of no enterprise, by its login.
    Organization(String),
}

impl Account {
    /// The account that the settings name.
    pub(super) fn of(settings: &CenterSettings) -> Result<Self, CenterError> {
        match (&settings.enterprise, &settings.organization) {
            (Some(enterprise), _) => Ok(Self::Enterprise(enterprise.clone())),
            (None, Some(organization)) => Ok(Self::Organization(organization.clone())),
            (None, None) => Err(CenterError::MissingSetting("enterprise")),
        }
    }

    /// Whether it is an enterprise: only those have cost centers.
    pub(super) fn is_enterprise(&self) -> bool {
        matches!(self, Self::Enterprise(_))
    }

    /// The path of its billing.
    fn billing(&self) -> [&str; 4] {
        match self {
            Self::Enterprise(name) => ["enterprises", name, "settings", "billing"],
            // Not `orgs`.
            Self::Organization(name) => ["organizations", name, "settings", "billing"],
        }
    }

    /// The path of its seats.
    fn seats(&self) -> [&str; 5] {
        match self {
            Self::Enterprise(name) => ["enterprises", name, "copilot", "billing", "seats"],
            Self::Organization(name) => ["orgs", name, "copilot", "billing", "seats"],
        }
    }
}

/// By what the account is known: the API that it answers at, and its name there.
pub(super) fn identity(settings: &CenterSettings) -> Result<String, CenterError> {
    let base = settings.base_url.as_deref().unwrap_or(HOST).trim_end_matches('/');
    let (kind, name) = match Account::of(settings)? {
        Account::Enterprise(name) => ("enterprises", name),
        Account::Organization(name) => ("organizations", name),
    };
    Ok(format!("{base}/{kind}/{name}"))
}

/// The settings with GitHub's own hosts of data residency allowed: `api.NAME.ghe.com` [D].
fn with_own_hosts(settings: &CenterSettings) -> CenterSettings {
    let mut settings = settings.clone();
    let url = settings.base_url.as_deref().and_then(|url| Url::parse(url).ok());
    let host = url.as_ref().and_then(Url::host_str);
    if let Some(host) = host.filter(|host| format!("https://{host}") == HOST) {
        settings.allow_host.push(host.to_owned());
    } else if let Some(host) = host
        && let Some(name) = host.strip_prefix("api.").and_then(|rest| rest.strip_suffix(".ghe.com"))
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        settings.allow_host.push(host.to_owned());
    }
    settings
}

/// The billing API of one account.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    account: Account,
    /// Whether the token is one that GitHub makes for an app or for a run of Actions, by its prefix.
    is_of_app: bool,
}

/// One answer, and the scopes that GitHub says the token has; a fine-grained token has none.
pub(super) struct Whose {
    pub(super) login: String,
    pub(super) scopes: Option<Vec<String>>,
}

impl Api {
    /// The API of the account that the settings name. Reads the token, sends nothing.
    pub(super) fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        let token = settings.token.as_ref().ok_or(CenterError::MissingSetting("token"))?;
        let SecretSource::Env(variable) = token;
        let is_of_app = std::env::var(variable).is_ok_and(|token| token.starts_with("ghs_"));
        let client = Client::of(&with_own_hosts(settings), &API, token)?;
        Ok(Self { client, account: Account::of(settings)?, is_of_app })
    }

    /// Which account it is.
    pub(super) fn account(&self) -> &Account {
        &self.account
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

    async fn send(&self, mut request: Request<'_>) -> Result<Reply, HttpError> {
        request.headers.extend(HEADERS.map(|(name, value)| (name, value.to_owned())));
        self.client.send(&request).await.map_err(|error| self.told(error))
    }

    /// A 404 is missing rights more often than a missing object, and a 403 may be the kind of the token: GitHub says
    /// neither.
    fn told(&self, mut error: HttpError) -> HttpError {
        let app = "; the token is one of a GitHub App or the GITHUB_TOKEN of a run, which cannot manage billing: use a \
                   personal access token";
        let hidden = "; GitHub says so also where the token lacks the right, and where AI credits are not enabled";
        match &mut error.error {
            CenterError::Forbidden { why, .. } | CenterError::Answer { status: 404, why, .. } if self.is_of_app => {
                why.push_str(app);
            }
            CenterError::Answer { status: 404, why, .. } => why.push_str(hidden),
            _ => {}
        }
        error
    }

    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        self.account.billing().into_iter().chain(rest.iter().copied()).collect()
    }

    /// Whose token it is, and what it may do. Documented for every token of a user.
    pub(super) async fn whose(&self) -> Result<Whose, CenterError> {
        let reply = self.send(Request::get(&["user"])).await?;
        let caller: Caller = reply.json().map_err(|why| self.wrong(format!("/user: {why}")))?;
        let scopes = reply.header("x-oauth-scopes").map(|scopes| {
            scopes
                .split(',')
                .map(|scope| scope.trim().to_owned())
                .filter(|scope| !scope.is_empty())
                .collect()
        });
        Ok(Whose { login: caller.login, scopes })
    }

    /// Every budget, of one scope or of all. The list says in its body whether it goes on; where what it says and what
    /// it shows differ, nothing can be planned from it.
    pub(super) async fn budgets(&self, scope: Option<&str>) -> Result<Vec<BudgetRow>, CenterError> {
        let mut found = BTreeMap::new();
        let mut rows = 0_u64;
        for page in 1..=MOST_PAGES {
            let mut request = Request::get(&self.path(&["budgets"]))
                .with("page", page.to_string())
                .with("per_page", PAGE.to_string());
            if let Some(scope) = scope {
                request = request.with("scope", scope);
            }
            let reply = self.send(request).await?;
            let BudgetPage { budgets, has_next_page, total_count } = reply
                .json()
                .map_err(|why| self.wrong(format!("/budgets does not answer with a list ({why})")))?;
            let count = u64::try_from(budgets.len()).unwrap_or(u64::MAX);
            rows = rows.saturating_add(count);
            found.extend(budgets.into_iter().map(|budget| (budget.id.clone(), budget)));
            let more = match (has_next_page, total_count) {
                (Some(more), _) => more,
                (None, Some(total)) => rows < total,
                // Nothing says where it ends, so an empty page does.
                (None, None) => true,
            };
            if more && count > 0 {
                continue;
            }
            let shown = u64::try_from(found.len()).unwrap_or(u64::MAX);
            if more || total_count.is_some_and(|total| total != shown) {
                let ends = total_count.map_or("goes on".to_owned(), |total| format!("says {total} budgets"));
                if more && total_count.is_none() && has_next_page.is_none() {
                    return Ok(found.into_values().collect());
                }
                return Err(self.wrong(format!(
                    "its list {ends} and shows {shown}; somebody may have changed it meanwhile, so run again"
                )));
            }
            return Ok(found.into_values().collect());
        }
        Err(self.wrong("its list of budgets has no end"))
    }

    /// Makes a budget. The same again would make a second one.
    pub(super) async fn create_budget(&self, body: Value) -> Result<Reply, HttpError> {
        self.send(Request::write(Method::POST, &self.path(&["budgets"]), body, Repeat::Unsure))
            .await
    }

    /// Changes the amount, the stop, the alerts or the end of a budget; nothing else of one can be changed.
    pub(super) async fn patch_budget(&self, id: &str, body: Value) -> Result<Reply, HttpError> {
        self.send(Request::write(Method::PATCH, &self.path(&["budgets", id]), body, Repeat::Safe))
            .await
    }

    /// Deletes a budget; whether it was still there, as far as GitHub says.
    pub(super) async fn delete_budget(&self, id: &str) -> Result<bool, HttpError> {
        gone(self.send(bare_delete(&self.path(&["budgets", id]))).await)
    }

    /// Every active cost center, in one answer: the list has no pages. It is filtered here, since the filter hung for
    /// more than a minute at one enterprise (seen by others).
    pub(super) async fn centers(&self) -> Result<Vec<CostCenterRow>, CenterError> {
        let reply = self.send(Request::get(&self.path(&["cost-centers"]))).await?;
        let CostCenters { centers } = reply
            .json()
            .map_err(|why| self.wrong(format!("/cost-centers does not answer with a list ({why})")))?;
        Ok(centers.into_iter().filter(|center| center.state.as_deref() != Some("deleted")).collect())
    }

    /// One cost center with all its resources, which have pages here; and how many pages that were.
    pub(super) async fn center(&self, id: &str) -> Result<CostCenterRow, CenterError> {
        let mut whole: Option<CostCenterRow> = None;
        for page in 1..=MOST_PAGES {
            let request = Request::get(&self.path(&["cost-centers", id]))
                .with("page", page.to_string())
                .with("per_page", PAGE.to_string());
            let reply = self.send(request).await?;
            let mut row: CostCenterRow =
                reply.json().map_err(|why| self.wrong(format!("/cost-centers/{id}: {why}")))?;
            let more = row.has_next_page == Some(true) && !row.resources.is_empty();
            if let Some(before) = whole.take() {
                let mut resources = before.resources;
                resources.append(&mut row.resources);
                row.resources = resources;
            }
            if !more {
                return Ok(row);
            }
            whole = Some(row);
        }
        Err(self.wrong("the list of a cost center's resources has no end"))
    }

    /// Makes a cost center. A name is given once, so that a second try is refused.
    pub(super) async fn create_center(&self, name: &str, pool: Option<bool>) -> Result<Reply, HttpError> {
        let mut body = json!({ "name": name });
        if let Some(pool) = pool {
            body["ai_credit_pool_enabled"] = pool.into();
        }
        self.send(Request::write(Method::POST, &self.path(&["cost-centers"]), body, Repeat::Unsure))
            .await
    }

    /// Says whether a cost center has a share of the included credits of its own.
    pub(super) async fn set_pool(&self, id: &str, pool: bool) -> Result<Reply, HttpError> {
        let body = json!({ "ai_credit_pool_enabled": pool });
        self.send(Request::write(Method::PATCH, &self.path(&["cost-centers", id]), body, Repeat::Safe))
            .await
    }

    /// Archives a cost center; whether it was still there, as far as GitHub says.
    pub(super) async fn archive(&self, id: &str) -> Result<bool, HttpError> {
        gone(self.send(bare_delete(&self.path(&["cost-centers", id]))).await)
    }

    /// Adds users to a cost center, 50 at most; whoever is in another one is taken out of it, unasked.
    pub(super) async fn add(&self, id: &str, users: &[String]) -> Result<Reply, HttpError> {
        let path = self.path(&["cost-centers", id, "resource"]);
        // The same again changes nothing more.
        self.send(Request::write(Method::POST, &path, json!({ "users": users }), Repeat::Safe))
            .await
    }

    /// Takes users out of a cost center, 50 at most. It is a DELETE with a body.
    pub(super) async fn remove(&self, id: &str, users: &[String]) -> Result<Reply, HttpError> {
        let path = self.path(&["cost-centers", id, "resource"]);
        self.send(Request::write(Method::DELETE, &path, json!({ "users": users }), Repeat::Safe))
            .await
    }

    /// Every seat; a user has as many as there are organizations that grant it.
    pub(super) async fn seats(&self) -> Result<Vec<SeatRow>, CenterError> {
        let mut all: Vec<SeatRow> = Vec::new();
        let mut people = BTreeSet::new();
        for page in 1..=MOST_PAGES {
            let request = Request::get(&self.account.seats())
                .with("page", page.to_string())
                .with("per_page", PAGE.to_string());
            let reply = self.send(request).await?;
            let SeatPage { total_seats, seats } =
                reply.json().map_err(|why| self.wrong(format!("/copilot/billing/seats: {why}")))?;
            let count = u64::try_from(seats.len()).unwrap_or(u64::MAX);
            let logins = seats.iter().filter_map(|seat| seat.assignee.as_ref());
            people.extend(logins.map(|assignee| assignee.login.to_ascii_lowercase()));
            all.extend(seats);
            // Pages may be shorter than was asked for, so a short one ends the list only where everybody was there.
            let found = u64::try_from(people.len()).unwrap_or(u64::MAX);
            if count == 0 || (count < PAGE && total_seats.is_none_or(|total| found >= total)) {
                return Ok(all);
            }
        }
        Err(self.wrong("its list of seats has no end"))
    }

    /// Who consumed how much of a budget of all users, in USD. Whoever did nothing yet is not in it.
    pub(super) async fn user_states(&self, budget: &str) -> Result<Vec<UserState>, CenterError> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let request = Request::get(&self.path(&["budgets", budget, "user-states"]))
                .with("page", page.to_string())
                .with("per_page", PAGE.to_string());
            let reply = self.send(request).await?;
            let StatePage { user_states, has_next_page, total_count } =
                reply.json().map_err(|why| self.wrong(format!("/user-states: {why}")))?;
            let empty = user_states.is_empty();
            all.extend(user_states);
            if has_next_page == Some(true) && !empty {
                continue;
            }
            let shown = u64::try_from(all.len()).unwrap_or(u64::MAX);
            if let Some(total) = total_count.filter(|total| *total != shown) {
                return Err(self.wrong(format!("/user-states says {total} people and shows {shown}; run again")));
            }
            return Ok(all);
        }
        Err(self.wrong("its list of user states has no end"))
    }

    /// What was used of AI credits this month: of everybody, or of one cost center.
    pub(super) async fn usage(&self, center: Option<&str>) -> Result<UsageReport, CenterError> {
        let mut request = Request::get(&self.path(&["ai_credit", "usage"]));
        if let Some(center) = center {
            request = request.with("cost_center_id", center);
        }
        let reply = self.send(request).await?;
        reply.json().map_err(|why| self.wrong(format!("/ai_credit/usage: {why}")))
    }
}

/// A DELETE without a body.
fn bare_delete<'a>(path: &[&'a str]) -> Request<'a> {
    let write = Request::write(Method::DELETE, path, Value::Null, Repeat::Safe);
    Request { body: None, ..write }
}

/// Whether something that is to go was still there. A 404 may as well be a missing right, so it has to be looked at.
fn gone(answer: Result<Reply, HttpError>) -> Result<bool, HttpError> {
    match answer {
        Ok(_) => Ok(true),
        Err(HttpError { reach: Reach::Answered(404), .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
