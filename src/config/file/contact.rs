//! Somebody who hears of alerts, and how they are reached.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::CONTACT_EMPTY;
use crate::config::decode::{Decode, Decoder};
use crate::config::tree::{Kind, NodeRef};
use crate::diagnostics::Span;

use super::{Email, EnvRef, LOGINS, Line, Spanned};

/// A generic webhook.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "webhook", deny_unknown_fields)]
pub struct HookRef {
    /// Its URL, by the name of the environment variable that holds it.
    pub url: Spanned<EnvRef>,
}

impl Decode for HookRef {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if node.kind() == Kind::Text {
            // Whoever writes a URL here gets the finding that a secret gets.
            return EnvRef::decode(node, what, decoder).map(|_| None)?;
        }
        let mut url = None;
        let mut written = false;
        decoder.map(node, what, &["url"], |decoder, _, _, value| {
            written = true;
            url = decoder.value(value, "`url`");
        })?;
        if !written {
            decoder.missing(node, what, "url", "write `url: { env: BURSAR_WEBHOOK }` with the variable's name");
        }
        url.map(|url| Self { url })
    }
}

/// Somebody who hears of alerts: e-mail addresses, vendor logins, webhooks.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The whole contact.
    pub span: Span,
    /// E-mail addresses.
    pub email: Vec<Spanned<Email>>,
    /// Accounts at vendors: the vendor, one of [`LOGINS`], and the account's name there.
    pub logins: Vec<(&'static str, Spanned<Line>)>,
    /// A Slack-compatible webhook.
    pub slack: Option<Spanned<EnvRef>>,
    /// A generic webhook.
    pub webhook: Option<Spanned<HookRef>>,
}

impl Decode for Contact {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        const KEYS: [&str; 13] = {
            let mut keys = ["email", "slack", "webhook", "", "", "", "", "", "", "", "", "", ""];
            let mut i = 0;
            while i < LOGINS.len() {
                keys[i + 3] = LOGINS[i];
                i += 1;
            }
            keys
        };
        let mut contact = Self { span: node.span(), email: Vec::new(), logins: Vec::new(), slack: None, webhook: None };
        decoder.map(node, what, &KEYS, |decoder, key, _, value| match key {
            "email" => {
                let list = decoder.list(value, "`email`", |decoder, item| decoder.value(item, "an e-mail address"));
                contact.email = list.map(|list| list.value).unwrap_or_default();
            }
            "slack" => contact.slack = decoder.value(value, "`slack`"),
            "webhook" => contact.webhook = decoder.value(value, "`webhook`"),
            _ => {
                let Some(provider) = LOGINS.iter().find(|provider| **provider == key) else { return };
                let list = decoder.list(value, "the logins", |decoder, item| decoder.value(item, "a login"));
                contact
                    .logins
                    .extend(list.map(|list| list.value).unwrap_or_default().into_iter().map(|l| (*provider, l)));
            }
        });
        // An address that is wrong has its finding; one that is not there has none yet.
        let lists = node
            .entries()
            .all(|(_, value)| value.kind() == Kind::List && value.items().next().is_none());
        if node.kind() == Kind::Map && lists {
            let finding = CONTACT_EMPTY.at(node.span(), format!("{what} reaches nobody"));
            decoder.push(finding.help("write `email: [ops@acme.example]`, a login, `slack` or `webhook`"));
        }
        Some(contact)
    }
}

impl JsonSchema for Contact {
    fn schema_name() -> Cow<'static, str> {
        "contact".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let described = |mut schema: Schema, description: String| {
            schema.insert("description".to_owned(), description.into());
            serde_json::Value::from(schema)
        };
        let list = |item: Schema, description: String| serde_json::json!({ "type": "array", "items": item, "description": description });
        let mut properties = serde_json::Map::new();
        properties.insert("email".to_owned(), list(generator.subschema_for::<Email>(), "E-mail addresses.".to_owned()));
        let slack = "A Slack-compatible webhook: `{ env: NAME }` with the environment variable that holds its URL.";
        properties.insert("slack".to_owned(), described(generator.subschema_for::<EnvRef>(), slack.to_owned()));
        let webhook = "A generic webhook: `{ url: { env: NAME } }` with the environment variable that holds its URL.";
        properties.insert("webhook".to_owned(), described(generator.subschema_for::<HookRef>(), webhook.to_owned()));
        for provider in LOGINS {
            let logins = list(generator.subschema_for::<Line>(), format!("Logins at {provider}."));
            properties.insert((*provider).to_owned(), logins);
        }
        let some: Vec<_> = properties
            .iter()
            .map(|(key, schema)| match schema.get("type") {
                Some(_) => serde_json::json!({ "required": [key], "properties": { key: { "minItems": 1 } } }),
                None => serde_json::json!({ "required": [key] }),
            })
            .collect();
        json_schema!({
            "description": "Somebody who hears of alerts, by at least one address.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "anyOf": some,
            "examples": [{ "email": ["ai-ops@acme.example"], "slack": { "env": "BURSAR_SLACK" } }],
        })
    }
}
