//! A rule of `access` as it is written, for those who explain it: the desired state holds only what rules come to.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::{Cap, GroupId, MemberId, Source};

/// Whom a rule names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleWho {
    /// One person.
    Member(MemberId),
    /// Everybody in a group, but for these.
    Group(GroupId, BTreeSet<MemberId>),
}

impl Serialize for RuleWho {
    /// As a file names it: `alice`, `group:designers`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Member(member) => serializer.collect_str(member),
            Self::Group(group, _) => serializer.collect_str(&format_args!("group:{group}")),
        }
    }
}

/// Which rule grants a person something from a day on, by its position in the pool; nothing where none does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The first such day.
    pub from: Date,
    /// The rule.
    pub rule: Option<u32>,
}

/// A rule of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whom it names.
    pub who: RuleWho,
    /// The cap that it gives; the pool's default where it says none.
    pub cap: Option<Cap>,
    /// Why it is there, as its author says.
    pub reason: Option<Arc<str>>,
    /// Its first day.
    pub starts: Option<Date>,
    /// Its last day.
    pub expires: Option<Date>,
    /// Where it stands.
    pub source: Source,
}

impl Rule {
    /// Whether it holds on a day.
    pub fn holds(&self, day: Date) -> bool {
        self.starts.is_none_or(|starts| starts <= day) && !self.has_ended(day)
    }

    /// Whether its last day is before a day.
    pub fn has_ended(&self, day: Date) -> bool {
        self.expires.is_some_and(|expires| expires < day)
    }
}
