//! Claude's JSON, as much of it as matters here. Unknown fields, scopes, sources and periods pass [D]. Amounts are texts
//! in minor units; what the three meanings of `null` are is said where each stands.

use serde::{Deserialize, Deserializer};

/// An amount that may be null and must be there: where it were missing, nobody could say what that means.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// Whom or what a limit is about.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WireScope {
    /// `user`, `rbac_group`, `seat_tier`, `organization`, `organization_service`, `workspace`, `usage_tier`, or another.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// The person of a `user`: an id, or the `sub` of a gateway's identity provider.
    #[serde(default)]
    pub(super) user_id: Option<String>,
    /// The group of an `rbac_group`: an id, or a gateway's name for it.
    #[serde(default)]
    pub(super) rbac_group_id: Option<String>,
    /// The seats of a `seat_tier`.
    #[serde(default)]
    pub(super) seat_tier: Option<String>,
    /// The workspace of a `workspace`.
    #[serde(default)]
    pub(super) workspace_id: Option<String>,
}

/// A row of limits, as somebody set it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct SpendLimit {
    /// Its id.
    pub(super) id: String,
    /// What it is about.
    pub(super) scope: WireScope,
    /// How much; null on a person's row is an explicit *no limit*, on any other row that no number is set.
    #[serde(deserialize_with = "present")]
    pub(super) amount: Option<String>,
    /// The billing currency.
    pub(super) currency: String,
    /// `daily`, `weekly`, `monthly`, or another.
    pub(super) period: String,
    /// False on the organization's row while usage beyond the seats is off; missing in older answers.
    #[serde(default)]
    pub(super) is_enabled: Option<bool>,
}

/// What holds for one person in one period.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Effective {
    /// Who.
    pub(super) actor: Actor,
    /// Whose row decides.
    pub(super) source: WireScope,
    /// How much; null is no limit.
    #[serde(deserialize_with = "present")]
    pub(super) amount: Option<String>,
    /// The billing currency.
    pub(super) currency: String,
    /// The period.
    pub(super) period: String,
    /// What was spent in it so far; `"0"` also where that is not known for the moment.
    pub(super) period_to_date_spend: String,
    /// The id of the row that decides: the parent's where the limit is inherited.
    #[serde(default)]
    pub(super) spend_limit_id: Option<String>,
}

/// A person, or a key that acts for nobody.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Actor {
    /// The person's id.
    #[serde(default)]
    pub(super) user_id: Option<String>,
    /// Their e-mail address.
    #[serde(default)]
    pub(super) email_address: Option<String>,
    /// Whether they left.
    #[serde(default)]
    pub(super) deleted: bool,
}

/// A page that names the next one.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    /// The rows.
    pub(super) data: Vec<T>,
    /// Where the next page begins.
    #[serde(default)]
    pub(super) next_page: Option<String>,
}

/// A page whose last row leads to the next one.
#[derive(Debug, Deserialize)]
pub(super) struct IdPage<T> {
    /// The rows.
    pub(super) data: Vec<T>,
    /// Whether there are more.
    #[serde(default)]
    pub(super) has_more: bool,
    /// The id of the last row.
    #[serde(default)]
    pub(super) last_id: Option<String>,
}

/// Somebody of the organization.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    /// Their id.
    pub(super) id: String,
    /// Their e-mail address.
    pub(super) email: String,
}

/// A group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Group {
    /// Its id.
    pub(super) id: String,
    /// Its name, not unique.
    pub(super) name: String,
    /// `direct`, or `scim` where a directory keeps its members.
    pub(super) source_type: String,
}

/// Somebody in a group or a workspace.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Member {
    /// Their id.
    pub(super) user_id: String,
}

/// A workspace.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Workspace {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
}

/// `GET /me`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Organization {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
}

/// Somebody's request for a higher cap.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct IncreaseRequest {
    /// Its id.
    pub(super) id: String,
    /// Who asks.
    pub(super) actor: Actor,
    /// `pending`, `approved`, `denied`, or another.
    pub(super) status: String,
    /// The period that it is about.
    pub(super) period: String,
    /// When it was asked.
    pub(super) created_at: String,
    /// What holds for them now; nothing where that is not known.
    #[serde(default)]
    pub(super) spend_summary: Option<Effective>,
}

/// The answer of the OIDC endpoint of GitHub Actions. It cannot be printed.
#[derive(Deserialize)]
pub(super) struct Assertion {
    /// The job's token.
    pub(super) value: String,
}

/// The answer of the token endpoint. It cannot be printed.
#[derive(Deserialize)]
pub(super) struct Bearer {
    /// The token.
    pub(super) access_token: String,
    /// How long it is good for, in seconds.
    pub(super) expires_in: u64,
}
