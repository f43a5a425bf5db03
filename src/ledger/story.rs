//! What a ledger tells of somebody, of a pool or of everything: the changes, the runs that made them, and the runs whose
//! end nobody wrote down.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{CenterId, MemberId, PoolId, Subject};
use crate::plan::Change;

use super::{Approved, Begun, Chain, Confirmed, Ended, Entry, Made, What, Who, walk};

/// Somebody whom a ledger is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their id in the files, if they are in them.
    pub id: Option<MemberId>,
    /// Every name that a center or an older file may have known them by, in lower case.
    pub names: BTreeSet<String>,
}

impl Person {
    /// Whether somebody of the ledger is this person.
    pub fn is(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Member(id) if self.id.is_some() => self.id.as_ref() == Some(id),
            subject => self.names.contains(&subject.name().to_lowercase()),
        }
    }
}

/// What of a ledger is asked for; all of it where nothing is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only what is about this person.
    pub person: Option<Person>,
    /// Only what is about this pool.
    pub pool: Option<PoolId>,
    /// Only what is about this center.
    pub center: Option<CenterId>,
}

impl Filter {
    fn takes(&self, change: &Change) -> bool {
        self.pool.as_ref().is_none_or(|pool| *pool == change.pool)
            && self.center.as_ref().is_none_or(|center| *center == change.center)
            && self.person.as_ref().is_none_or(|person| change.hit().any(|subject| person.is(subject)))
    }
}

/// A run, a confirmation, or an answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The number of its first line.
    pub seq: u64,
    /// When it began.
    pub at: Timestamp,
    /// The command.
    pub command: String,
    /// Who acted.
    pub who: Who,
    /// Who set it by hand, by their own word.
    pub confirmed_by: Option<String>,
    /// The vendor's id of the request that was granted, where it is that.
    pub request: Option<String>,
    /// The hash of the plan; nothing where no plan was made.
    pub plan: Option<String>,
    /// Where its journal is.
    pub journal: Option<String>,
    /// The identity of every center of it.
    pub centers: BTreeMap<CenterId, String>,
    /// How it ended; nothing while nobody knows.
    pub exit: Option<u8>,
    /// Whether its end is written down, by itself or by a later run.
    pub ended: bool,
    /// Whether a later run told its end.
    pub told: bool,
}

impl Run {
    fn new(seq: u64, at: Timestamp, command: String, who: Who, centers: BTreeMap<CenterId, String>) -> Self {
        let (confirmed_by, request, plan, journal) = (None, None, None, None);
        let (exit, ended, told) = (None, false, false);
        Self { seq, at, command, who, confirmed_by, request, plan, journal, centers, exit, ended, told }
    }
}

/// A change that a run made, or tried to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// When: at the end of its run, or where that died when it began.
    pub at: Timestamp,
    /// The number of its line.
    pub seq: u64,
    /// Its run.
    pub run: String,
    /// The change, and what became of it.
    pub made: Made,
}

/// What a ledger tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// The chain of its lines.
    pub chain: Chain,
    /// The changes that were asked for, the oldest first.
    pub acts: Vec<Act>,
    /// The runs, by their ids.
    pub runs: BTreeMap<String, Run>,
    /// Every pool that the ledger knows.
    pub pools: BTreeSet<PoolId>,
    /// Every center that the ledger knows.
    pub centers: BTreeSet<CenterId>,
}

impl Story {
    /// Reads a ledger.
    pub fn read(bytes: &[u8], filter: &Filter) -> Self {
        Self::of(bytes, |change| filter.takes(change))
    }

    /// Reads a ledger, and keeps of it the runs alone.
    pub fn of_runs(bytes: &[u8]) -> Self {
        Self::of(bytes, |_| false)
    }

    fn of(bytes: &[u8], takes: impl Fn(&Change) -> bool) -> Self {
        let mut story = Self::default();
        let chain = walk(bytes, |entry| story.take(entry, &takes));
        Self { chain, ..story }
    }

    fn take(&mut self, entry: Entry, takes: &impl Fn(&Change) -> bool) {
        let Entry { schema: _, seq, at, prev: _, run, what } = entry;
        match what {
            What::Begun(begun) => {
                let Begun { command, who, plan, base: _, journal, finishes: _, centers } = *begun;
                self.centers.extend(centers.keys().cloned());
                let begun =
                    Run { plan: Some(plan), journal: Some(journal), ..Run::new(seq, at, command, who, centers) };
                self.runs.insert(run, begun);
            }
            What::Ended(Ended { outcomes, exit, told_by }) => {
                let start = self.runs.get_mut(&run).map(|begun| {
                    (begun.ended, begun.exit, begun.told) = (true, exit, told_by.is_some());
                    begun.at
                });
                let at = start.filter(|_| told_by.is_some()).unwrap_or(at);
                self.act(seq, at, &run, outcomes, takes);
            }
            What::Confirmed(confirmed) => {
                let Confirmed { by, who, plan, centers, outcomes } = *confirmed;
                self.centers.extend(centers.keys().cloned());
                let done = Run::new(seq, at, "confirm".to_owned(), who, centers);
                let done = Run { confirmed_by: Some(by), plan: Some(plan), ended: true, ..done };
                self.runs.insert(run.clone(), done);
                self.act(seq, at, &run, outcomes, takes);
            }
            What::Approved(approved) => {
                let Approved { request, who, centers, outcomes } = *approved;
                self.centers.extend(centers.keys().cloned());
                let done = Run::new(seq, at, "requests approve".to_owned(), who, centers);
                self.runs.insert(run.clone(), Run { request: Some(request), ended: true, ..done });
                self.act(seq, at, &run, outcomes, takes);
            }
        }
    }

    fn act(&mut self, seq: u64, at: Timestamp, run: &str, outcomes: Vec<Made>, takes: &impl Fn(&Change) -> bool) {
        for made in outcomes {
            if !self.pools.contains(&made.change.pool) {
                self.pools.insert(made.change.pool.clone());
            }
            if takes(&made.change) {
                self.acts.push(Act { at, seq, run: run.to_owned(), made });
            }
        }
    }

    /// The runs whose end nobody wrote down, the oldest first.
    pub fn open(&self) -> Vec<(&str, &Run)> {
        let mut open: Vec<(&str, &Run)> = self
            .runs
            .iter()
            .filter(|(_, run)| !run.ended)
            .map(|(id, run)| (id.as_str(), run))
            .collect();
        open.sort_by_key(|(_, run)| run.seq);
        open
    }
}
