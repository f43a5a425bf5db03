//! What a vendor's credit is worth in another unit.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::decode::{Decode, Decoder};
use crate::config::tree::NodeRef;
use crate::model::{Amount, Unit, parse_decimal};

const HELP: &str = "write what one credit is worth, in quotes, such as \"0.024 USD\"";

/// An amount with its unit in one text, such as `"0.024 USD"`; exact, more than nothing, and not in credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(pub Amount);

impl Decode for Rate {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, what)?;
        let Some((number, unit)) = text.split_once(' ') else {
            return decoder.bad_value(node.span(), format!("{what} is no amount with a unit"), HELP);
        };
        let Ok(value) = parse_decimal(number) else {
            return decoder.bad_value(node.span(), format!("{what} does not begin with a plain decimal"), HELP);
        };
        let Ok(unit) = unit.parse::<Unit>() else {
            return decoder.bad_value(node.span(), format!("{what} does not end with a unit"), HELP);
        };
        if unit == Unit::Credits {
            return decoder.bad_value(node.span(), format!("{what} is in credits itself"), HELP);
        }
        match Amount::new(value, unit) {
            Ok(amount) if !amount.is_zero() => Some(Self(amount)),
            _ => decoder.bad_value(node.span(), format!("{what} is nothing"), HELP),
        }
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "rate".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let units: Vec<&str> = ["acu"].into_iter().chain(Unit::currencies()).collect();
        // Without a look ahead, which not every validator has.
        json_schema!({
            "description": "What one credit is worth: a plain decimal above 0, a space and a unit; exact, never rounded.",
            "type": "string",
            "pattern": format!(r"^(0\.[0-9]*[1-9][0-9]*|[1-9][0-9]*(\.[0-9]+)?) ({})$", units.join("|")),
            "examples": ["0.024 USD"],
        })
    }
}
