//! The laws of a plan hold through the run itself, whatever fails on the way: in the order in which the writes really
//! come, nobody who keeps a right loses it, nothing is done that is not in the plan, and the next run converges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bursar::apply::{Approved, Controls, Interrupt, Journal, Outcome, Progress, Site, Unfenced, run};
use bursar::centers::{CenterError, Reader, Verdict, Writer, Written};
use bursar::model::Inventory;
use bursar::model::capability::Capabilities;
use bursar::model::{CenterId, Desired, Observed, Scope, State, Subject};
use bursar::plan::{CenterPart, Change, Cost};
use proptest::prelude::*;

use crate::plan::laws::{apply, can_draw, part, plan};
use crate::world::lines;

/// A center in memory that notes every write, and refuses those of some objects.
#[derive(Clone)]
struct Center {
    part: CenterPart,
    made: Arc<Mutex<(State, Vec<Change>)>>,
    refuses: BTreeSet<String>,
}

#[async_trait]
impl Reader for Center {
    fn capabilities(&self) -> &'static Capabilities {
        self.part.capabilities
    }

    fn fit(&self, _desired: &mut Desired) -> Vec<String> {
        Vec::new()
    }

    async fn read(&self, _scope: &Scope) -> Result<Observed, CenterError> {
        Ok(Observed { state: self.made.lock().unwrap().0.clone(), ..self.part.observed.clone() })
    }

    async fn inventory(&self, _scope: &Scope) -> Result<Inventory, CenterError> {
        Ok(Inventory::default())
    }

    fn cost(&self, _batches: &[&[Change]]) -> Cost {
        Cost::default()
    }
}

#[async_trait]
impl Writer for Center {
    async fn write(&self, changes: &[Change]) -> Vec<Written> {
        let mut written = Vec::new();
        for change in changes {
            // Others get their turn, so that pools really go side by side.
            tokio::task::yield_now().await;
            let homeless = |state: &State| {
                change.kind != bursar::plan::Kind::PoolCreate && !state.pools.contains_key(&change.pool)
            };
            if self.refuses.contains(&change.object()) || homeless(&self.made.lock().unwrap().0) {
                written.push(Written::because(Verdict::Failed, "no"));
                continue;
            }
            let mut made = self.made.lock().unwrap();
            apply(&mut made.0, change, self.part.capabilities);
            made.1.push(change.clone());
            written.push(Written::plain(Verdict::Applied));
        }
        written
    }
}

struct Quiet;
impl Progress for Quiet {
    fn settled(&self, _changes: usize) {}
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_keeps_the_laws_whatever_fails(part in part(), fails in any::<u64>()) {
        let planned = plan(&part);
        let changes = &planned.changes;
        let refuses = changes.iter().enumerate()
            .filter(|(at, _)| fails >> (at % 64) & 1 == 1 && fails % 3 != 0).map(|(_, change)| change.object()).collect();
        let made = Arc::new(Mutex::new((part.observed.state.clone(), Vec::new())));
        let center = Center { part: part.clone(), made: Arc::clone(&made), refuses };
        let site = Site {
            reader: Box::new(center.clone()), writer: Box::new(center.clone()),
            desired: part.desired.clone(), scope: Scope::default(),
        };
        let sites = BTreeMap::from([(CenterId::new("gateway").unwrap(), site)]);
        let folder = crate::secrets::Folder::new();
        let path = folder.path().join("run.jsonl");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut journal = Journal::create(&path, Approved::of(&planned, &[])).unwrap();
        let report = runtime.block_on(run(changes, &sites, &mut journal, Controls { interrupt: &Interrupt::default(), fence: &Unfenced, progress: &Quiet }));

        // Nothing but what is in the plan, and nothing twice.
        let (state, order) = made.lock().unwrap().clone();
        let done: BTreeSet<String> = order.iter().map(Change::object).collect();
        prop_assert_eq!(done.len(), order.len());
        prop_assert!(order.iter().all(|change| changes.contains(change)));
        let applied: BTreeSet<String> = report.outcomes.iter()
            .filter(|settled| settled.outcome == Outcome::Applied).map(|settled| settled.change.object()).collect();
        prop_assert_eq!(applied, done);

        // One intent and one outcome per change, the intent first.
        let text = std::fs::read_to_string(&path).unwrap();
        let mut open = BTreeSet::new();
        let mut closed = BTreeSet::new();
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            if line["kind"] == "intent" {
                prop_assert!(open.insert(line["change"]["id"].as_str().unwrap().to_owned()));
            } else {
                let id = line["change"].as_str().unwrap().to_owned();
                prop_assert!(open.contains(&id) && closed.insert(id));
            }
        }
        prop_assert_eq!(closed.len(), changes.len());

        // Nobody who keeps a right loses it, at no moment.
        let (capabilities, before) = (part.capabilities, &part.observed.state);
        let mut wanted = before.clone();
        for change in changes {
            apply(&mut wanted, change, capabilities);
        }
        let people: BTreeSet<Subject> = part.observed.roster.iter().cloned()
            .chain(before.pools.values().flat_map(|pool| pool.grants.keys().cloned())).collect();
        let mut now = before.clone();
        for change in &order {
            apply(&mut now, change, capabilities);
            for pool in ["a", "b", "c"] {
                for person in &people {
                    let keeps = can_draw(before, pool, person, capabilities) && can_draw(&wanted, pool, person, capabilities);
                    prop_assert!(
                        !keeps || can_draw(&now, pool, person, capabilities),
                        "{person} in {pool} after {}, refused: {:?}\n{}", change.object(), center.refuses, lines(&planned)
                    );
                }
            }
        }

        // Once nothing is refused any more, the next run converges.
        let mut again = part.clone();
        again.observed.state = state;
        for change in &plan(&again).changes {
            apply(&mut again.observed.state, change, capabilities);
        }
        prop_assert!(plan(&again).is_empty(), "{}", lines(&plan(&again)));
    }
}
