//! Where the locks are.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::checks::structure::LOCK_PLACE;
use crate::config::decode::{Decode, Decoder};
use crate::config::text::LINE_PATTERN;
use crate::config::tree::NodeRef;
use crate::model::Place;

/// The URL of an object store: a bucket, and perhaps a key.
const URL_PATTERN: &str =
    r"^((s3|gs|az|abfss?)://[A-Za-z0-9._-]+|abfss?://[A-Za-z0-9._-]+@[A-Za-z0-9._-]+)(/[^?#\s]*)?$";

/// A folder or a prefix in an object store, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockPlace(Box<str>);

impl LockPlace {
    /// The place as the file has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place, where the file that names it is in this folder.
    pub fn place(&self, folder: &Path) -> Option<Place> {
        Place::parse(&self.0, folder).ok()
    }
}

impl Decode for LockPlace {
    fn decode(node: NodeRef<'_, '_>, what: &str, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.line(node, what)?;
        match Place::parse(text, Path::new("")) {
            Ok(_) => Some(Self(text.into())),
            Err(error) => {
                let finding = LOCK_PLACE.at(node.span(), format!("{what} names no place for locks: {error}"));
                decoder.push(finding.help(error.help()));
                None
            }
        }
    }
}

impl JsonSchema for LockPlace {
    fn schema_name() -> Cow<'static, str> {
        "lock".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": LINE_PATTERN,
            "anyOf": [{ "pattern": r"\S", "not": { "pattern": "://" } }, { "pattern": URL_PATTERN }],
            "examples": [".bursar", "s3://acme-bursar/prod", "gs://acme-bursar/prod", "az://bursar/prod"],
        })
    }
}
