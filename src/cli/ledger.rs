//! What a run writes into the ledger: its beginning before anything is sent, its end, and the end of a run that died.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::apply::lock::Runner;
use crate::apply::{Outcome, Report};
use crate::ledger::{self, Begun, Broken, Ended, Filter, LedgerError, Made, Story, Tail, What, Who};
use crate::model::Place;
use crate::plan::{Change, Kind, Object, Periods, Plan};
use crate::store::Document;

use super::session::{Planned, Session};
use super::{CommandError, Context, Exit, actor, place};

/// How long the end of a run may take to be written.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long, where a signal ended the run.
const SHORT_PATIENCE: Duration = Duration::from_secs(4);

impl From<LedgerError> for CommandError {
    fn from(error: LedgerError) -> Self {
        let hint = error.help();
        Self::failed(error).hint(hint)
    }
}

/// What a command has to say of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recording<'a> {
    /// Its name.
    pub(super) command: &'static str,
    /// The revision that causes are told from.
    pub(super) base: Option<&'a str>,
    /// The hash of the plan that was approved before, and of which this is what is left.
    pub(super) approved: Option<&'a str>,
    /// The journal of a run that died, which is gone on with.
    pub(super) resumes: Option<&'a Place>,
}

/// The ledger of a config.
pub(super) struct Ledger<'a> {
    context: &'a Context,
    store: Place,
    document: Document,
    runner: Runner,
    who: Who,
}

/// A run whose beginning is written down.
pub(super) struct Running<'a> {
    ledger: Ledger<'a>,
    journal: String,
}

/// What a ledger holds before a run.
struct LeftOpen {
    /// The ends of the runs that died, for those that nobody told yet.
    lines: Vec<(String, What)>,
    /// The runs that are gone on with.
    finishes: Vec<String>,
    /// The first wrong line.
    broken: Option<Broken>,
}

/// Where the ledger is, for people.
pub(super) fn shown(document: &Document) -> String {
    let place = document.place();
    place.strip_prefix("./").map(str::to_owned).unwrap_or(place)
}

/// The file of the ledger in its store.
pub(super) fn document(store: &Place) -> Result<Document, CommandError> {
    Ok(Document::of(store, ledger::NAME)?)
}

/// Whether somebody reads what is said later on, as the log of a CI system is read.
fn is_kept(context: &Context) -> bool {
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    context.ui.verbose || ci
}

/// Says which entry is the last one, and its hash: what is said here can be held against the ledger later on.
fn anchor(context: &Context, tail: &Tail) {
    if let Some(head) = tail.head.as_ref().filter(|_| is_kept(context)) {
        context.ui.say(&format!("ledger: entry {}, head {head}", tail.seq));
    }
}

impl<'a> Ledger<'a> {
    /// The ledger of the files of a session. Nothing is read or written yet.
    pub(super) fn of(context: &'a Context, session: &Session) -> Result<Self, CommandError> {
        let runner = Runner::here();
        let store = session.resolved.lock.clone();
        let who = actor::who(context, &runner, &session.paths);
        Ok(Self { context, document: document(&store)?, store, runner, who })
    }

    /// Writes down that a run begins, and the end of those that died.
    pub(super) async fn begin(
        self,
        recording: Recording<'_>,
        planned: &Planned,
        journal: &str,
    ) -> Result<Running<'a>, CommandError> {
        let unsent = |error: CommandError| error.hint("nothing was sent");
        let LeftOpen { mut lines, finishes, broken } = self.left_open(recording, planned).await.map_err(unsent)?;
        let begun = Begun {
            command: recording.command.to_owned(),
            who: self.who.clone(),
            plan: recording.approved.unwrap_or(&planned.plan.hash).to_owned(),
            base: recording.base.map(str::to_owned),
            journal: journal.to_owned(),
            finishes,
            centers: planned.plan.centers.clone(),
        };
        lines.push((self.runner.id().to_owned(), What::Begun(Box::new(begun))));
        self.append(lines).await.map_err(|error| unsent(error.into()))?;
        if let Some(broken) = broken {
            let place = shown(&self.document);
            self.context
                .ui
                .warn(&format!("the ledger {place} was changed: {broken}; `bursar log --check` says more"));
        }
        Ok(Running { ledger: self, journal: journal.to_owned() })
    }

    /// Writes down the end of a run that died, where nothing was left of it.
    pub(super) async fn close(self, recording: Recording<'_>, planned: &Planned) -> Result<(), CommandError> {
        let LeftOpen { lines, .. } = self.left_open(recording, planned).await?;
        if !lines.is_empty() {
            self.append(lines).await?;
        }
        Ok(())
    }

    async fn append(&self, lines: Vec<(String, What)>) -> Result<(), LedgerError> {
        let tells = lines.iter().any(|(_, what)| matches!(what, What::Ended(_)));
        let tail = ledger::append(&self.document, |bytes| {
            if !tells {
                return lines.clone();
            }
            // Somebody else may have told it meanwhile.
            let runs = Story::of_runs(bytes).runs;
            let is_open = |id: &str| runs.get(id).is_some_and(|run| !run.ended);
            lines
                .iter()
                .filter(|(id, what)| !matches!(what, What::Ended(_)) || is_open(id))
                .cloned()
                .collect()
        });
        anchor(self.context, &tail.await?);
        Ok(())
    }

    /// What the ledger holds, with the ends of the runs that died and whose journals can be read here. Whoever asks holds the locks of its centers, so that no run of one of them is alive.
    async fn left_open(&self, recording: Recording<'_>, planned: &Planned) -> Result<LeftOpen, CommandError> {
        let stored = self.document.load().await.map_err(|error| CommandError::from(LedgerError::from(error)))?;
        let story = Story::of_runs(&stored.bytes);
        let identities: BTreeSet<&String> = planned.plan.centers.values().collect();
        let (mut lines, mut finishes) = (Vec::new(), Vec::new());
        for (id, run) in story.open() {
            if !run.centers.values().any(|identity| identities.contains(identity)) {
                continue;
            }
            let resumed = recording.resumes.filter(|_| recording.approved == run.plan.as_deref());
            if resumed.is_some() {
                finishes.push(id.to_owned());
            }
            let named = run.journal.as_deref().and_then(|journal| self.readable(journal));
            let Some(journal) = resumed.cloned().or(named) else { continue };
            let Some(outcomes) = place::outcomes(&journal).await else { continue };
            let told = told(&stored.bytes, &story, run.journal.as_deref());
            let outcomes = outcomes.into_iter().filter(|(change, _)| !told.contains(&change.id()));
            let outcomes = outcomes.map(|(change, outcome)| {
                let outcome = outcome.unwrap_or_else(|| looked(planned, &change));
                Made { periods: periods(planned, &change), change, outcome, effective: true }
            });
            let told_by = Some(self.runner.id().to_owned());
            lines.push((id.to_owned(), What::Ended(Ended { outcomes: outcomes.collect(), exit: None, told_by })));
            let at = run.at.strftime("%Y-%m-%d %H:%M UTC");
            self.context
                .ui
                .say(&format!("ledger: the run of {at} died; what its journal holds is now written down"));
        }
        Ok(LeftOpen { lines, finishes, broken: story.chain.broken })
    }

    /// The place of a journal that the ledger names, if it is one that a run of these files may have: whoever can write
    /// the ledger shall not say what else is read.
    fn readable(&self, journal: &str) -> Option<Place> {
        let journal = Place::parse(journal, Path::new("")).ok()?;
        let ours = match (&journal, &self.store) {
            (Place::Local(path), _) => std::fs::metadata(path).is_ok_and(|found| found.is_file()),
            (Place::Object(journal), Place::Object(store)) => {
                journal.vendor() == store.vendor() && journal.url().host() == store.url().host()
            }
            (Place::Object(_), Place::Local(_)) => false,
        };
        ours.then_some(journal)
    }
}

impl Running<'_> {
    /// Writes down what became of a run. Where that cannot be done it is said: the journal has it too.
    pub(super) async fn end(self, plan: &Plan, report: &Report, exit: Exit) {
        let Ledger { context, document, runner, .. } = &self.ledger;
        let ended = Ended { outcomes: Made::of(report, plan), exit: Some(exit.code()), told_by: None };
        let line = (runner.id().to_owned(), What::Ended(ended));
        let patience = if report.interrupted { SHORT_PATIENCE } else { PATIENCE };
        let why = match tokio::time::timeout(patience, ledger::append(document, |_| vec![line.clone()])).await {
            Ok(Ok(tail)) => return anchor(context, &tail),
            Ok(Err(error)) => {
                let error = CommandError::from(error);
                let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
                causes.join(": ")
            }
            Err(_) => format!("no answer within {} s", patience.as_secs()),
        };
        let journal = &self.journal;
        context.ui.warn(&format!(
            "the end of this run could not be written to the ledger: {why}; its journal {journal} has it, and the next \
             run that can read that writes it down"
        ));
    }
}

/// What of a journal the ledger has already: the changes that came about in other runs with it.
fn told(bytes: &[u8], story: &Story, journal: Option<&str>) -> BTreeSet<String> {
    let with_it = |id: &str| story.runs.get(id).is_some_and(|run| run.ended && run.journal.as_deref() == journal);
    if journal.is_none() || !story.runs.keys().any(|id| with_it(id)) {
        return BTreeSet::new();
    }
    let all = Story::read(bytes, &Filter::default());
    let acts = all.acts.iter().filter(|act| with_it(&act.run) && act.made.happened());
    acts.map(|act| act.made.change.id()).collect()
}

/// What became of a change that was sent by a run that died, as far as the center shows it now.
fn looked(planned: &Planned, change: &Change) -> Outcome {
    let pool = planned
        .parts
        .get(&change.center)
        .and_then(|part| part.observed.state.pools.get(&change.pool));
    let (Some(pool), Some(subject)) = (pool, &change.subject) else { return Outcome::Unknown };
    let there = match (change.kind, &change.after, pool.grants.get(subject)) {
        (Kind::GrantRevoke, _, None) => true,
        (_, Some(Object::Grant(after)), Some(grant)) => grant.cap == after.cap && grant.expires == after.expires,
        _ => false,
    };
    // That it was not made is more than anybody can know: a slow request may still arrive.
    if there { Outcome::Applied } else { Outcome::Unknown }
}

/// When a cap of the pool of a change starts again.
fn periods(planned: &Planned, change: &Change) -> Periods {
    let pool = planned
        .parts
        .get(&change.center)
        .and_then(|part| part.observed.state.pools.get(&change.pool));
    let period = pool.and_then(|pool| pool.budget.period);
    Periods { before: period, after: period }
}

/// Writes down what came about without a run. Where that cannot be done it is said, with what is true nevertheless.
pub(super) async fn note(
    context: &Context,
    store: &Place,
    paths: &[PathBuf],
    what: impl FnOnce(Who) -> What,
    nevertheless: &str,
) {
    let runner = Runner::here();
    let line = (runner.id().to_owned(), what(actor::who(context, &runner, paths)));
    let written = async {
        let document = document(store)?;
        Ok::<Tail, CommandError>(ledger::append(&document, |_| vec![line.clone()]).await?)
    };
    match written.await {
        Ok(tail) => anchor(context, &tail),
        Err(error) => {
            let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
            let why = causes.join(": ");
            context.ui.warn(&format!("{nevertheless}, and not in the ledger: {why}"));
        }
    }
}
