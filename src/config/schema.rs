//! The JSON schema of the file, made from the types that read it.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::model::capability::{Capabilities, Variant};
use crate::model::{CenterId, GroupId, INCLUDED_USAGE, MAX_ID, MemberId, NotifyId, PoolId, RateId};

use super::file::File;

/// Where the schema is published.
pub const ID: &str = "urn:bursar:schema:bursar.v1";

/// The pattern of an id; [`crate::model::check_id`] is the rule itself.
pub(super) const ID_PATTERN: &str = "^[a-z0-9][a-z0-9._@+-]*$";

macro_rules! id_schema {
    ($type:ty, $name:literal, $description:literal) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description, "type": "string", "pattern": ID_PATTERN, "maxLength": MAX_ID,
                })
            }
        }
    };
}
id_schema!(CenterId, "centerId", "The name of a center.");
id_schema!(GroupId, "groupId", "The name of a group.");
id_schema!(MemberId, "memberId", "The name of a member.");
id_schema!(NotifyId, "notifyId", "The name of somebody to notify.");
id_schema!(PoolId, "poolId", "The name of a pool.");
id_schema!(RateId, "rateId", "What is worth something: a provider, and `_credit`.");

/// The schema (draft 2020-12) as pretty JSON, with what these providers take.
pub fn schema(providers: &[&Capabilities]) -> String {
    let generator = SchemaSettings::draft2020_12().with_transform(Tidy).into_generator();
    let mut schema = generator.into_root_schema_for::<File>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".to_owned(), ID.into());
    }
    if let Some(notify) = schema.pointer_mut("/properties/notify/propertyNames") {
        *notify = json!({ "allOf": [notify.take()], "not": { "const": "member" } });
    }
    if let Some(center) = schema.pointer_mut("/$defs/center") {
        of_providers(center, providers);
    }
    if let Some(target) = schema.pointer_mut("/$defs/target") {
        of_targets(target, providers);
    }
    let sorted = in_order(schema);
    let mut text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
    text.push('\n');
    text
}

/// Which provider takes which keys.
fn of_providers(center: &mut Value, providers: &[&Capabilities]) {
    let mut first: Vec<&&Capabilities> = providers.iter().collect();
    first.dedup_by_key(|provider| provider.provider);
    let names: Vec<&str> = first.iter().map(|provider| provider.provider).collect();
    let titles: Vec<&str> = first.iter().map(|provider| provider.title).collect();
    if let Some(provider) = center.pointer_mut("/properties/provider") {
        *provider = json!({
            "description": provider.get("description"), "enum": names, "enumDescriptions": titles,
        });
    }
    let mut rules: Vec<Value> = providers
        .iter()
        .map(|provider| {
            let mut keys = vec!["provider"];
            keys.extend(provider.settings.iter().map(|key| key.name));
            let required: Vec<&str> = provider.settings.iter().filter(|key| key.required).map(|key| key.name).collect();
            let mut then = json!({ "propertyNames": { "enum": keys } });
            if !required.is_empty() {
                then["required"] = required.into();
            }
            json!({ "if": takes(provider), "then": then })
        })
        .collect();
    rules.extend(first.iter().filter_map(|provider| of_variants(provider.provider, providers)));
    if let Some(center) = center.as_object_mut() {
        center.insert("allOf".to_owned(), rules.into());
    }
}

/// Which centers take a table.
fn takes(provider: &Capabilities) -> Value {
    let mut taken = json!({ "properties": { "provider": { "const": provider.provider } }, "required": ["provider"] });
    if let Some(variant) = provider.variant {
        taken["required"] = json!(["provider", variant.key()]);
        if let Variant::Is(key, word) = variant {
            taken["properties"][key] = json!({ "const": word });
        }
    }
    taken
}

/// That a center of a provider with several tables takes one of them.
fn of_variants(provider: &str, providers: &[&Capabilities]) -> Option<Value> {
    let variants: Vec<Variant> = providers
        .iter()
        .filter(|table| table.provider == provider)
        .filter_map(|table| table.variant)
        .collect();
    let first = variants.first()?;
    let then = match first {
        Variant::Is(key, _) => {
            let words: Vec<&str> = variants.iter().map(|variant| variant.word()).collect();
            json!({ "required": [key], "properties": { *key: { "enum": words } } })
        }
        Variant::Has(_) => {
            let one: Vec<Value> = variants.iter().map(|variant| json!({ "required": [variant.key()] })).collect();
            json!({ "oneOf": one })
        }
    };
    let only = json!({ "properties": { "provider": { "const": provider } }, "required": ["provider"] });
    Some(json!({ "if": only, "then": then }))
}

/// The keys of a target: those of any provider, since a schema cannot follow a pool to its center.
fn of_targets(target: &mut Value, providers: &[&Capabilities]) {
    let line = target.pointer_mut("/anyOf/1/additionalProperties").map(Value::take).unwrap_or_default();
    let mut keys = std::collections::BTreeMap::new();
    for (provider, key) in providers.iter().flat_map(|p| p.targets.iter().map(move |key| (p.provider, key))) {
        keys.entry(key.name).or_insert_with(Vec::new).push(format!("{provider}: {}", key.help));
    }
    let words: Vec<&str> = keys.keys().copied().collect();
    if let Some(word) = target.pointer_mut("/anyOf/0") {
        *word = json!({ "enum": words });
    }
    let properties: serde_json::Map<String, Value> = keys
        .into_iter()
        .map(|(name, help)| {
            let mut schema = line.clone();
            if name == INCLUDED_USAGE {
                schema = json!({ "enum": [true, false, "true", "false"] });
            }
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".to_owned(), help.join("; ").into());
            }
            (name.to_owned(), schema)
        })
        .collect();
    if let Some(target) = target.pointer_mut("/anyOf/1").and_then(Value::as_object_mut) {
        target.insert("properties".to_owned(), properties.into());
        target.insert("additionalProperties".to_owned(), false.into());
    }
}

/// What the types cannot say: nothing in the file may be null, since a key is there with a value or it is not there;
/// numbers have no formats of Rust; the lines of a comment are not lines of a description.
#[derive(Clone)]
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if schema.get("format").is_some_and(|format| format == "uint32" || format == "uint8") {
            schema.remove("format");
        }
        if let Some(Value::String(text)) = schema.get_mut("description") {
            let paragraphs: Vec<String> = text.split("\n\n").map(|lines| lines.replace('\n', " ")).collect();
            *text = paragraphs.join("\n\n");
        }
        let null = json!({ "type": "null" });
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                schema.insert("type".to_owned(), one);
            }
        }
        let Some(Value::Array(any)) = schema.get_mut("anyOf") else { return };
        if !any.contains(&null) {
            return;
        }
        any.retain(|branch| *branch != null);
        if let [Value::Object(one)] = any.as_mut_slice() {
            let one = std::mem::take(one);
            schema.remove("anyOf");
            for (key, value) in one {
                if schema.get(&key).is_none() {
                    schema.insert(key, value);
                }
            }
        }
    }
}

/// The parts in the order in which a person reads them.
fn in_order(schema: Value) -> Value {
    let Value::Object(mut root) = schema else { return schema };
    let mut ordered = serde_json::Map::new();
    for key in ["$schema", "$id", "title", "description", "type"] {
        ordered.extend(root.remove(key).map(|value| (key.to_owned(), value)));
    }
    let defs = root.remove("$defs");
    ordered.extend(root);
    if let Some(Value::Object(defs)) = defs {
        let sorted: std::collections::BTreeMap<String, Value> = defs.into_iter().collect();
        ordered.insert("$defs".to_owned(), sorted.into_iter().collect());
    }
    Value::Object(ordered)
}
