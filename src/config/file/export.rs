//! What was exported from a vendor's console, and where a roster can be read: for centers that a person sets by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::BAD_VALUE;
use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::model::{self, AccessWords, Column, SecretSource};

use super::{Day, EnvRef, Line, Spanned};

/// A file that was exported, and how it is read.
#[derive(Clone, Debug)]
pub struct Export {
    /// The people export.
    pub people: Option<Spanned<Line>>,
    /// Which header holds what.
    pub columns: Vec<(Column, Spanned<Line>)>,
    /// The cells of `access` that mean no limit of one's own.
    pub full: Vec<Spanned<Line>>,
    /// The cells of `access` that mean a limit of one's own.
    pub custom: Vec<Spanned<Line>>,
    /// The cells of `access` that mean no draw at all.
    pub none: Vec<Spanned<Line>>,
    /// The day on which it was exported.
    pub taken: Option<Spanned<Day>>,
}

impl Export {
    /// The values without their places.
    pub(crate) fn to_model(&self) -> model::Export {
        let words = |list: &[Spanned<Line>]| list.iter().map(|word| word.to_string()).collect();
        model::Export {
            people: self.people.as_ref().map(|people| people.to_string()).unwrap_or_default(),
            columns: self.columns.iter().map(|(column, header)| (*column, header.to_string())).collect(),
            values: AccessWords { full: words(&self.full), custom: words(&self.custom), none: words(&self.none) },
            taken: self.taken.map(|day| day.value.0),
        }
    }
}

const EXPORT_KEYS: [&str; 4] = ["people", "columns", "values", "taken"];
const VALUES: [&str; 3] = ["full", "custom", "none"];
const COLUMNS: [&str; 7] = {
    let mut keys = [""; 7];
    let mut i = 0;
    while i < keys.len() {
        keys[i] = Column::ALL[i].key();
        i += 1;
    }
    keys
};

impl Decode for Export {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut export = Self {
            people: None,
            columns: Vec::new(),
            full: Vec::new(),
            custom: Vec::new(),
            none: Vec::new(),
            taken: None,
        };
        if node.kind() != Kind::Map {
            export.people = Some(decoder.value(node, what)?);
            return Some(export);
        }
        let mut named = false;
        decoder.map(node, what, &EXPORT_KEYS, |decoder, key, _, value| match key {
            "people" => {
                named = true;
                export.people = decoder.value(value, "`people`");
            }
            "columns" => {
                decoder.map(value, "`columns`", &COLUMNS, |decoder, key, _, header| {
                    let column = Column::ALL.into_iter().find(|column| column.key() == key);
                    let header = decoder.value(header, "a header");
                    export.columns.extend(column.zip(header));
                });
            }
            "values" => {
                decoder.map(value, "`values`", &VALUES, |decoder, key, _, list| {
                    let words =
                        decoder.list(list, &format!("`{key}`"), |decoder, word| decoder.value(word, "a cell's text"));
                    let words = words.map(|words| words.value).unwrap_or_default();
                    match key {
                        "full" => export.full = words,
                        "custom" => export.custom = words,
                        _ => export.none = words,
                    }
                });
            }
            _ => export.taken = decoder.value(value, "`taken`"),
        });
        if !named {
            decoder.missing(node, what, "people", "name the file, relative to this one");
        }
        Some(export)
    }
}

impl JsonSchema for Export {
    fn schema_name() -> Cow<'static, str> {
        "export".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let line = generator.subschema_for::<Line>();
        let day = generator.subschema_for::<Day>();
        let columns: serde_json::Map<_, _> =
            COLUMNS.into_iter().map(|key| (key.to_owned(), line.clone().to_value())).collect();
        let words = json_schema!({ "type": "array", "items": line });
        json_schema!({
            "description": "What was exported from the vendor's console: a file, or how to read it too.",
            "anyOf": [
                line,
                {
                    "type": "object",
                    "properties": {
                        "people": line,
                        "columns": { "type": "object", "properties": columns, "additionalProperties": false },
                        "values": {
                            "type": "object",
                            "properties": { "full": words, "custom": words, "none": words },
                            "additionalProperties": false,
                        },
                        "taken": day,
                    },
                    "required": ["people"],
                    "additionalProperties": false,
                },
            ],
            "examples": ["exports/people.csv", { "people": "exports/people.csv", "taken": "2026-11-20" }],
        })
    }
}

/// Where a roster can be read by SCIM.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "scim", deny_unknown_fields)]
pub struct Scim {
    /// The tenant's id, in quotes.
    #[schemars(required)]
    pub tenant: Option<Spanned<Line>>,
    /// Where its token comes from.
    #[schemars(required)]
    pub token: Option<Spanned<EnvRef>>,
}

impl Scim {
    /// The values without their places, where both are there.
    pub(crate) fn to_model(&self) -> Option<model::Scim> {
        let (tenant, token) = (self.tenant.as_ref()?, self.token.as_ref()?);
        Some(model::Scim { tenant: tenant.to_string(), token: SecretSource::Env(token.value.env.to_string()) })
    }
}

impl Decode for Scim {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut scim = Self { tenant: None, token: None };
        let (mut tenant, mut token) = (false, false);
        decoder.map(node, what, &["tenant", "token"], |decoder, key, _, value| {
            if key == "tenant" {
                tenant = true;
                scim.tenant = decoder.value(value, "`tenant`");
            } else {
                token = true;
                scim.token = decoder.value(value, "`token`");
            }
        })?;
        if !tenant {
            decoder.missing(node, what, "tenant", "write the tenant's id in quotes");
        }
        if !token {
            decoder.missing(node, what, "token", "write `{ env: BURSAR_SCIM_TOKEN }` with the variable's name");
        }
        Some(scim)
    }
}

/// A day of the month.
pub(super) fn day_of_month(node: NodeRef<'_, '_>, decoder: &mut Decoder) -> Option<Spanned<u8>> {
    if node.kind() != Kind::Int {
        return decoder.wrong_type(node, "`metering_day`", "a day of the month");
    }
    if let Ok(day @ 1..=31) = node.text().parse() {
        return Some(Spanned { value: day, span: node.span() });
    }
    let message = format!("`metering_day` cannot be {}", node.text());
    decoder.push(BAD_VALUE.at(node.span(), message).help("write a day of the month, from 1 to 31"));
    None
}
