//! What Claude's admin API can do, in its three flavors. Documented, unless a line says otherwise.

use crate::model::capability::{
    Ability, CapScope, Capabilities, Control, Controls, Identity, Keeps, Key, Precision, Rates, Units, Variant,
};
use crate::model::{Period, Unit, WhenExhausted};

use super::api::SPEND;

const NO_ALERT: &str = "Claude warns people in the product at 75 and 95 %; others stay in the file";
const OWN_EXPIRY: &str = "Bursar's own: the grant goes with the first apply after its last day";
const ACCOUNT: &str = "the account is the pool: it is neither made nor deleted from here";
const CONSOLE_CAPS: &str = "a Console organization has no limits of people";
const CONSOLE_DEFAULT: &str = "a Console organization has no limits of people, so it has no default of them";
const NO_RULE: &str = "Claude keeps no rule that Bursar may set; it is written member by member";
const GATEWAY_BUDGET: &str = "a gateway has nothing that is shared: it caps people";
const GATEWAY_GRANT: &str = "whom the identity provider lets in; a grant is the person's own cap";
const WRITES_OFF: &str = "writing limits is switched on for each organization";
const WRITES_OFF_SHOWS: &str = "403 with `spend_limits_admin_api_writes_not_enabled`";
const PREVIEW: &str = "limits of Console organizations are in early access";
const ADMIN_SETTINGS: &str = "the organization's limit is set in the admin settings of claude.ai, under usage";

const fn none(why: &'static str) -> Control {
    Control::unsupported(why)
}

const fn read_only(why: &'static str, how: &'static str) -> Control {
    Control { read: Ability::Api, write: Ability::ReadOnly(why), how }
}

/// What can be read, and written where the vendor switched that on.
const fn gated(why: &'static str, how: &'static str) -> Control {
    Control { read: Ability::Api, write: Ability::Gated { why, shows: WRITES_OFF_SHOWS }, how }
}

const fn key(name: &'static str, required: bool, help: &'static str) -> Key {
    Key { name, required, help, plans: &[] }
}

const FLAVOR: Key = key("flavor", true, "enterprise, console or gateway");
const TOKEN: Key = key("token", true, "the key; plan needs less than apply, see the page");
const AUTH: Key = key("auth", false, "api_key (the default) or bearer");

/// The currencies that Anthropic bills in are not listed anywhere; these are those that somebody may meet.
const CURRENCIES: &[Unit] = &[
    Unit::USD,
    Unit::Currency(*b"EUR"),
    Unit::Currency(*b"GBP"),
    Unit::Currency(*b"AUD"),
    Unit::Currency(*b"BRL"),
    Unit::Currency(*b"CAD"),
    Unit::Currency(*b"CHF"),
    Unit::Currency(*b"INR"),
    Unit::Currency(*b"JPY"),
    Unit::Currency(*b"KRW"),
    Unit::Currency(*b"SGD"),
];
/// Currencies without a minor unit have whole amounts only.
const STEPS: &[(Unit, u32)] = &[(Unit::Currency(*b"JPY"), 1), (Unit::Currency(*b"KRW"), 1)];
const PERIODS: &[Period] = &[Period::Daily, Period::Weekly, Period::Monthly];

/// What all flavors share.
const COMMON: Capabilities = Capabilities {
    provider: "claude",
    variant: None,
    title: "",
    controls: Controls {
        pool: read_only(ACCOUNT, "the organization, or a group"),
        budget: none(GATEWAY_BUDGET),
        grant: none(GATEWAY_GRANT),
        cap_amount: gated(WRITES_OFF, "spend limit of a user"),
        cap_zero: gated(WRITES_OFF, "\"0\": what the seat includes, and no more"),
        cap_unlimited: gated(WRITES_OFF, "an amount of null"),
        cap_inherit: gated(WRITES_OFF, "the user's own limit is deleted"),
        default_cap: none(NO_RULE),
        others: none(NO_RULE),
        alert: none(NO_ALERT),
        expiry: none(OWN_EXPIRY),
        usage: Control {
            read: Ability::Api,
            write: Ability::Unsupported("Claude counts"),
            how: "period_to_date_spend of the effective limits",
        },
        roster: Control {
            read: Ability::Api,
            write: Ability::Unsupported("people come by invitation or from the directory"),
            how: "the organization's users",
        },
    },
    cap_scope: CapScope::Center,
    single_membership: None,
    keeping: Keeps::NEITHER,
    keeping_of: &[],
    grant_period: false,
    alerts_with_pool: false,
    sends_alerts: false,
    units: Units::Only(CURRENCIES),
    precision: Precision { decimals: 2, digits: 18, steps: STEPS },
    periods: PERIODS,
    when_exhausted: &[WhenExhausted::Block],
    identity: Identity::Email,
    plans: &[],
    record: None,
    settings: &[],
    targets: &[],
    batch: 20,
    concurrency: 1,
    rates: Rates { all: Some(SPEND), ..Rates::NONE },
};

/// Claude Enterprise: limits of people; all wider rows can be read only.
pub const ENTERPRISE: Capabilities = Capabilities {
    variant: Some(Variant::Is("flavor", "enterprise")),
    title: "Claude Enterprise: the organization's usage beyond its seats",
    controls: Controls {
        budget: read_only(ADMIN_SETTINGS, "spend limit of the organization"),
        grant: Control::api("the user's own limit, or membership in a group that no directory keeps"),
        default_cap: Control::api("the limits of groups and seat tiers can be read only: written member by member"),
        others: Control::api("no rule for others can be set: a limit for each of them, one call a person"),
        ..COMMON.controls
    },
    keeping: Keeps { others_by_roster: true, own_setting: true, ..Keeps::NEITHER },
    keeping_of: &[("rbac_group", Keeps::NEITHER), ("rbac_group_id", Keeps::NEITHER)],
    settings: &[
        FLAVOR,
        key("organization", true, "the organization's id, which the key must be of"),
        key("token", false, "the key; plan needs less than apply, see the page. Not with auth: oidc"),
        key("auth", false, "api_key (the default), bearer, or oidc in GitHub Actions"),
        key("federation_rule", false, "with auth: oidc, the rule that lets the workflow in"),
        key("base_url", false, "another place than api.anthropic.com"),
        key("allow_host", false, "the host of that place, unless it is loopback"),
    ],
    targets: &[
        key("organization", false, "the word alone: everybody, as without a target"),
        key("rbac_group", false, "a group by its name"),
        key("rbac_group_id", false, "a group by its id, where several have its name"),
    ],
    ..COMMON
};

/// Claude Console: limits of the organization and of workspaces; none of people.
pub const CONSOLE: Capabilities = Capabilities {
    variant: Some(Variant::Is("flavor", "console")),
    title: "Claude Console: the spend of the API organization and of its workspaces",
    controls: Controls {
        pool: Control {
            read: Ability::Api,
            write: Ability::ReadOnly(ACCOUNT),
            how: "the organization, or a workspace",
        },
        budget: gated(PREVIEW, "spend limit of the organization or the workspace"),
        grant: Control::api("membership in the workspace"),
        cap_amount: none(CONSOLE_CAPS),
        cap_zero: none(CONSOLE_CAPS),
        cap_unlimited: none(CONSOLE_CAPS),
        cap_inherit: none(CONSOLE_CAPS),
        default_cap: none(CONSOLE_DEFAULT),
        others: Control::api("no membership in the workspace"),
        alert: Control {
            read: Ability::Unsupported("the console shows it to people only"),
            write: Ability::Unsupported("e-mail notifications are set in the console, under limits"),
            how: "notifications of the console",
        },
        usage: Control {
            read: Ability::Unsupported(
                "the cost report has no sum of a workspace that Bursar could hold against its limit",
            ),
            write: Ability::Unsupported("Claude counts"),
            how: "the cost report",
        },
        ..COMMON.controls
    },
    cap_scope: CapScope::Pool,
    keeping: Keeps { others_cap: false, ..Keeps::NEITHER },
    periods: &[Period::Monthly],
    settings: ENTERPRISE.settings,
    targets: &[
        key("organization", false, "the word alone: everybody, as without a target"),
        key("workspace", false, "a workspace by its name"),
    ],
    ..COMMON
};

/// The Claude apps gateway, self-hosted: limits of people, of groups and of everybody.
pub const GATEWAY: Capabilities = Capabilities {
    variant: Some(Variant::Is("flavor", "gateway")),
    title: "Claude apps gateway, self-hosted: what each person may spend",
    controls: Controls {
        pool: read_only(ACCOUNT, "everybody whom the identity provider lets in, or one of its groups"),
        grant: Control::api("the person's own limit: the identity provider lets people in"),
        cap_amount: Control::api("spend limit of a user, by the `sub` of the identity provider"),
        cap_zero: Control::api("\"0\""),
        cap_unlimited: Control::api("an amount of null"),
        cap_inherit: Control::api("the user's own limit is deleted"),
        default_cap: Control::api("spend limit of a group; of everybody it is `others`"),
        others: Control::api("spend limit of the organization: what each person may spend"),
        roster: Control {
            read: Ability::Unsupported("a gateway shows those only who have a limit or spent something"),
            write: Ability::Unsupported("the identity provider lets people in"),
            how: "effective limits",
        },
        ..COMMON.controls
    },
    keeping: Keeps { others: true, own_setting: true, ..Keeps::NEITHER },
    keeping_of: &[("rbac_group", Keeps { default_cap: true, own_setting: true, others_cap: false, ..Keeps::NEITHER })],
    units: Units::Only(&[Unit::USD]),
    precision: Precision { decimals: 2, digits: 18, steps: &[] },
    identity: Identity::Login("claude"),
    settings: &[
        FLAVOR,
        TOKEN,
        AUTH,
        key("base_url", true, "where the gateway answers"),
        key("allow_host", false, "the gateway's host, unless it is loopback"),
    ],
    targets: &[
        key("organization", false, "the word alone: everybody, as without a target"),
        key("rbac_group", false, "a group by the name that the identity provider gives it"),
    ],
    rates: Rates::NONE,
    ..COMMON
};
