//! What of a reading can be held against thresholds, and what cannot.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{AlertScope, Amount, Cap, CenterId, Limit, MemberId, PoolId, Recipient, Subject, Threshold, Window};
use crate::usage::{CenterUse, PersonUse, PoolUse};

use super::Watch;
use super::level::highest;

/// What a threshold is of: a pool's budget, or one person's cap in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Matter {
    /// Which account the center is, in the vendor's words.
    pub identity: String,
    /// The pool.
    pub pool: PoolId,
    /// The person, where it is about a cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
}

/// A person, as the state knows them: a stranger of some name is not the member of that name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// By their id in the files.
    Member(MemberId),
    /// By the center's own name for them.
    Stranger(String),
}

impl From<&Subject> for Who {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::Member(id) => Self::Member(id.clone()),
            Subject::Stranger(name) => Self::Stranger(name.to_string()),
        }
    }
}

/// One matter as it stands, with everybody who may have to hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it is about.
    pub matter: Matter,
    /// The center's name in the files.
    pub center: CenterId,
    /// The person, where it is about a cap.
    pub subject: Option<Subject>,
    /// The period that the numbers are of.
    pub window: Window,
    /// What was drawn.
    pub drawn: Amount,
    /// Whether more may have been drawn.
    pub at_least: bool,
    /// The budget or the cap; nothing where there is none, or where it is not known.
    pub limit: Option<Amount>,
    /// Whether it is known that there is none.
    pub unlimited: bool,
    /// At which levels each recipient is to hear of it.
    pub levels: BTreeMap<Recipient, BTreeSet<Threshold>>,
}

impl Reading {
    /// What is watched.
    pub fn of(&self) -> AlertScope {
        if self.subject.is_some() { AlertScope::Caps } else { AlertScope::Budget }
    }

    /// The highest level that is reached and names a recipient.
    pub fn level(&self, recipient: &Recipient, drawn: Amount) -> Option<Threshold> {
        highest(self.levels.get(recipient)?, drawn, self.limit)
    }
}

/// What could not be held against a threshold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unevaluated {
    /// The center.
    pub center: CenterId,
    /// The pool.
    pub pool: PoolId,
    /// The person, where it is about one.
    pub subject: Option<Subject>,
    /// Why.
    pub why: String,
}

/// A center, held against what is to be heard of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// Budgets first, then people, by name.
    pub readings: Vec<Reading>,
    /// What is left out.
    pub left_out: Vec<Unevaluated>,
}

/// Holds a center's numbers against the thresholds of its pools. `began` is when the reading of it began; `address` is
/// where a person can be written to.
pub fn evaluate(
    of: &CenterUse,
    watched: &BTreeMap<PoolId, Watch>,
    began: Timestamp,
    address: &dyn Fn(&Subject) -> Option<Recipient>,
) -> Evaluated {
    let mut found = Evaluated::default();
    let pools = of.pools.iter().filter_map(|pool| Some((pool, watched.get(&pool.pool)?)));
    for (pool, watch) in pools.filter(|(_, watch)| !watch.is_empty()) {
        Held { center: of, pool, watch, address }.evaluate(began, &mut found);
    }
    found
        .readings
        .sort_by(|a, b| (a.subject.is_some(), &a.matter).cmp(&(b.subject.is_some(), &b.matter)));
    found
}

struct Held<'a> {
    center: &'a CenterUse,
    pool: &'a PoolUse,
    watch: &'a Watch,
    address: &'a dyn Fn(&Subject) -> Option<Recipient>,
}

impl Held<'_> {
    fn evaluate(&self, began: Timestamp, found: &mut Evaluated) {
        let window = self.told().and_then(|()| self.sure_window(self.pool.window, began));
        if let Err(why) = &window {
            found.left_out.push(self.left_out(None, why.clone()));
        }
        if let (Ok(window), true) = (&window, self.watch.keys().any(|key| key.of == AlertScope::Budget)) {
            match self.budget(*window) {
                Ok(reading) => found.readings.push(reading),
                Err(why) => found.left_out.push(self.left_out(None, why)),
            }
        }
        if self.told().is_ok() && self.watch.keys().any(|key| key.of == AlertScope::Caps) {
            for (subject, person) in &self.pool.people {
                let own = match (person.window, &window) {
                    (Some(own), _) => self.sure_window(Some(own), began),
                    (None, Ok(window)) => Ok(*window),
                    // It was said of the pool.
                    (None, Err(_)) => continue,
                };
                match own.and_then(|window| self.cap(window, subject, person)) {
                    Ok(Some(reading)) => found.readings.push(reading),
                    Ok(None) => {}
                    Err(why) => found.left_out.push(self.left_out(Some(subject), why)),
                }
            }
        }
    }

    fn left_out(&self, subject: Option<&Subject>, why: String) -> Unevaluated {
        let (center, pool) = (self.center.center.clone(), self.pool.pool.clone());
        Unevaluated { center, pool, subject: subject.cloned(), why }
    }

    /// Whether there are numbers at all.
    fn told(&self) -> Result<(), String> {
        if !self.pool.exists {
            return Err("the pool is not in the center".to_owned());
        }
        if !self.center.told {
            return Err("the center does not tell what was drawn".to_owned());
        }
        Ok(())
    }

    /// The period, where the numbers are surely of it.
    fn sure_window(&self, window: Option<Window>, began: Timestamp) -> Result<Window, String> {
        let window = window.ok_or("when its period began is not known")?;
        if let Some(end) = window.end().filter(|end| *end <= self.center.read_at) {
            return Err(format!("its numbers are of the period that ended at {end}"));
        }
        let Some(first) = window.begin() else { return Ok(window) };
        if began < first {
            return Err("a new period began while it was read".to_owned());
        }
        match self.center.lag {
            Some(lag) if first.checked_add(lag).is_ok_and(|surely| began < surely) => Err(format!(
                "its period began on {}, and the center's numbers may still be of the one before for {} minutes after that",
                window.since,
                lag.as_mins()
            )),
            _ => Ok(window),
        }
    }

    fn budget(&self, window: Window) -> Result<Reading, String> {
        let drawn = self.sure(self.pool.drawn)?;
        let limit = match self.pool.limit {
            Some(Limit::Amount(amount)) => Some(amount),
            Some(Limit::None) | None => None,
        };
        let levels = self.levels(AlertScope::Budget, None);
        if limit.is_none() && only_shares(&levels) {
            return Err("it has no budget that there could be a share of".to_owned());
        }
        let unlimited = matches!(self.pool.limit, Some(Limit::None));
        Ok(Reading { at_least: self.pool.at_least, unlimited, levels, ..self.reading(window, None, drawn, limit) })
    }

    /// Nothing where there is nothing that could be reached.
    fn cap(&self, window: Window, subject: &Subject, person: &PersonUse) -> Result<Option<Reading>, String> {
        let levels = self.levels(AlertScope::Caps, Some(subject));
        let limit = match person.cap {
            Some(Cap::Amount(cap)) => Some(cap),
            Some(Cap::Inherit) | None if only_shares(&levels) => return Err("their cap is not known".to_owned()),
            Some(Cap::Inherit | Cap::Unlimited) | None => None,
        };
        if limit.is_some_and(|cap| cap.is_zero()) && only_shares(&levels) {
            return Ok(None);
        }
        if person.drawn.is_none() && !person.granted {
            return Ok(None);
        }
        let drawn = self.sure(person.drawn)?;
        let unlimited = matches!(person.cap, Some(Cap::Unlimited));
        Ok(Some(Reading { unlimited, levels, ..self.reading(window, Some(subject), drawn, limit) }))
    }

    /// What was drawn, where that is known.
    fn sure(&self, drawn: Option<Amount>) -> Result<Amount, String> {
        let drawn = drawn.ok_or("what was drawn is not known")?;
        if self.center.zero_is_unsure && drawn.is_zero() {
            return Err("the center says 0 also where it does not know".to_owned());
        }
        Ok(drawn)
    }

    fn reading(&self, window: Window, subject: Option<&Subject>, drawn: Amount, limit: Option<Amount>) -> Reading {
        Reading {
            matter: Matter {
                identity: self.center.identity.clone(),
                pool: self.pool.pool.clone(),
                who: subject.map(Who::from),
            },
            center: self.center.center.clone(),
            subject: subject.cloned(),
            window,
            drawn,
            at_least: false,
            limit,
            unlimited: false,
            levels: BTreeMap::new(),
        }
    }

    /// Who hears at which levels. Who has no address stays `member`.
    fn levels(&self, of: AlertScope, subject: Option<&Subject>) -> BTreeMap<Recipient, BTreeSet<Threshold>> {
        let mut levels: BTreeMap<Recipient, BTreeSet<Threshold>> = BTreeMap::new();
        for (key, notify) in self.watch.iter().filter(|(key, _)| key.of == of) {
            for recipient in notify {
                let heard = match (recipient, subject) {
                    (Recipient::Member, Some(subject)) => (self.address)(subject).unwrap_or(Recipient::Member),
                    // A budget is nobody's own.
                    (Recipient::Member, None) => continue,
                    _ => recipient.clone(),
                };
                levels.entry(heard).or_default().insert(key.at);
            }
        }
        levels
    }
}

/// Whether every level is a share of something.
fn only_shares(levels: &BTreeMap<Recipient, BTreeSet<Threshold>>) -> bool {
    levels.values().flatten().all(|at| matches!(at, Threshold::Percent(_)))
}
