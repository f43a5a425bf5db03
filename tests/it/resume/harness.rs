//! A run that can be killed: a center in memory, a journal in memory, and a count of the steps until the end.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bursar::apply::{
    Approved, Controls, History, HistoryError, Interrupt, Journal, Progress, Report, Site, Unfenced, Unlike, run,
};
use bursar::centers::{CenterError, Reader, Verdict, Writer, Written};
use bursar::model::capability::Capabilities;
use bursar::model::{CenterId, Desired, Guardrails, Inventory, Observed, Scope, State};
use bursar::plan::{CenterPart, Change, Cost, Kind, Plan};
use bursar::store::Sink;
use serde_json::Value;
use tokio::sync::Notify;

use crate::plan::laws::apply as make;
use crate::world::plan_of;

/// What a write of one object comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The center says no.
    Fails,
    /// Made, and the answer is lost.
    LostAnswer,
    /// Not made, and the answer is lost.
    LostRequest,
}

/// When the run dies: at this step, counted from 0; every append to the journal has three (before it, in the middle of
/// it, after it) and every write two.
#[derive(Debug, Default)]
pub(crate) struct Death {
    at: Option<usize>,
    step: Mutex<usize>,
    dead: Notify,
}

impl Death {
    pub(crate) fn at(step: usize) -> Arc<Self> {
        Arc::new(Self { at: Some(step), ..Self::default() })
    }

    pub(crate) fn never() -> Arc<Self> {
        Arc::default()
    }

    /// Whether the run dies here.
    fn is_here(&self) -> bool {
        let mut step = self.step.lock().unwrap();
        let here = self.at == Some(*step);
        *step += 1;
        here
    }

    /// Whether the run dies here; then nothing of it comes after this.
    pub(crate) fn strikes(&self) -> bool {
        let here = self.is_here();
        if here {
            self.dead.notify_one();
        }
        here
    }

    /// Nothing comes after this.
    async fn die(&self) -> ! {
        self.dead.notify_one();
        std::future::pending().await
    }

    pub(crate) async fn step(&self) {
        if self.is_here() {
            self.die().await;
        }
    }

    /// Whether the run came as far as its death.
    pub(crate) fn has_come(&self) -> bool {
        self.at.is_some_and(|at| at < *self.step.lock().unwrap())
    }
}

/// A center in memory.
#[derive(Clone)]
pub(crate) struct Memory {
    pub(crate) part: CenterPart,
    pub(crate) state: Arc<Mutex<State>>,
    /// Everything that was ever made, in its order.
    pub(crate) made: Arc<Mutex<Vec<Change>>>,
    pub(crate) faults: BTreeMap<String, Fault>,
    pub(crate) death: Arc<Death>,
}

impl Memory {
    pub(crate) fn new(part: CenterPart) -> Self {
        let state = Arc::new(Mutex::new(part.observed.state.clone()));
        Self { part, state, made: Arc::default(), faults: BTreeMap::new(), death: Death::never() }
    }

    /// The same center as it would be by itself.
    pub(crate) fn copy(&self) -> Self {
        let state = Arc::new(Mutex::new(self.state.lock().unwrap().clone()));
        let made = Arc::new(Mutex::new(self.made.lock().unwrap().clone()));
        Self { state, made, ..self.clone() }
    }

    pub(crate) fn plan(&self) -> Plan {
        let mut part = self.part.clone();
        part.observed.state = self.state.lock().unwrap().clone();
        plan_of(&BTreeMap::from([(center(), part)]), &Guardrails::default(), &[])
    }

    pub(crate) fn sites(&self) -> BTreeMap<CenterId, Site> {
        let site = Site {
            reader: Box::new(self.clone()),
            writer: Box::new(self.clone()),
            desired: self.part.desired.clone(),
            scope: Scope::default(),
        };
        BTreeMap::from([(center(), site)])
    }
}

pub(crate) fn center() -> CenterId {
    CenterId::new("gateway").unwrap()
}

#[async_trait]
impl Reader for Memory {
    fn capabilities(&self) -> &'static Capabilities {
        self.part.capabilities
    }

    fn fit(&self, _desired: &mut Desired) -> Vec<String> {
        Vec::new()
    }

    async fn read(&self, _scope: &Scope) -> Result<Observed, CenterError> {
        Ok(Observed { state: self.state.lock().unwrap().clone(), ..self.part.observed.clone() })
    }

    async fn inventory(&self, _scope: &Scope) -> Result<Inventory, CenterError> {
        Ok(Inventory::default())
    }

    fn cost(&self, _batches: &[&[Change]]) -> Cost {
        Cost::default()
    }
}

#[async_trait]
impl Writer for Memory {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        self.death.step().await;
        let write = |change: &Change| {
            let fault = self.faults.get(&change.object()).copied();
            let mut state = self.state.lock().unwrap();
            let homeless = change.kind != Kind::PoolCreate && !state.pools.contains_key(&change.pool);
            if homeless || fault == Some(Fault::Fails) {
                let request_id = Some(format!("req-{}", change.object()));
                return Written { verdict: Verdict::Failed, message: Some("no".to_owned()), request_id };
            }
            if fault != Some(Fault::LostRequest) {
                make(&mut state, change, self.part.capabilities);
                self.made.lock().unwrap().push(change.clone());
            }
            if fault.is_none() { Written::plain(Verdict::Applied) } else { Written::because(Verdict::Unknown, "lost") }
        };
        let written = changes.iter().map(write).collect();
        self.death.step().await;
        written
    }
}

/// The bytes of a journal, wherever the run stops.
#[derive(Clone, Default)]
pub(crate) struct Paper {
    pub(crate) bytes: Arc<Mutex<Vec<u8>>>,
    pub(crate) death: Arc<Death>,
}

#[async_trait]
impl Sink for Paper {
    async fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.death.step().await;
        if self.death.is_here() {
            self.bytes.lock().unwrap().extend(&lines[..lines.len() * 2 / 3]);
            self.death.die().await;
        }
        self.bytes.lock().unwrap().extend(lines);
        self.death.step().await;
        Ok(())
    }
}

struct Quiet;
impl Progress for Quiet {
    fn settled(&self, _changes: usize) {}
}

/// Runs until the end or until it dies; nothing where it died.
pub(crate) async fn live<T>(death: &Death, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = death.dead.notified() => None,
        done = work => Some(done),
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Makes the changes of a plan.
pub(crate) async fn go(plan: &Plan, sites: &BTreeMap<CenterId, Site>, journal: &mut Journal) -> Report {
    let controls = Controls { interrupt: &Interrupt::default(), fence: &Unfenced, progress: &Quiet };
    run(&plan.changes, sites, journal, controls).await
}

/// What `bursar apply` does with a plan: the journal, and the report if it lived that long.
pub(crate) async fn begin(
    plan: &Plan,
    sites: &BTreeMap<CenterId, Site>,
    death: &Arc<Death>,
) -> (Vec<u8>, Option<Report>) {
    let paper = Paper { death: Arc::clone(death), ..Paper::default() };
    let mut journal = Journal::on("paper".to_owned(), Box::new(paper.clone()), Approved::of(plan, &[]));
    let report = live(death, go(plan, sites, &mut journal)).await;
    let bytes = paper.bytes.lock().unwrap().clone();
    (bytes, report)
}

/// What `bursar resume` does with a journal that holds a whole line, where a plan may go on from it.
pub(crate) async fn go_on(
    plan: &Plan,
    sites: &BTreeMap<CenterId, Site>,
    death: &Arc<Death>,
    bytes: &[u8],
) -> Result<(Vec<u8>, Option<Report>), Unlike> {
    let history = History::read(bytes).unwrap();
    history.holds(plan)?;
    let whole = bytes[..usize::try_from(history.length()).unwrap()].to_vec();
    let paper = Paper { bytes: Arc::new(Mutex::new(whole)), death: Arc::clone(death) };
    let mut journal = Journal::continued("paper".to_owned(), Box::new(paper.clone()), &history);
    let work = async {
        history.settle(plan, &mut journal).await.unwrap();
        if plan.is_empty() {
            return Report { verified: true, ..Report::default() };
        }
        go(plan, sites, &mut journal).await
    };
    let report = live(death, work).await;
    let bytes = paper.bytes.lock().unwrap().clone();
    Ok((bytes, report))
}

/// An apply of a center in memory.
pub(crate) fn apply(center: &Memory) -> (Vec<u8>, Option<Report>) {
    block_on(begin(&center.plan(), &center.sites(), &center.death))
}

/// A resume of a center in memory.
pub(crate) fn resume(center: &Memory, bytes: &[u8]) -> (Vec<u8>, Option<Report>) {
    block_on(go_on(&center.plan(), &center.sites(), &center.death, bytes)).unwrap()
}

/// Whether a journal tells of anything, so that it can be gone on with.
pub(crate) fn begun(bytes: &[u8]) -> bool {
    !matches!(History::read(bytes), Err(HistoryError::Empty))
}

/// The lines of a journal.
pub(crate) fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a line is about.
pub(crate) fn id(line: &Value) -> String {
    let change = &line["change"];
    change.as_str().or_else(|| change["id"].as_str()).unwrap().to_owned()
}

/// That a journal is whole: it can be read, and every run has one intent and one outcome for each change it came to.
pub(crate) fn assert_whole(bytes: &[u8]) {
    assert_eq!(History::read(bytes).unwrap().length(), bytes.len() as u64);
    let (mut intents, mut outcomes) = (BTreeSet::new(), BTreeSet::new());
    for line in lines(bytes) {
        let key = (line["run"].as_u64().unwrap(), id(&line));
        if line["kind"] == "intent" {
            assert!(intents.insert(key), "{line}");
        } else {
            assert!(intents.contains(&key) && outcomes.insert(key), "{line}");
        }
    }
    assert_eq!(intents, outcomes);
}

/// That a report says what the last run wrote into the journal, and nothing else.
pub(crate) fn assert_report(report: &Report, bytes: &[u8]) {
    let lines = lines(bytes);
    let Some(last) = lines.iter().map(|line| line["run"].as_u64().unwrap()).max() else { return };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let told: BTreeMap<String, _> = lines
        .iter()
        .filter(|line| line["run"] == last && line["kind"] == "outcome")
        .map(|line| (id(line), (text(&line["outcome"]).unwrap(), text(&line["message"]), text(&line["request_id"]))))
        .collect();
    for settled in &report.outcomes {
        let said = (settled.outcome.to_string(), settled.message.clone(), settled.request_id.clone());
        assert_eq!(told.get(&settled.change.id()), Some(&said));
    }
}
