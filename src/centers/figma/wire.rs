//! Figma's JSON, as far as it is read: leniently, since only the usage answer is described by Figma's own document
//! (0.43.0), and of SCIM no more is known than its standard.

use serde::Deserialize;
use serde_json::Value;

/// A page of `GET /v1/ai_usage/daily`.
#[derive(Debug, Deserialize)]
pub(super) struct UsagePage {
    /// One row per person, day and editor, ordered by day.
    pub(super) rows: Vec<UsageRow>,
    /// Where the next page begins; empty, not null, where there is none.
    pub(super) next_cursor: Option<String>,
    /// Whether there is a next page.
    pub(super) has_next_page: Option<bool>,
}

/// What one person drew on one day in one editor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UsageRow {
    /// Figma's id of the person.
    pub(super) user_id: Option<Value>,
    /// Their e-mail address; null where Figma cannot tell it, such as of somebody who was deleted.
    pub(super) user_email: Option<String>,
    /// The day, in UTC.
    pub(super) day: Option<String>,
    /// The credits of the person's own seat.
    pub(super) seat_credits_sum: Option<Value>,
    /// Paid credits.
    pub(super) plan_credits_sum: Option<Value>,
    /// The billing group, by its name.
    pub(super) license_group_name: Option<String>,
    /// When the metering period of this row began.
    pub(super) metering_period_start: Option<String>,
    /// When it ends: the first moment that is no longer in it.
    pub(super) metering_period_end: Option<String>,
}

/// A page of `GET /scim/v2/{tenant}/Users`.
#[derive(Debug, Deserialize)]
pub(super) struct ScimPage {
    /// How many people there are in all.
    #[serde(rename = "totalResults", alias = "totalresults")]
    pub(super) total: Option<u64>,
    /// People; the standard lets an empty page leave it out.
    #[serde(rename = "Resources", alias = "resources", default)]
    pub(super) people: Vec<ScimUser>,
}

/// A person as SCIM shows them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ScimUser {
    /// The provider's id of them.
    pub(super) id: Option<Value>,
    /// What they sign in with: an e-mail address, as a rule.
    #[serde(rename = "userName", alias = "username")]
    pub(super) user_name: Option<String>,
    /// Whether they are there; who says nothing is.
    pub(super) active: Option<Value>,
    /// Their addresses.
    pub(super) emails: Option<Vec<ScimEmail>>,
}

/// An address of a person.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ScimEmail {
    /// The address.
    pub(super) value: Option<String>,
    /// Whether it is the one that counts.
    pub(super) primary: Option<Value>,
}

/// A truth value, also where it is written as a text.
fn is_true(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

impl ScimUser {
    /// Whether they are there.
    pub(super) fn is_active(&self) -> bool {
        is_true(self.active.as_ref()) != Some(false)
    }

    /// Their e-mail address in lower case: what they sign in with, else the primary address, else the first.
    pub(super) fn email(&self) -> Option<String> {
        let address = |text: &str| {
            let text = text.trim();
            (text.contains('@') && !text.contains(char::is_whitespace)).then(|| text.to_ascii_lowercase())
        };
        self.user_name.as_deref().and_then(address).or_else(|| {
            let emails = self.emails.as_deref().unwrap_or_default();
            let primary = emails.iter().find(|email| is_true(email.primary.as_ref()) == Some(true));
            primary.into_iter().chain(emails).find_map(|email| address(email.value.as_deref()?))
        })
    }
}

/// The id of something, whether it is written as a text or as a number.
pub(super) fn id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
