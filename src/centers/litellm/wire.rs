//! LiteLLM's JSON, as much of it as matters here. Unknown fields pass. Observed on LiteLLM proxy 1.106.2.

use serde::Deserialize;
use serde_json::Value;

/// `GET /v2/team/list`: one page. The teams in it show no caps.
#[derive(Debug, Deserialize)]
pub(super) struct TeamPage {
    /// The teams of the page.
    pub(super) teams: Vec<TeamName>,
    /// How many pages there are.
    pub(super) total_pages: u64,
    /// How many teams there are.
    pub(super) total: u64,
}

/// A team by its names.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TeamName {
    /// The id, unique.
    #[serde(rename = "team_id")]
    pub(super) id: String,
    /// The display name, not unique.
    #[serde(rename = "team_alias")]
    pub(super) alias: Option<String>,
}

impl TeamName {
    /// The name to show.
    pub(super) fn shown(&self) -> &str {
        self.alias.as_deref().filter(|alias| !alias.is_empty()).unwrap_or(&self.id)
    }
}

/// `GET /team/info`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TeamInfo {
    /// The team.
    pub(super) team_info: Team,
    /// The members' budgets.
    #[serde(default)]
    pub(super) team_memberships: Vec<Membership>,
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Team {
    /// The id, unique.
    #[serde(rename = "team_id")]
    pub(super) id: String,
    /// Who is in it.
    #[serde(default)]
    pub(super) members_with_roles: Vec<Member>,
    /// Whatever somebody attached to it.
    pub(super) metadata: Option<Value>,
    /// The budget, in USD.
    pub(super) max_budget: Option<Value>,
    /// The one threshold, in USD.
    pub(super) soft_budget: Option<Value>,
    /// When the budget starts again; never where null.
    pub(super) budget_duration: Option<String>,
    /// The moment at which it does.
    pub(super) budget_reset_at: Option<String>,
    /// What was spent since it did, in USD.
    pub(super) spend: Option<Value>,
    /// Further budgets with windows of their own.
    pub(super) budget_limits: Option<Value>,
    /// Whether nobody may draw.
    pub(super) blocked: Option<bool>,
    /// The row that all members without a cap of their own share.
    #[serde(rename = "team_member_budget_table")]
    pub(super) shared: Option<BudgetRow>,
}

/// One person in a team.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Member {
    /// The user's id.
    pub(super) user_id: Option<String>,
    /// The user's e-mail address, as whoever added them wrote it.
    pub(super) user_email: Option<String>,
    /// `user` or `admin`.
    pub(super) role: Option<String>,
}

/// A member's budget in a team.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Membership {
    /// The user's id.
    pub(super) user_id: String,
    /// Which row it is: the member's own, or the team's shared one.
    pub(super) budget_id: Option<String>,
    /// `custom`, `team_default` or `none`.
    pub(super) budget_source: Option<String>,
    /// The row.
    pub(super) litellm_budget_table: Option<BudgetRow>,
    /// What the member spent in the team since the row started again, in USD.
    #[serde(default)]
    pub(super) spend: Option<Value>,
}

/// A row of budgets.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct BudgetRow {
    /// The row's id.
    pub(super) budget_id: Option<String>,
    /// The cap, in USD.
    pub(super) max_budget: Option<Value>,
    /// When the spend starts again; never where null.
    pub(super) budget_duration: Option<String>,
    /// The moment at which it does.
    pub(super) budget_reset_at: Option<String>,
    /// Tokens per minute.
    pub(super) tpm_limit: Option<Value>,
    /// Requests per minute.
    pub(super) rpm_limit: Option<Value>,
    /// Which models the member may use.
    pub(super) allowed_models: Option<Value>,
    /// What is added to the cap for a while.
    pub(super) temp_budget_increase: Option<Value>,
}

impl BudgetRow {
    /// Whether the row holds limits that are none of Bursar's business.
    pub(super) fn has_other_limits(&self) -> bool {
        let set = |value: &Option<Value>| match value {
            None | Some(Value::Null) => false,
            Some(Value::Array(items)) => !items.is_empty(),
            Some(_) => true,
        };
        set(&self.tpm_limit) || set(&self.rpm_limit) || set(&self.allowed_models)
    }
}

/// The answer to `member_add`: the team, and the budgets of those who were added.
#[derive(Debug, Deserialize)]
pub(super) struct AddAnswer {
    /// The team.
    #[serde(flatten)]
    pub(super) team: Team,
    /// The budgets.
    pub(super) updated_team_memberships: Vec<Membership>,
}

/// The answer to `/team/delete`.
#[derive(Debug, Deserialize)]
pub(super) struct DeleteAnswer {
    /// The ids of the teams that are gone.
    pub(super) deleted_teams: Vec<String>,
}

/// The answer to `bulk_update` and `bulk_delete`: one row per row, in their order.
#[derive(Debug, Deserialize)]
pub(super) struct BulkAnswer {
    /// The rows.
    pub(super) data: Vec<RowAnswer>,
}

/// What became of one row.
#[derive(Debug, Deserialize)]
pub(super) struct RowAnswer {
    /// Whether it was carried out.
    pub(super) success: bool,
    /// Why not.
    pub(super) error: Option<String>,
    /// The row that holds the member's budget now; only `bulk_update` tells this and what follows.
    pub(super) budget_id: Option<String>,
    /// The cap that is in force.
    pub(super) max_budget: Option<Value>,
    /// When the spend starts again.
    pub(super) budget_duration: Option<String>,
    /// Whose cap it is: `member` or `team_default`.
    pub(super) max_budget_source: Option<String>,
}

/// `/health/readiness/details`.
#[derive(Debug, Deserialize)]
pub(super) struct Readiness {
    /// `connected`, where it reaches its database.
    #[serde(default)]
    pub(super) db: Option<String>,
    /// The version of the proxy.
    #[serde(default, rename = "litellm_version")]
    pub(super) version: Option<String>,
}

/// `/user/info` of the key itself.
#[derive(Debug, Deserialize)]
pub(super) struct Caller {
    /// The user's id.
    #[serde(default, rename = "user_id")]
    pub(super) id: Option<String>,
    /// What is known of the user; nothing of whoever the master key acts as.
    #[serde(default, rename = "user_info")]
    pub(super) user: Option<CallerUser>,
}

/// What is known of a user.
#[derive(Debug, Deserialize)]
pub(super) struct CallerUser {
    /// What the user may do.
    #[serde(default, rename = "user_role")]
    pub(super) role: Option<String>,
}

/// `GET /key/list` with whole objects: one page.
#[derive(Deserialize)]
pub(super) struct KeyPage {
    /// The keys of the page.
    pub(super) keys: Vec<Key>,
    /// How many keys there are.
    pub(super) total_count: u64,
    /// How many pages there are; 0 where there is no key.
    pub(super) total_pages: u64,
}

/// A key, without its secret, which nobody is told twice.
#[derive(Deserialize)]
pub(super) struct Key {
    /// The hash by which the key is deleted.
    #[serde(rename = "token")]
    pub(super) hash: String,
    /// Its name, unique among all keys.
    #[serde(rename = "key_alias")]
    pub(super) alias: Option<String>,
}

/// The answer to `/key/generate`. It cannot be printed.
#[derive(Deserialize)]
pub(super) struct Minted {
    /// The secret.
    pub(super) key: String,
}
