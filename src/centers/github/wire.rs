//! GitHub's JSON, as far as Bursar reads it. Unknown fields and values pass; of what is known, only what names an object
//! must be there. Source: GitHub's API description, version 2026-03-10.

use serde::Deserialize;
use serde_json::Value;

/// One page of budgets. Where it ends is told in the body, and by no header.
#[derive(Debug, Deserialize)]
pub(super) struct BudgetPage {
    /// The budgets of the page.
    pub(super) budgets: Vec<BudgetRow>,
    /// Whether there is another page.
    pub(super) has_next_page: Option<bool>,
    /// How many there are on all pages.
    pub(super) total_count: Option<u64>,
}

/// A budget as it is listed, and as answers to writes have it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct BudgetRow {
    pub(super) id: String,
    pub(super) budget_type: Option<String>,
    pub(super) budget_product_sku: Option<String>,
    /// The examples of the description have a list instead.
    #[serde(default)]
    pub(super) budget_product_skus: Vec<String>,
    pub(super) budget_scope: Option<String>,
    /// The *name* of a cost center, where its id was written.
    pub(super) budget_entity_name: Option<String>,
    /// Whose it is; answers to writes do not say.
    pub(super) user: Option<String>,
    /// Whole USD.
    #[serde(default)]
    pub(super) budget_amount: Value,
    pub(super) prevent_further_usage: Option<bool>,
    pub(super) budget_alerting: Option<Alerting>,
    /// USD since the first of the month, with a fraction.
    pub(super) consumed_amount: Option<Value>,
    /// The last day, of budgets of a user. `GET` by id does not tell it.
    pub(super) expires_at: Option<String>,
}

/// Whether somebody hears of 75, 90 and 100 % of a budget, and who.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Alerting {
    #[serde(default)]
    pub(super) will_alert: bool,
    /// Logins.
    #[serde(default)]
    pub(super) alert_recipients: Vec<String>,
}

/// The answer to a write of a budget.
#[derive(Debug, Deserialize)]
pub(super) struct BudgetAnswer {
    pub(super) budget: BudgetRow,
}

/// The list of cost centers, which has no pages.
#[derive(Debug, Deserialize)]
pub(super) struct CostCenters {
    #[serde(rename = "costCenters")]
    pub(super) centers: Vec<CostCenterRow>,
}

/// A cost center.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct CostCenterRow {
    pub(super) id: String,
    pub(super) name: String,
    /// `active` or `deleted`.
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) resources: Vec<Resource>,
    pub(super) has_next_page: Option<bool>,
    pub(super) ai_credit_pool_enabled: Option<bool>,
}

/// What is charged to a cost center: `User`, `Team`, `Org`, `Repo`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Resource {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: String,
}

/// What the answer to an addition says of people who were in another cost center.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Added {
    #[serde(default)]
    pub(super) reassigned_resources: Option<Vec<Reassigned>>,
}

/// Somebody who was taken out of another cost center.
#[derive(Debug, Deserialize)]
pub(super) struct Reassigned {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) previous_cost_center: String,
}

/// One page of seats. A user has a row for each organization or team that grants the seat.
#[derive(Debug, Deserialize)]
pub(super) struct SeatPage {
    /// How many users have one.
    pub(super) total_seats: Option<u64>,
    #[serde(default)]
    pub(super) seats: Vec<SeatRow>,
}

/// A seat.
#[derive(Debug, Deserialize)]
pub(super) struct SeatRow {
    pub(super) assignee: Option<Assignee>,
    /// `business`, `enterprise`, `unknown`.
    pub(super) plan_type: Option<String>,
}

/// Who has a seat.
#[derive(Debug, Deserialize)]
pub(super) struct Assignee {
    pub(super) login: String,
    pub(super) email: Option<String>,
}

/// One page of who consumed how much of a budget of all users.
#[derive(Debug, Deserialize)]
pub(super) struct StatePage {
    #[serde(default)]
    pub(super) user_states: Vec<UserState>,
    pub(super) has_next_page: Option<bool>,
    pub(super) total_count: Option<u64>,
}

/// What one user consumed. Whoever did nothing yet has none.
#[derive(Debug, Deserialize)]
pub(super) struct UserState {
    pub(super) user: Option<String>,
    /// USD.
    pub(super) consumed_amount: Value,
}

/// What was used of AI credits, by model.
#[derive(Debug, Deserialize)]
pub(super) struct UsageReport {
    #[serde(rename = "usageItems", default)]
    pub(super) items: Vec<UsageItem>,
}

/// One line of a usage report.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsageItem {
    /// USD before what is included.
    #[serde(default)]
    pub(super) gross_amount: Value,
    /// USD that are paid for.
    #[serde(default)]
    pub(super) net_amount: Value,
}

/// Whose token it is.
#[derive(Debug, Deserialize)]
pub(super) struct Caller {
    pub(super) login: String,
}
