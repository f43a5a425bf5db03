//! What LiteLLM's admin API can do. Observed on LiteLLM proxy 1.106.2 with PostgreSQL.

use crate::model::capability::{
    Ability, CapScope, Capabilities, Control, Controls, Identity, Keeps, Key, Precision, Rates, Units,
};
use crate::model::{Period, Unit, WhenExhausted};

const NO_UNLIMITED: &str = "a member without a cap follows the team's default; there is no value for `no limit`";
const OWN_EXPIRY: &str = "Bursar's own: the grant goes with the first apply after its last day";

/// A LiteLLM proxy.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "litellm",
    variant: None,
    title: "LiteLLM proxy, self-hosted: a pool is a team",
    controls: Controls {
        pool: Control::api("team"),
        budget: Control::api("max_budget, budget_duration"),
        grant: Control::api("team membership; with it go the keys that the member has in the team"),
        cap_amount: Control::api("max_budget_in_team"),
        cap_zero: Control::api("0 is a cap"),
        cap_unlimited: Control::unsupported(NO_UNLIMITED),
        cap_inherit: Control::api("no max_budget_in_team"),
        default_cap: Control::api("team_member_budget"),
        others: Control::api("no membership, or a membership with that cap"),
        alert: Control::api("soft_budget: one threshold of the budget, by e-mail; others stay in the file"),
        expiry: Control {
            read: Ability::Unsupported(OWN_EXPIRY),
            write: Ability::Unsupported(OWN_EXPIRY),
            how: OWN_EXPIRY,
        },
        usage: Control {
            read: Ability::Api,
            write: Ability::Unsupported("the proxy counts"),
            how: "spend of team and members",
        },
        roster: Control {
            read: Ability::Api,
            write: Ability::Api,
            how: "/user/list; whoever is granted something comes in by it",
        },
    },
    cap_scope: CapScope::Pool,
    single_membership: None,
    keeping: Keeps { default_cap: true, others: false, ..Keeps::NEITHER },
    keeping_of: &[],
    grant_period: true,
    alerts_with_pool: true,
    sends_alerts: true,
    units: Units::Only(&[Unit::USD]),
    precision: Precision { decimals: 15, digits: 15, steps: &[] },
    periods: &[Period::Daily, Period::Weekly, Period::Monthly, Period::Lifetime],
    when_exhausted: &[WhenExhausted::Block],
    identity: Identity::EmailOr("litellm"),
    plans: &[],
    record: None,
    settings: &[
        Key { name: "base_url", required: true, help: "where the proxy answers", plans: &[] },
        Key { name: "token", required: true, help: "the master key, or a key of a proxy admin", plans: &[] },
        Key { name: "allow_host", required: false, help: "the proxy's host, unless it is loopback", plans: &[] },
        Key {
            name: "ignore_members",
            required: false,
            help: "user ids that are in every team and are nobody's grant; [default_user_id] by default",
            plans: &[],
        },
    ],
    targets: &[Key { name: "team", required: false, help: "the team_id; the pool's name by default", plans: &[] }],
    batch: 500,
    concurrency: 4,
    rates: Rates::NONE,
};
