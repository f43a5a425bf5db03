//! What GitHub's billing API can do with AI credits, for an enterprise and for an organization of none. Documented for
//! API version 2026-03-10 unless it says otherwise.

use crate::model::capability::{
    Ability, CapScope, Capabilities, Control, Controls, Identity, Keeps, Key, Precision, Rate, Rates, Units, Variant,
};
use crate::model::{INCLUDED_USAGE, Period, Unit, WhenExhausted};

use super::{COST_CENTER, ENTERPRISE, ORGANIZATION, PROVIDER};

/// One write a second, as GitHub asks of everybody; 5,000 requests an hour of any kind for the token of a user.
pub(super) const RATES: Rates = Rates {
    read: None,
    write: Some(Rate { per_minute: 60, burst: 1 }),
    all: Some(Rate { per_minute: 83, burst: 5000 }),
};

const NO_UNLIMITED: &str = "there is no such value: write a high amount";
const NO_SEATS: &str = "assigning a seat buys a licence";
const NO_CENTERS: &str = "an organization has no cost centers";

const BUDGET: Control = Control::api("a budget of type BundlePricing for ai_credits: paid use only, whole USD");
const CAP: Control = Control::api("a budget of the user: included and paid use, always a hard stop");
const ALERT: Control = Control::api("budget_alerting: logins, at 75, 90 and 100 % of the budget, all three or none");

const CONTROLS: Controls = Controls {
    pool: Control::api("a cost center; the account itself is always there, and its size follows the licences"),
    budget: BUDGET,
    grant: Control::api("membership of a cost center; in the whole account a budget of the user's own"),
    cap_amount: CAP,
    cap_zero: Control::api("a budget of 0, which also blocks what the seat includes"),
    cap_unlimited: Control::unsupported(NO_UNLIMITED),
    cap_inherit: Control::api("no budget of the user's own"),
    default_cap: Control::api("a budget of all users of the cost center; in the whole account user by user"),
    others: Control::api("a budget of all users; of a cost center: nobody else is a member"),
    alert: ALERT,
    expiry: Control::api("expires_at of a budget of the user"),
    usage: Control {
        read: Ability::Api,
        write: Ability::Unsupported("GitHub counts"),
        how: "consumed_amount, user-states, usage reports",
    },
    roster: Control { read: Ability::Api, write: Ability::Unsupported(NO_SEATS), how: "Copilot seats" },
};

/// Where there is nothing to join: a grant is a budget of the user, and one budget holds for all others.
const ACCOUNT: Keeps = Keeps { default_cap: false, own_setting: true, others_unlimited: false, ..Keeps::BOTH };
/// A cost center: people join, one budget is for all who did, and the others are those who did not.
const CENTER: Keeps = Keeps { others: false, others_cap: false, others_unlimited: false, ..Keeps::BOTH };

const TOKEN: Key =
    Key { name: "token", required: true, help: "a personal access token that manages billing", plans: &[] };
const BASE_URL: Key =
    Key { name: "base_url", required: false, help: "https://api.NAME.ghe.com with data residency", plans: &[] };
const ALLOW_HOST: Key = Key {
    name: "allow_host",
    required: false,
    help: "a host of your own before GitHub's, such as a proxy",
    plans: &[],
};
const IGNORE: Key = Key {
    name: "ignore_members",
    required: false,
    help: "logins whose budgets and memberships stay as they are",
    plans: &[],
};

/// A GitHub enterprise.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: PROVIDER,
    variant: Some(Variant::Has(ENTERPRISE)),
    title: "GitHub Copilot AI credits of an enterprise: the pool is the whole account or a cost center",
    controls: CONTROLS,
    cap_scope: CapScope::Center,
    single_membership: Some(COST_CENTER),
    keeping: ACCOUNT,
    keeping_of: &[(COST_CENTER, CENTER)],
    grant_period: false,
    alerts_with_pool: true,
    sends_alerts: true,
    units: Units::Only(&[Unit::USD, Unit::Credits]),
    precision: Precision { decimals: 0, digits: 15, steps: &[(Unit::Credits, 100)] },
    periods: &[Period::Monthly],
    when_exhausted: &WhenExhausted::ALL,
    identity: Identity::Login(PROVIDER),
    plans: &[],
    record: None,
    settings: &[
        Key { name: ENTERPRISE, required: true, help: "the enterprise's slug", plans: &[] },
        TOKEN,
        BASE_URL,
        ALLOW_HOST,
        IGNORE,
    ],
    targets: &[
        Key { name: ENTERPRISE, required: false, help: "the whole enterprise; the default", plans: &[] },
        Key { name: COST_CENTER, required: false, help: "the cost center of that name", plans: &[] },
        Key {
            name: INCLUDED_USAGE,
            required: false,
            help: "beside `cost_center`: `true` keeps its share of the included credits for it, `false` does not",
            plans: &[],
        },
    ],
    batch: 100,
    concurrency: 1,
    rates: RATES,
};

/// A GitHub organization that belongs to no enterprise.
pub const ORGANIZATION_CAPABILITIES: Capabilities = Capabilities {
    variant: Some(Variant::Has(ORGANIZATION)),
    title: "GitHub Copilot AI credits of an organization of no enterprise: the pool is the whole organization",
    controls: Controls {
        pool: Control {
            read: Ability::Api,
            write: Ability::Unsupported(NO_CENTERS),
            how: "the organization; its size follows the licences",
        },
        grant: Control::api("a budget of the user's own"),
        default_cap: Control::api("user by user"),
        others: Control::api("a budget of all users"),
        usage: Control {
            read: Ability::Api,
            write: Ability::Unsupported("GitHub counts"),
            how: "consumed_amount, usage reports",
        },
        ..CONTROLS
    },
    single_membership: None,
    keeping_of: &[],
    settings: &[
        Key { name: ORGANIZATION, required: true, help: "the organization's login", plans: &[] },
        TOKEN,
        BASE_URL,
        ALLOW_HOST,
        IGNORE,
    ],
    targets: &[Key { name: ORGANIZATION, required: false, help: "the whole organization; the default", plans: &[] }],
    ..CAPABILITIES
};
