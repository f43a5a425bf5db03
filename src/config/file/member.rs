//! A member: a person, by what each center knows them by.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::decode::{Decode, Decoder};
use crate::config::tree::NodeRef;
use crate::diagnostics::Span;

use super::{Email, Line, Spanned};

/// The keys under which a member's login at a vendor stands.
pub const LOGINS: &[&str] =
    &["chatgpt", "claude", "cursor", "figma", "github", "litellm", "notion", "openai", "openrouter", "windsurf"];

/// What one vendor knows a member by.
#[derive(Clone, Debug)]
pub struct Login {
    /// The vendor, one of [`LOGINS`].
    pub provider: &'static str,
    /// The account's name or id there.
    pub name: Spanned<Line>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct Member {
    /// The whole member.
    pub span: Span,
    /// Their e-mail address.
    pub email: Option<Spanned<Email>>,
    /// Other addresses of theirs, by which a center may show them as well.
    pub aliases: Box<[Spanned<Email>]>,
    /// Their accounts at vendors.
    pub logins: Box<[Login]>,
    /// What only a CSV tells of them.
    pub row: Option<Box<Row>>,
}

/// What only a CSV tells of a person.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where the row begins.
    pub span: Span,
    /// What people call them.
    pub name: Option<Line>,
    /// The cell that says that they left.
    pub left: Option<Spanned<Line>>,
}

impl Member {
    /// Their address and their other ones.
    pub fn addresses(&self) -> impl Iterator<Item = &Spanned<Email>> {
        self.email.iter().chain(&self.aliases)
    }

    /// The login at a vendor, if the files give one.
    pub fn login(&self, provider: &str) -> Option<&Spanned<Line>> {
        self.logins.iter().find(|login| login.provider == provider).map(|login| &login.name)
    }
}

impl Decode for Member {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        const OWN: [&str; 2] = ["email", "aliases"];
        const KEYS: [&str; OWN.len() + LOGINS.len()] = {
            let mut keys = [""; OWN.len() + LOGINS.len()];
            let mut i = 0;
            while i < keys.len() {
                keys[i] = if i < OWN.len() { OWN[i] } else { LOGINS[i - OWN.len()] };
                i += 1;
            }
            keys
        };
        let (aliases, logins) = (Box::default(), Box::default());
        let mut member = Self { span: node.span(), email: None, aliases, logins, row: None };
        let mut logins = Vec::new();
        decoder.map(node, what, &KEYS, |decoder, key, _, value| {
            if key == "email" {
                member.email = decoder.value(value, "`email`");
            } else if key == "aliases" {
                let aliases = decoder.list(value, "`aliases`", |decoder, alias| decoder.value(alias, "an alias"));
                member.aliases = aliases.map(|aliases| aliases.value.into()).unwrap_or_default();
            } else if let Some(provider) = LOGINS.iter().find(|provider| **provider == key) {
                logins.extend(decoder.value(value, "a login").map(|name| Login { provider, name }));
            }
        });
        member.logins = logins.into();
        // The name is known, whatever is wrong with the rest.
        Some(member)
    }
}

impl JsonSchema for Member {
    fn schema_name() -> Cow<'static, str> {
        "member".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        let mut email = generator.subschema_for::<Email>();
        email.insert("description".to_owned(), "Their e-mail address, compared without regard to case.".into());
        properties.insert("email".to_owned(), email.into());
        let mut aliases = json_schema!({ "type": "array", "items": generator.subschema_for::<Email>() });
        let about = "Other addresses of theirs, by which a center may show them as well.";
        aliases.insert("description".to_owned(), about.into());
        properties.insert("aliases".to_owned(), aliases.into());
        for provider in LOGINS {
            let mut login = generator.subschema_for::<Line>();
            login.insert("description".to_owned(), format!("Their login or id at {provider}.").into());
            properties.insert((*provider).to_owned(), login.into());
        }
        json_schema!({
            "description": "A person, by what each center knows them by.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "examples": [{ "email": "alice@acme.example", "github": "alice-acme" }],
            "defaultSnippets": [{ "label": "{ email: … }", "body": { "email": "${1:alice@acme.example}" } }],
        })
    }
}
