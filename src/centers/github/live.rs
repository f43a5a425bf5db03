//! One account as it was read: its budgets of AI credits by what they are of, its cost centers, its seats. What answers
//! to writes tell is put into it, so that it need not be read again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::centers::client::amount;
use crate::model::{Amount, Unit};

use super::wire::{Alerting, BudgetRow, CostCenterRow, SeatRow};

/// The type of the budgets that Bursar makes: it covers every SKU of AI credits [D].
pub(super) const TYPE: &str = "BundlePricing";
/// Their product.
pub(super) const SKU: &str = "ai_credits";
/// The one other way to write a budget of AI credits: for one SKU of them. It is a budget of its own beside ours.
const PARALLEL: (&str, &str) = ("SkuPricing", "copilot_ai_credits");

/// What a budget is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// The whole account: paid use only.
    Account,
    /// A cost center, by its id: paid use only.
    Center(String),
    /// Everybody in the account: included and paid use of each.
    Everybody,
    /// Everybody in a cost center, by its id.
    Members(String),
    /// One user, by login in lower case.
    User(String),
}

/// A budget of AI credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    /// GitHub's id.
    pub(super) id: String,
    /// USD a month; nothing where it could not be understood.
    pub(super) amount: Option<Amount>,
    /// Whether it stops further use.
    pub(super) block: bool,
    /// Who hears of it.
    pub(super) alerting: Alerting,
    /// The last day.
    pub(super) expires: Option<Date>,
    /// USD since the first of the month, where GitHub tells.
    pub(super) consumed: Option<Decimal>,
}

/// What is found under a key that should have one budget at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Nothing.
    None,
    /// The budget.
    One(&'a Budget),
    /// So many, and nothing tells which one is meant: none of them is changed.
    Several(usize),
}

/// A cost center that is active.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Center {
    /// GitHub's id.
    pub(super) id: String,
    /// What people call it; a name is given once.
    pub(super) name: String,
    /// The logins of its users, as they are written there, by login in lower case.
    pub(super) users: BTreeMap<String, String>,
    /// Teams, organizations and repositories that are charged to it too.
    pub(super) shared: Vec<String>,
    /// Whether it has a share of the included credits of its own.
    pub(super) pool: Option<bool>,
}

impl From<CostCenterRow> for Center {
    fn from(row: CostCenterRow) -> Self {
        let mut center = Self { id: row.id, name: row.name, pool: row.ai_credit_pool_enabled, ..Self::default() };
        for resource in row.resources {
            if resource.kind.eq_ignore_ascii_case("user") {
                center.users.insert(resource.name.to_ascii_lowercase(), resource.name);
            } else {
                center.shared.push(format!("{} {}", kind(&resource.kind), resource.name));
            }
        }
        center.shared.sort();
        center
    }
}

/// What a resource is, in words.
fn kind(kind: &str) -> String {
    match kind.to_ascii_lowercase().as_str() {
        "team" => "the team".to_owned(),
        "org" | "organization" => "the organization".to_owned(),
        "repo" | "repository" => "the repository".to_owned(),
        other => format!("the {other}"),
    }
}

/// Who has a seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seat {
    /// As GitHub writes it.
    pub(super) login: String,
    pub(super) email: Option<String>,
    /// `business` or `enterprise`.
    pub(super) plan: Option<String>,
}

/// The account.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    budgets: BTreeMap<Of, Vec<Budget>>,
    /// The active cost centers by name.
    pub(super) centers: BTreeMap<String, Center>,
    /// The seats by login in lower case; nothing where the token may not see them.
    pub(super) seats: Option<BTreeMap<String, Seat>>,
    /// How many budgets there are, of any kind.
    pub(super) count: usize,
    /// What was not understood.
    pub(super) notes: Vec<String>,
}

impl Live {
    /// An account with these cost centers.
    pub(super) fn with_centers(rows: Vec<CostCenterRow>) -> Self {
        let centers = rows.into_iter().map(Center::from).map(|center| (center.name.clone(), center)).collect();
        Self { centers, ..Self::default() }
    }

    /// Puts the seats in; a user with several has one.
    pub(super) fn sit(&mut self, rows: Vec<SeatRow>) {
        let mut seats = BTreeMap::new();
        for SeatRow { assignee, plan_type } in rows {
            let Some(assignee) = assignee else { continue };
            let seat = Seat { login: assignee.login.clone(), email: assignee.email, plan: plan_type };
            seats.entry(assignee.login.to_ascii_lowercase()).or_insert(seat);
        }
        self.seats = Some(seats);
    }

    /// Puts budgets in. `of_members` are the ids of those that the filter for budgets of all users of a cost center
    /// finds: some accounts list them as budgets of the cost center itself (seen by others, who contradict each other).
    pub(super) fn put(&mut self, rows: Vec<BudgetRow>, of_members: &BTreeSet<String>) {
        for row in rows {
            self.count += 1;
            self.put_one(row, of_members, None);
        }
    }

    fn put_one(&mut self, row: BudgetRow, of_members: &BTreeSet<String>, known: Option<Of>) -> Option<Of> {
        let kind = row.budget_type.as_deref().unwrap_or_default();
        let sku = row.budget_product_sku.as_deref().or(row.budget_product_skus.first().map(String::as_str));
        let sku = sku.unwrap_or_default().to_owned();
        if (kind, sku.as_str()) == PARALLEL {
            self.notes.push(format!(
                "there is a budget of {} for {} as well, which holds beside the one for {SKU}; Bursar leaves it alone",
                row.budget_amount, PARALLEL.1
            ));
        }
        if kind != TYPE || sku != SKU {
            return None;
        }
        let of = match known {
            Some(of) => of,
            None => self.key(&row, of_members)?,
        };
        let amount = amount(&row.budget_amount, Unit::USD)
            .map_err(|why| self.notes.push(format!("a budget of {}: its amount {why}", self.name(&of))))
            .ok();
        let expires = row.expires_at.as_deref().and_then(|text| text.get(..10)?.parse().ok());
        let consumed = row.consumed_amount.as_ref().and_then(decimal);
        let budget = Budget {
            id: row.id,
            amount,
            // A budget of users is always a hard stop [D].
            block: row.prevent_further_usage.unwrap_or(true),
            alerting: row.budget_alerting.unwrap_or_default(),
            expires,
            consumed,
        };
        let list = self.budgets.entry(of.clone()).or_default();
        list.retain(|known| known.id != budget.id);
        list.push(budget);
        list.sort_by(|a, b| a.id.cmp(&b.id));
        Some(of)
    }

    /// What a row is of.
    fn key(&mut self, row: &BudgetRow, of_members: &BTreeSet<String>) -> Option<Of> {
        let entity = row.budget_entity_name.as_deref().unwrap_or_default();
        match row.budget_scope.as_deref().unwrap_or_default() {
            "enterprise" | "organization" => Some(Of::Account),
            "multi_user_customer" => Some(Of::Everybody),
            "user" => Some(Of::User(row.user.as_deref()?.to_ascii_lowercase())),
            scope @ ("cost_center" | "multi_user_cost_center") => {
                // The id is written and the name is read back; either is understood (seen by others).
                let center = self.centers.values().find(|center| center.name == entity || center.id == entity)?;
                let id = center.id.clone();
                let members = scope == "multi_user_cost_center" || of_members.contains(&row.id);
                Some(if members { Of::Members(id) } else { Of::Center(id) })
            }
            "repository" => None,
            odd => {
                self.notes.push(format!(
                    "there is a budget of the scope `{}`, which Bursar does not know and leaves alone",
                    odd.escape_debug()
                ));
                None
            }
        }
    }

    /// Leaves these people out of everything: nothing of theirs is looked at or changed.
    pub(super) fn ignore(&mut self, logins: &BTreeSet<String>) {
        self.budgets.retain(|of, _| !matches!(of, Of::User(login) if logins.contains(login)));
        for center in self.centers.values_mut() {
            center.users.retain(|login, _| !logins.contains(login));
        }
    }

    /// What an answer to a write told of a budget: it does not say whose it is, the request does.
    pub(super) fn told(&mut self, of: &Of, row: BudgetRow) {
        self.put_one(row, &BTreeSet::new(), Some(of.clone()));
    }

    /// A budget was deleted.
    pub(super) fn deleted(&mut self, of: &Of) {
        self.budgets.remove(of);
    }

    /// The budget of something.
    pub(super) fn budget(&self, of: &Of) -> Found<'_> {
        match self.budgets.get(of).map(Vec::as_slice) {
            None | Some([]) => Found::None,
            Some([one]) => Found::One(one),
            Some(several) => Found::Several(several.len()),
        }
    }

    /// The budget of something, where there is exactly one.
    pub(super) fn only(&self, of: &Of) -> Option<&Budget> {
        match self.budget(of) {
            Found::One(budget) => Some(budget),
            Found::None | Found::Several(_) => None,
        }
    }

    /// Everybody with a budget of their own, by login in lower case.
    pub(super) fn users(&self) -> impl Iterator<Item = &str> {
        self.budgets.keys().filter_map(|of| match of {
            Of::User(login) => Some(login.as_str()),
            _ => None,
        })
    }

    /// What there is more than one budget of.
    pub(super) fn doubles(&self) -> impl Iterator<Item = (&Of, usize)> {
        self.budgets.iter().filter(|(_, list)| list.len() > 1).map(|(of, list)| (of, list.len()))
    }

    /// The cost center that somebody is in by themselves.
    pub(super) fn home(&self, login: &str) -> Option<&Center> {
        let login = login.to_ascii_lowercase();
        self.centers.values().find(|center| center.users.contains_key(&login))
    }

    /// What a budget is of, in words.
    pub(super) fn name(&self, of: &Of) -> String {
        let center = |id: &str| {
            let center = self.centers.values().find(|center| center.id == *id);
            center.map_or(id, |center| center.name.as_str()).escape_debug().to_string()
        };
        match of {
            Of::Account => "the whole account".to_owned(),
            Of::Everybody => "everybody".to_owned(),
            Of::Center(id) => format!("cost center {}", center(id)),
            Of::Members(id) => format!("everybody in cost center {}", center(id)),
            Of::User(login) => login.escape_debug().to_string(),
        }
    }
}

/// A number of USD as a decimal.
pub(super) fn decimal(value: &serde_json::Value) -> Option<Decimal> {
    amount(value, Unit::USD).ok().map(|amount| amount.value())
}
