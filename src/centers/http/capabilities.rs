//! What a center over HTTP can do: what the embedded one can, for `bursar serve` is that one.

use crate::centers::embedded;
use crate::model::capability::{Capabilities, Control, Controls, Key};

const POOL: Control = Control::api("PUT /v1/pools/{pool}");

/// A center that speaks `schema/center.v1.openapi.yaml`.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "http",
    title: "Any center that speaks schema/center.v1.openapi.yaml; `bursar serve` is one",
    controls: Controls {
        pool: Control::api("PUT, DELETE /v1/pools/{pool}"),
        budget: POOL,
        grant: Control::api("POST /v1/pools/{pool}/grants:batch"),
        cap_amount: Control::api("cap"),
        cap_zero: Control::api("a cap like any other"),
        cap_unlimited: Control::api("cap: unlimited"),
        cap_inherit: Control::api("cap: inherit"),
        default_cap: POOL,
        others: POOL,
        alert: POOL,
        expiry: Control::api("expires"),
        usage: Control::api("GET /v1/pools/{pool}/usage"),
        roster: Control::api("GET /v1/members"),
    },
    settings: &[
        Key { name: "base_url", required: true, help: "where the center answers, without /v1", plans: &[] },
        Key {
            name: "token",
            required: true,
            help: "a token that writes; to plan, one that reads is enough",
            plans: &[],
        },
        Key { name: "allow_host", required: false, help: "the center's host, unless it is loopback", plans: &[] },
    ],
    concurrency: 4,
    ..embedded::CAPABILITIES
};
