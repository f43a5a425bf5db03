//! A pool: shared credits that several members draw on.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::ABSENT_WITH_MORE;
use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::diagnostics::Span;
use crate::model::{CenterId, INCLUDED_USAGE, Period, Target, Unit, WhenExhausted};

use super::{Alert, Cap, Line, Number, Others, Prose, Rule, Spanned, UnitWord};

/// Shared credits that several members draw on, with a budget.
///
/// `access` and `others` must be written, because an omission must not decide over people. Only a pool that shall go
/// (`ensure: absent`) stands without them, and with nothing but `center` and `target`.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "pool", deny_unknown_fields, transform = absent_or_whole)]
pub struct Pool {
    /// The whole pool.
    #[schemars(skip)]
    pub span: Span,
    /// The center that the pool is in, by its name under `centers:`.
    #[schemars(required)]
    pub center: Option<Spanned<CenterId>>,
    /// The vendor's own object that the pool is.
    pub target: Option<Spanned<PoolTarget>>,
    /// `absent`: the pool shall be deleted, with all its grants.
    pub ensure: Option<Spanned<Ensure>>,
    /// What people call it.
    pub description: Option<Spanned<Prose>>,
    /// The pool's own limit per period, and the unit and period of its caps.
    pub budget: Option<Spanned<Budget>>,
    /// Who may draw on it. An empty list revokes everybody.
    pub access: Option<Spanned<Vec<Rule>>>,
    /// The cap of a granted member whom no rule gives one.
    pub default_cap: Option<Spanned<Cap>>,
    /// What everybody may draw whom no rule names.
    pub others: Option<Spanned<Others>>,
    /// Which cap holds for a member of two groups that give different ones. Without it that is an error.
    pub overlap: Option<Spanned<Overlap>>,
    /// The thresholds that somebody hears of. An empty list removes them; without the key they are left as they are.
    pub alerts: Option<Spanned<Vec<Alert>>>,
    /// A center that holds the pool while its own does not offer the control.
    pub fallback: Option<Spanned<CenterId>>,
}

/// What the schema says beside the keys: `ensure: absent` with little, everything else with `access` and `others`.
fn absent_or_whole(schema: &mut Schema) {
    schema.insert(
        "if".to_owned(),
        serde_json::json!({ "properties": { "ensure": { "const": "absent" } }, "required": ["ensure"] }),
    );
    schema
        .insert("then".to_owned(), serde_json::json!({ "propertyNames": { "enum": ["ensure", "center", "target"] } }));
    schema.insert("else".to_owned(), serde_json::json!({ "required": ["access", "others"] }));
    schema.insert(
        "defaultSnippets".to_owned(),
        serde_json::json!([{
            "label": "pool",
            "body": {
                "center": "${1:gateway}",
                "budget": { "limit": "${2:1000}", "unit": "${3:credits}", "period": "${4:monthly}", "when_exhausted": "block" },
                "access": [{ "group": "${5:designers}", "cap": "${6:100}" }],
                "others": "blocked",
            },
        }]),
    );
}

impl Pool {
    /// Whether the pool shall be deleted.
    pub fn is_absent(&self) -> bool {
        self.ensure.is_some()
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        self.access.as_ref().map_or(&[], |access| &access.value)
    }

    /// What the caps count, where the file says it.
    pub fn unit(&self) -> Option<Unit> {
        self.budget.as_ref()?.unit.as_ref().map(|unit| unit.value.0)
    }

    /// The vendor's object as written; empty where nothing is.
    pub fn model_target(&self) -> Target {
        let keys = self.target.iter().flat_map(|target| &target.0);
        Target(keys.map(|(key, value)| (key.to_string(), value.to_string())).collect())
    }
}

const KEYS: &[&str] = &[
    "center",
    "target",
    "ensure",
    "description",
    "budget",
    "access",
    "default_cap",
    "others",
    "overlap",
    "alerts",
    "fallback",
];

impl Decode for Pool {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut pool = Self {
            span: node.span(),
            center: None,
            target: None,
            ensure: None,
            description: None,
            budget: None,
            access: None,
            default_cap: None,
            others: None,
            overlap: None,
            alerts: None,
            fallback: None,
        };
        let what = format!("the pool {what}");
        let has = |key: &str| node.entries().any(|(k, _)| k.kind() == Kind::Text && k.text() == key);
        decoder.map(node, &what, KEYS, |decoder, key, _, value| match key {
            "center" => pool.center = decoder.id(value, "`center`"),
            "target" => pool.target = decoder.value(value, "`target`"),
            "ensure" => pool.ensure = decoder.word(value, "`ensure`", &[("absent", Ensure::Absent)]),
            "description" => pool.description = decoder.value(value, "`description`"),
            "budget" => pool.budget = decoder.value(value, "`budget`"),
            "access" => {
                let rule =
                    |decoder: &mut Decoder, item: NodeRef<'_, '_>| Rule::decode(item, "a rule of `access`", decoder);
                pool.access = decoder.list(value, "`access`", rule);
            }
            "default_cap" => pool.default_cap = decoder.value(value, "`default_cap`"),
            "others" => pool.others = decoder.value(value, "`others`"),
            "overlap" => {
                let words = [("highest", Overlap::Highest), ("lowest", Overlap::Lowest)];
                pool.overlap = decoder.word(value, "`overlap`", &words);
            }
            "alerts" => {
                let alert = |decoder: &mut Decoder, item: NodeRef<'_, '_>| Alert::decode(item, "an alert", decoder);
                pool.alerts = decoder.list(value, "`alerts`", alert);
            }
            _ => pool.fallback = decoder.id(value, "`fallback`"),
        });
        if node.kind() == Kind::Map {
            if !has("center") {
                decoder.missing(node, &what, "center", "name a center from `centers:`");
            }
            if has("ensure") {
                for (key, _) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
                    if KEYS.contains(&key.text()) && !["ensure", "center", "target"].contains(&key.text()) {
                        let message = format!("a pool that shall go has no `{}`", key.text());
                        let finding = ABSENT_WITH_MORE.at(key.span(), message);
                        decoder.push(finding.help("leave only `center` and `target` beside `ensure: absent`"));
                    }
                }
            } else {
                if !has("access") {
                    let help = "say who may draw; `access: []` for nobody";
                    decoder.missing(node, &what, "access", help);
                }
                if !has("others") {
                    let help = "say what holds for everybody else: `blocked`, `unmanaged` or `{ cap: 50 }`";
                    decoder.missing(node, &what, "others", help);
                }
            }
        }
        Some(pool)
    }
}

/// What shall be of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "ensure", rename_all = "lowercase")]
pub enum Ensure {
    /// It shall not be there.
    Absent,
}

/// Which of two caps holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "overlap", rename_all = "lowercase")]
pub enum Overlap {
    /// The higher one.
    Highest,
    /// The lower one.
    Lowest,
}

/// The vendor's own object that a pool is, by the keys of its provider.
#[derive(Clone, Debug)]
pub struct PoolTarget(pub Vec<(Spanned<Line>, Spanned<Line>)>);

impl Decode for PoolTarget {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() == Kind::Text {
            // `target: plan` is an object of which there is one.
            let word: Spanned<Line> = decoder.value(node, what)?;
            return Some(Self(vec![(word.clone(), word)]));
        }
        if node.kind() != Kind::Map {
            return decoder.wrong_type(node, what, "a map with a key of the provider");
        }
        let mut keys = Vec::new();
        for (key, value) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
            let value = match key.text() {
                INCLUDED_USAGE => either(value, decoder),
                _ => decoder.value(value, "the vendor's object"),
            };
            let key = decoder.value(key, "a key of `target`");
            keys.extend(key.zip(value));
        }
        Some(Self(keys))
    }
}

/// `true` or `false`, as a truth value or as a text.
fn either(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> Option<Spanned<Line>> {
    let word = match (node.kind(), node.text().to_ascii_lowercase().as_str()) {
        (Kind::Bool | Kind::Text, "true") => "true",
        (Kind::Bool | Kind::Text, "false") => "false",
        _ => {
            let message = format!("`{INCLUDED_USAGE}` is either `true` or `false`");
            return decoder.bad_value(
                node.span(),
                message,
                "write `true` to keep its share for it, or leave the key out",
            );
        }
    };
    Some(Spanned { value: Line::of(word), span: node.span() })
}

impl JsonSchema for PoolTarget {
    fn schema_name() -> Cow<'static, str> {
        "target".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The vendor's own object that the pool is; which key may stand here is the provider's business. \
        A word alone names an object of which there is one.",
            "anyOf": [
                generator.subschema_for::<Line>(),
                { "type": "object", "additionalProperties": generator.subschema_for::<Line>() },
            ],
        })
    }
}

/// The pool's own limit per period, and the unit and period of its caps.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename = "budget", deny_unknown_fields)]
pub struct Budget {
    /// How much there is per period. Without it the pool's size is the vendor's own business.
    pub limit: Option<Spanned<Number>>,
    /// What the budget and the caps count.
    #[schemars(required)]
    pub unit: Option<Spanned<UnitWord>>,
    /// When the budget and the caps start again.
    pub period: Option<Spanned<Period>>,
    /// Whether there is a period, also one that could not be read.
    #[schemars(skip)]
    pub period_written: bool,
    /// What happens when it is used up: `block` refuses, `alert` lets it through and tells somebody, `overage` bills it.
    pub when_exhausted: Option<Spanned<WhenExhausted>>,
}

impl Decode for Budget {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut budget = Self::default();
        let mut counted = false;
        let keys = &["limit", "unit", "period", "when_exhausted"];
        decoder.map(node, what, keys, |decoder, key, _, value| match key {
            "limit" => budget.limit = decoder.value(value, "`limit`"),
            "unit" => {
                counted = true;
                budget.unit = decoder.value(value, "`unit`");
            }
            "period" => {
                budget.period_written = true;
                budget.period = decoder.word(value, "`period`", &Period::ALL.map(|p| (p.as_str(), p)));
            }
            _ => {
                let words = WhenExhausted::ALL.map(|when| (when.as_str(), when));
                budget.when_exhausted = decoder.word(value, "`when_exhausted`", &words);
            }
        })?;
        if !counted {
            let help = "say what is counted: `credits`, `acu` or a currency such as `USD`";
            decoder.missing(node, what, "unit", help);
        }
        Some(budget)
    }
}
