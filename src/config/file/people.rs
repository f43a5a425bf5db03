//! People who are read from a CSV, such as an identity provider's export, and how its columns are read.

use std::borrow::Cow;
use std::path::{Component, Path};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::model::GroupId;

use super::{LOGINS, Line, Spanned};

/// A CSV with people, and how it is read.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "people", deny_unknown_fields)]
pub struct People {
    /// The CSV, relative to the file that names it: beside it or below.
    #[schemars(required)]
    pub csv: Option<Spanned<TablePath>>,
    /// Which header holds what.
    #[schemars(required)]
    pub columns: Option<Spanned<Columns>>,
    /// What the cells mean.
    pub values: Option<Values>,
    /// Only rows with one of these texts in each of these columns are people of the config: `{ userType: Member }`.
    pub only: Option<Filter>,
    /// Rows with one of these texts in any of these columns are left out, such as bots: `{ userType: [Guest, Bot] }`.
    pub except: Option<Filter>,
}

/// The path of a CSV: relative, with no way up, so that it stands beside the file that names it or below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePath(Box<str>);

impl TablePath {
    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The pattern of a path that [`TablePath`] takes.
const PATH_PATTERN: &str = r"^([^/\\:\u0000-\u001F]+/)*[^/\\:\u0000-\u001F]*[^/\\:\u0000-\u001F. ]\.[Cc][Ss][Vv]$";
/// The pattern of a path with a way up, or that stays where it is.
const UP_PATTERN: &str = r"(^|/)\.{1,2}/";

impl Decode for TablePath {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.line(node, what)?;
        let plain = !text.contains(['\\', ':']) && !text.split('/').any(|part| matches!(part, "" | "." | ".."));
        let normal = Path::new(text).components().all(|part| matches!(part, Component::Normal(_)));
        let name = text.rsplit('/').next().unwrap_or_default();
        let is_csv = name.len() > 4
            && name.get(name.len() - 4..).is_some_and(|extension| extension.eq_ignore_ascii_case(".csv"))
            && !name[..name.len() - 4].ends_with(['.', ' ']);
        if plain && normal && is_csv {
            return Some(Self(text.into()));
        }
        let message = format!("{what} must name a .csv file beside this file or below");
        decoder.bad_value(node.span(), message, "write a path such as people.csv or exports/people.csv")
    }
}

impl JsonSchema for TablePath {
    fn schema_name() -> Cow<'static, str> {
        "tablePath".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let line = generator.subschema_for::<Line>();
        json_schema!({
            "type": "string",
            "allOf": [line, { "pattern": PATH_PATTERN }],
            "not": { "pattern": UP_PATTERN },
            "examples": ["people.csv", "exports/okta-people.csv"],
        })
    }
}

/// Which header holds what of a person. Headers are compared without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The name that rules and groups use. Without it, that of the member with the same e-mail address, else what stands
    /// before the `@`.
    pub id: Option<Spanned<Line>>,
    /// The e-mail address: the first of these columns in which something stands.
    pub email: Vec<Spanned<Line>>,
    /// Other addresses of the same person, `;` between them.
    pub aliases: Vec<Spanned<Line>>,
    /// What people call them, for suggestions.
    pub name: Option<Spanned<Line>>,
    /// The groups that they are in, `;` between the names.
    pub groups: Option<Spanned<Line>>,
    /// Whether they are still there.
    pub status: Option<Spanned<Line>>,
    /// Their accounts at vendors.
    pub logins: Vec<(&'static str, Spanned<Line>)>,
}

const OWN: [&str; 6] = ["id", "email", "aliases", "name", "groups", "status"];
const KEYS: [&str; OWN.len() + LOGINS.len()] = {
    let mut keys = [""; OWN.len() + LOGINS.len()];
    let mut i = 0;
    while i < keys.len() {
        keys[i] = if i < OWN.len() { OWN[i] } else { LOGINS[i - OWN.len()] };
        i += 1;
    }
    keys
};

/// One text, or a list of them.
fn one_or_more(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Vec<Spanned<Line>>> {
    if node.kind() != Kind::List {
        return decoder.value(node, what).map(|one| vec![one]);
    }
    let list = decoder.list(node, what, |decoder, item| decoder.value(item, what))?.value;
    if list.is_empty() && node.items().next().is_none() {
        return decoder.bad_value(
            node.span(),
            format!("{what} is an empty list"),
            "write a text, or leave the key out",
        );
    }
    Some(list)
}

fn one_or_more_schema(generator: &mut SchemaGenerator) -> Schema {
    let line = generator.subschema_for::<Line>();
    json_schema!({ "anyOf": [line, { "type": "array", "items": line, "minItems": 1 }] })
}

impl Decode for Columns {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut columns = Self::default();
        let mut known = false;
        decoder.map(node, what, &KEYS, |decoder, key, _, value| {
            known |= matches!(key, "id" | "email");
            match key {
                "id" => columns.id = decoder.value(value, "a header"),
                "email" => columns.email = one_or_more(value, "a header", decoder).unwrap_or_default(),
                "aliases" => columns.aliases = one_or_more(value, "a header", decoder).unwrap_or_default(),
                "name" => columns.name = decoder.value(value, "a header"),
                "groups" => columns.groups = decoder.value(value, "a header"),
                "status" => columns.status = decoder.value(value, "a header"),
                _ => {
                    let provider = LOGINS.iter().find(|provider| **provider == key).copied();
                    let header = decoder.value(value, "a header");
                    columns.logins.extend(provider.zip(header));
                }
            }
        })?;
        if !known {
            decoder.missing(node, what, "email", "name the header of the e-mail addresses, or of the `id`");
        }
        Some(columns)
    }
}

impl JsonSchema for Columns {
    fn schema_name() -> Cow<'static, str> {
        "peopleColumns".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let header = generator.subschema_for::<Line>().to_value();
        let several = one_or_more_schema(generator).to_value();
        let about = |key: &str| match key {
            "id" => "The header of the names that rules and groups use; they are taken in lower case. Without it, the \
                     name of the member with the same e-mail address, else what stands before the `@`."
                .to_owned(),
            "email" => "The header of the e-mail addresses, or several of which the first with something in it counts."
                .to_owned(),
            "aliases" => {
                "The headers of other addresses of the same person, `;` between several in one cell.".to_owned()
            }
            "name" => "The header of what people are called, for suggestions only.".to_owned(),
            "groups" => "The header of the groups that people are in, `;` between the names.".to_owned(),
            "status" => "The header that says whether somebody is still there.".to_owned(),
            vendor => format!("The header of their logins or ids at {vendor}."),
        };
        let properties: serde_json::Map<_, _> = KEYS
            .into_iter()
            .map(|key| {
                let mut schema = if matches!(key, "email" | "aliases") { several.clone() } else { header.clone() };
                if let Some(schema) = schema.as_object_mut() {
                    schema.insert("description".to_owned(), about(key).into());
                }
                (key.to_owned(), schema)
            })
            .collect();
        json_schema!({
            "description": "Which header holds what of a person, compared without regard to case.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "anyOf": [{ "required": ["email"] }, { "required": ["id"] }],
            "examples": [{ "id": "login", "email": "email", "groups": "groups" }],
        })
    }
}

/// What cells mean.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename = "peopleValues", deny_unknown_fields)]
pub struct Values {
    /// The cells of `status` that mean that somebody left, compared without regard to case; without it `DEPROVISIONED`,
    /// `SUSPENDED`, `ARCHIVED` and `False`.
    pub left: Option<Spanned<Vec<Spanned<Line>>>>,
    /// Which name in `groups` is which group: `{ AI Designers: designers }`. Other names are passed over then; without
    /// it every name is a group of that name in lower case.
    pub groups: Option<GroupNames>,
}

/// Which name in a CSV is which group.
#[derive(Clone, Debug, Default)]
pub struct GroupNames(pub Vec<(Spanned<Line>, Spanned<GroupId>)>);

impl Decode for GroupNames {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() != Kind::Map {
            return decoder.wrong_type(node, what, "a map");
        }
        let mut names = Vec::new();
        for (key, value) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
            let name = decoder.value(key, "the name of a group");
            names.extend(name.zip(decoder.id(value, "the id of a group")));
        }
        Some(Self(names))
    }
}

impl JsonSchema for GroupNames {
    fn schema_name() -> Cow<'static, str> {
        "peopleGroups".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<Line>(),
            "additionalProperties": generator.subschema_for::<GroupId>(),
            "examples": [{ "AI Designers": "designers" }],
        })
    }
}

/// Texts of cells by the header of their column.
#[derive(Clone, Debug, Default)]
pub struct Filter(pub Vec<(Spanned<Line>, Vec<Spanned<Line>>)>);

impl Decode for Filter {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() != Kind::Map {
            return decoder.wrong_type(node, what, "a map");
        }
        let mut columns = Vec::new();
        for (key, value) in node.entries().filter(|(key, _)| key.kind() == Kind::Text) {
            let header = decoder.value(key, "a header");
            columns.extend(header.zip(one_or_more(value, "a cell's text", decoder)));
        }
        if node.entries().next().is_none() {
            return decoder.bad_value(
                node.span(),
                format!("{what} names no column"),
                "write `{ Type: Bot }`, or take it out",
            );
        }
        Some(Self(columns))
    }
}

impl JsonSchema for Filter {
    fn schema_name() -> Cow<'static, str> {
        "peopleFilter".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": generator.subschema_for::<Line>(),
            "additionalProperties": one_or_more_schema(generator),
            "examples": [{ "userType": ["Guest", "Service"] }],
        })
    }
}

impl Decode for Values {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut values = Self::default();
        decoder.map(node, what, &["left", "groups"], |decoder, key, _, value| {
            if key == "left" {
                values.left = decoder.list(value, "`left`", |decoder, word| decoder.value(word, "a cell's text"));
            } else {
                values.groups = GroupNames::decode(value, "`groups`", decoder);
            }
        })?;
        Some(values)
    }
}

impl Decode for People {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let mut people = Self { csv: None, columns: None, values: None, only: None, except: None };
        let (mut csv, mut columns) = (false, false);
        let keys = ["csv", "columns", "values", "only", "except"];
        decoder.map(node, what, &keys, |decoder, key, _, value| match key {
            "csv" => {
                csv = true;
                people.csv = decoder.value(value, "`csv`");
            }
            "columns" => {
                columns = true;
                people.columns = decoder.value(value, "`columns`");
            }
            "values" => people.values = Values::decode(value, "`values`", decoder),
            "only" => people.only = Filter::decode(value, "`only`", decoder),
            _ => people.except = Filter::decode(value, "`except`", decoder),
        })?;
        if !csv {
            decoder.missing(node, what, "csv", "name the CSV, relative to this file");
        }
        if !columns {
            decoder.missing(node, what, "columns", "say which header holds what: `{ email: mail, groups: teams }`");
        }
        Some(people)
    }
}
