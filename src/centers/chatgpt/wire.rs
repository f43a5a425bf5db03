//! The JSON of the workspace Admin API (2.5.3, and what is known of its versions up to 2.5.37). Read leniently: unknown
//! fields pass; limits stay values until [`super::limit`] reads them, so that nothing in them is lost unseen.

use serde::Deserialize;
use serde_json::Value;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    /// The rows.
    pub(super) data: Vec<T>,
    /// Whether another page follows.
    #[serde(default)]
    pub(super) has_more: bool,
    /// What asks for it; nothing is known of what it says [D].
    pub(super) cursor: Option<String>,
}

/// A row of a list: nobody comes twice.
pub(super) trait Row {
    /// The row's own id.
    fn id(&self) -> &str;
}

/// The workspace's own limit.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Workspace {
    /// The workspace's id.
    pub(super) id: Option<String>,
    /// The monthly limit of whoever has no other: a list of one, or null.
    pub(super) default_user_monthly_usage_limit: Option<Value>,
}

/// A group with its default.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Group {
    /// The group's id, as paths take it.
    pub(super) id: String,
    /// What people call it. Not documented as unique.
    #[serde(rename = "group_name")]
    pub(super) name: Option<String>,
    /// The monthly limit of each member without one of their own: a list of one, or null.
    pub(super) default_user_monthly_usage_limit: Option<Value>,
}

/// A person of the workspace, with everything that bears on their limit.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    /// The id that paths take; `account_user_id` is another one [D].
    pub(super) id: String,
    /// The address, where there is one.
    pub(super) email: Option<String>,
    /// `account-owner`, `account-admin`, `analytics-viewer`, `standard-user`.
    pub(super) role: Option<String>,
    /// What they drew in this month, in what the workspace counts.
    pub(super) current_month_usage: Option<Value>,
    /// What that counts: `credit` or `usd`; older answers do not say.
    pub(super) current_month_usage_unit: Option<String>,
    /// The person's own limit: a list of one, or null.
    pub(super) override_monthly_usage_limit: Option<Value>,
    /// What holds for them.
    pub(super) effective_monthly_usage_limit: Option<Sourced>,
    /// What would hold without a limit of their own.
    pub(super) inherited_monthly_usage_limit: Option<Sourced>,
}

/// A limit and where it comes from.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sourced {
    /// The limit: an object here.
    pub(super) limit: Option<Value>,
    /// Where it comes from.
    pub(super) source: Option<Source>,
}

/// Where a limit comes from.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Source {
    /// `individual_override`, `group_default`, `workspace_default`, `role_based_personal_budget`; others may come.
    pub(super) kind: String,
    /// The group, where it is one's default.
    pub(super) group_id: Option<String>,
    /// The group's name.
    pub(super) group_name: Option<String>,
}

/// A group of the directory.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct DirectoryGroup {
    /// The group's id.
    pub(super) id: String,
    /// How many are in it.
    pub(super) member_count: Option<usize>,
    /// `manual`, or `scim`: then nobody joins or leaves here.
    pub(super) source: Option<String>,
}

/// Somebody in a group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Member {
    /// The id that paths take.
    pub(super) id: String,
}

/// A request for a higher limit.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Asking {
    /// The request's id.
    pub(super) id: String,
    /// Who asks.
    pub(super) requester_user_id: String,
    /// Their address.
    pub(super) requester_email: Option<String>,
    /// `pending`, `approved`, `denied`, `canceled`, `superseded`.
    pub(super) status: String,
    /// Why, in their words.
    pub(super) justification: Option<String>,
    /// What held when they asked: an object.
    pub(super) original_monthly_usage_limit: Option<Value>,
    /// What they ask for: an object.
    pub(super) recommended_monthly_usage_limit: Option<Value>,
}

macro_rules! rows {
    ($($row:ty),*) => {
        $(impl Row for $row {
            fn id(&self) -> &str {
                &self.id
            }
        })*
    };
}

rows!(Group, User, DirectoryGroup, Member, Asking);
