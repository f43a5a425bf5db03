//! What the fake keeps: budgets, cost centers and seats of one account, and how it misbehaves.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// A budget of any kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget {
    pub(crate) id: String,
    /// `BundlePricing`, `SkuPricing` or `ProductPricing`.
    pub(crate) kind: String,
    pub(crate) sku: String,
    pub(crate) scope: String,
    /// The id of a cost center, the login of an organization, or nothing.
    pub(crate) entity: String,
    pub(crate) user: Option<String>,
    pub(crate) amount: i64,
    pub(crate) block: bool,
    pub(crate) alert: bool,
    pub(crate) recipients: Vec<String>,
    pub(crate) expires: Option<Date>,
}

impl Budget {
    /// A budget of AI credits that blocks.
    pub(crate) fn of(scope: &str, entity: &str, amount: i64) -> Self {
        Self {
            kind: "BundlePricing".to_owned(),
            sku: "ai_credits".to_owned(),
            scope: scope.to_owned(),
            entity: entity.to_owned(),
            amount,
            block: true,
            ..Self::default()
        }
    }

    /// One of a single user.
    pub(crate) fn user(login: &str, amount: i64) -> Self {
        Self { user: Some(login.to_owned()), ..Self::of("user", "", amount) }
    }

    /// Whether it is one of AI credits, of this scope and entity.
    pub(crate) fn is(&self, scope: &str, entity: &str) -> bool {
        self.sku == "ai_credits" && self.scope == scope && self.entity == entity
    }
}

/// A cost center.
#[derive(Clone, Debug, Default)]
pub(crate) struct CostCenter {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) archived: bool,
    pub(crate) users: Vec<String>,
    pub(crate) teams: Vec<String>,
    pub(crate) orgs: Vec<String>,
    pub(crate) repos: Vec<String>,
    /// `ai_credit_pool_enabled`; accounts without the feature show nothing.
    pub(crate) pool: Option<bool>,
}

impl CostCenter {
    /// Its resources, as they are listed.
    pub(crate) fn resources(&self) -> Vec<Value> {
        let of = |kind: &'static str, names: &[String]| {
            names.iter().map(move |name| json!({ "type": kind, "name": name })).collect::<Vec<_>>()
        };
        let teams: Vec<String> = self.teams.iter().map(|team| format!("ent:{team}")).collect();
        [of("User", &self.users), of("Team", &teams), of("Org", &self.orgs), of("Repo", &self.repos)].concat()
    }
}

/// A seat; a user has one for each organization that grants it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) login: String,
    pub(crate) email: Option<String>,
    pub(crate) organization: String,
    pub(crate) plan: &'static str,
}

/// How the account differs from what is described.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // switches of a fake
pub(crate) struct Odd {
    /// Pages of 10 whatever is asked for, as older servers had them.
    pub(crate) ignores_per_page: bool,
    /// What `total_count` is off by.
    pub(crate) total_off: i64,
    /// Whether neither `has_next_page` nor `total_count` is told.
    pub(crate) tells_no_end: bool,
    /// `multi_user_cost_center` is listed as `cost_center`; `?scope=` tells them apart.
    pub(crate) hides_cost_center_ulb: bool,
    /// Neither does `?scope=`.
    pub(crate) ambiguous: bool,
    /// The list of cost centers shows so many resources of each.
    pub(crate) list_cuts: Option<usize>,
    /// Fields and values that are described nowhere.
    pub(crate) unknowns: bool,
    /// Who has no seat is told by nothing: the list of seats is refused.
    pub(crate) no_seats: bool,
}

/// Everything.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// The enterprise; nothing where it is a standalone organization.
    pub(crate) enterprise: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) centers: Vec<CostCenter>,
    pub(crate) seats: Vec<Seat>,
    /// What each user consumed this month, in USD.
    pub(crate) consumed: BTreeMap<String, f64>,
    /// Credits and USD by cost center name, as usage reports have them; the empty name is the whole account.
    pub(crate) usage: BTreeMap<String, (f64, f64)>,
    /// `X-OAuth-Scopes`, where the token has some.
    pub(crate) scopes: Option<&'static str>,
    /// Whether the token may read, and write.
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    pub(crate) today: Date,
    pub(crate) odd: Odd,
    ids: u32,
}

impl Default for State {
    fn default() -> Self {
        Self {
            enterprise: Some("acme".to_owned()),
            organization: None,
            budgets: Vec::new(),
            centers: Vec::new(),
            seats: Vec::new(),
            consumed: BTreeMap::new(),
            usage: BTreeMap::new(),
            scopes: Some("manage_billing:copilot, manage_billing:enterprise"),
            reads: true,
            writes: true,
            today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
            odd: Odd::default(),
            ids: 0,
        }
    }
}

impl State {
    /// A new id, as GitHub writes them.
    pub(crate) fn id(&mut self) -> String {
        self.ids += 1;
        format!("{:08x}-6903-41ee-8c99-0242ac120002", self.ids)
    }

    /// Makes a budget by hand; its id.
    pub(crate) fn budget(&mut self, budget: Budget) -> String {
        let id = self.id();
        self.budgets.push(Budget { id: id.clone(), ..budget });
        id
    }

    /// Makes a cost center by hand; its id.
    pub(crate) fn center(&mut self, name: &str, users: &[&str]) -> String {
        let id = self.id();
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        self.centers
            .push(CostCenter { id: id.clone(), name: name.to_owned(), users, ..CostCenter::default() });
        id
    }

    /// Gives people a seat of an organization.
    pub(crate) fn seat(&mut self, logins: &[&str]) {
        for login in logins {
            self.seats.push(Seat {
                login: (*login).to_owned(),
                email: None,
                organization: "acme-design".to_owned(),
                plan: "business",
            });
        }
    }

    /// A cost center that is not archived, by name.
    pub(crate) fn named(&self, name: &str) -> Option<&CostCenter> {
        self.centers.iter().find(|center| !center.archived && center.name == name)
    }

    /// The amount of a budget of AI credits.
    pub(crate) fn amount(&self, scope: &str, entity: &str) -> Option<i64> {
        self.budgets.iter().find(|budget| budget.is(scope, entity)).map(|budget| budget.amount)
    }

    /// The amount of somebody's own budget.
    pub(crate) fn own(&self, login: &str) -> Option<i64> {
        self.own_budget(login).map(|budget| budget.amount)
    }

    /// Somebody's own budget.
    pub(crate) fn own_budget(&self, login: &str) -> Option<&Budget> {
        let is = |budget: &&Budget| {
            budget.is("user", "") && budget.user.as_deref().is_some_and(|user| user.eq_ignore_ascii_case(login))
        };
        self.budgets.iter().find(is)
    }

    /// The name of the cost center that somebody is in by themselves.
    pub(crate) fn home(&self, login: &str) -> Option<&str> {
        let is =
            |center: &&CostCenter| !center.archived && center.users.iter().any(|user| user.eq_ignore_ascii_case(login));
        self.centers.iter().find(is).map(|center| center.name.as_str())
    }

    /// The most that somebody may draw by user-level budgets: the most specific one counts.
    pub(crate) fn ceiling(&self, login: &str) -> Option<i64> {
        let center = self.home(login).and_then(|name| self.named(name));
        self.own(login)
            .or_else(|| self.amount("multi_user_cost_center", &center?.id))
            .or_else(|| self.amount("multi_user_customer", ""))
    }

    /// Lets go what expired.
    pub(super) fn expire(&mut self) {
        let today = self.today;
        self.budgets.retain(|budget| budget.expires.is_none_or(|last| last >= today));
    }

    /// A budget as it is listed.
    pub(super) fn listed(&self, budget: &Budget) -> Value {
        let name = match budget.scope.as_str() {
            "cost_center" | "multi_user_cost_center" => {
                let center = self.centers.iter().find(|center| center.id == budget.entity);
                center.map_or("", |center| center.name.as_str())
            }
            _ => budget.entity.as_str(),
        };
        let hidden = self.odd.hides_cost_center_ulb || self.odd.ambiguous;
        let scope = match budget.scope.as_str() {
            "multi_user_cost_center" if hidden => "cost_center",
            other => other,
        };
        let mut shown = Map::from_iter([
            ("id".to_owned(), json!(budget.id)),
            ("budget_type".to_owned(), json!(budget.kind)),
            ("budget_product_sku".to_owned(), json!(budget.sku)),
            ("budget_scope".to_owned(), json!(scope)),
            ("budget_entity_name".to_owned(), json!(name)),
            ("budget_amount".to_owned(), json!(budget.amount)),
            ("prevent_further_usage".to_owned(), json!(budget.block)),
            (
                "budget_alerting".to_owned(),
                json!({ "will_alert": budget.alert, "alert_recipients": budget.recipients }),
            ),
        ]);
        if let Some(user) = &budget.user {
            shown.insert("user".to_owned(), json!(user));
            shown.insert("consumed_amount".to_owned(), json!(self.consumed.get(user).copied().unwrap_or(0.0)));
        }
        if let Some(expires) = budget.expires {
            shown.insert("expires_at".to_owned(), json!(expires.to_string()));
        }
        if self.odd.unknowns {
            shown.insert("exclude_cost_center_usage".to_owned(), json!(true));
            shown.insert("budget_thresholds".to_owned(), json!([75, 90, 100]));
        }
        Value::Object(shown)
    }
}
