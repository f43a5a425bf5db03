//! The run of an apply, on a center in memory that can be told to misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bursar::apply::{Approved, Controls, Interrupt, Journal, Outcome, Progress, Report, Site, Unfenced, run};
use bursar::centers::{self, CenterError, Reader, Verdict, Writer, Written};
use bursar::model::Inventory;
use bursar::model::capability::Capabilities;
use bursar::model::{
    Amount, Budget, Cap, CenterId, Desired, Grant, Limit, MemberId, Observed, Others, Period, Pool, PoolId, Scope,
    State, Subject, Target, Unit, WhenExhausted,
};
use bursar::plan::{Change, Cost, Kind, Object, diff, sort};

/// What a test tells the center to do at the nth write.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Fail,
    /// Made, but the answer is lost.
    LostAnswer,
    /// Not made, and the answer is lost.
    LostRequest,
    /// Said to be made, and not made.
    Lie,
}

#[derive(Default)]
struct World {
    state: State,
    log: Vec<String>,
    faults: BTreeMap<String, Fault>,
    interrupt_at: Option<(usize, Arc<Interrupt>)>,
    /// Whether the center says that somebody overtook every change.
    overtaken: bool,
    /// How many writes are under way, and how many were at the most.
    under_way: (usize, usize),
    /// Whether two writes to one pool were ever under way at once.
    crossed: bool,
    pools: BTreeSet<PoolId>,
}

#[derive(Clone)]
struct Memory(Arc<Mutex<World>>, &'static Capabilities);

#[async_trait]
impl Reader for Memory {
    fn capabilities(&self) -> &'static Capabilities {
        self.1
    }

    fn fit(&self, _desired: &mut Desired) -> Vec<String> {
        Vec::new()
    }

    async fn read(&self, _scope: &Scope) -> Result<Observed, CenterError> {
        Ok(Observed { state: self.0.lock().unwrap().state.clone(), ..Observed::default() })
    }

    async fn inventory(&self, _scope: &Scope) -> Result<Inventory, CenterError> {
        Ok(Inventory::default())
    }

    fn cost(&self, batches: &[&[Change]]) -> Cost {
        Cost { writes: batches.len() as u64, ..Cost::default() }
    }
}

#[async_trait]
impl Writer for Memory {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        {
            let mut world = self.0.lock().unwrap();
            let now = world.under_way.0 + 1;
            world.under_way = (now, world.under_way.1.max(now));
            let alone = world.pools.insert(changes[0].pool.clone());
            world.crossed |= !alone;
        }
        // Whatever else may be sent is sent now.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let mut world = self.0.lock().unwrap();
        world.under_way.0 -= 1;
        world.pools.remove(&changes[0].pool);
        if let Some((at, interrupt)) = &world.interrupt_at
            && world.log.len() + changes.len() > *at
        {
            interrupt.raise();
        }
        if world.overtaken {
            return vec![Written::because(Verdict::Refused, "changed since the plan"); changes.len()];
        }
        changes
            .iter()
            .map(|change| {
                world.log.push(format!("{} {}", change.kind, change.object()));
                let fault = world.faults.get(&change.object()).copied();
                if matches!(fault, None | Some(Fault::LostAnswer)) {
                    make(&mut world.state, change);
                }
                match fault {
                    None | Some(Fault::Lie) => Written::plain(Verdict::Applied),
                    Some(Fault::Fail) => Written {
                        verdict: Verdict::Failed,
                        message: Some("no such seat".to_owned()),
                        request_id: Some("req-1".to_owned()),
                    },
                    Some(Fault::LostAnswer | Fault::LostRequest) => Written::because(Verdict::Unknown, "timed out"),
                }
            })
            .collect()
    }
}

fn make(state: &mut State, change: &Change) {
    match (&change.after, change.kind) {
        (Some(Object::Pool(pool)), _) => {
            let old = state.pools.remove(&change.pool);
            let (others, alerts, grants) = old
                .map_or((Some(Others::Blocked), Some(BTreeMap::new()), BTreeMap::new()), |p| {
                    (p.others, p.alerts, p.grants)
                });
            let pool = Pool {
                target: pool.target.clone(),
                description: pool.description.clone(),
                budget: pool.budget.clone(),
                default_cap: pool.default_cap,
                others,
                alerts,
                grants,
            };
            state.pools.insert(change.pool.clone(), pool);
        }
        (None, Kind::PoolDelete) => {
            state.pools.remove(&change.pool);
        }
        (after, _) => {
            let Some(pool) = state.pools.get_mut(&change.pool) else { return };
            match (after, &change.subject) {
                (Some(Object::Grant(grant)), Some(subject)) => {
                    pool.grants.insert(subject.clone(), *grant);
                }
                (None, Some(subject)) => {
                    pool.grants.remove(subject);
                }
                (Some(Object::Others(others)), _) => pool.others = Some(*others),
                _ => {}
            }
        }
    }
}

fn credits(value: u32) -> Amount {
    Amount::whole(value, Unit::Credits)
}

fn member(name: &str) -> Subject {
    Subject::Member(MemberId::new(name).unwrap())
}

fn pool(people: &[(&str, u32)]) -> Pool {
    Pool {
        target: Target::default(),
        description: Some(String::new()),
        budget: Budget {
            unit: Unit::Credits,
            period: Some(Period::Monthly),
            limit: Some(Limit::Amount(credits(5000))),
            when_exhausted: Some(WhenExhausted::Block),
        },
        default_cap: Some(Cap::Inherit),
        others: Some(Others::Blocked),
        alerts: Some(BTreeMap::new()),
        grants: people
            .iter()
            .map(|(name, cap)| (member(name), Grant { cap: Some(Cap::Amount(credits(*cap))), ..Grant::default() }))
            .collect(),
    }
}

fn approved() -> Approved {
    Approved { plan: "hash".to_owned(), ..Approved::default() }
}

struct Quiet;
impl Progress for Quiet {
    fn settled(&self, _changes: usize) {}
}

struct Bench {
    world: Arc<Mutex<World>>,
    desired: Desired,
    center: CenterId,
    folder: crate::secrets::Folder,
    interrupt: Arc<Interrupt>,
    capabilities: &'static Capabilities,
}

impl Bench {
    fn new(observed: &[(&str, Pool)], desired: &[(&str, Pool)]) -> Self {
        let state = |pools: &[(&str, Pool)]| State {
            pools: pools.iter().map(|(name, pool)| (PoolId::new(name).unwrap(), pool.clone())).collect(),
        };
        Self {
            world: Arc::new(Mutex::new(World { state: state(observed), ..World::default() })),
            desired: Desired { state: state(desired), ..Desired::default() },
            center: CenterId::new("c").unwrap(),
            folder: crate::secrets::Folder::new(),
            interrupt: Arc::default(),
            capabilities: centers::capabilities("embedded").unwrap(),
        }
    }

    fn changes(&self) -> Vec<Change> {
        let observed = Observed { state: self.world.lock().unwrap().state.clone(), ..Observed::default() };
        let mut changes = diff(&self.center, self.capabilities, &self.desired, &observed);
        sort(&mut changes, |_| Some(self.capabilities));
        changes
    }

    fn run_with(&self, journal: &mut Journal) -> Report {
        let changes = self.changes();
        let center = Memory(Arc::clone(&self.world), self.capabilities);
        let site = Site {
            reader: Box::new(center.clone()),
            writer: Box::new(center),
            desired: self.desired.clone(),
            scope: Scope::default(),
        };
        let sites = BTreeMap::from([(self.center.clone(), site)]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(
            &changes,
            &sites,
            journal,
            Controls { interrupt: &self.interrupt, fence: &Unfenced, progress: &Quiet },
        ))
    }

    fn run(&self) -> Report {
        let path = self.folder.path().join("journals/run.jsonl");
        self.run_with(&mut Journal::create(&path, approved()).unwrap())
    }

    fn journal(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("journals/run.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn log(&self) -> Vec<String> {
        self.world.lock().unwrap().log.clone()
    }
}

fn outcomes(report: &Report) -> Vec<String> {
    let line = |s: &bursar::apply::Settled| {
        let message = s.message.as_deref().map(|m| format!(": {m}")).unwrap_or_default();
        format!("{} {}{message}", s.change.object(), s.outcome)
    };
    report.outcomes.iter().map(line).collect()
}

#[test]
fn an_apply_converges_and_nobody_loses_a_right_on_the_way() {
    let bench = Bench::new(
        &[("a", pool(&[("ann", 100), ("bob", 500), ("cid", 9)]))],
        &[("a", pool(&[("ann", 300), ("bob", 50), ("dan", 1)])), ("b", pool(&[("cid", 9)]))],
    );
    let report = bench.run();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(
        bench.log(),
        [
            "pool.create b",
            "grant.add a/grants/dan",
            "grant.update a/grants/ann",
            "grant.add b/grants/cid",
            "grant.update a/grants/bob",
            "grant.revoke a/grants/cid",
        ]
    );
    assert!(bench.changes().is_empty());
}

#[test]
fn the_journal_has_one_intent_and_one_outcome_per_change_in_that_order() {
    let bench = Bench::new(&[], &[("a", pool(&[("ann", 1), ("bob", 2)]))]);
    bench.run();
    let lines = bench.journal();
    let short: Vec<String> = lines
        .iter()
        .map(|line| {
            let change = &line["change"];
            let id = change.as_str().or_else(|| change["id"].as_str()).unwrap();
            format!("{} {} {id}", line["seq"], line["kind"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        short,
        [
            "1 intent c/a",
            "2 outcome c/a",
            "3 intent c/a/grants/ann",
            "4 intent c/a/grants/bob",
            "5 outcome c/a/grants/ann",
            "6 outcome c/a/grants/bob",
        ]
    );
    assert!(lines.iter().all(|line| line["schema"] == "bursar.journal.v1" && line["plan"] == "hash"));
}

#[test]
fn a_failure_stops_only_what_depends_on_it() {
    let bench = Bench::new(&[], &[("a", pool(&[("ann", 1)])), ("b", pool(&[("bob", 2)]))]);
    bench.world.lock().unwrap().faults.insert("a".to_owned(), Fault::Fail);
    let report = bench.run();
    assert_eq!(
        outcomes(&report),
        [
            "a failed: no such seat",
            "b applied",
            "a/grants/ann skipped: it depends on c/a, which was not made",
            "b/grants/bob applied",
        ]
    );
    assert_eq!(report.outcomes[0].request_id.as_deref(), Some("req-1"));
    assert_eq!(report.remaining.iter().map(Change::object).collect::<Vec<_>>(), ["a", "a/grants/ann"]);
    assert_eq!(bench.journal().len(), 8, "skipped changes stand in the journal too");
}

#[test]
fn nothing_is_taken_from_others_while_somebody_has_not_got_their_own_grant() {
    let mut before = pool(&[]);
    before.others = Some(Others::Cap(Cap::Amount(credits(100))));
    let bench = Bench::new(&[("a", before)], &[("a", pool(&[("ann", 300)]))]);
    bench.world.lock().unwrap().faults.insert("a/grants/ann".to_owned(), Fault::Fail);
    assert_eq!(
        outcomes(&bench.run()),
        ["a/grants/ann failed: no such seat", "a/others skipped: it depends on c/a/grants/ann, which was not made",]
    );
}

#[test]
fn people_are_not_left_to_a_rule_for_others_that_was_not_made() {
    let mut wanted = pool(&[]);
    wanted.others = Some(Others::Cap(Cap::Amount(credits(50))));
    let bench = Bench::new(&[("a", pool(&[("ann", 500)]))], &[("a", wanted)]);
    bench.world.lock().unwrap().faults.insert("a/others".to_owned(), Fault::Fail);
    let report = bench.run();
    assert_eq!(
        outcomes(&report),
        ["a/others failed: no such seat", "a/grants/ann skipped: it depends on c/a/others, which was not made"]
    );
    assert!(bench.world.lock().unwrap().state.pools["a"].grants.contains_key(&member("ann")));
}

#[test]
fn people_are_not_left_to_others_while_the_default_cap_that_others_may_follow_was_not_raised() {
    let follow = |people: &[(&str, u32)], default: u32| {
        let mut pool = pool(people);
        pool.default_cap = Some(Cap::Amount(credits(default)));
        pool.others = Some(Others::Cap(Cap::Inherit));
        pool
    };
    let bench = Bench::new(&[("a", follow(&[("ann", 10)], 5))], &[("a", follow(&[], 50))]);
    bench.world.lock().unwrap().faults.insert("a".to_owned(), Fault::Fail);
    assert_eq!(
        outcomes(&bench.run()),
        ["a failed: no such seat", "a/grants/ann skipped: it depends on c/a, which was not made"]
    );
}

#[test]
fn as_many_writes_are_under_way_as_the_center_allows_and_one_per_pool() {
    for (provider, allowed) in [("embedded", 1), ("litellm", 4)] {
        let names: Vec<String> = (0..20).map(|i| format!("p{i:02}")).collect();
        let wanted = pool(&[("ann", 1), ("bob", 2)]);
        let pools: Vec<(&str, Pool)> = names.iter().map(|name| (name.as_str(), wanted.clone())).collect();
        let mut bench = Bench::new(&[], &pools);
        bench.capabilities = centers::capabilities(provider).unwrap();
        assert_eq!(bench.capabilities.concurrency, allowed);
        bench.run();
        let world = bench.world.lock().unwrap();
        assert_eq!(world.under_way, (0, allowed), "{provider}");
        assert!(!world.crossed, "{provider}");
    }
}

#[test]
fn a_lost_answer_is_settled_by_looking() {
    let bench = Bench::new(&[("a", pool(&[]))], &[("a", pool(&[("ann", 1), ("bob", 2)]))]);
    bench
        .world
        .lock()
        .unwrap()
        .faults
        .extend([("a/grants/ann".to_owned(), Fault::LostAnswer), ("a/grants/bob".to_owned(), Fault::LostRequest)]);
    let report = bench.run();
    assert_eq!(
        outcomes(&report),
        ["a/grants/ann applied: no answer came; the center shows that it was made", "a/grants/bob unknown: timed out",]
    );
    assert!(!report.is_complete());
}

#[test]
fn written_but_not_effective_is_said() {
    let bench = Bench::new(&[("a", pool(&[]))], &[("a", pool(&[("ann", 1)]))]);
    bench.world.lock().unwrap().faults.insert("a/grants/ann".to_owned(), Fault::Lie);
    let report = bench.run();
    assert_eq!(outcomes(&report), ["a/grants/ann applied"]);
    assert_eq!(report.not_effective().into_iter().collect::<Vec<_>>(), ["c/a/grants/ann"]);
    assert!(!report.is_complete());
}

#[test]
fn nothing_is_called_as_the_files_ask_that_was_not_looked_at() {
    let bench = Bench::new(&[("a", pool(&[("ann", 9)]))], &[("a", pool(&[("ann", 1)]))]);
    bench.world.lock().unwrap().overtaken = true;
    let report = bench.run();
    assert_eq!(outcomes(&report), ["a/grants/ann refused: changed since the plan"]);
    assert!(report.verified, "it was read again");
    assert_eq!(report.remaining.iter().map(Change::object).collect::<Vec<_>>(), ["a/grants/ann"]);
}

#[test]
fn an_interrupt_finishes_what_is_under_way_and_begins_nothing() {
    let bench = Bench::new(&[], &[("a", pool(&[("ann", 1)])), ("b", pool(&[("bob", 2)]))]);
    bench.world.lock().unwrap().interrupt_at = Some((0, Arc::clone(&bench.interrupt)));
    let report = bench.run();
    assert!(report.interrupted);
    assert_eq!(report.count(Outcome::Applied), 1);
    assert_eq!(report.count(Outcome::Skipped), 3);
    let kinds: Vec<_> = bench.journal().iter().map(|line| line["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "intent").count(), 4);
    assert_eq!(kinds.iter().filter(|kind| *kind == "outcome").count(), 4);
}

#[test]
fn nothing_is_sent_when_the_journal_cannot_be_written() {
    // A disk that is full from the first byte on.
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let bench = Bench::new(&[], &[("a", pool(&[("ann", 1)]))]);
    let file = std::fs::OpenOptions::new().write(true).open(full).unwrap();
    let mut journal = Journal::on(full.display().to_string(), Box::new(file), approved());
    let report = bench.run_with(&mut journal);
    assert!(bench.log().is_empty());
    assert_eq!(report.count(Outcome::Skipped), 2);
}

#[test]
fn a_batch_never_mixes_pools_kinds_or_phases_and_keeps_its_size() {
    use bursar::plan::{batches, phases};
    let people: Vec<(String, u32)> = (0..1203).map(|i| (format!("p{i:04}"), 5)).collect();
    let people: Vec<(&str, u32)> = people.iter().map(|(name, cap)| (name.as_str(), *cap)).collect();
    let bench = Bench::new(&[("b", pool(&[("old", 1)]))], &[("a", pool(&people)), ("b", pool(&[("new", 1)]))]);
    let changes = bench.changes();
    let phases = phases(&changes, |_| Some(bench.capabilities));
    let batches = batches(&changes, &phases, bench.capabilities);
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.changes.len()).collect();
    assert_eq!(sizes, [1, 500, 500, 203, 1, 1]);
    let mut seen = BTreeSet::new();
    for batch in &batches {
        for position in batch.changes.clone() {
            assert!(seen.insert(position));
            assert_eq!(changes[position].pool, batch.pool);
        }
    }
    assert_eq!(seen.len(), changes.len());
}
