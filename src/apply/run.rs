//! The run itself: centers side by side, pools of a center side by side as far as it allows, everything about one pool
//! in order, and no step without its line in the journal.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use tokio::sync::Mutex;

use crate::centers::{Reader, Verdict, Writer, Written};
use crate::model::{Cap, CenterId, Desired, Others, PoolId, Scope};
use crate::plan::{Batch, Change, Delivery, Effect, Kind, Object, Phase, batches, diff, narrow, phases};

use super::interrupt::{LOOK, PATIENCE};
use super::{Fence, Interrupt, Journal, Outcome, OutcomeLine, Report, Settled};

/// A center that an apply writes to.
pub struct Site {
    /// How it is read, for the look at the end.
    pub reader: Box<dyn Reader>,
    /// How it is written.
    pub writer: Box<dyn Writer>,
    /// What is desired, in its terms.
    pub desired: Desired,
    /// What of it is managed.
    pub scope: Scope,
}

/// Who watches a run.
pub trait Progress: Send + Sync {
    /// So many more changes are settled.
    fn settled(&self, changes: usize);
}

/// What holds a run back, and who hears of its steps.
#[derive(Clone, Copy)]
pub struct Controls<'a> {
    /// Asked before each step.
    pub interrupt: &'a Interrupt,
    /// Asked before each write.
    pub fence: &'a dyn Fence,
    /// Told after each step.
    pub progress: &'a dyn Progress,
}

/// What became of one change, and in whose words.
type Fate = (Outcome, Option<String>, Option<String>);

/// What is known so far, shared by all that is under way.
struct Known<'a> {
    journal: &'a mut Journal,
    fates: Vec<Option<Fate>>,
    /// What did not come about that later changes of the same pool depend on, with the change that failed.
    missing: BTreeMap<(CenterId, PoolId, Need), String>,
    /// Set when the journal itself can no longer be written: from then on nothing is sent.
    broken: Option<String>,
    /// What was sent and never answered. Its outcome is not written down before the look at the end has settled it; until
    /// then it is an intent without an outcome, which is what it is.
    unanswered: Vec<usize>,
}

/// What a change may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// The pool must be there.
    Pool,
    /// The rule for others must hold before people are left to it.
    Others,
    /// The default cap must be there before people are left to it.
    DefaultCap,
    /// Who is to have a grant of their own must have it before less is left for others.
    OwnGrants,
    /// Who is to have a cap of their own must have it before the default cap gets lower.
    OwnCaps,
}

/// What a change needs of its pool before it may be made.
fn needs(change: &Change) -> impl Iterator<Item = Need> {
    let takes = matches!(change.effect, Effect::Revokes | Effect::Cuts);
    let leaves_to_others = change.kind == Kind::GrantRevoke && change.effect != Effect::Revokes;
    let lowers_default = change.kind == Kind::PoolUpdate && takes && change.fields.contains(&"default_cap");
    [
        (Need::Pool, change.kind != Kind::PoolCreate),
        (Need::Others, leaves_to_others),
        // What others may draw may be as much as the default cap says.
        (Need::DefaultCap, leaves_to_others || inherits(change.after.as_ref())),
        (Need::OwnGrants, change.kind == Kind::OthersUpdate && takes),
        (Need::OwnGrants, lowers_default),
        (Need::OwnCaps, lowers_default),
    ]
    .into_iter()
    .filter_map(|(need, there)| there.then_some(need))
}

/// What is missing when a change does not come about.
fn provides(change: &Change) -> impl Iterator<Item = Need> {
    let leaves_default =
        inherits(change.before.as_ref()) && !inherits(change.after.as_ref()) && change.effect != Effect::Revokes;
    [
        (Need::Pool, change.kind == Kind::PoolCreate),
        (Need::Others, change.kind == Kind::OthersUpdate),
        (Need::DefaultCap, change.kind == Kind::PoolUpdate && change.fields.contains(&"default_cap")),
        (Need::OwnGrants, change.kind == Kind::GrantAdd),
        // Whoever follows the default cap now, and something else once this is made: a cap of their own, or the rule
        // for others.
        (Need::OwnCaps, leaves_default),
    ]
    .into_iter()
    .filter_map(|(need, there)| there.then_some(need))
}

/// Whether an object is a grant, or a rule for others, that follows the pool's default cap.
fn inherits(object: Option<&Object>) -> bool {
    match object {
        Some(Object::Grant(grant)) => grant.cap == Some(Cap::Inherit),
        Some(Object::Others(others)) => *others == Others::Cap(Cap::Inherit),
        Some(Object::Pool(_) | Object::Alert(..)) | None => false,
    }
}

/// Makes the changes of a plan. The report holds every one of them, also when the run is ended early.
pub async fn run(
    changes: &[Change],
    sites: &BTreeMap<CenterId, Site>,
    journal: &mut Journal,
    controls: Controls<'_>,
) -> Report {
    let known = Mutex::new(Known {
        journal,
        fates: vec![None; changes.len()],
        missing: BTreeMap::new(),
        broken: None,
        unanswered: Vec::new(),
    });
    let mut by_center: BTreeMap<&CenterId, Vec<usize>> = BTreeMap::new();
    for (position, change) in changes.iter().enumerate() {
        by_center.entry(&change.center).or_default().push(position);
    }
    let run = Run { changes, known: &known, controls };
    futures_util::future::join_all(
        by_center.into_iter().map(|(center, positions)| run.center(sites.get(center), positions)),
    )
    .await;

    let Known { journal, fates, missing: _, broken, mut unanswered } = known.into_inner();
    let outcomes: Vec<Settled> = changes
        .iter()
        .zip(fates)
        .map(|(change, fate)| {
            let (outcome, message, request_id) =
                fate.unwrap_or((Outcome::Skipped, Some("the run ended before".to_owned()), None));
            Settled { change: change.clone(), outcome, message, request_id }
        })
        .collect();
    let mut report =
        Report { outcomes, verified: true, remaining: Vec::new(), interrupted: controls.interrupt.is_raised() };
    verify(&mut report, sites, controls.interrupt).await;
    unanswered.sort_unstable();
    let settled: Vec<&Settled> = unanswered.into_iter().filter_map(|position| report.outcomes.get(position)).collect();
    if broken.is_none() && journal.outcomes(settled.into_iter().map(Settled::line)).await.is_err() {
        // What the journal then lacks are outcomes of intents that it has: the next run looks what became of them.
        report.verified = false;
    }
    report
}

/// Reads every center of the run again, also where nothing came to be sent, and says what still differs: nothing is
/// called as the files ask that was not looked at.
async fn verify(report: &mut Report, sites: &BTreeMap<CenterId, Site>, interrupt: &Interrupt) {
    for (center, site) in sites {
        let observed = tokio::select! {
            biased;
            observed = site.reader.read(&site.scope) => observed.ok(),
            () = interrupt.raised_for(LOOK) => None,
        };
        let Some(mut observed) = observed else {
            report.verified = false;
            continue;
        };
        narrow(&site.desired, site.reader.capabilities(), &mut observed);
        let remaining = diff(center, site.reader.capabilities(), &site.desired, &observed);
        let still: BTreeSet<String> = remaining.iter().map(Change::object).collect();
        for settled in report.outcomes.iter_mut().filter(|settled| settled.change.center == *center) {
            let there = !still.contains(&settled.change.object());
            if settled.outcome == Outcome::Unknown && there {
                settled.outcome = Outcome::Applied;
                settled.message = Some("no answer came; the center shows that it was made".to_owned());
            }
        }
        report
            .remaining
            .extend(remaining.into_iter().filter(|change| change.delivery == Delivery::Api));
    }
}

struct Run<'r, 'a> {
    changes: &'r [Change],
    known: &'r Mutex<Known<'a>>,
    controls: Controls<'r>,
}

impl Run<'_, '_> {
    /// Everything about one center: phase after phase, and within a phase the pools side by side.
    async fn center(&self, site: Option<&Site>, positions: Vec<usize>) {
        let (api, manual): (Vec<usize>, Vec<usize>) = positions
            .into_iter()
            .partition(|&position| self.changes[position].delivery == Delivery::Api);
        self.settle(&manual, Outcome::Manual, "a person does this").await;
        // A center that nothing is written to has no site.
        let Some(site) = site else {
            self.settle(&api, Outcome::Skipped, "the center is not part of this run").await;
            return;
        };
        let capabilities = site.reader.capabilities();
        let own: Vec<Change> = api.iter().map(|&position| self.changes[position].clone()).collect();
        let phases = phases(&own, |_| Some(capabilities));
        let mut by_phase: BTreeMap<Phase, BTreeMap<PoolId, Vec<&[usize]>>> = BTreeMap::new();
        for Batch { pool, phase, changes } in batches(&own, &phases, capabilities) {
            by_phase.entry(phase).or_default().entry(pool).or_default().extend(api.get(changes));
        }
        for pools in by_phase.into_values() {
            stream::iter(pools.into_values())
                .for_each_concurrent(capabilities.concurrency.max(1), |batches| async move {
                    for batch in batches {
                        self.batch(site, batch).await;
                    }
                })
                .await;
        }
    }

    /// One write, with its lines in the journal.
    async fn batch(&self, site: &Site, positions: &[usize]) {
        let mut ready = Vec::with_capacity(positions.len());
        for &position in positions {
            match self.blocked(position).await {
                Some(why) => self.settle(&[position], Outcome::Skipped, &why).await,
                None => ready.push(position),
            }
        }
        if ready.is_empty() {
            return;
        }
        if self.controls.interrupt.is_raised() {
            return self.settle(&ready, Outcome::Skipped, "the run was interrupted before").await;
        }
        let changes: Vec<Change> = ready.iter().map(|&position| self.changes[position].clone()).collect();
        let intended = {
            let mut known = self.known.lock().await;
            let intended = known.journal.intents(&changes).await;
            known.note(intended)
        };
        if !intended {
            let why = "the journal could not be written, so nothing was sent";
            return self.settle(&ready, Outcome::Skipped, why).await;
        }
        let guarded = async {
            // After the journal, so that nothing comes between this and the write.
            if let Some(change) = changes.first() {
                self.controls.fence.check(&change.center).await?;
            }
            Ok(site.writer.write(&changes).await)
        };
        let sent = tokio::select! {
            biased;
            sent = guarded => sent,
            // A center that hangs shall not need a kill.
            () = self.controls.interrupt.raised_for(PATIENCE) => {
                let why = "the run was interrupted, and the answer was not waited for any longer";
                Ok(vec![Written::because(Verdict::Unknown, why); ready.len()])
            }
        };
        let mut answers = match sent {
            Ok(answers) => answers,
            Err(why) => {
                return self.record(&ready, vec![(Outcome::Skipped, Some(why), None); ready.len()]).await;
            }
        };
        // A writer that says less than it was asked leaves the rest unknown, not forgotten.
        answers.resize_with(changes.len(), || Written::because(Verdict::Unknown, "the center gave no answer"));
        let fates = answers.into_iter().map(|Written { verdict, message, request_id }| {
            let outcome = match verdict {
                Verdict::Applied => Outcome::Applied,
                Verdict::Already => Outcome::Already,
                Verdict::Refused => Outcome::Refused,
                Verdict::Failed => Outcome::Failed,
                Verdict::Unknown => Outcome::Unknown,
            };
            (outcome, message, request_id)
        });
        self.record(&ready, fates.collect()).await;
    }

    /// Why a change cannot be tried: what it depends on did not come about.
    async fn blocked(&self, position: usize) -> Option<String> {
        let change = &self.changes[position];
        let known = self.known.lock().await;
        if let Some(why) = &known.broken {
            return Some(format!("the journal cannot be written: {why}"));
        }
        needs(change).find_map(|need| {
            let failed = known.missing.get(&(change.center.clone(), change.pool.clone(), need))?;
            Some(format!("it depends on {failed}, which was not made"))
        })
    }

    /// Settles changes that are not sent, with their two lines in the journal.
    async fn settle(&self, positions: &[usize], outcome: Outcome, why: &str) {
        if positions.is_empty() {
            return;
        }
        let changes: Vec<Change> = positions.iter().map(|&position| self.changes[position].clone()).collect();
        {
            let mut known = self.known.lock().await;
            if known.broken.is_none() {
                let intended = known.journal.intents(&changes).await;
                known.note(intended);
            }
        }
        self.record(positions, vec![(outcome, Some(why.to_owned()), None); positions.len()]).await;
    }

    /// Writes outcomes down and remembers what is missing because of them.
    async fn record(&self, positions: &[usize], fates: Vec<Fate>) {
        {
            let mut known = self.known.lock().await;
            if known.broken.is_none() {
                let lines = positions
                    .iter()
                    .zip(&fates)
                    .filter(|(_, (outcome, ..))| *outcome != Outcome::Unknown)
                    .map(|(&position, (outcome, message, request_id))| OutcomeLine {
                        change: &self.changes[position],
                        outcome: *outcome,
                        message: message.as_deref(),
                        request_id: request_id.as_deref(),
                    });
                let written = known.journal.outcomes(lines).await;
                known.note(written);
            }
            for (&position, fate) in positions.iter().zip(fates) {
                let change = &self.changes[position];
                if fate.0 == Outcome::Unknown {
                    known.unanswered.push(position);
                }
                if !fate.0.is_good() {
                    for need in provides(change) {
                        known.missing.insert((change.center.clone(), change.pool.clone(), need), change.id());
                    }
                }
                if let Some(place) = known.fates.get_mut(position) {
                    *place = Some(fate);
                }
            }
        }
        self.controls.progress.settled(positions.len());
    }
}

impl Known<'_> {
    /// Remembers when the journal fails. Whether the line is on disk.
    fn note(&mut self, written: std::io::Result<()>) -> bool {
        match written {
            Ok(()) => true,
            Err(error) => {
                self.broken.get_or_insert_with(|| error.to_string());
                false
            }
        }
    }
}
