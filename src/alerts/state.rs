//! Who has heard of what in the running periods: one file that all runners share.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::{Amount, Recipient, Threshold, Window};

use super::level::{is_above, is_reached};
use super::{Matter, Reading};

/// How long nobody is told again of what they may have heard already.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long after its claim a message may leave at the latest. A run that takes longer gives the claim back.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// How long what is over is kept, for runners whose clocks or centers are behind.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
const SCHEMA: &str = "bursar.alert-state.v1";

/// A file that is not one of ours.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is no JSON, or not of this shape.
    #[error("it is not what Bursar wrote there")]
    Damaged(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is `{0}`, and this Bursar knows `{SCHEMA}`")]
    Version(String),
}

/// Who has heard of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(BTreeMap<(Matter, Recipient), Entry>);

/// What one recipient has heard of one matter in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    window: Window,
    /// The most that was seen: numbers that fall say nothing, since vendors tell 0 where they do not know.
    drawn: Amount,
    /// The level that they were surely told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heard: Option<Threshold>,
    /// The level that they are being told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<Attempt>,
    /// How often the matter recovered: the same level is another crossing after that.
    #[serde(default)]
    round: u32,
}

/// A message that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    level: Threshold,
    /// The run that began it.
    by: String,
    /// Since when it has surely left or never will.
    at: Timestamp,
    state: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Progress {
    /// Nobody has said yet what became of it.
    Sending,
    /// It surely did not arrive.
    Failed,
    /// It may have arrived.
    Unknown,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was taken.
    Sent,
    /// It surely was not.
    Failed,
    /// Nobody knows.
    Unknown,
}

/// How one matter stands to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No level that names them is reached, and none was.
    Below,
    /// They have heard of it.
    Heard(Threshold),
    /// They are to be told.
    Tell(Claim),
    /// They may have heard of it a moment ago; not before then.
    Waits(Threshold, Timestamp),
    /// The numbers are of a period that others have left behind.
    Old,
}

/// What somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The level.
    pub level: Threshold,
    /// How often the matter recovered before.
    pub round: u32,
}

/// What tells whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    schema: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: String,
    told: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    matter: Matter,
    recipient: Recipient,
    entry: Entry,
}

impl State {
    /// What a file says; nothing stands in an empty one.
    ///
    /// # Errors
    /// [`StateError`] for whatever Bursar did not write: rather nobody is told than everybody twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let Version { schema } = serde_json::from_slice(bytes)?;
        if schema != SCHEMA {
            return Err(StateError::Version(schema));
        }
        let Wire { told, .. } = serde_json::from_slice(bytes)?;
        Ok(Self(told.into_iter().map(|row| ((row.matter, row.recipient), row.entry)).collect()))
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, StateError> {
        let told = self.0.iter().map(|((matter, recipient), entry)| Row {
            matter: matter.clone(),
            recipient: recipient.clone(),
            entry: entry.clone(),
        });
        let mut bytes = serde_json::to_vec(&Wire { schema: SCHEMA.to_owned(), told: told.collect() })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Takes in what was read of a matter: the most that was drawn. Returns the level that stands no longer, because the
    /// budget or the cap was raised.
    pub fn take_in(&mut self, reading: &Reading, recipient: &Recipient) -> Option<Threshold> {
        let entry = self.0.get_mut(&(reading.matter.clone(), recipient.clone()))?;
        if entry.window != reading.window || entry.drawn.unit() != reading.drawn.unit() {
            return None;
        }
        if reading.drawn.value() > entry.drawn.value() {
            entry.drawn = reading.drawn;
        }
        let most = entry.drawn;
        let stands = |at: Threshold| {
            let gone = reading.unlimited && matches!(at, Threshold::Percent(_));
            !gone && is_reached(at, most, reading.limit) != Some(false)
        };
        let heard = entry.heard.filter(|heard| !stands(*heard));
        if heard.is_some() {
            // What is still reached has been said by the higher level.
            entry.heard = reading.level(recipient, most);
        }
        // What may have been heard is over as well, and takes nothing else with it.
        let maybe = entry.open.as_ref().filter(|open| open.state != Progress::Failed).map(|open| open.level);
        let maybe = maybe.filter(|level| !stands(*level));
        if maybe.is_some() {
            entry.open = None;
        }
        let told = heard.or(maybe)?;
        entry.round = entry.round.saturating_add(1);
        Some(told)
    }

    /// How a matter stands to a recipient at a moment.
    pub fn verdict(&self, reading: &Reading, recipient: &Recipient, now: Timestamp) -> Verdict {
        let key = (reading.matter.clone(), recipient.clone());
        let current =
            |entry: &&Entry| entry.window.since >= reading.window.since && entry.drawn.unit() == reading.drawn.unit();
        let Some(entry) = self.0.get(&key).filter(current) else {
            return match reading.level(recipient, reading.drawn) {
                Some(level) => Verdict::Tell(Claim { level, round: 0 }),
                None => Verdict::Below,
            };
        };
        if entry.window != reading.window {
            return Verdict::Old;
        }
        let drawn = if entry.drawn.value() > reading.drawn.value() { entry.drawn } else { reading.drawn };
        let Some(level) = reading.level(recipient, drawn) else {
            return entry.heard.map_or(Verdict::Below, Verdict::Heard);
        };
        let above = |other: Threshold| is_above(level, other, reading.limit);
        if let Some(heard) = entry.heard.filter(|heard| !above(*heard)) {
            return Verdict::Heard(heard);
        }
        if let Some(open) = entry.open.as_ref().filter(|open| open.state != Progress::Failed && !above(open.level)) {
            let until = open.at.checked_add(HOUR).unwrap_or(Timestamp::MAX);
            // A clock that was ahead does not hold it back for long.
            let ahead = open.at.duration_since(now) > HOUR;
            if now < until && !ahead {
                return Verdict::Waits(open.level, until);
            }
        }
        Verdict::Tell(Claim { level, round: entry.round })
    }

    /// Notes that a run is about to tell somebody.
    pub fn claim(&mut self, reading: &Reading, recipient: &Recipient, claim: &Claim, by: &str, now: Timestamp) {
        let at = now.checked_add(LONGEST).unwrap_or(now);
        let open = Attempt { level: claim.level, by: by.to_owned(), at, state: Progress::Sending };
        let new =
            || Entry { window: reading.window, drawn: reading.drawn, heard: None, open: None, round: claim.round };
        let entry = self.0.entry((reading.matter.clone(), recipient.clone())).or_insert_with(new);
        if entry.window != reading.window || entry.drawn.unit() != reading.drawn.unit() {
            *entry = new();
        }
        if reading.drawn.value() > entry.drawn.value() {
            entry.drawn = reading.drawn;
        }
        entry.open = Some(open);
    }

    /// Notes what became of a message, unless another run has taken it over since.
    pub fn settle(&mut self, matter: &Matter, recipient: &Recipient, by: &str, ended: Ended, now: Timestamp) {
        let Some(entry) = self.0.get_mut(&(matter.clone(), recipient.clone())) else { return };
        let Some(open) = entry.open.as_mut().filter(|open| open.by == by && open.state == Progress::Sending) else {
            return;
        };
        match ended {
            Ended::Sent => {
                entry.heard = Some(open.level);
                entry.open = None;
            }
            Ended::Failed => {
                open.state = Progress::Failed;
                open.at = now;
            }
            Ended::Unknown => {
                open.state = Progress::Unknown;
                open.at = now;
            }
        }
    }

    /// Forgets the periods that ended long ago.
    pub fn forget(&mut self, now: Timestamp) {
        self.0.retain(|_, entry| {
            let over = entry.window.end().and_then(|end| end.checked_add(KEPT).ok());
            over.is_none_or(|over| now < over)
        });
    }
}
