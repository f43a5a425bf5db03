//! The JSON of the API. What comes in is strict: a key that nobody knows may be one that somebody relied on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::centers::embedded::{Member, PoolRow, Usage};
use crate::model::{
    Alert, AlertKey, AlertScope, Amount, Budget, Cap, Expiry, Grant, Limit, Others, Period, Recipient, Target,
    Threshold, Unit, WhenExhausted,
};
use crate::plan::PoolObject;

use super::call::{check_name, is_hidden};
use super::conditions::etag;
use super::problem::Problem;

/// The longest description, in bytes.
const MAX_DESCRIPTION: usize = 4096;
/// How many alerts a pool may have.
const MOST_ALERTS: usize = 100;
/// How many may hear of one alert.
const MOST_RECIPIENTS: usize = 100;

/// The size of a budget: an amount, or `none`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum LimitJson {
    Amount(Amount),
    Word(NoLimit),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NoLimit {
    None,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetJson {
    unit: Unit,
    period: Period,
    limit: LimitJson,
    when_exhausted: WhenExhausted,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertJson {
    of: AlertScope,
    at: Threshold,
    notify: BTreeSet<Recipient>,
}

/// A pool with everything in it but its grants.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolJson {
    #[serde(default)]
    description: String,
    budget: BudgetJson,
    default_cap: Cap,
    others: Others,
    alerts: Vec<AlertJson>,
}

/// A pool as the center keeps it.
pub(super) struct PoolParts {
    /// The pool itself.
    pub(super) object: PoolObject,
    /// What everybody else may draw.
    pub(super) others: Others,
    /// Its alerts.
    pub(super) alerts: BTreeMap<AlertKey, Alert>,
}

impl PoolJson {
    /// The pool of that name, if everything about it can be kept.
    pub(super) fn parts(self, name: &str) -> Result<PoolParts, Problem> {
        let Self { description, budget, default_cap, others, alerts } = self;
        if description.len() > MAX_DESCRIPTION || description.chars().any(|c| is_hidden(c) && c != '\n') {
            let why = "`description` has more than 4096 bytes, or characters that cannot be seen";
            return Err(Problem::invalid(why));
        }
        if alerts.len() > MOST_ALERTS {
            return Err(Problem::invalid(format!("a pool has at most {MOST_ALERTS} alerts")));
        }
        let mut by_key = BTreeMap::new();
        for AlertJson { of, at, notify } in alerts {
            if notify.is_empty() || notify.len() > MOST_RECIPIENTS || notify.iter().any(|who| !can_hear(who)) {
                return Err(Problem::invalid("an alert tells 1 to 100 recipients, each with a name"));
            }
            if by_key.insert(AlertKey { of, at }, Alert { notify }).is_some() {
                return Err(Problem::invalid("two alerts have the same threshold"));
            }
        }
        let BudgetJson { unit, period, limit, when_exhausted } = budget;
        let limit = match limit {
            LimitJson::Amount(amount) => Limit::Amount(amount),
            LimitJson::Word(NoLimit::None) => Limit::None,
        };
        let object = PoolObject {
            target: Target::of("pool", name),
            description: Some(description),
            budget: Budget { unit, period: Some(period), limit: Some(limit), when_exhausted: Some(when_exhausted) },
            default_cap: Some(default_cap),
        };
        Ok(PoolParts { object, others, alerts: by_key })
    }
}

fn can_hear(recipient: &Recipient) -> bool {
    match recipient {
        Recipient::Email(text) | Recipient::Slack(text) | Recipient::Webhook(text) => check_name(text).is_ok(),
        Recipient::Login { provider, login } => check_name(provider).is_ok() && check_name(login).is_ok(),
        Recipient::Member => true,
    }
}

/// A pool as JSON, with its version.
pub(super) fn pool(row: &PoolRow, alerts: BTreeMap<AlertKey, Alert>) -> Result<Object, Problem> {
    let PoolObject { target: _, description, budget, default_cap } = row.object();
    let limit = match budget.limit {
        Some(Limit::Amount(amount)) => LimitJson::Amount(amount),
        Some(Limit::None) | None => LimitJson::Word(NoLimit::None),
    };
    let pool = PoolJson {
        description: description.unwrap_or_default(),
        budget: BudgetJson {
            unit: budget.unit,
            period: row.period,
            limit,
            when_exhausted: budget.when_exhausted.unwrap_or(WhenExhausted::Block),
        },
        default_cap: default_cap.unwrap_or(Cap::Inherit),
        others: row.others,
        alerts: alerts
            .into_iter()
            .map(|(AlertKey { of, at }, Alert { notify })| AlertJson { of, at, notify })
            .collect(),
    };
    let value = serde_json::to_value(pool).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Object::new("id", &row.name, value))
}

/// A grant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantJson {
    cap: Cap,
    #[serde(default, deserialize_with = "day")]
    expires: Option<Date>,
}

/// A day as `2026-12-31`, and in no other notation.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    parse_day(&text)
        .map(Some)
        .ok_or_else(|| D::Error::custom("a day is written as 2026-12-31"))
}

/// The day that a text says.
pub(super) fn parse_day(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain)
}

impl From<GrantJson> for Grant {
    fn from(GrantJson { cap, expires }: GrantJson) -> Self {
        Self { cap: Some(cap), period: None, expires: Some(expires.map_or(Expiry::Never, Expiry::On)) }
    }
}

/// A grant as JSON, with its version.
pub(super) fn grant(member: &str, grant: Grant) -> Object {
    let expires = match grant.expires {
        Some(Expiry::On(date)) => Some(date.to_string()),
        Some(Expiry::Never) | None => None,
    };
    Object::new("member", member, json!({ "cap": grant.cap.unwrap_or(Cap::Inherit), "expires": expires }))
}

/// What is known of a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberJson {
    #[serde(default)]
    email: Option<String>,
}

impl MemberJson {
    /// The member of that name.
    pub(super) fn named(self, name: &str) -> Result<Member, Problem> {
        if let Some(email) = &self.email {
            check_name(email)?;
        }
        Ok(Member { name: name.to_owned(), email: self.email })
    }
}

/// A member as JSON, with its version.
pub(super) fn member(member: &Member) -> Object {
    Object::new("id", &member.name, json!({ "email": member.email }))
}

/// Rows of grants that are changed together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchJson {
    /// The rows, in their order.
    pub(super) rows: Vec<RowJson>,
}

/// One grant as it shall be, and as it is expected to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowJson {
    /// Whose it is.
    pub(super) member: String,
    /// The grant as it must be before; null for none, and absent where that does not matter.
    #[serde(default, deserialize_with = "exactly")]
    pub(super) expect: Expect,
    /// The grant as it shall be; null for none.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) set: Option<GrantJson>,
}

/// What a grant must be before it is changed.
#[derive(Debug, Default)]
pub(super) enum Expect {
    /// Whatever it is.
    #[default]
    Anything,
    /// This, or none.
    Exactly(Option<GrantJson>),
}

/// What is there is meant, also where it is null.
fn exactly<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expect, D::Error> {
    Option::deserialize(deserializer).map(Expect::Exactly)
}

/// What somebody draws.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrawJson {
    /// Who.
    pub(super) member: String,
    /// How much.
    pub(super) amount: Amount,
}

/// What was drawn, as JSON.
pub(super) fn usage(usage: &Usage) -> Value {
    let Usage { period, since, until, total, members } = usage;
    let members: Vec<Value> = members
        .iter()
        .map(|(member, of)| json!({ "member": member, "drawn": of.drawn, "last": of.last }))
        .collect();
    json!({ "period": period, "since": since, "until": until, "total": total, "members": members })
}

/// An object with its version in it.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Its version.
    pub(super) etag: String,
    /// The object.
    pub(super) value: Value,
}

impl Object {
    fn new(key: &str, name: &str, rest: Value) -> Self {
        let mut value = json!({ key: name });
        if let (Value::Object(value), Value::Object(rest)) = (&mut value, rest) {
            value.extend(rest);
        }
        let etag = etag(&value);
        if let Value::Object(value) = &mut value {
            value.insert("etag".to_owned(), etag.clone().into());
        }
        Self { etag, value }
    }
}
