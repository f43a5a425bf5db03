//! Random worlds, brought to other random worlds through a connection on which anything may go wrong. Whatever did:
//!
//! - one further apply, on a connection without faults, converges;
//! - nothing was written that was not in a plan, at no moment;
//! - nobody who keeps a right had less than what they had and what they get, at no moment;
//! - the journal tells the truth: what it calls applied is there, and what it calls failed, refused or skipped is not.
//!
//! The default is a handful of cases. `BURSAR_LONG=5000` runs so many, `BURSAR_LONG=2h` as many as fit into two hours:
//! `BURSAR_LONG=2h cargo test --test it faults:: -- --nocapture`.

mod gateway;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use bursar::apply::{Approved, Controls, Interrupt, Journal, Outcome, Progress, Report, Site, Unfenced, run};
use bursar::centers;
use bursar::model::{CenterSettings, Subject};
use bursar::plan::{Change, Kind};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::fakes::proxy::{Fault, Faults, Proxy};
use crate::litellm::world::{self, Files};
use gateway::Gateway;
use worlds::{World, world as any_world};

/// How many cases there are unless somebody wants more.
const CASES: u32 = 16;
/// How many run side by side: they wait most of the time.
const AT_ONCE: u32 = 8;

/// What somebody has in a pool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Right {
    /// The cap of their own, as the center keeps it.
    pub(crate) own: Option<String>,
    /// The most that they may draw; `None` where nothing but the budget holds.
    pub(crate) most: Option<f64>,
}

impl Right {
    /// Whether it is at least the smaller of two others.
    fn is_no_less_than(&self, one: &Self, other: &Self) -> bool {
        let amount = |right: &Self| right.most.unwrap_or(f64::INFINITY);
        amount(self) >= amount(one).min(amount(other))
    }
}

/// Who has what, by pool and person.
pub(crate) type Rights = BTreeMap<(String, String), Right>;

/// A kind of center that can be started, filled and looked into, behind Bursar's back.
pub(crate) trait Place {
    /// Starts one that is as the world begins.
    fn start(world: &World) -> Self;
    /// Where it answers.
    fn url(&self) -> &str;
    /// The settings that lead to it, at this URL.
    fn settings(url: &str) -> CenterSettings;
    /// Who has what now.
    fn rights(&self) -> Rights;
    /// Each request that wrote something since the start, and who had what after it.
    fn history(&self) -> Vec<(String, Rights)>;
}

struct Quiet;
impl Progress for Quiet {
    fn settled(&self, _changes: usize) {}
}

/// An apply as the command makes it; `None` where the center could not be read, so that there is no plan.
async fn apply(settings: &CenterSettings, files: &Files, journal: &Path) -> Option<(Vec<Change>, Report)> {
    let planned = world::plan(settings, files).await.ok()?;
    let reader = centers::reader(settings).unwrap();
    let (desired, _) = files.desired(reader.as_ref());
    let scope = files.scope();
    let writer = centers::writer(settings, &scope).unwrap();
    let sites = BTreeMap::from([(settings.id.clone(), Site { reader, writer, desired, scope })]);
    let mut journal = Journal::create(journal, Approved::default()).unwrap();
    let controls = Controls { interrupt: &Interrupt::default(), fence: &Unfenced, progress: &Quiet };
    let report = run(&planned.changes, &sites, &mut journal, controls).await;
    Some((planned.changes, report))
}

/// What the journal says of each change.
fn journal(path: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines
        .filter(|line| line["kind"] == "outcome")
        .map(|line| (line["change"].as_str().unwrap().to_owned(), line["outcome"].as_str().unwrap().to_owned()))
        .collect()
}

/// Whether a change is about what somebody has in a pool.
fn concerns(change: &Change, pool: &str, person: &str) -> bool {
    let whole = matches!(change.kind, Kind::PoolCreate | Kind::PoolDelete);
    change.pool.as_str() == pool && (whole || change.subject.as_ref().map(Subject::name) == Some(person))
}

async fn case<P: Place>(world: &World, faults: Faults) -> Result<(), TestCaseError> {
    let place = P::start(world);
    let before = place.rights();
    let proxy = Proxy::start(place.url(), faults);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let direct = P::settings(place.url());

    let first = apply(&P::settings(proxy.url()), &world.after, &path).await;
    let seen = || proxy.log().iter().map(|e| format!("{e:?}")).collect::<Vec<_>>().join("\n");
    let mut planned = Vec::new();
    if let Some((changes, report)) = first {
        // What is really there, by a look that nothing disturbs.
        let left = world::plan(&direct, &world.after).await.unwrap().changes;
        let left: BTreeSet<String> = left.iter().map(Change::object).collect();
        let journal = journal(&path);
        prop_assert_eq!(journal.len(), changes.len());
        for settled in &report.outcomes {
            let made = !left.contains(&settled.change.object());
            for said in [journal[&settled.change.id()].as_str(), settled.outcome.as_str()] {
                let true_to_it = match said {
                    "applied" | "already" => made,
                    "unknown" => true,
                    _ => !made,
                };
                prop_assert!(true_to_it, "{said} and made: {made}: {settled:#?}\n{}", seen());
            }
        }
        let complete = report.outcomes.iter().all(|settled| settled.outcome == Outcome::Applied);
        prop_assert!(!complete || left.is_empty(), "{left:?}\n{}", seen());
        planned = changes;
    }

    proxy.quiet();
    let again = apply(&direct, &world.after, &folder.path().join("again.jsonl")).await;
    let (changes, report) = again.unwrap();
    prop_assert!(report.is_complete(), "{report:#?}\n{}", seen());
    planned.extend(changes);
    let left = world::plan(&direct, &world.after).await.unwrap().changes;
    prop_assert!(left.is_empty(), "{:?}", world::shown(&left));

    let after = place.rights();
    let people: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
    for (request, now) in place.history() {
        for key in people.iter().copied().chain(now.keys()) {
            let (pool, person) = key;
            let (was, is, will) = (before.get(key), now.get(key), after.get(key));
            if !planned.iter().any(|change| concerns(change, pool, person)) {
                prop_assert_eq!(
                    was.map(|r| &r.own),
                    is.map(|r| &r.own),
                    "{:?} after {}, in no plan\n{}",
                    key,
                    request,
                    seen()
                );
            }
            if let (Some(was), Some(will)) = (was, will) {
                let held = is.is_some_and(|is| is.is_no_less_than(was, will));
                prop_assert!(held, "{key:?} had {was:?}, gets {will:?}, has {is:?} after {request}\n{}", seen());
            }
        }
    }
    Ok(())
}

fn faults() -> impl Strategy<Value = Faults> {
    let percent = Fault::ALL.map(|fault| (0..8_u64).prop_map(move |percent| (fault, percent)));
    (any::<u64>(), percent).prop_map(|(seed, percent)| Faults { seed, percent: percent.into(), ..Faults::default() })
}

/// Runs so many cases; the error is the smallest case that was found to go wrong.
fn cases<P: Place>(cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = TestRunner::new(config)
        .run(&(any_world(), faults()), |(world, faults)| runtime.block_on(case::<P>(&world, faults)));
    if let Err(error) = found {
        panic!("{error}");
    }
}

/// Runs as many cases as are asked for, side by side.
fn search<P: Place>() {
    let long = std::env::var("BURSAR_LONG").unwrap_or_default();
    let hours: Option<u64> = long.strip_suffix('h').map(|hours| hours.parse().unwrap());
    let count = if hours.is_some() || long.is_empty() { CASES } else { long.parse().unwrap() };
    let until = Instant::now() + Duration::from_hours(hours.unwrap_or(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    cases::<P>(count.div_ceil(AT_ONCE));
                    if Instant::now() >= until {
                        break;
                    }
                }
            });
        }
    });
}

#[test]
fn a_gateway_converges_whatever_goes_wrong() {
    search::<Gateway>();
}
