//! What the embedded center can do: everything, because it was built for that.

use crate::model::capability::{
    CapScope, Capabilities, Control, Controls, Identity, Keeps, Key, Precision, Rates, Units,
};
use crate::model::{Period, WhenExhausted};

/// The embedded center.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "embedded",
    variant: None,
    title: "A credit gate in one SQLite file, for trying things and for teams without a vendor API",
    controls: Controls {
        pool: Control::api("a row"),
        budget: Control::api("enforced at every draw"),
        grant: Control::api("a row"),
        cap_amount: Control::api("enforced at every draw"),
        cap_zero: Control::api("a cap like any other"),
        cap_unlimited: Control::api("only the budget holds"),
        cap_inherit: Control::api("the pool's default cap"),
        default_cap: Control::api("one setting of the pool"),
        others: Control::api("one setting of the pool"),
        alert: Control::api("kept beside the pool; bursar alerts watches it"),
        expiry: Control::api("enforced at every draw"),
        usage: Control::api("every draw is kept"),
        roster: Control::api("everybody who was ever granted or drew"),
    },
    cap_scope: CapScope::Pool,
    single_membership: None,
    keeping: Keeps::BOTH,
    keeping_of: &[],
    grant_period: false,
    alerts_with_pool: false,
    sends_alerts: false,
    units: Units::Any,
    precision: Precision { decimals: 28, digits: 28, steps: &[] },
    periods: &Period::ALL,
    when_exhausted: &WhenExhausted::ALL,
    identity: Identity::Id,
    plans: &[],
    record: None,
    settings: &[Key {
        name: "path",
        required: false,
        help: "the file, relative to the one that names it; .bursar/center.db by default",
        plans: &[],
    }],
    targets: &[Key {
        name: "pool",
        required: false,
        help: "the pool's name in the center; its name in the files by default",
        plans: &[],
    }],
    batch: 500,
    concurrency: 1,
    rates: Rates::NONE,
};
