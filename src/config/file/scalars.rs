//! The values of one line.

use std::borrow::Cow;
use std::ops::Deref;

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::{BAD_AMOUNT, SECRET};
use crate::config::decode::{Decode, Decoder};
use crate::config::text::{LINE_PATTERN, PROSE_PATTERN, nearest};
use crate::config::tree::{Kind, NodeRef};
use crate::model::{AmountError, Unit, parse_decimal};

/// The pattern of an e-mail address: something on either side of an `@`, and neither a space nor
/// what cannot be seen.
const EMAIL_PATTERN: &str = concat!(
    r"^[^@\s\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]+",
    r"@[^@\s\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]+$"
);
/// The pattern of a URL, without what cannot be seen.
const URL_PATTERN: &str =
    r"^https?://[^\s\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]+$";
/// The pattern of the name of an environment variable.
const ENV_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $title:literal, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text_type!(
    /// A text of one line, without hidden characters.
    Line, "line", { "type": "string", "pattern": LINE_PATTERN }
);
text_type!(
    /// A text of any number of lines, without hidden characters.
    Prose, "prose", { "type": "string", "pattern": PROSE_PATTERN }
);
text_type!(
    /// An e-mail address.
    Email, "email", { "type": "string", "pattern": EMAIL_PATTERN, "examples": ["alice@acme.example"] }
);
text_type!(
    /// The name of an environment variable.
    EnvName, "env", { "type": "string", "pattern": ENV_PATTERN, "examples": ["BURSAR_TOKEN"] }
);
text_type!(
    /// Where an API answers.
    Url, "url", { "type": "string", "pattern": URL_PATTERN, "examples": ["https://llm.acme.example"] }
);

impl Line {
    /// A text of one line in which nothing hides; whoever has it has looked.
    pub(in crate::config) fn of(text: &str) -> Self {
        Self(text.into())
    }
}

impl Email {
    /// The address, if the text is one.
    pub(in crate::config) fn of(text: &str) -> Option<Self> {
        let sides = text.split_once('@');
        let fine = sides.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        (fine && !text.contains(char::is_whitespace)).then(|| Self(text.into()))
    }
}

impl Decode for Line {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        decoder.line(node, what).map(|text| Self(text.into()))
    }
}

impl Decode for Prose {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        decoder.text(node, what).map(|text| Self(text.into()))
    }
}

impl Decode for Email {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.line(node, what)?;
        Self::of(text).or_else(|| {
            let message = format!("`{text}` is no e-mail address");
            decoder.bad_value(node.span(), message, "write one such as alice@acme.example")
        })
    }
}

impl Decode for EnvName {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.line(node, what)?;
        let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
        let fine = text.bytes().next().is_some_and(letter) && text.bytes().all(|b| letter(b) || b.is_ascii_digit());
        if fine {
            return Some(Self(text.into()));
        }
        // Whoever writes something else here may have written the secret itself, so it is not repeated.
        let finding = SECRET.at(node.span(), format!("{what} must be the name of an environment variable"));
        decoder.push(
            finding
                .help("write its name, such as BURSAR_TOKEN; if this is the secret itself, replace it at the vendor"),
        );
        None
    }
}

impl Decode for Url {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.line(node, what)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        if rest.is_none_or(str::is_empty) || text.contains(char::is_whitespace) {
            let message = format!("{what} must be a URL");
            return decoder.bad_value(node.span(), message, "write one such as https://llm.acme.example");
        }
        Some(Self(text.into()))
    }
}

/// An exact, non-negative number, read from the text as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub Decimal);

impl Decode for Number {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let help = match node.kind() {
            Kind::Int | Kind::Float => match parse_decimal(node.text()) {
                Ok(value) => return Some(Self(value)),
                Err(error) => {
                    let help = match error {
                        AmountError::Negative => "write 0 or more",
                        AmountError::Notation => "write digits, and perhaps a point and more digits",
                        AmountError::TooLong => "write a smaller number; a cap without an amount is `unlimited`",
                    };
                    decoder.push(BAD_AMOUNT.at(node.span(), error.to_string()).help(help));
                    return None;
                }
            },
            Kind::Text if parse_decimal(node.text()).is_ok() => Some(format!("write {} without quotes", node.text())),
            _ => None,
        };
        decoder.wrong_type_help(node, what, "a number", help)
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "number".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A plain decimal such as 500 or 12.50; exact, never rounded.",
            "type": "number", "minimum": 0, "examples": [500, 12.5],
        })
    }
}

/// The most that one member may draw in one period, in the unit of the pool's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// That much; zero is a cap like any other.
    Amount(Decimal),
    /// No limit of the member's own.
    Unlimited,
    /// Whatever the next wider rule of the center says.
    Inherit,
}

impl Decode for Cap {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        match node.kind() {
            Kind::Text if parse_decimal(node.text()).is_err() => {
                let words = [("unlimited", Self::Unlimited), ("inherit", Self::Inherit)];
                let text = decoder.text(node, what)?;
                if let Some((_, cap)) = words.iter().find(|(word, _)| *word == text) {
                    return Some(*cap);
                }
                let help = match nearest(text, ["unlimited", "inherit"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write an amount such as 500, `unlimited` or `inherit`".to_owned(),
                };
                decoder.bad_value(node.span(), format!("{what} cannot be `{text}`"), help)
            }
            Kind::Int | Kind::Float | Kind::Text => Number::decode(node, what, decoder).map(|n| Self::Amount(n.0)),
            _ => decoder.wrong_type(node, what, "a number, `unlimited` or `inherit`"),
        }
    }
}

impl JsonSchema for Cap {
    fn schema_name() -> Cow<'static, str> {
        "cap".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The most that one member may draw in one period, in the unit of the pool's budget.",
            "markdownDescription": "The most that one member may draw in one period, in the unit of the pool's budget: an amount, \
        `unlimited` (no limit of the member's own) or `inherit` (the next wider rule of the center decides).",
            "anyOf": [generator.subschema_for::<Number>(), { "enum": ["unlimited", "inherit"] }],
            "examples": [500, "unlimited", "inherit"],
        })
    }
}

const HELP_DAY: &str = "write it as year-month-day: 2026-12-31";

/// A day, as `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl Decode for Day {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        if matches!(node.kind(), Kind::Int | Kind::Float) {
            return decoder.wrong_type_help(node, what, "a day", Some(HELP_DAY.to_owned()));
        }
        let text = decoder.text(node, what)?;
        let shape = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        match text.parse::<Date>() {
            Ok(date) if shape => Some(Self(date)),
            _ => decoder.bad_value(node.span(), format!("`{text}` is no day"), HELP_DAY),
        }
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "day".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-12-31"],
        })
    }
}

/// What amounts count: `credits`, `acu` or a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitWord(pub Unit);

impl UnitWord {
    /// The unit of a text, with a finding that names the nearest one.
    pub(super) fn of(text: &str, span: crate::diagnostics::Span, decoder: &mut Decoder) -> Option<Self> {
        if let Ok(unit) = text.parse() {
            return Some(Self(unit));
        }
        let help = if let Ok(unit) = text.to_uppercase().parse::<Unit>() {
            format!("write `{unit}`")
        } else if let Ok(unit) = text.to_lowercase().parse::<Unit>() {
            format!("write `{unit}`")
        } else {
            "write `credits`, `acu` or a currency by its ISO 4217 code, such as `USD`".to_owned()
        };
        decoder.bad_value(span, format!("`{text}` is no unit"), help)
    }
}

impl Decode for UnitWord {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, what)?;
        Self::of(text, node.span(), decoder)
    }
}

impl JsonSchema for UnitWord {
    fn schema_name() -> Cow<'static, str> {
        "unit".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let units: Vec<&str> = ["credits", "acu"].into_iter().chain(Unit::currencies()).collect();
        json_schema!({
            "description": "What amounts count: a vendor's credits, agent compute units, or a currency by its ISO 4217 code.",
            "enum": units,
        })
    }
}
