//! What a journal tells: what was about to be done, what became of it, and what nobody knows.
//!
//! The end may be torn off in the middle of a line. Nothing was sent for such a line, because lines are on disk before
//! anything is sent, so it counts as not there. Everywhere else the journal must be whole.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read as _};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::{CenterId, PoolId, Subject};
use crate::plan::{self, Change, Effect, Plan, Selected, hash_of};

use super::journal::SCHEMA;
use super::{Approved, Journal, Outcome, OutcomeLine};

/// The longest line, in bytes: a change that names a million people fits.
const MAX_LINE: u64 = 64 * 1024 * 1024;
/// The longest journal, in bytes.
const MAX_JOURNAL: u64 = 1024 * 1024 * 1024;
/// What every journal begins with.
const BEGINNING: &[u8] = b"{\"schema\":\"bursar.journal.v1\",";

/// Why a file cannot be used as a journal.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The system said no.
    #[error("it cannot be read")]
    Unreadable(#[from] io::Error),
    /// It holds something else.
    #[error("it is no journal of Bursar")]
    NotAJournal,
    /// Written by a version that knows more than this one.
    #[error("it was written by a newer Bursar, as {0}")]
    Newer(String),
    /// Not one whole line: nothing was ever sent.
    #[error("it has no whole line: the run ended before anything was sent")]
    Empty,
    /// A line in the middle is not what a run writes there.
    #[error("it is damaged in line {line}: {why}")]
    Damaged {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Lines of several plans.
    #[error("line {line} belongs to another plan than the lines before it")]
    Mixed {
        /// The first such line, from 1.
        line: u64,
    },
    /// More than 1 GiB.
    #[error("it is larger than {} MiB", MAX_JOURNAL / 1024 / 1024)]
    TooLarge,
}

impl HistoryError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::NotAJournal => "name the journal that `bursar apply` said it writes",
            Self::Newer(_) => "use the Bursar that wrote it, or `bursar apply`, which looks what is there",
            Self::Empty | Self::TooLarge => "run `bursar apply`: it looks what is there and makes what is left",
            Self::Damaged { .. } | Self::Mixed { .. } => {
                "somebody changed it; `bursar plan` shows what is left to be done, whatever the journal says"
            }
        }
    }
}

/// Why a run must not be gone on with: what is left is not what was approved then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// The center is not, or no longer, the account that the run was about.
    Foreign {
        /// The center.
        center: CenterId,
        /// The account that the run was about.
        then: String,
        /// The account that it is now; `None` where the files have no such center.
        now: Option<String>,
    },
    /// These changes would now be others than the ones that were approved, by id.
    Changed(Vec<String>),
    /// Something was approved that is not left and was not done, or is left and was not approved.
    Another,
}

/// What a look at the center tells of changes of unknown fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// So many were made.
    pub made: usize,
    /// So many are not there, as far as the center shows.
    pub not_seen: usize,
}

/// A journal that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    approved: Approved,
    run: u64,
    seq: u64,
    length: u64,
    objects: BTreeMap<String, Object>,
}

/// What the journal knows of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    /// As it was approved.
    first: Change,
    /// As the last run that came to it meant to make it, where that is not the same.
    last: Option<Box<Change>>,
    /// The last run that came to it.
    run: u64,
    /// What became of it then.
    outcome: Option<Outcome>,
}

impl Object {
    fn last(&self) -> &Change {
        self.last.as_deref().unwrap_or(&self.first)
    }
}

#[derive(Deserialize)]
struct Line {
    schema: String,
    seq: u64,
    run: u64,
    kind: Kind,
    plan: String,
    #[serde(default)]
    selection: Selected,
    #[serde(default)]
    allowed: Vec<String>,
    #[serde(rename = "change")]
    _change: IgnoredAny,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Intent,
    Outcome,
}

#[derive(Deserialize)]
struct Intent {
    identity: String,
    change: Change,
}

#[derive(Deserialize)]
struct OutcomeOf {
    change: String,
    outcome: Outcome,
}

impl History {
    /// Reads a journal, line by line.
    pub fn read(mut input: impl BufRead) -> Result<Self, HistoryError> {
        let mut history: Option<Self> = None;
        let mut bytes = Vec::new();
        let (mut number, mut length) = (0, 0);
        loop {
            bytes.clear();
            let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)? as u64;
            if bytes.last() != Some(&b'\n') {
                if read == MAX_LINE {
                    return Err(HistoryError::Damaged { line: number + 1, why: "no line is that long".to_owned() });
                }
                break;
            }
            number += 1;
            length += read;
            if length > MAX_JOURNAL {
                return Err(HistoryError::TooLarge);
            }
            let line = head(&bytes, number)?;
            let history = history.get_or_insert_with(|| Self {
                approved: Approved {
                    plan: line.plan.clone(),
                    selected: line.selection.clone(),
                    allowed: line.allowed.clone(),
                    centers: BTreeMap::new(),
                },
                run: 1,
                seq: 0,
                length: 0,
                objects: BTreeMap::new(),
            });
            history.take(line, &bytes, number)?;
            history.length = length;
        }
        history.ok_or_else(|| {
            let begun = bytes.iter().zip(BEGINNING).all(|(byte, begins)| byte == begins);
            if begun { HistoryError::Empty } else { HistoryError::NotAJournal }
        })
    }

    fn take(&mut self, line: Line, bytes: &[u8], number: u64) -> Result<(), HistoryError> {
        let damaged = |why: String| HistoryError::Damaged { line: number, why };
        let Line { schema: _, seq, run, kind, plan, selection, allowed, _change: _ } = line;
        let Approved { plan: hash, selected, allowed: consents, centers: _ } = &self.approved;
        if plan != *hash || selection != *selected || allowed != *consents {
            return Err(HistoryError::Mixed { line: number });
        }
        if seq != self.seq + 1 {
            return Err(damaged(format!("it is number {seq}, and {} comes next", self.seq + 1)));
        }
        self.seq = seq;
        match kind {
            Kind::Intent => {
                let Intent { identity, change } =
                    serde_json::from_slice(bytes).map_err(|error| damaged(without_place(&error)))?;
                if run == self.run + 1 && self.open().next().is_none() && seq > 1 {
                    self.run = run;
                }
                if run != self.run {
                    return Err(damaged(format!("run {run} cannot begin here")));
                }
                let account = self.approved.centers.entry(change.center.clone()).or_insert_with(|| identity.clone());
                if *account != identity {
                    return Err(damaged(format!("{} is another account than before", change.center)));
                }
                self.intent(change).map_err(damaged)
            }
            Kind::Outcome => {
                let OutcomeOf { change, outcome } =
                    serde_json::from_slice(bytes).map_err(|error| damaged(without_place(&error)))?;
                match self.objects.get_mut(&change) {
                    Some(object) if object.run == run && object.outcome.is_none() => {
                        object.outcome = Some(outcome);
                        Ok(())
                    }
                    _ => Err(damaged(format!("{change} has no intent that this could be the outcome of"))),
                }
            }
        }
    }

    fn intent(&mut self, change: Change) -> Result<(), String> {
        let id = change.id();
        let run = self.run;
        let Some(object) = self.objects.get_mut(&id) else {
            self.objects.insert(id, Object { first: change, last: None, run, outcome: None });
            return Ok(());
        };
        if object.run == run {
            return Err(format!("{id} has an intent already"));
        }
        let last = (change != object.first).then(|| Box::new(change));
        (object.last, object.run, object.outcome) = (last, run, None);
        Ok(())
    }

    /// What was approved then.
    pub fn approved(&self) -> &Approved {
        &self.approved
    }

    /// The number of the last run, from 1.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// The number of the last line.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// How many bytes the whole lines take.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The intents whose outcome was never written down.
    fn open(&self) -> impl Iterator<Item = &Change> {
        self.objects.values().filter(|object| object.outcome.is_none()).map(Object::last)
    }

    /// Every change that came to be journaled, as it was last meant, and what became of it; nothing where its run died
    /// before that was written down.
    pub fn outcomes(&self) -> impl Iterator<Item = (&Change, Option<Outcome>)> {
        self.objects.values().map(|object| (object.last(), object.outcome))
    }

    /// Whether a plan that was just made does nothing but what was approved then and is left of it.
    pub fn holds(&self, plan: &Plan) -> Result<(), Unlike> {
        for (center, then) in &self.approved.centers {
            let now = plan.centers.get(center);
            if now != Some(then) {
                return Err(Unlike::Foreign { center: center.clone(), then: then.clone(), now: now.cloned() });
            }
        }
        if plan.is_empty() {
            return Ok(());
        }
        let mut people: BTreeMap<(&CenterId, &PoolId), BTreeSet<&Subject>> = BTreeMap::new();
        for Object { first, .. } in self.objects.values() {
            let hit = people.entry((&first.center, &first.pool)).or_default();
            hit.extend(first.people.iter().chain(&first.subject));
        }
        // Whoever has a change of their own that was not begun was approved too: the hash tells below.
        for change in plan.changes.iter().filter(|change| !self.objects.contains_key(&change.id())) {
            people.entry((&change.center, &change.pool)).or_default().extend(&change.subject);
        }
        let mut new = Vec::new();
        let mut changed = Vec::new();
        for change in &plan.changes {
            match self.objects.get(&change.id()) {
                None => new.push(change),
                Some(object) => {
                    let known = people.get(&(&change.center, &change.pool));
                    let same_people =
                        change.people.iter().all(|person| known.is_some_and(|known| known.contains(person)));
                    if !same_people || !object.is_left_as(change) {
                        changed.push(change.id());
                    }
                }
            }
        }
        if !changed.is_empty() {
            return Err(Unlike::Changed(changed));
        }
        let approved = self.objects.values().map(|object| &object.first).chain(new);
        if hash_of(&plan.centers, approved) == self.approved.plan { Ok(()) } else { Err(Unlike::Another) }
    }

    /// Writes down what a plan that was just made tells about the changes of unknown fate, and begins the next run: what
    /// is no longer to be changed was made.
    pub async fn settle(&self, plan: &Plan, journal: &mut Journal) -> io::Result<Looked> {
        let left: BTreeMap<String, &Change> = plan.changes.iter().map(|change| (change.id(), change)).collect();
        let mut looked = Looked::default();
        let lines: Vec<OutcomeLine<'_>> = self
            .open()
            .map(|change| {
                let (count, outcome, message) = match left.get(&change.id()) {
                    None => (
                        &mut looked.made,
                        Outcome::Applied,
                        "no answer was journaled; the center shows that it was made",
                    ),
                    // A cache on the way may show it as it was before, and a slow request may still arrive: that it
                    // was not made is more than anybody can know.
                    Some(left) if left.before == change.before => (
                        &mut looked.not_seen,
                        Outcome::Unknown,
                        "no answer was journaled; the center shows it as it was before",
                    ),
                    // A change may be several requests.
                    Some(_) => (
                        &mut looked.not_seen,
                        Outcome::Unknown,
                        "no answer was journaled; the center shows it made in part",
                    ),
                };
                *count += 1;
                OutcomeLine { change, outcome, message: Some(message), request_id: None }
            })
            .collect();
        journal.outcomes(lines).await?;
        journal.begin_run();
        // These have their outcome already, so what is known by now belongs to the new run.
        let made: Vec<Change> = self
            .objects
            .iter()
            .filter(|(id, object)| object.outcome == Some(Outcome::Unknown) && !left.contains_key(*id))
            .map(|(_, object)| object.last().clone())
            .collect();
        looked.made += made.len();
        journal.intents(&made).await?;
        let message = Some("no answer came; the center shows that it was made");
        let lines =
            made.iter()
                .map(|change| OutcomeLine { change, outcome: Outcome::Already, message, request_id: None });
        journal.outcomes(lines).await?;
        Ok(looked)
    }
}

impl Object {
    /// Whether a change that is left is the one that was approved. Where it was begun and perhaps made in part, the
    /// object may look otherwise than it did then, as long as nobody loses more by it.
    fn is_left_as(&self, change: &Change) -> bool {
        let first = &self.first;
        let begun = matches!(self.outcome, None | Some(Outcome::Unknown | Outcome::Failed));
        let takes = |effect: Effect| matches!(effect, Effect::Revokes | Effect::Cuts);
        // A pool that was being made takes nothing from anybody as long as nobody is in it.
        let half_made =
            first.kind == plan::Kind::PoolCreate && change.kind == plan::Kind::PoolUpdate && change.people.is_empty();
        let no_worse = !takes(change.effect) || change.effect == first.effect || half_made;
        first.target == change.target
            && first.after == change.after
            && (first.before == change.before || (no_worse && (begun || self.last().before == change.before)))
    }
}

/// Reads what every line has.
fn head(bytes: &[u8], number: u64) -> Result<Line, HistoryError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let schema = serde_json::from_slice::<Head>(bytes).map(|head| head.schema);
    let version = schema
        .as_ref()
        .ok()
        .and_then(|schema| schema.strip_prefix("bursar.journal.v")?.parse::<u32>().ok());
    if matches!(version, Some(2..)) {
        return Err(HistoryError::Newer(schema.unwrap_or_default()));
    }
    if number == 1 && schema.as_deref().ok() != Some(SCHEMA) {
        return Err(HistoryError::NotAJournal);
    }
    let line: Line = serde_json::from_slice(bytes)
        .map_err(|error| HistoryError::Damaged { line: number, why: without_place(&error) })?;
    if line.schema == SCHEMA {
        Ok(line)
    } else {
        Err(HistoryError::Damaged { line: number, why: format!("it is {}", line.schema) })
    }
}

/// What is wrong, without the place in the line: every line is one object, so it would always be "line 1".
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map(|(why, _)| why.to_owned()).unwrap_or(text)
}
