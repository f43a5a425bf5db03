//! A limit: one object in requests, a list of one in answers, with the number in `limit` (2.5.3) or, beside a null
//! `limit`, in `limit_amount` (later) [D]. What a limit holds that is not understood here is said, so that nobody writes
//! over it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::centers::client::amount;
use crate::model::{Amount, Cap, Expiry, Grant, Others, Unit};

/// The most that a limit of credits may be [D].
const MOST: u32 = 2_147_483_647;
/// What may stand in a limit.
const KNOWN: [&str; 5] = ["limit", "type", "limit_amount", "limit_expires_at", "temporary"];

/// A limit as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// What it comes to; `None` where that is not understood.
    pub(super) cap: Option<Cap>,
    /// Its last day, where it ends with the usage period.
    pub(super) ends: Option<Expiry>,
    /// Whether it was told in the newer shape, which also knows limits that end.
    pub(super) newer: bool,
    /// Why it must not be written over: something in it that this version does not understand.
    pub(super) odd: Option<String>,
}

impl Setting {
    /// The limit as somebody's grant. Only the newer shape tells when one ends; one that is none looks the same in both.
    pub(super) fn grant(&self) -> Grant {
        let never = (self.newer || self.cap == Some(Cap::Unlimited)).then_some(Expiry::Never);
        Grant { cap: self.cap, period: None, expires: self.ends.or(never) }
    }

    /// What it counts in.
    pub(super) fn unit(&self) -> Option<Unit> {
        self.cap.and_then(|cap| cap.amount()).map(|amount| amount.unit())
    }

    /// The same for a pool of a unit. Amounts of another one are not understood there.
    fn counted_in(mut self, unit: Unit) -> Self {
        if let Some(other) = self.unit().filter(|own| *own != unit) {
            self.cap = None;
            self.odd.get_or_insert_with(|| format!("it counts in {other}, and the pool in {unit}"));
        }
        self
    }
}

/// Reads a limit; `None` where there is none.
pub(super) fn read(value: Option<&Value>) -> Option<Setting> {
    let odd = |why: String| Some(Setting { cap: None, ends: None, newer: false, odd: Some(why) });
    match value {
        None | Some(Value::Null) => None,
        Some(Value::Array(limits)) => match limits.as_slice() {
            [] => None,
            [one] => read(Some(one)),
            more => odd(format!("it is a list of {} limits", more.len())),
        },
        Some(Value::Object(fields)) => Some(of_fields(fields)),
        Some(_) => odd("it is no limit".to_owned()),
    }
}

/// Reads a limit for a pool of this unit.
pub(super) fn read_in(value: Option<&Value>, unit: Unit) -> Option<Setting> {
    read(value).map(|setting| setting.counted_in(unit))
}

fn of_fields(fields: &Map<String, Value>) -> Setting {
    let field = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let mut odd = fields
        .iter()
        .find(|(name, value)| !KNOWN.contains(&name.as_str()) && !value.is_null())
        .map(|(name, _)| format!("it has a field `{}` that this version does not know", name.escape_debug()));
    let cap = match field("type").map_or(Some("limited"), Value::as_str) {
        Some("unlimited") => Ok(Cap::Unlimited),
        Some("limited") => number(field("limit"), field("limit_amount")).map(Cap::Amount),
        _ => Err("it is of a type that this version does not know".to_owned()),
    };
    let ends = field("limit_expires_at").map(|at| {
        let at = at.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        at.ok_or("it ends at a time that is not understood").map(last_day)
    });
    let ends = match (ends, field("temporary") == Some(&Value::Bool(true))) {
        (None, true) => Some(Err("it ends, and does not say when")),
        (ends, _) => ends,
    };
    let cap = cap.map_err(|why| odd.get_or_insert(why).clone()).ok();
    let ends = ends.and_then(|ends| ends.map_err(|why| odd.get_or_insert(why.to_owned()).clone()).ok());
    let newer = ["limit_amount", "limit_expires_at"].iter().any(|name| fields.contains_key(*name));
    Setting { cap, ends, newer, odd }
}

/// The last day, in UTC, of what ends at a moment.
fn last_day(at: Timestamp) -> Expiry {
    let before = at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(at);
    Expiry::On(before.to_zoned(TimeZone::UTC).date())
}

fn number(limit: Option<&Value>, newer: Option<&Value>) -> Result<Amount, String> {
    let (value, unit) = match (limit, newer) {
        (_, Some(newer)) => {
            let unit = match newer.get("unit").and_then(Value::as_str) {
                Some("credit") => Unit::Credits,
                Some("usd") => Unit::USD,
                _ => return Err("it counts in a unit that this version does not know".to_owned()),
            };
            (newer.get("amount").ok_or("it has no number")?, unit)
        }
        (Some(limit), None) => (limit, Unit::Credits),
        // A null beside nothing is no `no limit`: that is a type of its own.
        (None, None) => return Err("it has no number".to_owned()),
    };
    amount(value, unit).map_err(|why| why.to_string())
}

/// The limit that asks for a cap; null asks for none of its own. The error says why the workspace cannot hold it.
pub(super) fn asking(cap: Cap, ends: bool) -> Result<Value, String> {
    let amount = match cap {
        Cap::Inherit => return Ok(Value::Null),
        Cap::Unlimited => return Ok(json!({ "limit": null, "type": "unlimited" })),
        Cap::Amount(amount) => amount,
    };
    if amount.value() > Decimal::from(MOST) {
        return Err(format!("a limit is at most {}", Amount::whole(MOST, amount.unit())));
    }
    let plain = amount.value().normalize();
    if amount.unit() == Unit::Credits {
        let whole = u32::try_from(plain).ok().filter(|_| plain.is_integer());
        let whole = whole.ok_or_else(|| format!("{amount} is no whole number of credits"))?;
        if !ends {
            return Ok(json!({ "limit": whole, "type": "limited" }));
        }
    }
    let (unit, places) = match amount.unit() {
        Unit::Credits => ("credit", 0),
        Unit::USD => ("usd", 2),
        other => return Err(format!("a limit cannot be in {other}")),
    };
    if plain.scale() > places {
        return Err(format!("{amount} has more than {places} digits after the point"));
    }
    let text = format!("{plain:.width$}", width = places as usize);
    let mut limit = json!({ "type": "limited", "limit_amount": { "unit": unit, "amount": text } });
    if ends {
        limit["temporary"] = true.into();
    }
    Ok(limit)
}

/// What the workspace's default is for others. Without one nothing holds them.
pub(super) fn others(setting: Option<&Setting>) -> Option<Others> {
    match setting {
        None => Some(Others::Cap(Cap::Unlimited)),
        Some(setting) => match setting.cap? {
            Cap::Amount(amount) if amount.is_zero() => Some(Others::Blocked),
            cap => Some(Others::Cap(cap)),
        },
    }
}

/// What a group's default is as a pool's default cap; none at all is `inherit`.
pub(super) fn default_cap(setting: Option<&Setting>) -> Option<Cap> {
    setting.map_or(Some(Cap::Inherit), |setting| setting.cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str) -> String {
        let value = serde_json::from_str(json).unwrap();
        let Some(Setting { cap, ends, newer, odd }) = read(Some(&value)) else { return "none".to_owned() };
        let cap = cap.map_or("?".to_owned(), |cap| cap.to_string());
        let ends = ends.map_or(String::new(), |ends| format!(" until {ends}"));
        let newer = if newer { " newer" } else { "" };
        format!("{cap}{ends}{newer}{}", odd.map_or(String::new(), |odd| format!(" ({odd})")))
    }

    #[test]
    fn both_shapes_are_read_and_a_null_is_not_no_limit() {
        for (json, text) in [
            ("null", "none"),
            ("[]", "none"),
            (r#"[{"limit":1000,"type":"limited"}]"#, "1,000 credits"),
            (r#"{"limit":1000}"#, "1,000 credits"),
            (r#"[{"limit":0,"type":"limited"}]"#, "0 credits"),
            (r#"[{"limit":null,"type":"unlimited"}]"#, "unlimited"),
            (
                r#"[{"limit":null,"type":"limited","limit_amount":{"unit":"credit","amount":"500"}}]"#,
                "500 credits newer",
            ),
            (
                r#"[{"limit":null,"type":"limited","limit_amount":{"unit":"usd","amount":"12.50"},"limit_expires_at":"2026-12-01T00:00:00.000Z"}]"#,
                "12.50 USD until 2026-11-30 newer",
            ),
            (r#"[{"limit":null,"type":"limited"}]"#, "? (it has no number)"),
            (r#"[{"limit":-1,"type":"limited"}]"#, "? (-1 is negative)"),
            (r#"[{"limit":5,"type":"daily"}]"#, "? (it is of a type that this version does not know)"),
            (
                r#"[{"limit":5,"rollover":true}]"#,
                "5 credits (it has a field `rollover` that this version does not know)",
            ),
            (r#"[{"limit":5,"rollover":null}]"#, "5 credits"),
            (r#"[{"limit":5},{"limit":6}]"#, "? (it is a list of 2 limits)"),
            (r#"[{"limit":5,"temporary":true}]"#, "5 credits (it ends, and does not say when)"),
            (
                r#"[{"limit_amount":{"unit":"token","amount":"5"}}]"#,
                "? newer (it counts in a unit that this version does not know)",
            ),
            (
                r#"[{"limit":5,"limit_expires_at":"soon"}]"#,
                "5 credits newer (it ends at a time that is not understood)",
            ),
        ] {
            assert_eq!(said(json), text, "{json}");
        }
        let value = serde_json::json!([{ "limit_amount": { "unit": "usd", "amount": "5" } }]);
        let setting = read_in(Some(&value), Unit::Credits).unwrap();
        assert_eq!((setting.cap, setting.odd.unwrap()), (None, "it counts in USD, and the pool in credits".to_owned()));
    }

    #[test]
    fn what_is_asked_for_is_what_the_vendor_takes() {
        let cap = |text: &str, unit| Cap::Amount(Amount::new(text.parse().unwrap(), unit).unwrap());
        for (cap, ends, json) in [
            (Cap::Inherit, false, "null"),
            (Cap::Unlimited, false, r#"{"limit":null,"type":"unlimited"}"#),
            (cap("0", Unit::Credits), false, r#"{"limit":0,"type":"limited"}"#),
            (cap("2147483647", Unit::Credits), false, r#"{"limit":2147483647,"type":"limited"}"#),
            (cap("12.5", Unit::USD), false, r#"{"limit_amount":{"amount":"12.50","unit":"usd"},"type":"limited"}"#),
            (
                cap("1000", Unit::Credits),
                true,
                r#"{"limit_amount":{"amount":"1000","unit":"credit"},"temporary":true,"type":"limited"}"#,
            ),
        ] {
            assert_eq!(asking(cap, ends).unwrap(), serde_json::from_str::<Value>(json).unwrap());
        }
        for (cap, why) in [
            (cap("2147483648", Unit::Credits), "a limit is at most 2,147,483,647 credits"),
            (cap("1.5", Unit::Credits), "is no whole number of credits"),
            (cap("1.005", Unit::USD), "has more than 2 digits after the point"),
        ] {
            let said = asking(cap, false).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
