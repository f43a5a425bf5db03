//! What a confirmation came to: what was recorded, and what stays planned.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{CenterId, ControlName};
use crate::plan::{Item, Sets, Step};

use super::json::document;

/// The version of the JSON.
pub const SCHEMA: &str = "bursar.confirm.v1";

/// What became of an item of a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was recorded now.
    Recorded,
    /// The record had it.
    Already,
    /// It was not recorded: why.
    Refused(String),
    /// Nobody confirmed it.
    Stays,
}

impl Fate {
    /// The name in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Already => "already",
            Self::Refused(_) => "refused",
            Self::Stays => "stays",
        }
    }

    /// Whether the item is settled.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Recorded | Self::Already)
    }
}

/// An item of a runbook, and what became of it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Its step.
    pub step: &'a Step,
    /// The item.
    pub item: &'a Item,
    /// What became of it.
    pub fate: Fate,
}

/// A control of a center that the record says is not there, or does no longer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Absence {
    /// The center.
    pub center: CenterId,
    /// The control.
    #[serde(serialize_with = "key")]
    pub control: ControlName,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's form
fn key<S: serde::Serializer>(control: &ControlName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(control.key())
}

/// What a confirmation came to.
#[derive(Clone, Debug)]
pub struct Confirmation<'a> {
    /// The hash of the plan.
    pub plan: &'a str,
    /// When the runbook was made.
    pub made_at: Timestamp,
    /// Who confirmed.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// Every item of the runbook, in its order.
    pub entries: Vec<Entry<'a>>,
    /// The controls that were recorded as not there.
    pub missing: Vec<Absence>,
    /// The controls that were recorded as not there before, and are there after all.
    pub found: Vec<Absence>,
    /// The records that were written.
    pub files: Vec<String>,
}

impl Confirmation<'_> {
    /// Whether nothing of the runbook is left to do.
    pub fn is_whole(&self) -> bool {
        self.entries.iter().all(|entry| entry.fate.is_done())
    }
}

#[derive(Serialize)]
struct ConfirmationJson<'a> {
    schema: &'static str,
    plan: &'a str,
    made_at: Timestamp,
    by: &'a str,
    at: Timestamp,
    items: Vec<EntryJson<'a>>,
    missing: &'a [Absence],
    found: &'a [Absence],
    files: &'a [String],
    whole: bool,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    id: &'a str,
    center: &'a CenterId,
    step: u32,
    name: &'a str,
    sets: &'a Sets,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// Writes what a confirmation came to as `bursar.confirm.v1`.
pub fn json(out: &mut impl Write, confirmation: &Confirmation<'_>) -> io::Result<()> {
    let Confirmation { plan, made_at, by, at, entries, missing, found, files } = confirmation;
    let items = entries.iter().map(|Entry { step, item, fate }| EntryJson {
        id: &item.id,
        center: &step.center,
        step: step.number,
        name: name(item),
        sets: &item.sets,
        fate: fate.as_str(),
        why: match fate {
            Fate::Refused(why) => Some(why),
            _ => None,
        },
    });
    document(
        out,
        &ConfirmationJson {
            schema: SCHEMA,
            plan,
            made_at: *made_at,
            by,
            at: *at,
            items: items.collect(),
            missing,
            found,
            files,
            whole: confirmation.is_whole(),
        },
    )
}

/// Whom or what an item is about: of a person, the identity that is recorded, whatever else the runbook calls them.
pub fn name(item: &Item) -> &str {
    match &item.sets {
        Sets::Person { identity, .. } => identity,
        Sets::Pool { .. } => &item.name,
    }
}
