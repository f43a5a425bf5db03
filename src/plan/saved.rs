//! A saved plan: what was approved, read back from a file that anybody may have touched in between.
//!
//! Nothing is ever written because of what stands in the file. It only holds a plan that was just made back: what is left
//! to be done must be a part of what was approved, object by object and value by value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use crate::model::{CenterId, PoolId, Subject};

use super::hash::{hash_of, line};
use super::{Cause, Change, PLAN_LIFETIME, Plan, SCHEMA, Selected};

/// The largest file that is read as a saved plan, in bytes.
pub const MAX_SAVED_PLAN: u64 = 256 * 1024 * 1024;

/// How far the clocks of two machines may lie apart.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

/// A saved plan whose hash is that of its changes.
#[derive(Clone, Debug)]
pub struct SavedPlan {
    /// What was approved, as a SHA-256 in hexadecimal.
    pub hash: String,
    /// Until when it may be applied.
    pub expires_at: Timestamp,
    /// The identity of each center that it was made for.
    pub centers: BTreeMap<CenterId, String>,
    /// The part of the files that it was made for.
    pub selected: Selected,
    /// What was approved.
    pub changes: Vec<Change>,
}

/// Why a file cannot be used as a saved plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    /// More than [`MAX_SAVED_PLAN`].
    #[error("it is larger than {} MiB", MAX_SAVED_PLAN / 1024 / 1024)]
    TooLarge,
    /// The text ends too early.
    #[error("it is cut off in line {line}")]
    Truncated {
        /// The last line that is there.
        line: usize,
    },
    /// Not even JSON.
    #[error("it is no JSON: {0}")]
    NotJson(String),
    /// JSON of something else.
    #[error("it is no plan of Bursar, but {0}")]
    NotAPlan(String),
    /// Written by a version that knows more than this one.
    #[error("it was saved by a newer Bursar, as {0}")]
    Newer(String),
    /// Something is missing, or is not what a plan holds.
    #[error("it was changed after it was saved: {0}")]
    Damaged(String),
    /// It may be applied for longer than any plan may.
    #[error("it was changed after it was saved: no plan may be applied for as long as it says")]
    Prolonged,
    /// Everything reads well, but the hash is that of other changes.
    #[error("it was changed after it was saved: its changes do not have the hash that it names")]
    Tampered,
}

impl SavedPlanError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLarge => "save smaller plans, with `--center` or `--pool`",
            Self::Truncated { .. } => "fetch the file again, or save a new plan with `bursar plan --out FILE`",
            Self::NotJson(_) | Self::NotAPlan(_) => "name a file that `bursar plan --out FILE` wrote",
            Self::Newer(_) => "use the Bursar that saved it, or save a new plan with this one",
            Self::Damaged(_) | Self::Prolonged | Self::Tampered => {
                "find out who changed it; what shall be applied is approved anew with `bursar plan --out FILE`"
            }
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    hash: String,
    expires_at: Timestamp,
    centers: BTreeMap<CenterId, String>,
    #[serde(default)]
    selection: Selected,
    changes: Vec<Change>,
}

/// How a change that is left differs from what was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// No change of this object was approved.
    New,
    /// It is about another object of the vendor.
    Target,
    /// Something else would come of the object.
    After,
    /// The object is no longer as it was seen.
    Before,
    /// It would take the person out of somewhere else.
    Moves,
    /// It would hit these people too.
    People(Vec<Subject>),
}

impl How {
    /// The word for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Target => "target",
            Self::After => "after",
            Self::Before => "before",
            Self::Moves => "moves",
            Self::People(_) => "people",
        }
    }
}

/// A change that is left to be done and was not approved as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The change as it would be made now.
    pub change: &'a Change,
    /// The change that was approved, where there was one.
    pub approved: Option<&'a Change>,
    /// What differs.
    pub how: How,
}

impl SavedPlan {
    /// Reads a saved plan and checks that its hash is that of its changes.
    pub fn parse(text: &[u8]) -> Result<Self, SavedPlanError> {
        if text.len() as u64 > MAX_SAVED_PLAN {
            return Err(SavedPlanError::TooLarge);
        }
        head(text)?;
        let Wire { hash, expires_at, centers, selection, changes } =
            serde_json::from_slice(text).map_err(|error| SavedPlanError::Damaged(error.to_string()))?;
        let mut ids = BTreeSet::new();
        for change in &changes {
            if !centers.contains_key(&change.center) {
                let why = format!("{} is of a center that it does not name", change.id());
                return Err(SavedPlanError::Damaged(why));
            }
            if !ids.insert(change.id()) {
                return Err(SavedPlanError::Damaged(format!("{} is in it twice", change.id())));
            }
        }
        if hash_of(&centers, &changes) != hash {
            return Err(SavedPlanError::Tampered);
        }
        Ok(Self { hash, expires_at, centers, selected: selection, changes })
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Whether somebody made it last longer than any plan does: the hash does not hold the time.
    pub fn is_prolonged(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) > PLAN_LIFETIME + CLOCKS
    }

    /// The first center with changes that is not, or no longer, what the plan was made for: its name, the identity then
    /// and the one now, if there is such a center at all.
    pub fn foreign<'a>(
        &'a self,
        now: &'a BTreeMap<CenterId, String>,
    ) -> Option<(&'a CenterId, &'a str, Option<&'a str>)> {
        let changed: BTreeSet<&CenterId> = self.changes.iter().map(|change| &change.center).collect();
        let pairs = self.centers.iter().filter(|(center, _)| changed.contains(center));
        pairs
            .map(|(center, identity)| (center, identity.as_str(), now.get(center).map(String::as_str)))
            .find(|(_, then, now)| Some(*then) != *now)
    }

    /// Tells a plan that was made without a base why its changes are there, as it was known when this one was saved, so
    /// that what was drift then does not pass for something that nobody looked at. A cause is no part of the hash, but a
    /// plan without a base holds none at all: whoever edits one here takes a refusal away at the most that such a plan
    /// would not have had either.
    pub fn tell_causes(&self, plan: &mut Plan) {
        let identity = |centers: &BTreeMap<CenterId, String>, change: &Change| centers.get(&change.center).cloned();
        let line = |centers, change: &Change| line(&identity(centers, change).unwrap_or_default(), change);
        let told = self.changes.iter().filter(|change| change.cause != Cause::Unattributed);
        let causes: BTreeMap<String, Cause> = told.map(|change| (line(&self.centers, change), change.cause)).collect();
        if causes.is_empty() {
            return;
        }
        let Plan { centers, changes, .. } = plan;
        for change in changes {
            // Without a base only evidence tells drift, and no file talks what the center counted away.
            if change.cause == Cause::Drift {
                continue;
            }
            if let Some(cause) = causes.get(&line(centers, change)) {
                change.cause = *cause;
            }
        }
    }

    /// What of a plan that was just made was not approved here; nothing where it is a part of this one.
    pub fn differences<'a>(&'a self, now: &'a Plan) -> Vec<Difference<'a>> {
        differences(&self.changes, &now.changes)
    }
}

/// Reads the whole text once, for its form and for what it says it is.
fn head(text: &[u8]) -> Result<(), SavedPlanError> {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<Value>,
    }
    let value: Head = serde_json::from_slice(text).map_err(|error| match error.classify() {
        Category::Eof => SavedPlanError::Truncated { line: error.line() },
        Category::Syntax | Category::Io => SavedPlanError::NotJson(error.to_string()),
        Category::Data => SavedPlanError::NotAPlan("something else".to_owned()),
    })?;
    let Some(Value::String(schema)) = value.schema else {
        return Err(SavedPlanError::NotAPlan("JSON without a `schema`".to_owned()));
    };
    if schema == SCHEMA {
        return Ok(());
    }
    let version = schema.strip_prefix("bursar.plan.v").and_then(|number| number.parse::<u32>().ok());
    Err(match version {
        Some(2..) => SavedPlanError::Newer(schema),
        _ => SavedPlanError::NotAPlan(schema),
    })
}

/// Which of the changes that are left were not approved as they are now.
fn differences<'a>(approved: &'a [Change], left: &'a [Change]) -> Vec<Difference<'a>> {
    let mut objects = BTreeMap::new();
    // Whom the changes of a pool hit moves from one to another while they are made: whoever loses a grant is one of the
    // others then.
    let mut people: BTreeMap<(&CenterId, &PoolId), BTreeSet<&Subject>> = BTreeMap::new();
    for change in approved {
        objects.insert(change.id(), change);
        let hit = people.entry((&change.center, &change.pool)).or_default();
        hit.extend(change.people.iter().chain(&change.subject));
    }
    let nobody = BTreeSet::new();
    left.iter()
        .filter_map(|change| {
            let approved = objects.get(&change.id()).copied();
            let known = people.get(&(&change.center, &change.pool)).unwrap_or(&nobody);
            let how = how(change, approved, known)?;
            Some(Difference { change, approved, how })
        })
        .collect()
}

fn how(change: &Change, approved: Option<&Change>, known: &BTreeSet<&Subject>) -> Option<How> {
    let Some(approved) = approved else { return Some(How::New) };
    if approved.target != change.target {
        return Some(How::Target);
    }
    if approved.after != change.after {
        return Some(How::After);
    }
    if approved.before != change.before {
        return Some(How::Before);
    }
    // Whoever left meanwhile moves from nowhere, and nothing else is taken.
    if change.moves_from.is_some() && approved.moves_from != change.moves_from {
        return Some(How::Moves);
    }
    let new: Vec<Subject> = change.people.iter().filter(|person| !known.contains(person)).cloned().collect();
    (!new.is_empty()).then_some(How::People(new))
}
