//! `/v1/center`: which center this is, and what it can do.

use serde_json::{Map, Value, json};

use crate::centers::embedded::{Answer, CAPABILITIES, View};
use crate::server::page::MOST_ROWS;

use super::{BATCH_BODY, BODY, Call, Problem};

pub(super) fn read(view: View<'_>, call: &Call) -> Result<Answer, Problem> {
    call.query([])?;
    let controls: Map<String, Value> = CAPABILITIES
        .controls
        .iter()
        .map(|(name, control)| {
            (name.key().to_owned(), json!({ "read": control.read.word(), "write": control.write.word() }))
        })
        .collect();
    let body = json!({
        "schema": "bursar.center.v1",
        "identity": view.id()?,
        "access": if call.access.may_write() { "write" } else { "read" },
        "version": env!("CARGO_PKG_VERSION"),
        "controls": controls,
        "limits": {
            "requests_per_minute": call.limits.per_minute,
            "burst": call.limits.burst(),
            "batch": CAPABILITIES.batch,
            "page": MOST_ROWS,
            "body": BODY,
            "batch_body": BATCH_BODY,
        },
    });
    Ok(super::ok(200, None, &body))
}
