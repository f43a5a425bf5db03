//! Claude's admin API, call by call. The endpoints of limits are counted apart from the others [D], so each has a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::centers::CenterError;
use crate::centers::client::{Client, HttpError, Reach, Repeat, Reply, Request, Service, Shown};
use crate::model::capability::{Rate, Rates};
use crate::model::{Auth, CenterSettings};

use super::Flavor;
use super::oidc::{Federation, Held, OAUTH_BETA};
use super::wire::{Effective, Group, IdPage, IncreaseRequest, Member, Organization, Page, SpendLimit, User, Workspace};

/// Where the vendor's own API is.
pub(super) const HOST: &str = "https://api.anthropic.com";
/// The newest version of the shapes; 2023-06-01 works too [S].
const VERSION: &str = "2026-10-21";
/// Without it the list of limits is not found [S].
const LIST_BETA: &str = "spend-limit-reads-2026-09-26";
/// How many rows, or people, a page holds at most [D].
pub(super) const PAGE: usize = 1000;
/// How many people one question about what holds for them may name [D].
pub(super) const NAMED: usize = 100;
/// What an organization of the Console says where people's limits are asked for [D].
const CONSOLE_CODE: &str = "organization_type_not_supported";
/// How many pages a list may have: far more than any has.
const MOST_PAGES: usize = 10_000;
/// The limiter counts by the minute, and its refusals need not say how long to wait [?].
const UNSAID: Duration = Duration::from_mins(1);

/// Of all endpoints of limits together: 60 a minute [D]. A burst after a pause counts into the same minute.
pub(super) const SPEND: Rate = Rate { per_minute: 57, burst: 3 };
/// Of everything else: 100 a minute [D].
const ELSEWHERE: Rate = Rate { per_minute: 95, burst: 5 };

/// Which of the two counts a request is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Spend,
    Elsewhere,
}

/// The two clients, with one token.
#[derive(Debug)]
struct Lanes {
    spend: Client,
    elsewhere: Client,
}

impl Lanes {
    fn new(service: Service, open: impl Fn(&Service) -> Result<Client, CenterError>) -> Result<Self, CenterError> {
        // A gateway counts nothing apart, and says itself what it counts.
        let rates = |rate| if service.name == GATEWAY { Rates::NONE } else { Rates { all: Some(rate), ..Rates::NONE } };
        let lane = |rate| open(&Service { rates: rates(rate), ..service }).map(|client| client.waiting(UNSAID));
        Ok(Self { spend: lane(SPEND)?, elsewhere: lane(ELSEWHERE)? })
    }

    fn of(&self, lane: Lane) -> &Client {
        match lane {
            Lane::Spend => &self.spend,
            Lane::Elsewhere => &self.elsewhere,
        }
    }

    fn sent(&self) -> u64 {
        self.spend.sent() + self.elsewhere.sent()
    }
}

/// Under which name a gateway's requests are told and recorded: it speaks the same shapes with other pages and headers.
pub(super) const GATEWAY: &str = "claude-gateway";

/// Where the token comes from.
enum Access {
    /// A variable.
    Key(Arc<Lanes>),
    /// A federation rule, again and again.
    Federated { federation: Federation, held: Mutex<Option<(Arc<Lanes>, Instant)>>, before: AtomicU64 },
}

/// Claude's admin API.
pub(super) struct Api {
    /// Which product it is.
    pub(super) flavor: Flavor,
    settings: CenterSettings,
    service: Service,
    /// Whether the token goes as a bearer of the vendor's, with its beta.
    bearer: bool,
    access: Access,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("flavor", &self.flavor).finish_non_exhaustive()
    }
}

impl Api {
    /// The API that the settings name. Reads the key from the environment, sends nothing.
    pub(super) fn new(settings: &CenterSettings) -> Result<Self, CenterError> {
        let flavor = Flavor::of(settings)?;
        let auth = settings.auth.unwrap_or(Auth::ApiKey);
        let shown = if auth == Auth::ApiKey { Shown::Header("x-api-key") } else { Shown::Bearer };
        let service = match flavor {
            Flavor::Gateway => Service { name: GATEWAY, host: None, shown, rates: Rates::NONE },
            _ => Service { name: "claude", host: Some(HOST), shown, rates: Rates::NONE },
        };
        let access = if auth == Auth::Oidc {
            let missing = CenterError::MissingSetting;
            let federation = Federation {
                rule: settings.federation_rule.clone().ok_or(missing("federation_rule"))?,
                organization: settings.organization.clone().ok_or(missing("organization"))?,
                base: settings.base_url.clone().unwrap_or_else(|| HOST.to_owned()),
                // The vendor's own host needs nobody's permission.
                allowed: settings.allow_host.iter().cloned().chain([host(HOST)]).collect(),
            };
            Access::Federated { federation, held: Mutex::default(), before: AtomicU64::new(0) }
        } else {
            let token = settings.token.as_ref().ok_or(CenterError::MissingSetting("token"))?;
            Access::Key(Arc::new(Lanes::new(service, |service| Client::of(settings, service, token))?))
        };
        Ok(Self { flavor, settings: settings.clone(), service, bearer: shown == Shown::Bearer, access })
    }

    /// How many requests were sent, those of keyless logins left out.
    pub(super) fn sent(&self) -> u64 {
        match &self.access {
            Access::Key(lanes) => lanes.sent(),
            Access::Federated { held, before, .. } => {
                let now = held.try_lock().ok().and_then(|held| held.as_ref().map(|(lanes, _)| lanes.sent()));
                before.load(Ordering::Relaxed) + now.unwrap_or(0)
            }
        }
    }

    /// The limits that hold for the requests: those of the endpoints of limits, which most requests go to.
    pub(super) fn rates(&self) -> Option<Rates> {
        match &self.access {
            Access::Key(lanes) => Some(lanes.spend.rates()),
            Access::Federated { held, .. } => held.try_lock().ok()?.as_ref().map(|(lanes, _)| lanes.spend.rates()),
        }
    }

    /// The clients, with a token that is good for a while.
    async fn lanes(&self) -> Result<Arc<Lanes>, HttpError> {
        let (federation, held, before) = match &self.access {
            Access::Key(lanes) => return Ok(Arc::clone(lanes)),
            Access::Federated { federation, held, before } => (federation, held, before),
        };
        let mut held = held.lock().await;
        if let Some((lanes, until)) = held.as_ref()
            && Instant::now() < *until
        {
            return Ok(Arc::clone(lanes));
        }
        let Held { token, until } = federation.bearer().await?;
        let Federation { base, allowed, .. } = federation;
        let open = |service: &Service| Client::with(base, allowed, service, token.clone());
        let lanes = Arc::new(Lanes::new(self.service, open).map_err(HttpError::before)?);
        if let Some((old, _)) = held.replace((Arc::clone(&lanes), until)) {
            before.fetch_add(old.sent(), Ordering::Relaxed);
        }
        Ok(lanes)
    }

    /// Sends a request; with a new bearer once more where the one in use has ended before its time.
    async fn send(&self, lane: Lane, mut request: Request<'_>) -> Result<Reply, HttpError> {
        let mut betas = Vec::new();
        if self.flavor != Flavor::Gateway {
            request.headers.push(("anthropic-version", VERSION.to_owned()));
            betas.extend(self.bearer.then_some(OAUTH_BETA));
            let lists_limits = request.method == Method::GET && request.path.last() == Some(&"spend_limits");
            betas.extend(lists_limits.then_some(LIST_BETA));
        }
        if !betas.is_empty() {
            request.headers.push(("anthropic-beta", betas.join(",")));
        }
        let lanes = self.lanes().await?;
        let answer = lanes.of(lane).send(&request).await;
        match (&answer, &self.access) {
            (Err(HttpError { reach: Reach::Answered(401), .. }), Access::Federated { held, before, .. }) => {
                if let Some((old, _)) = held.lock().await.take_if(|(now, _)| Arc::ptr_eq(now, &lanes)) {
                    before.fetch_add(old.sent(), Ordering::Relaxed);
                }
                self.lanes().await?.of(lane).send(&request).await
            }
            _ => answer,
        }
    }

    fn wrong(&self, why: impl Into<String>) -> CenterError {
        let url = self.settings.base_url.clone().unwrap_or_else(|| HOST.to_owned());
        CenterError::WrongCenter { url, expected: self.flavor.product(), why: why.into() }
    }

    fn read<T: DeserializeOwned>(&self, reply: &Reply, what: &str) -> Result<T, CenterError> {
        reply
            .json()
            .map_err(|why| self.wrong(format!("{what} does not answer as documented ({why})")))
    }

    /// The account that the token is for.
    pub(super) async fn me(&self) -> Result<Organization, CenterError> {
        let reply = self.send(Lane::Elsewhere, Request::get(&["v1", "organizations", "me"])).await?;
        self.read(&reply, "/me")
    }

    /// Every row of a list whose pages name the next one. A page may be short, or empty, and not the last.
    async fn cursor<T: DeserializeOwned>(
        &self,
        lane: Lane,
        path: &[&str],
        query: &[(&'static str, &str)],
    ) -> Result<Vec<T>, CenterError> {
        let (mut rows, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut request = Request::get(path).with("limit", PAGE.to_string());
            for (name, value) in query {
                request = request.with(name, *value);
            }
            if let Some(page) = &next {
                request = request.with("page", page.as_str());
            }
            let reply = self.send(lane, request).await?;
            let page: Page<T> = self.read(&reply, path.last().unwrap_or(&""))?;
            rows.extend(page.data);
            match page.next_page.filter(|page| !page.is_empty()) {
                None => return Ok(rows),
                again if again == next => break,
                another => next = another,
            }
        }
        Err(self.wrong(format!("the list of {} has no end", path.last().unwrap_or(&""))))
    }

    /// Every row of a list whose last row leads to the next page.
    async fn by_id<T: DeserializeOwned>(
        &self,
        lane: Lane,
        path: &[&str],
        query: &[(&'static str, &str)],
    ) -> Result<Vec<T>, CenterError> {
        let (mut rows, mut after) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut request = Request::get(path).with("limit", PAGE.to_string());
            for (name, value) in query {
                request = request.with(name, *value);
            }
            if let Some(after) = &after {
                request = request.with("after_id", after.as_str());
            }
            let reply = self.send(lane, request).await?;
            let page: IdPage<T> = self.read(&reply, path.last().unwrap_or(&""))?;
            rows.extend(page.data);
            match page.last_id.filter(|_| page.has_more) {
                None if page.has_more => break,
                None => return Ok(rows),
                again if again == after => break,
                another => after = another,
            }
        }
        Err(self.wrong(format!("the list of {} has no end", path.last().unwrap_or(&""))))
    }

    /// Every row of limits, or those of one kind of scope.
    pub(super) async fn limits(&self, kind: Option<&str>) -> Result<Vec<SpendLimit>, CenterError> {
        let path = ["v1", "organizations", "spend_limits"];
        let parameter = if self.flavor == Flavor::Gateway { "scope_type" } else { "scope_type[]" };
        let query: Vec<(&'static str, &str)> = kind.map(|kind| (parameter, kind)).into_iter().collect();
        match self.flavor {
            Flavor::Gateway => self.by_id(Lane::Spend, &path, &query).await,
            _ => self.cursor(Lane::Spend, &path, &query).await,
        }
    }

    /// The rows of one workspace.
    pub(super) async fn limits_of_workspace(&self, workspace: &str) -> Result<Vec<SpendLimit>, CenterError> {
        let path = ["v1", "organizations", "spend_limits"];
        self.cursor(Lane::Spend, &path, &[("workspace_id", workspace)]).await
    }

    /// What holds for everybody in a period.
    pub(super) async fn effective(&self, periods: &[&str]) -> Result<Vec<Effective>, CenterError> {
        let path = ["v1", "organizations", "spend_limits", "effective"];
        let query: Vec<(&'static str, &str)> = periods.iter().map(|period| ("period[]", *period)).collect();
        self.cursor(Lane::Spend, &path, &query).await.map_err(|error| match error {
            CenterError::Answer { why, .. } if why.contains(CONSOLE_CODE) => {
                CenterError::OtherFlavor { expected: self.flavor.product(), flavor: "console" }
            }
            error => error,
        })
    }

    /// What holds for some people in a period, at most [`NAMED`] of them.
    pub(super) async fn effective_of(&self, period: &str, people: &[&str]) -> Result<Vec<Effective>, CenterError> {
        let path = ["v1", "organizations", "spend_limits", "effective"];
        let mut query = vec![("period[]", period)];
        query.extend(people.iter().map(|person| ("user_ids[]", *person)));
        self.cursor(Lane::Spend, &path, &query).await
    }

    /// Sets the one row of a scope and a period. The same twice is the same once [D].
    pub(super) async fn set(&self, scope: Value, amount: Option<&str>, period: &str) -> Result<Reply, HttpError> {
        let body = json!({ "scope": scope, "amount": amount, "period": period });
        let path = ["v1", "organizations", "spend_limits"];
        self.send(Lane::Spend, Request::write(Method::POST, &path, body, Repeat::Safe)).await
    }

    /// Deletes a row by its own id. A second time it is not found [?], so that nothing else can be hit.
    pub(super) async fn clear(&self, id: &str) -> Result<Reply, HttpError> {
        let path = ["v1", "organizations", "spend_limits", id];
        self.delete(Lane::Spend, &path, Repeat::Safe).await
    }

    async fn delete(&self, lane: Lane, path: &[&str], repeat: Repeat) -> Result<Reply, HttpError> {
        let request = Request { body: None, ..Request::write(Method::DELETE, path, Value::Null, repeat) };
        self.send(lane, request).await
    }

    /// Asks for the first row of a list: what comes is passed over.
    pub(super) async fn first(&self, list: &str) -> Result<(), CenterError> {
        let path = ["v1", "organizations", list];
        let lane = if list == "spend_limits" { Lane::Spend } else { Lane::Elsewhere };
        self.send(lane, Request::get(&path).with("limit", "1"))
            .await
            .map(|_| ())
            .map_err(CenterError::from)
    }

    /// Asks for the first row of limits of one kind of scope: what comes is passed over.
    pub(super) async fn first_of(&self, kind: &str) -> Result<(), CenterError> {
        let request = Request::get(&["v1", "organizations", "spend_limits"]).with("limit", "1");
        let sent = self.send(Lane::Spend, request.with("scope_type[]", kind)).await;
        sent.map(|_| ()).map_err(CenterError::from)
    }

    /// Everybody of the organization.
    pub(super) async fn users(&self) -> Result<Vec<User>, CenterError> {
        self.by_id(Lane::Elsewhere, &["v1", "organizations", "users"], &[]).await
    }

    /// Every group.
    pub(super) async fn groups(&self) -> Result<Vec<Group>, CenterError> {
        self.cursor(Lane::Elsewhere, &["v1", "organizations", "rbac_groups"], &[]).await
    }

    /// Every workspace that is not archived.
    pub(super) async fn workspaces(&self) -> Result<Vec<Workspace>, CenterError> {
        self.by_id(Lane::Elsewhere, &["v1", "organizations", "workspaces"], &[]).await
    }

    /// Everybody in a group or a workspace: `kind` is the last word of its path.
    pub(super) async fn members(&self, place: Place<'_>) -> Result<Vec<Member>, CenterError> {
        let path = ["v1", "organizations", place.kind(), place.id(), "members"];
        match place {
            Place::Group(_) => self.cursor(Lane::Elsewhere, &path, &[]).await,
            // The pages of a workspace's members are told apart by the people's ids.
            Place::Workspace(_) => self.by_id(Lane::Elsewhere, &path, &[]).await,
        }
    }

    /// Puts one person into a group or a workspace. A second time it is refused, so it is not sent again blindly.
    pub(super) async fn join(&self, place: Place<'_>, user: &str) -> Result<Reply, HttpError> {
        let path = ["v1", "organizations", place.kind(), place.id(), "members"];
        let body = match place {
            Place::Group(_) => json!({ "user_id": user }),
            Place::Workspace(_) => json!({ "user_id": user, "workspace_role": WORKSPACE_ROLE }),
        };
        self.send(Lane::Elsewhere, Request::write(Method::POST, &path, body, Repeat::Unsure))
            .await
    }

    /// Takes one person out of a group or a workspace.
    pub(super) async fn leave(&self, place: Place<'_>, user: &str) -> Result<Reply, HttpError> {
        let path = ["v1", "organizations", place.kind(), place.id(), "members", user];
        self.delete(Lane::Elsewhere, &path, Repeat::Unsure).await
    }

    /// The requests for a higher cap that nobody has answered.
    pub(super) async fn requests(&self) -> Result<Vec<IncreaseRequest>, CenterError> {
        let path = ["v1", "organizations", "spend_limit_increase_requests"];
        self.cursor(Lane::Spend, &path, &[("status[]", "pending")]).await
    }

    /// One request for a higher cap.
    pub(super) async fn request(&self, id: &str) -> Result<IncreaseRequest, CenterError> {
        let path = ["v1", "organizations", "spend_limit_increase_requests", id];
        let reply = self.send(Lane::Spend, Request::get(&path)).await?;
        self.read(&reply, "the request")
    }

    /// Answers a request. To approve twice sets the same cap, to deny twice is as good as once [D].
    pub(super) async fn resolve(&self, id: &str, word: &str, body: Value) -> Result<Reply, HttpError> {
        let path = ["v1", "organizations", "spend_limit_increase_requests", id, word];
        self.send(Lane::Spend, Request::write(Method::POST, &path, body, Repeat::Safe)).await
    }
}

/// The least role with which somebody draws in a workspace; more is given in the console, and Bursar leaves it alone.
const WORKSPACE_ROLE: &str = "workspace_user";

/// What people are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place<'a> {
    /// A group, by its id.
    Group(&'a str),
    /// A workspace, by its id.
    Workspace(&'a str),
}

impl Place<'_> {
    fn kind(self) -> &'static str {
        match self {
            Place::Group(_) => "rbac_groups",
            Place::Workspace(_) => "workspaces",
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Place::Group(id) | Place::Workspace(id) => id,
        }
    }
}

/// The host of a URL.
fn host(url: &str) -> String {
    url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}
