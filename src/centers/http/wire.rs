//! The JSON of `schema/center.v1.openapi.yaml`. Unknown fields of an answer pass.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::capability::Rate;
use crate::model::{AlertScope, Amount, Cap, Others, Period, Recipient, Threshold, Unit, WhenExhausted};

/// What `schema` of `GET /v1/center` says.
pub(super) const SCHEMA: &str = "bursar.center.v1";

/// `GET /v1/center`.
#[derive(Debug, Deserialize)]
pub(super) struct CenterAnswer {
    /// Which API this is.
    pub(super) schema: String,
    /// What tells this center from every other.
    pub(super) identity: String,
    /// The version of what serves it.
    #[serde(default)]
    pub(super) version: Option<String>,
    /// What the token may do, `read` or `write`, where the center says it.
    #[serde(default)]
    pub(super) access: Option<String>,
    /// What it can do, by the key of the control.
    #[serde(default)]
    controls: Value,
    /// What it lets through.
    #[serde(default)]
    limits: Value,
}

impl CenterAnswer {
    /// How far a control reaches (`api`, `manual` …) where it is read or written, if the center says it.
    pub(super) fn ability(&self, control: &str, way: &str) -> Option<&str> {
        self.controls.get(control)?.get(way)?.as_str()
    }

    /// How many requests it lets through, where it says so. A center that does not say how many may come at once is
    /// taken to let a second's worth come.
    pub(super) fn rate(&self) -> Option<Rate> {
        let number = |name: &str| self.limits.get(name)?.as_u64()?.try_into().ok().filter(|number| *number > 0);
        let per_minute: u32 = number("requests_per_minute")?;
        Some(Rate { per_minute, burst: number("burst").unwrap_or(per_minute.div_ceil(60)) })
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    /// The rows.
    pub(super) items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub(super) next: Option<String>,
}

/// A pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PoolWire {
    /// Its name; the path has it when the pool is written.
    #[serde(skip_serializing)]
    pub(super) id: String,
    /// Its version; `If-Match` has it when the pool is written.
    #[serde(skip_serializing)]
    pub(super) etag: String,
    /// What people call it.
    #[serde(default)]
    pub(super) description: String,
    /// Its limit.
    pub(super) budget: BudgetWire,
    /// The cap of granted members who have none of their own.
    pub(super) default_cap: Cap,
    /// What everybody else may draw.
    pub(super) others: Others,
    /// Its thresholds.
    pub(super) alerts: Vec<AlertWire>,
}

/// A budget.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct BudgetWire {
    /// What it counts.
    pub(super) unit: Unit,
    /// When it starts again.
    pub(super) period: Period,
    /// How much there is.
    pub(super) limit: LimitWire,
    /// What happens when it is used up.
    pub(super) when_exhausted: WhenExhausted,
}

/// The size of a budget.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum LimitWire {
    /// At most this much.
    Amount(Amount),
    /// No limit.
    Word(NoLimit),
}

/// The word for no limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NoLimit {
    /// `none`.
    None,
}

/// An alert.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AlertWire {
    /// What it watches.
    pub(super) of: AlertScope,
    /// How much must be used.
    pub(super) at: Threshold,
    /// Who hears of it.
    pub(super) notify: BTreeSet<Recipient>,
}

/// A grant as it is listed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct GrantWire {
    /// Whose it is.
    pub(super) member: String,
    /// What it is.
    #[serde(flatten)]
    pub(super) right: RightWire,
}

/// What a grant is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct RightWire {
    /// The most that the member may draw.
    pub(super) cap: Cap,
    /// The last day.
    pub(super) expires: Option<Date>,
}

/// A member.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MemberWire {
    /// The center's name for them.
    pub(super) id: String,
    /// Their e-mail address.
    pub(super) email: Option<String>,
}

/// One row of a batch of grants.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RowWire<'a> {
    /// Whose grant it is.
    pub(super) member: &'a str,
    /// The grant as it must be before.
    pub(super) expect: Option<RightWire>,
    /// The grant as it shall be.
    pub(super) set: Option<RightWire>,
}

/// The answer to a batch.
#[derive(Debug, Deserialize)]
pub(super) struct BatchAnswer {
    /// What became of each row, in their order.
    pub(super) results: Vec<RowAnswer>,
}

/// What became of one row.
#[derive(Debug, Deserialize)]
pub(super) struct RowAnswer {
    /// `applied`, `already`, `refused` or `failed`.
    pub(super) outcome: String,
    /// The grant as it is now.
    pub(super) grant: Option<GrantWire>,
    /// Why, where the center says so.
    pub(super) detail: Option<String>,
}

/// What was drawn from a pool in one period.
#[derive(Debug, Deserialize)]
pub(super) struct UsageWire {
    /// The period's first day.
    pub(super) since: Date,
    /// The first day of the next one; none after a lifetime.
    pub(super) until: Option<Date>,
    /// What all have drawn together.
    pub(super) total: Amount,
    /// What each has drawn.
    pub(super) members: Vec<MemberUsageWire>,
}

/// What one member has drawn.
#[derive(Debug, Deserialize)]
pub(super) struct MemberUsageWire {
    /// The center's name for them.
    pub(super) member: String,
    /// How much.
    pub(super) drawn: Amount,
    /// The last day on which they drew, where the center tells it.
    #[serde(default)]
    pub(super) last: Option<Date>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_center_adds_is_passed_over() {
        let pool = r#"{"id":"ai","etag":"\"1\"","budget":{"unit":"credits","period":"monthly","limit":"none",
            "when_exhausted":"block","colour":"red"},"default_cap":"inherit","others":{"cap":"unlimited","x":1},
            "alerts":[{"of":"caps","at":{"percent":90},"notify":["member"],"since":2026}],"owner":{"id":7}}"#;
        let pool: PoolWire = serde_json::from_str(pool).unwrap();
        assert_eq!(pool.description, "");
        let grant = r#"{"member":"alice","cap":{"amount":"5","unit":"USD"},"expires":null,"etag":"x","note":"hi"}"#;
        let grant: GrantWire = serde_json::from_str(grant).unwrap();
        assert_eq!(grant.member, "alice");
    }

    #[test]
    fn a_limit_is_read_where_it_can_be() {
        let rate = |limits: &str| {
            let text = format!(r#"{{"schema":"x","identity":"y"{limits}}}"#);
            let answer: CenterAnswer = serde_json::from_str(&text).unwrap();
            answer.rate().map(|rate| (rate.per_minute, rate.burst))
        };
        assert_eq!(rate(r#","limits":{"requests_per_minute":600,"burst":25}"#), Some((600, 25)));
        assert_eq!(rate(r#","limits":{"requests_per_minute":90}"#), Some((90, 2)));
        for other in ["", r#","limits":null"#, r#","limits":{"requests_per_minute":null}"#] {
            assert_eq!(rate(other), None, "{other}");
        }
        for odd in ["0", "-1", "1.5", "\"many\"", "99999999999"] {
            assert_eq!(rate(&format!(r#","limits":{{"requests_per_minute":{odd}}}"#)), None, "{odd}");
        }
    }

    #[test]
    fn what_is_sent_has_neither_name_nor_version() {
        let text = r#"{"id":"ai","etag":"\"1\"","description":"d","budget":{"unit":"credits","period":"monthly","limit":{"amount":"5","unit":"credits"},"when_exhausted":"block"},"default_cap":"inherit","others":"blocked","alerts":[]}"#;
        let pool: PoolWire = serde_json::from_str(text).unwrap();
        let sent = serde_json::to_string(&pool).unwrap();
        assert_eq!(sent, text.replace(r#""id":"ai","etag":"\"1\"","#, ""));
    }
}
