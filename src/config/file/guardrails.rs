//! Limits on what a plan may do, as the file writes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::BAD_VALUE;
use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::model::{MemberId, OnDrift};

use super::{Number, Spanned, UnitWord};

/// A limit on how many people a plan may hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "threat", deny_unknown_fields)]
pub struct Threat {
    /// The most in the whole plan.
    pub count: Spanned<u32>,
    /// The most of a pool's observed grants, in percent; it counts from three people on. Where it is left out, the
    /// default stays; 100 switches it off.
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<Spanned<u32>>,
}

impl Decode for Threat {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let (mut count, mut percent) = (None, None);
        let mut written = false;
        decoder.map(node, what, &["count", "percent"], |decoder, key, _, value| {
            if key == "count" {
                written = true;
                count = whole(value, "`count`", u32::MAX, decoder);
            } else {
                percent = whole(value, "`percent`", 100, decoder);
            }
        })?;
        if !written {
            decoder.missing(node, what, "count", "write `{ count: 10 }`: the most people whom one plan may hit");
        }
        count.map(|count| Self { count, percent })
    }
}

/// A whole number up to a greatest one.
fn whole(node: NodeRef<'_, '_>, what: &str, most: u32, decoder: &mut Decoder) -> Option<Spanned<u32>> {
    if node.kind() != Kind::Int {
        return decoder.wrong_type(node, what, "a whole number");
    }
    match node.text().parse::<u32>() {
        Ok(value) if value <= most => Some(Spanned { value, span: node.span() }),
        _ => {
            let message = format!("{what} must be a whole number from 0 to {most}");
            decoder.push(BAD_VALUE.at(node.span(), message).help(format!("write a number from 0 to {most}")));
            None
        }
    }
}

/// Amounts by unit.
#[derive(Clone, Debug, Default)]
pub struct Limits(pub Vec<(Spanned<UnitWord>, Spanned<Number>)>);

impl Decode for Limits {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() != Kind::Map {
            return decoder.wrong_type(node, what, "a map from units to amounts");
        }
        let mut limits = Vec::new();
        for (key, value) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
            let unit = UnitWord::of(key.text(), key.span(), decoder);
            let number = decoder.value(value, "the limit");
            if let (Some(unit), Some(number)) = (unit, number) {
                limits.push((Spanned { value: unit, span: key.span() }, number));
            }
        }
        limits.sort_by_key(|(unit, _)| unit.value);
        limits.dedup_by_key(|(unit, _)| unit.value);
        Some(Self(limits))
    }
}

impl JsonSchema for Limits {
    fn schema_name() -> Cow<'static, str> {
        "limits".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Amounts by unit.",
            "type": "object",
            "propertyNames": generator.subschema_for::<UnitWord>(),
            "additionalProperties": generator.subschema_for::<Number>(),
            "examples": [{ "USD": 20000, "credits": 400_000 }],
        })
    }
}

/// A threshold for caps.
#[derive(Clone, Debug)]
pub enum Above {
    /// One number, whatever the unit.
    Every(Number),
    /// A number for each unit that is named.
    Units(Limits),
}

impl Decode for Above {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        match node.kind() {
            Kind::Map => Limits::decode(node, what, decoder).map(Self::Units),
            _ => Number::decode(node, what, decoder).map(Self::Every),
        }
    }
}

impl JsonSchema for Above {
    fn schema_name() -> Cow<'static, str> {
        "above".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A threshold for caps: amounts by unit, or one number for every unit.",
            "anyOf": [generator.subschema_for::<Number>(), generator.subschema_for::<Limits>()],
            "examples": [{ "credits": 1000, "USD": 100 }, 1000],
        })
    }
}

/// Limits on what a plan may do. The defaults hold without any of them.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename = "guardrails", deny_unknown_fields)]
pub struct Guardrails {
    /// Grants removed or blocked. 10 and 25% by default.
    pub revocations: Option<Spanned<Threat>>,
    /// Caps or budgets lowered. 20 and 50% by default.
    pub cuts: Option<Spanned<Threat>>,
    /// People whom joining one pool takes out of another. None by default.
    pub moves: Option<Spanned<Threat>>,
    /// Grants added. No limit by default.
    pub additions: Option<Spanned<Threat>>,
    /// The most that the files may let people spend in 31 days, by unit.
    pub worst_case: Option<Spanned<Limits>>,
    /// A cap above this needs a `reason`.
    pub reason_above: Option<Spanned<Above>>,
    /// A cap above this needs `expires`.
    pub expiry_above: Option<Spanned<Above>>,
    /// Members who are never revoked or cut without consent.
    pub protected: Option<Spanned<Vec<Spanned<MemberId>>>>,
    /// What to do with revocations and cuts that only drift explains.
    pub drift: Option<Spanned<OnDrift>>,
}

const KEYS: &[&str] =
    &["revocations", "cuts", "moves", "additions", "worst_case", "reason_above", "expiry_above", "protected", "drift"];

impl Decode for Guardrails {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut guardrails = Self::default();
        decoder.map(node, what, KEYS, |decoder, key, _, value| match key {
            "revocations" => guardrails.revocations = decoder.value(value, "`revocations`"),
            "cuts" => guardrails.cuts = decoder.value(value, "`cuts`"),
            "moves" => guardrails.moves = decoder.value(value, "`moves`"),
            "additions" => guardrails.additions = decoder.value(value, "`additions`"),
            "worst_case" => guardrails.worst_case = decoder.value(value, "`worst_case`"),
            "reason_above" => guardrails.reason_above = decoder.value(value, "`reason_above`"),
            "expiry_above" => guardrails.expiry_above = decoder.value(value, "`expiry_above`"),
            "protected" => {
                guardrails.protected = decoder.list(value, "`protected`", |decoder, item| decoder.id(item, "a member"));
            }
            _ => {
                let words = [("refuse", OnDrift::Refuse), ("revert", OnDrift::Revert)];
                guardrails.drift = decoder.word(value, "`drift`", &words);
            }
        })?;
        Some(guardrails)
    }
}
