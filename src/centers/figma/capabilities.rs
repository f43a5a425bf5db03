//! What can be controlled in Figma. No API reads or writes AI-credit settings (REST description 0.43.0): a person clicks.

use crate::model::capability::{
    Ability, CapScope, Capabilities, Control, Controls, Identity, Keeps, Key, Precision, Rates, Units,
};
use crate::model::{Period, Unit, WhenExhausted};

const LEVEL: &str = "Admin > People: tick the people, Change paid AI credit access, choose the level";
const GATED_LIMIT: &str = "Admin > People: tick the people, Change paid AI credit access, Custom credit limit";
const BUDGET: &str = "plan: Admin > AI credits > Manage; billing group (Enterprise): Admin > AI credits > Manage > Billing groups > Manage credits";
const NO_DEFAULT: &str = "there is no default: it is written person by person";
const NO_ALERT: &str = "Figma has no thresholds that can be set; Bursar watches them";
const OWN_EXPIRY: &str = "Bursar's own: a manual change appears on the day after its last";
const FROM_EXPORT: Ability = Ability::Manual("Admin > People > export, and commit the file");

const fn console(how: &'static str, steps: &'static str) -> Control {
    Control { read: FROM_EXPORT, write: Ability::Manual(steps), how }
}

/// Figma.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "figma",
    variant: None,
    title: "Figma AI credits: the console only, so Bursar plans and a person clicks",
    controls: Controls {
        pool: Control {
            read: Ability::Unsupported("the plan and its billing groups are always there"),
            write: Ability::Unsupported("the paid credits of the plan are the pool; a billing group is made in Figma"),
            how: "the paid credits of the plan, or a billing group's share of them",
        },
        budget: console("subscription and pay-as-you-go limit; a billing group's set-aside", BUDGET),
        grant: console("Paid AI credit access", LEVEL),
        cap_amount: console("Custom credit limit", GATED_LIMIT),
        cap_zero: console("No access", LEVEL),
        cap_unlimited: console("Full access", LEVEL),
        cap_inherit: Control::unsupported("there is nothing to inherit from"),
        default_cap: Control { read: Ability::Unsupported(NO_DEFAULT), write: Ability::Manual(LEVEL), how: NO_DEFAULT },
        others: console("Paid AI credit access of everybody else; who joins later starts at Full access", LEVEL),
        alert: Control::unsupported(NO_ALERT),
        expiry: Control {
            read: Ability::Unsupported(OWN_EXPIRY),
            write: Ability::Unsupported(OWN_EXPIRY),
            how: OWN_EXPIRY,
        },
        usage: Control {
            read: Ability::Gated { why: "Enterprise with a plan access token", shows: "403, or no token" },
            write: Ability::Unsupported("Figma counts"),
            how: "GET /v1/ai_usage/daily",
        },
        roster: Control {
            read: FROM_EXPORT,
            write: Ability::Unsupported("people come by seat"),
            how: "the people export, or SCIM",
        },
    },
    cap_scope: CapScope::Center,
    single_membership: None,
    keeping: Keeps { default_cap: false, others: false, others_by_roster: true, ..Keeps::NEITHER },
    keeping_of: &[],
    grant_period: false,
    alerts_with_pool: false,
    sends_alerts: false,
    units: Units::Only(&[Unit::Credits]),
    precision: Precision { decimals: 0, digits: 15, steps: &[] },
    periods: &[Period::Monthly],
    when_exhausted: &[WhenExhausted::Block, WhenExhausted::Overage],
    identity: Identity::Email,
    plans: &["professional", "organization", "enterprise"],
    record: Some("figma.record.yaml"),
    settings: &[
        Key { name: "plan", required: true, help: "professional, organization or enterprise", plans: &[] },
        Key { name: "export", required: true, help: "the people export, a CSV file", plans: &[] },
        Key { name: "organization", required: false, help: "what the account is called", plans: &[] },
        Key {
            name: "token",
            required: false,
            help: "a plan access token with org:ai_metering_usage_read, for usage",
            plans: &["enterprise"],
        },
        Key {
            name: "scim",
            required: false,
            help: "tenant and token, to know who is there",
            plans: &["organization", "enterprise"],
        },
        Key { name: "metering_day", required: false, help: "the first day of the monthly cycle", plans: &[] },
        Key { name: "record", required: false, help: "what was confirmed; figma.record.yaml by default", plans: &[] },
        Key { name: "base_url", required: false, help: "another place than Figma, for tests: loopback", plans: &[] },
        Key { name: "allow_host", required: false, help: "the host of `base_url`, unless it is loopback", plans: &[] },
    ],
    targets: &[
        Key {
            name: "plan",
            required: false,
            help: "the word alone: the paid credits of the whole plan, as without a target",
            plans: &[],
        },
        Key { name: "billing_group", required: false, help: "a billing group by its name", plans: &["enterprise"] },
    ],
    batch: 1,
    concurrency: 1,
    rates: Rates::NONE,
};
