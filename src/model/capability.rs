//! What a provider can do, as data: validation, planning, `bursar centers` and `docs/centers.md` all come from it.

use super::{Cap, ControlName, Grant, Others, Period, Pool, Target, Unit, WhenExhausted};

/// How far one control of a provider reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Through the vendor's API.
    Api,
    /// It can be compared and reported, not set.
    ReadOnly(&'static str),
    /// A person does it, with these steps.
    Manual(&'static str),
    /// The vendor has no such thing.
    Unsupported(&'static str),
    /// It depends on plan, preview or rollout.
    Gated {
        /// On what it depends.
        why: &'static str,
        /// How a tenant without it shows.
        shows: &'static str,
    },
}

impl Ability {
    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::ReadOnly(_) => "read_only",
            Self::Manual(_) => "manual",
            Self::Unsupported(_) => "unsupported",
            Self::Gated { .. } => "gated",
        }
    }

    /// Why it is not simply `api`; empty where it is.
    pub fn why(self) -> &'static str {
        match self {
            Self::Api => "",
            Self::ReadOnly(why) | Self::Manual(why) | Self::Unsupported(why) | Self::Gated { why, .. } => why,
        }
    }

    /// Whether Bursar can do it itself.
    pub fn is_api(self) -> bool {
        matches!(self, Self::Api | Self::Gated { .. })
    }
}

/// One control of a provider: can it be read, can it be written, and through what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// Reading it.
    pub read: Ability,
    /// Writing it.
    pub write: Ability,
    /// The vendor's own name for it, in a few words.
    pub how: &'static str,
}

impl Control {
    /// A control that can be read and written through the API.
    pub const fn api(how: &'static str) -> Self {
        Self { read: Ability::Api, write: Ability::Api, how }
    }

    /// A control that the vendor does not have.
    pub const fn unsupported(why: &'static str) -> Self {
        Self { read: Ability::Unsupported(why), write: Ability::Unsupported(why), how: why }
    }
}

/// Every control that a provider may have.
#[derive(Clone, Copy, Debug)]
pub struct Controls {
    /// Making and deleting pools.
    pub pool: Control,
    /// A pool's budget.
    pub budget: Control,
    /// Who may draw.
    pub grant: Control,
    /// A cap of some amount.
    pub cap_amount: Control,
    /// A cap of zero.
    pub cap_zero: Control,
    /// A cap that is no limit.
    pub cap_unlimited: Control,
    /// A cap that follows the next wider rule.
    pub cap_inherit: Control,
    /// The cap of granted members without one of their own, as one setting.
    pub default_cap: Control,
    /// What everybody else may draw.
    pub others: Control,
    /// Thresholds.
    pub alert: Control,
    /// Grants that end by themselves.
    pub expiry: Control,
    /// What was drawn.
    pub usage: Control,
    /// Who is in the center.
    pub roster: Control,
}

impl Controls {
    /// Every control with its name, in the order of tables.
    pub fn iter(&self) -> impl Iterator<Item = (ControlName, Control)> {
        ControlName::ALL.into_iter().map(|name| (name, self.of(name)))
    }

    /// The control of that name.
    pub fn of(&self, name: ControlName) -> Control {
        match name {
            ControlName::Pool => self.pool,
            ControlName::Budget => self.budget,
            ControlName::Grant => self.grant,
            ControlName::CapAmount => self.cap_amount,
            ControlName::CapZero => self.cap_zero,
            ControlName::CapUnlimited => self.cap_unlimited,
            ControlName::CapInherit => self.cap_inherit,
            ControlName::DefaultCap => self.default_cap,
            ControlName::Others => self.others,
            ControlName::Alert => self.alert,
            ControlName::Expiry => self.expiry,
            ControlName::Usage => self.usage,
            ControlName::Roster => self.roster,
        }
    }
}

/// What a member's cap belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapScope {
    /// One cap per person and pool.
    Pool,
    /// One cap per person in the whole center.
    Center,
}

/// Which units a provider counts in.
#[derive(Clone, Copy, Debug)]
pub enum Units {
    /// Any.
    Any,
    /// Only these.
    Only(&'static [Unit]),
}

/// Which numbers a provider can hold exactly.
#[derive(Clone, Copy, Debug)]
pub struct Precision {
    /// The most digits after the point.
    pub decimals: u32,
    /// The most significant digits.
    pub digits: u32,
    /// Units of which only multiples of something can be held, such as credits where a whole dollar is a hundred.
    pub steps: &'static [(Unit, u32)],
}

/// What a center keeps itself of a pool, so that Bursar does not write it person by person.
#[allow(clippy::struct_excessive_bools)] // a table of facts, not a state
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeps {
    /// The default cap of the pool; else it is written member by member.
    pub default_cap: bool,
    /// What others may draw; else it is written member by member.
    pub others: bool,
    /// Whether others can have a cap at all: where they are those who did not join, they cannot.
    pub others_cap: bool,
    /// Whether that can be no limit at all; else there is only none of its own.
    pub others_unlimited: bool,
    /// Whether there is nothing to join: everybody of the pool's scope draws, and a cap for others is written for each
    /// of them, also for those who hold no grant yet.
    pub others_by_roster: bool,
    /// Whether there is nothing to join and a grant is nothing but the person's own setting: one that says nothing of
    /// its own is none, and whoever has none draws what others do.
    pub own_setting: bool,
}

impl Keeps {
    /// One setting for the default cap, one for others, and people who join.
    pub const BOTH: Self = Self {
        default_cap: true,
        others: true,
        others_cap: true,
        others_unlimited: true,
        others_by_roster: false,
        own_setting: false,
    };

    /// Everything person by person.
    pub const NEITHER: Self = Self { default_cap: false, others: false, ..Self::BOTH };

    /// What somebody draws who has no cap of their own in a pool.
    pub fn fallback(self, pool: &Pool) -> Option<Cap> {
        if !self.own_setting {
            return pool.default_cap;
        }
        match pool.others? {
            Others::Blocked => Some(Cap::Amount(super::Amount::zero(pool.budget.unit))),
            Others::Cap(cap) => Some(cap),
        }
    }

    /// Whether the center can hold a grant as an object: a setting that says nothing of its own is none.
    pub fn holds(self, grant: &Grant) -> bool {
        !self.own_setting || !matches!(grant.cap, None | Some(Cap::Inherit))
    }
}

/// By which of its keys a center takes this table of its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The center has this key.
    Has(&'static str),
    /// This key has this value.
    Is(&'static str, &'static str),
}

impl Variant {
    /// The key that decides.
    pub fn key(self) -> &'static str {
        match self {
            Self::Has(key) | Self::Is(key, _) => key,
        }
    }

    /// What tells the table from the others of its provider, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Has(word) | Self::Is(_, word) => word,
        }
    }

    /// Whether a center takes the table, given the values of its keys.
    pub fn fits(self, value: impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Has(key) => value(key).is_some(),
            Self::Is(key, word) => value(key).is_some_and(|value| value == word),
        }
    }
}

/// By what a provider knows a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By the member's id in the files.
    Id,
    /// By e-mail address.
    Email,
    /// By e-mail address, or by the id under this key of the member where they have none.
    EmailOr(&'static str),
    /// By the login under this key of the member.
    Login(&'static str),
}

/// A key that may stand in a center or in a pool's `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it means, in a few words.
    pub help: &'static str,
    /// The plans of the vendor that have it; empty where every one does.
    pub plans: &'static [&'static str],
}

/// How many requests a server lets through: a bucket of tokens that fills at a steady pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a minute; at least one.
    pub per_minute: u32,
    /// How many may come at once, after a pause.
    pub burst: u32,
}

/// The limits of a center, each where there is one. A request counts against the limit of its class and against the
/// one for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Of requests that read.
    pub read: Option<Rate>,
    /// Of requests that write.
    pub write: Option<Rate>,
    /// Of all requests together.
    pub all: Option<Rate>,
}

impl Rates {
    /// No limit that is known.
    pub const NONE: Self = Self { read: None, write: None, all: None };
}

/// Everything that is known about a provider before a single request is sent.
#[allow(clippy::struct_excessive_bools)] // a table of facts, not a state
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// The word that stands under `provider:`.
    pub provider: &'static str,
    /// By which key a center takes this table, where its provider has several.
    pub variant: Option<Variant>,
    /// What it is, in one line.
    pub title: &'static str,
    /// What it can do.
    pub controls: Controls,
    /// What a cap belongs to.
    pub cap_scope: CapScope,
    /// The key of a target of which one person can be in one only: whoever joins another leaves it.
    pub single_membership: Option<&'static str>,
    /// What the center keeps itself of a pool.
    pub keeping: Keeps,
    /// The same of pools whose target has this key, where that is another.
    pub keeping_of: &'static [(&'static str, Keeps)],
    /// Whether the center keeps a period per grant.
    pub grant_period: bool,
    /// Whether alerts travel in the call that writes the pool.
    pub alerts_with_pool: bool,
    /// Whether the center itself tells those whom its alerts name.
    pub sends_alerts: bool,
    /// What it counts in.
    pub units: Units,
    /// Which numbers it holds.
    pub precision: Precision,
    /// Which periods it has.
    pub periods: &'static [Period],
    /// What it can do when a budget is used up.
    pub when_exhausted: &'static [WhenExhausted],
    /// By what it knows people.
    pub identity: Identity,
    /// The vendor's plans, as `plan:` names them; empty where it has none that matter here.
    pub plans: &'static [&'static str],
    /// Where it is written down what people confirmed that they set by hand, unless the center says `record:`; nothing
    /// where nobody has to.
    pub record: Option<&'static str>,
    /// The keys of a center of this provider, beside `provider`.
    pub settings: &'static [Key],
    /// The keys of a pool's `target`.
    pub targets: &'static [Key],
    /// How many changes of one kind one write may carry.
    pub batch: usize,
    /// How many writes may be under way at once.
    pub concurrency: usize,
    /// How many requests the vendor lets through.
    pub rates: Rates,
}

impl Capabilities {
    /// What the center keeps itself of a pool with this target.
    pub fn keeps(&self, target: &Target) -> Keeps {
        let own = self.keeping_of.iter().find(|(key, _)| target.get(key).is_some());
        own.map_or(self.keeping, |(_, keeps)| *keeps)
    }

    /// Every way of keeping pools that it has.
    pub fn all_keeping(&self) -> impl Iterator<Item = Keeps> {
        std::iter::once(self.keeping).chain(self.keeping_of.iter().map(|(_, keeps)| *keeps))
    }

    /// Whether a reader and a writer have to know whom the files name: where what a pool says of a person is what other pools
    /// say of them too, and where an account has people and no setting of them.
    pub fn shares_people(&self) -> bool {
        self.cap_scope == CapScope::Center
            || self.all_keeping().any(|keeps| keeps.own_setting)
            || !self.controls.cap_amount.write.is_api()
    }

    /// The provider, and where it has several tables the word for this one: `claude (console)`.
    pub fn name(&self) -> String {
        match self.variant {
            Some(variant) => format!("{} ({})", self.provider, variant.word()),
            None => self.provider.to_owned(),
        }
    }

    /// Whether a pool of this target is one of which a person can be in one only.
    pub fn is_single(&self, target: &Target) -> bool {
        // A pool without a target is an object of the first kind that the provider has.
        let first = || self.targets.first().filter(|_| target.0.is_empty()).map(|key| key.name);
        self.single_membership
            .is_some_and(|key| target.get(key).is_some() || first() == Some(key))
    }
}
