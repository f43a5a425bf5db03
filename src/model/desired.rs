//! What the files ask of one center, resolved: no groups, no rules, one grant per person and pool.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{AlertKey, Cap, MemberId, PoolId, Source, State, Subject, Target};

/// Why a rule names a person and grants them nothing today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// Its last day has passed.
    Expired(Date),
    /// Its first day is still to come.
    NotStarted(Date),
}

/// A rule that ended while another one still grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its last day.
    pub on: Date,
    /// The cap that it gave.
    pub cap: Option<Cap>,
}

/// Where the parts of a pool are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSources {
    /// The pool's own line.
    pub pool: Source,
    /// The budget.
    pub budget: Source,
    /// The default cap; the pool's line where the file has none.
    pub default_cap: Source,
    /// What holds for others.
    pub others: Source,
    /// Each alert.
    pub alerts: BTreeMap<AlertKey, Source>,
    /// Each rule of `access`, in the order of the file.
    pub rules: Vec<Source>,
    /// Which rule decides over a member, as an index into `rules`.
    pub deciding: BTreeMap<MemberId, u32>,
}

impl PoolSources {
    /// The line that decides over a person: the rule that names them, else what holds for others.
    pub fn of_subject(&self, subject: &Subject) -> &Source {
        let rule = match subject {
            Subject::Member(member) => self.deciding.get(member),
            Subject::Stranger(_) => None,
        };
        rule.and_then(|&rule| self.rules.get(rule as usize)).unwrap_or(&self.others)
    }
}

/// What the files ask of one center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    /// The pools that shall exist.
    pub state: State,
    /// People whom a rule names and who are granted nothing today; `others` does not decide over them.
    pub lapsed: BTreeMap<PoolId, BTreeMap<MemberId, Lapse>>,
    /// People whose own rule ended and whom another rule grants less: their cut is an expiry, not an edit.
    pub outlived: BTreeMap<PoolId, BTreeMap<MemberId, Ended>>,
    /// The pools that shall not exist.
    pub absent: BTreeMap<PoolId, (Target, Source)>,
    /// Those who keep their right in another center when a pool goes from this one, by the pool that goes.
    pub elsewhere: BTreeMap<PoolId, BTreeSet<Subject>>,
    /// Where everything is written.
    pub sources: BTreeMap<PoolId, PoolSources>,
}
