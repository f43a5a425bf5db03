//! An alert: a threshold, and who hears of it.

use std::borrow::Cow;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::{NOTIFY_EMPTY, WRONG_TYPE};
use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::diagnostics::Span;
use crate::model::{AlertScope, NotifyId};

use super::{Number, Spanned};

/// A threshold of a budget or of caps, and who hears of it.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "alert", deny_unknown_fields, extend(
    "defaultSnippets" = [{ "label": "alert", "body": { "at": "${1:80%}", "of": "${2|budget,caps|}", "notify": ["${3:ops}"] } }]
))]
pub struct Alert {
    /// The whole alert.
    #[schemars(skip)]
    pub span: Span,
    /// How much must be used: a percentage, or an amount.
    #[schemars(required)]
    pub at: Option<Spanned<At>>,
    /// What is watched: the pool's budget, or each member's cap.
    #[schemars(required)]
    pub of: Option<Spanned<AlertScope>>,
    /// Who hears of it: names from `notify:`, or `member` for the person concerned.
    #[schemars(required, length(min = 1))]
    pub notify: Option<Spanned<Vec<Spanned<Notified>>>>,
}

const HELP_NOTIFY: &str = "name somebody from `notify:`, or `member` for the person concerned";

impl Decode for Alert {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut alert = Self { span: node.span(), at: None, of: None, notify: None };
        let (mut at, mut of, mut notify) = (false, false, false);
        decoder.map(node, what, &["at", "of", "notify"], |decoder, key, _, value| match key {
            "at" => {
                at = true;
                alert.at = decoder.value(value, "`at`");
            }
            "of" => {
                of = true;
                let words = [("budget", AlertScope::Budget), ("caps", AlertScope::Caps)];
                alert.of = decoder.word(value, "`of`", &words);
            }
            _ => {
                notify = true;
                alert.notify = decoder.list(value, "`notify`", |decoder, item| decoder.value(item, "who is notified"));
                if value.kind() == Kind::List && value.items().next().is_none() {
                    decoder.push(NOTIFY_EMPTY.at(value.span(), "nobody hears of this alert").help(HELP_NOTIFY));
                }
            }
        })?;
        if !at {
            decoder.missing(node, what, "at", "write a percentage such as `80%`, or `{ amount: 4000 }`");
        }
        if !of {
            decoder.missing(node, what, "of", "write `budget` or `caps`");
        }
        if !notify {
            decoder.missing(node, what, "notify", HELP_NOTIFY);
        }
        Some(alert)
    }
}

/// How much must be used before an alert fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A share, in whole percent from 1 to 100.
    Percent(u32),
    /// An amount in the unit of the budget.
    Amount(Decimal),
}

impl Decode for At {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        match node.kind() {
            Kind::Text => {
                let text = decoder.text(node, what)?;
                let number = text.strip_suffix('%').filter(|number| !number.starts_with('0'));
                match number.map(str::parse::<u32>) {
                    Some(Ok(percent @ 1..=100)) if text.bytes().next().is_some_and(|b| b.is_ascii_digit()) => {
                        Some(Self::Percent(percent))
                    }
                    _ => decoder.bad_value(
                        node.span(),
                        format!("{what} cannot be `{text}`"),
                        "write a whole percentage from `1%` to `100%`, or `{ amount: 4000 }`",
                    ),
                }
            }
            Kind::Map => {
                let mut amount = None;
                let mut written = false;
                decoder.map(node, what, &["amount"], |decoder, _, _, value| {
                    written = true;
                    amount = decoder.value::<Number>(value, "`amount`");
                })?;
                if !written {
                    decoder.missing(node, what, "amount", "write `{ amount: 4000 }`");
                }
                let amount = amount?;
                if amount.value.0.is_zero() {
                    return decoder.bad_value(
                        amount.span,
                        "a threshold must be above 0".to_owned(),
                        "leave the alert out",
                    );
                }
                Some(Self::Amount(amount.value.0))
            }
            kind => {
                let number = matches!(kind, Kind::Int | Kind::Float);
                let help = number.then(|| format!("write `{0}%` or `{{ amount: {0} }}`", node.text()));
                decoder.wrong_type_help(node, what, "a percentage such as `80%`, or a map with `amount`", help)
            }
        }
    }
}

impl JsonSchema for At {
    fn schema_name() -> Cow<'static, str> {
        "at".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How much must be used: a whole percentage, or an amount in the unit of the budget.",
            "anyOf": [
                { "type": "string", "pattern": "^([1-9][0-9]?|100)%$" },
                {
                    "type": "object",
                    "properties": { "amount": { "type": "number", "exclusiveMinimum": 0 } },
                    "required": ["amount"],
                    "additionalProperties": false,
                },
            ],
            "examples": ["80%", { "amount": 4000 }],
        })
    }
}

/// One of those who hear of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    /// The person concerned.
    Member,
    /// Somebody from `notify:`.
    Name(NotifyId),
}

impl Decode for Notified {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() == Kind::Text && node.text() == "member" {
            return Some(Self::Member);
        }
        if node.kind() == Kind::Text && node.text().contains('@') && NotifyId::new(node.text()).is_err() {
            let finding = WRONG_TYPE.at(node.span(), format!("{what} must be a name from `notify:`"));
            decoder.push(finding.help("put the address under `notify:`, and its name here"));
            return None;
        }
        decoder.id(node, what).map(|id| Self::Name(id.value))
    }
}

impl JsonSchema for Notified {
    fn schema_name() -> Cow<'static, str> {
        "notified".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<NotifyId>();
        schema.insert("description".to_owned(), "A name from `notify:`, or `member` for the person concerned.".into());
        schema.insert("examples".to_owned(), serde_json::json!(["member"]));
        schema
    }
}
