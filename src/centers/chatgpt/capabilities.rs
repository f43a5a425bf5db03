//! What the workspace Admin API can do. By its description, 2.5.3, and the vendor's own example for what
//! came after it.

use crate::model::capability::{
    Ability, CapScope, Capabilities, Control, Controls, Identity, Keeps, Key, Precision, Rate, Rates, Units,
};
use crate::model::{Period, Unit, WhenExhausted};

const BALANCE: &str = "credits are bought, and groups made and deleted, in the admin console";
const OVERAGE: &str =
    "set the overage limit in the admin console, as in the article Managing usage limits and overages";
const IN_CONSOLE: &str = "no API shows it: a person compares it in the admin console";
const END_OF_PERIOD: &str = "a limit can end with the usage period; other days are Bursar's own";

/// The groups' pools: the vendor keeps a default for the members, and people join.
const GROUP: Keeps = Keeps { default_cap: true, ..Keeps::NEITHER };

/// A ChatGPT Enterprise, Edu or Healthcare workspace.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "chatgpt",
    variant: None,
    title: "ChatGPT Enterprise, Edu and Healthcare: monthly limits per person, on the workspace's shared credits",
    controls: Controls {
        pool: Control {
            read: Ability::Unsupported("the workspace and its groups are always there"),
            write: Ability::Unsupported(BALANCE),
            how: "the workspace's shared credits, by contract",
        },
        budget: Control {
            read: Ability::Unsupported(IN_CONSOLE),
            write: Ability::Manual(OVERAGE),
            how: "overage limit",
        },
        grant: Control::api("the person's own limit; of a group: membership, which SCIM groups only show"),
        cap_amount: Control::api("override_monthly_usage_limit"),
        cap_zero: Control::api("a limit of 0; that it keeps people out was not tried"),
        cap_unlimited: Control::api("type unlimited"),
        cap_inherit: Control::api("no limit of one's own"),
        default_cap: Control::api("of a group: its default; of the workspace: member by member"),
        others: Control::api("of the workspace: its default, 0 for blocked; of a group: whoever else is in it"),
        alert: Control { read: Ability::Unsupported(IN_CONSOLE), write: Ability::Manual(IN_CONSOLE), how: "console" },
        expiry: Control {
            read: Ability::Api,
            write: Ability::Gated { why: END_OF_PERIOD, shows: "answers without limit_amount" },
            how: END_OF_PERIOD,
        },
        usage: Control {
            read: Ability::Api,
            write: Ability::Unsupported("ChatGPT counts"),
            how: "current_month_usage, near real time",
        },
        roster: Control {
            read: Ability::Api,
            write: Ability::Unsupported("people come by invitation or SCIM"),
            how: "the list of limits",
        },
    },
    cap_scope: CapScope::Center,
    single_membership: None,
    keeping: Keeps { others: true, own_setting: true, others_unlimited: false, ..Keeps::NEITHER },
    keeping_of: &[("group", GROUP), ("group_id", GROUP)],
    grant_period: false,
    alerts_with_pool: false,
    sends_alerts: false,
    units: Units::Only(&[Unit::Credits, Unit::USD]),
    // Credits are whole, dollars have cents; the most is 2,147,483,647.
    precision: Precision { decimals: 2, digits: 10, steps: &[(Unit::Credits, 1)] },
    periods: &[Period::Monthly],
    when_exhausted: &[WhenExhausted::Block, WhenExhausted::Overage],
    identity: Identity::Email,
    plans: &[],
    record: Some("chatgpt.record.yaml"),
    settings: &[
        Key { name: "workspace", required: true, help: "the workspace's id; the key belongs to one", plans: &[] },
        Key {
            name: "token",
            required: true,
            help: "a workspace Admin key (admin.openai.com > Credentials > Admin keys), not one of the API platform",
            plans: &[],
        },
        Key { name: "base_url", required: false, help: "https://api.chatgpt.com/v1 by default", plans: &[] },
        Key { name: "allow_host", required: false, help: "the host of `base_url`, unless it is loopback", plans: &[] },
        Key { name: "record", required: false, help: "what was confirmed; chatgpt.record.yaml by default", plans: &[] },
    ],
    targets: &[
        Key {
            name: "workspace",
            required: false,
            help: "the word alone: everybody of the workspace, as without a target",
            plans: &[],
        },
        Key { name: "group", required: false, help: "a group by its name, which only one may have", plans: &[] },
        Key { name: "group_id", required: false, help: "a group by its id", plans: &[] },
    ],
    batch: 1,
    concurrency: 1,
    rates: Rates { all: Some(Rate { per_minute: 300, burst: 5 }), ..Rates::NONE },
};
