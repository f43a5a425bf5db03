//! One case: a world that is brought to another in several rounds, of which each may go wrong and be killed, and what
//! must hold of all that was seen on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bursar::apply::{History, Report};
use bursar::plan::{Change, Kind};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::place::{Place, Right, Snapshot, Watched, look, mortal, plan};
use super::worlds::World;
use crate::fakes::proxy::Faults;
use crate::resume::harness::{Death, assert_whole, begin, begun, go_on, id, lines};

/// One try to bring a world to where it shall be.
#[derive(Clone, Debug)]
pub(super) struct Round {
    pub(super) faults: Faults,
    /// At which step it dies.
    pub(super) death: Option<usize>,
    /// Whether it begins anew, though there is a journal to go on with.
    pub(super) anew: bool,
}

/// Several tries, and one more with nothing in its way.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) world: World,
    pub(super) rounds: Vec<Round>,
    /// Whether the last one begins anew.
    pub(super) anew: bool,
}

/// What is known at one moment of a life.
struct Sofar<'a, P> {
    place: &'a P,
    world: &'a World,
    /// The last journal.
    journal: Vec<u8>,
    /// What was left to be done when each run of that journal began, by the run's number.
    left: BTreeMap<u64, BTreeSet<String>>,
    /// Everything that a plan ever said.
    planned: BTreeSet<String>,
    /// Everything that a journal ever meant to do.
    meant: Vec<Change>,
    history: Vec<(String, Snapshot)>,
}

impl Life {
    /// Leads it, and holds it against the laws.
    pub(super) async fn lead<P: Place>(&self, place: &P) -> Result<(), TestCaseError> {
        self.steps(place).await.map(drop)
    }

    /// The same; whether the first round lived to its end.
    pub(super) async fn steps<P: Place>(&self, place: &P) -> Result<bool, TestCaseError> {
        let Self { world, rounds, anew } = self;
        place.fill(world).await;
        let before = (place.look())();
        let mut sofar = Sofar {
            place,
            world,
            journal: Vec::new(),
            left: BTreeMap::new(),
            planned: BTreeSet::new(),
            meant: Vec::new(),
            history: Vec::new(),
        };
        let mut lived = None;
        for round in rounds {
            let reported = sofar.round(round).await?.is_some();
            lived.get_or_insert(reported);
        }
        let last = Round { faults: Faults::default(), death: None, anew: *anew };
        let report = sofar.round(&last).await?;
        let untroubled = rounds.iter().all(|round| round.faults.percent.is_empty());
        if report.is_none_or(|report| !report.is_complete()) {
            prop_assert!(!anew && !untroubled, "not complete: {:#?}", sofar.told());
            // Where a run can no longer be gone on with, or was never asked to make the rest, an apply does it.
            let report = sofar.round(&Round { anew: true, ..last }).await?.unwrap();
            prop_assert!(report.is_complete(), "{report:#?}");
        }
        prop_assert_eq!(sofar.left().await, BTreeSet::new());
        if untroubled {
            prop_assert_eq!(place.twice(), Vec::<String>::new());
        }
        sofar.laws(&before, &(place.look())())?;
        Ok(lived.unwrap_or(true))
    }
}

impl<P: Place> Sofar<'_, P> {
    /// What is left to be done, by a look that nothing disturbs.
    async fn left(&self) -> BTreeSet<String> {
        let changes = look(&self.place.direct(), &self.world.after).await.unwrap();
        changes.iter().map(Change::id).collect()
    }

    /// The last journal, in words.
    fn told(&self) -> Vec<String> {
        let lines = if begun(&self.journal) { lines(&self.journal[..self.whole()]) } else { Vec::new() };
        lines
            .iter()
            .map(|line| {
                format!("{} {} {} {} {}", line["run"], line["kind"], id(line), line["outcome"], line["message"])
            })
            .collect()
    }

    /// How many bytes of the journal are whole lines.
    fn whole(&self) -> usize {
        self.journal.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
    }

    /// One try. Nothing where the center could not be read, the run died, or it must not be gone on with.
    async fn round(&mut self, round: &Round) -> Result<Option<Report>, TestCaseError> {
        let death = round.death.map_or_else(Death::never, Death::at);
        let watch = Watched::new(death, self.place.look());
        self.place.trouble(round.faults.clone(), Arc::clone(&watch)).await;
        let left = self.left().await;
        let planned = plan(&self.place.settings(), &self.world.after).await;
        let report = match planned {
            Err(_) => None,
            Ok((plan, sites)) => {
                self.planned.extend(plan.changes.iter().map(Change::id));
                let sites = mortal(sites, &watch);
                let goes_on = !round.anew && begun(&self.journal);
                let run = if goes_on { History::read(&self.journal[..]).unwrap().run() + 1 } else { 1 };
                let went = if goes_on {
                    go_on(&plan, &sites, &watch.death, &self.journal).await
                } else {
                    self.left.clear();
                    self.journal.clear();
                    Ok(begin(&plan, &sites, &watch.death).await)
                };
                drop(sites);
                let from = if goes_on { self.whole() } else { 0 };
                match went {
                    Err(_) => None,
                    Ok((journal, report)) => {
                        self.journal = journal;
                        self.left.insert(run, left.clone());
                        self.place.settle().await;
                        self.truth(from, run, &left).await?;
                        report
                    }
                }
            }
        };
        self.place.settle().await;
        self.history.extend(watch.history());
        if report.is_some() && begun(&self.journal) {
            assert_whole(&self.journal);
        }
        Ok(report)
    }

    /// Holds what the journal says from a byte on, where this run begins, against what is there. `before` is what was
    /// left then.
    async fn truth(&mut self, from: usize, run: u64, before: &BTreeSet<String>) -> Result<(), TestCaseError> {
        let now = self.left().await;
        let lines = lines(&self.journal[from..self.whole().max(from)]);
        for line in &lines {
            if line["kind"] == "intent" {
                self.meant.push(serde_json::from_value(line["change"].clone()).unwrap());
                continue;
            }
            let (id, said) = (id(line), line["outcome"].as_str().unwrap());
            // What an earlier run made is told before the new one makes anything.
            let of = line["run"].as_u64().unwrap();
            let then = if of == run { &now } else { before };
            let made = self.left.get(&of).is_some_and(|left| left.contains(&id)) && !then.contains(&id);
            let is_true = match said {
                "applied" | "already" => !then.contains(&id),
                "unknown" => true,
                _ => !made,
            };
            prop_assert!(is_true, "{said}, made: {made}, {id}: {}\n{:#?}", line["message"], self.told());
        }
        let outcomes = |line: &&Value| line["kind"] == "outcome" && line["run"] == run;
        let all = lines.iter().filter(outcomes).count();
        let applied = |line: &&Value| outcomes(line) && line["outcome"] == "applied";
        if all > 0 && all == before.len() && lines.iter().filter(applied).count() == all {
            prop_assert_eq!(now, BTreeSet::new());
        }
        Ok(())
    }

    /// What must hold of everything that was seen.
    fn laws(&self, before: &Snapshot, after: &Snapshot) -> Result<(), TestCaseError> {
        for change in &self.meant {
            prop_assert!(self.planned.contains(&change.id()), "{} was in no plan", change.id());
        }
        let whole = |change: &Change| matches!(change.kind, Kind::PoolCreate | Kind::PoolDelete);
        let meant_for = |pool: &str, person: Option<&str>| {
            self.meant.iter().any(|change| {
                let subject = change.subject.as_ref().map(bursar::model::Subject::name);
                change.pool.as_str() == pool && (whole(change) || subject == person)
            })
        };
        let grant = |right: Option<&Right>| right.and_then(|right| right.grant.clone());
        let people: BTreeSet<&(String, String)> = before.rights.keys().chain(after.rights.keys()).collect();
        let mut last = before;
        for (request, now) in &self.history {
            for key in people.iter().copied().chain(now.rights.keys()) {
                let (pool, person) = key;
                let (was, is, will) = (before.rights.get(key), now.rights.get(key), after.rights.get(key));
                if !meant_for(pool, Some(person)) {
                    prop_assert_eq!(grant(was), grant(is), "{:?} after {}, in no journal", key, request);
                }
                if let (Some(was), Some(will)) = (was, will) {
                    let held = is.is_some_and(|is| is.is_no_less_than(was, will));
                    prop_assert!(
                        held,
                        "{key:?} had {was:?}, gets {will:?}, has {is:?} after {request}, before {:?}",
                        last.rights.get(key)
                    );
                }
            }
            for pool in before.pools.keys().chain(now.pools.keys()).filter(|pool| !meant_for(pool, None)) {
                prop_assert_eq!(before.pools.get(pool), now.pools.get(pool), "{} after {}", pool, request);
            }
            last = now;
        }
        Ok(())
    }
}
