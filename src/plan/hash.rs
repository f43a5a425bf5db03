//! The plan's hash: what was approved, independent of who asked when and from where.
//!
//! It is taken over canonical JSON of each center's identity and each change's object, before and after, sorted. No
//! clock, commit, version, path, log text or secret is in it, so that it survives merging, reformatting and reruns.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::CenterId;

use super::Change;

/// The SHA-256 of a plan, in lower-case hexadecimal.
pub fn hash(identities: &BTreeMap<CenterId, String>, changes: &[Change]) -> String {
    hash_of(identities, changes)
}

/// The SHA-256 of changes that stand in several places.
pub(crate) fn hash_of<'a>(
    identities: &BTreeMap<CenterId, String>,
    changes: impl IntoIterator<Item = &'a Change>,
) -> String {
    let identity = |change: &Change| identities.get(&change.center).map_or("", String::as_str);
    let mut lines: Vec<String> = changes.into_iter().map(|change| line(identity(change), change)).collect();
    lines.sort_unstable();
    let mut digest = Sha256::new();
    for line in &lines {
        digest.update(line.as_bytes());
        digest.update(b"\n");
    }
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is approved of one change: which object of which account, how it was seen and how it shall be.
pub(super) fn line(identity: &str, change: &Change) -> String {
    let mut value = serde_json::json!({
        "center": identity,
        "object": change.object(),
        "target": &*change.target,
        "before": &change.before,
        "after": &change.after,
    });
    // Who loses what elsewhere is approved along with it.
    if let Some(membership) = &change.moves_from {
        value["moves_from"] = serde_json::json!(membership);
    }
    let mut line = String::new();
    canonical(&value, &mut line);
    line
}

/// JSON with sorted keys and no white space.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{}:", Value::from(key.as_str()));
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}
