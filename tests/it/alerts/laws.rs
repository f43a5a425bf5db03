//! The laws of the state: whatever is drawn, lost, killed or raised, nobody hears of one crossing twice within the hour, and
//! everybody hears of it in the end.

use std::collections::{BTreeMap, BTreeSet};

use bursar::alerts::{Claim, Ended, Matter, Reading, State, Verdict, Watch, evaluate};
use bursar::model::{
    AlertKey, AlertScope, Amount, Cap, CenterId, Limit, Period, PoolId, Recipient, Subject, Threshold, Unit, Window,
};
use bursar::usage::{CenterUse, PersonUse, PoolUse};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const LEVELS: [u32; 3] = [50, 80, 100];

fn start() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

fn recipient() -> Recipient {
    Recipient::Email("ops@acme.example".to_owned())
}

fn reading(drawn: u32, limit: u32, window: Window) -> Reading {
    let levels = LEVELS.into_iter().map(Threshold::Percent).collect();
    Reading {
        matter: Matter { identity: "acme".to_owned(), pool: PoolId::new("ai").unwrap(), who: None },
        center: CenterId::new("local").unwrap(),
        subject: None,
        window,
        drawn: Amount::whole(drawn, Unit::Credits),
        at_least: false,
        limit: Some(Amount::whole(limit, Unit::Credits)),
        unlimited: false,
        levels: BTreeMap::from([(recipient(), levels)]),
    }
}

fn november() -> Window {
    Window::calendar(Period::Monthly, start())
}

/// What happens to one run.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The message arrives and that is known.
    Fine,
    /// It surely does not arrive.
    Refused,
    /// It arrives, and nobody knows.
    LostAnswer,
    /// It does not arrive, and nobody knows.
    LostMessage,
    /// The run dies before it sends.
    DiesBefore,
    /// The run dies after it sent.
    DiesAfter,
    /// Another run is between its claim and its message.
    Meanwhile,
}

#[derive(Clone, Debug)]
struct Step {
    minutes: i64,
    more: u32,
    /// The center says 0.
    zero: bool,
    limit: u32,
    way: Way,
    /// How long after its claim the message leaves.
    late: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let way = prop_oneof![
        3 => Just(Way::Fine),
        1 => Just(Way::Refused),
        1 => Just(Way::LostAnswer),
        1 => Just(Way::LostMessage),
        1 => Just(Way::DiesBefore),
        1 => Just(Way::DiesAfter),
        1 => Just(Way::Meanwhile),
    ];
    let limit = prop_oneof![4 => Just(100_u32), 1 => 50_u32..300];
    let step = (0_i64..90, 0_u32..30, prop::bool::weighted(0.1), limit, way, 0_i64..10)
        .prop_map(|(minutes, more, zero, limit, way, late)| Step { minutes, more, zero, limit, way, late });
    prop::collection::vec(step, 1..25)
}

/// Everything that arrived: which crossing, and when.
#[derive(Default)]
struct World {
    state: State,
    arrived: Vec<(Claim, Timestamp)>,
    runs: u32,
}

impl World {
    /// What a run decides.
    fn claim(&mut self, reading: &Reading, now: Timestamp) -> (Option<Claim>, String) {
        self.runs += 1;
        let by = format!("run{}", self.runs);
        self.state.take_in(reading, &recipient());
        // It is written down and read again by every run.
        self.state = State::parse(&self.state.bytes().unwrap()).unwrap();
        match self.state.verdict(reading, &recipient(), now) {
            Verdict::Tell(claim) => {
                self.state.claim(reading, &recipient(), &claim, &by, now);
                (Some(claim), by)
            }
            _ => (None, by),
        }
    }

    fn run(&mut self, reading: &Reading, step: &Step, now: Timestamp) {
        let (Some(claim), by) = self.claim(reading, now) else { return };
        let leaves = now + SignedDuration::from_mins(step.late);
        if matches!(step.way, Way::Meanwhile) {
            // Another run comes in between, and must not send the same.
            let (other, _) = self.claim(reading, leaves);
            assert_eq!(other, None, "two runs send one crossing");
        }
        if matches!(step.way, Way::Fine | Way::LostAnswer | Way::DiesAfter | Way::Meanwhile) {
            self.arrived.push((claim, leaves));
        }
        let ended = match step.way {
            Way::Fine | Way::Meanwhile => Ended::Sent,
            Way::Refused => Ended::Failed,
            Way::LostAnswer | Way::LostMessage => Ended::Unknown,
            Way::DiesBefore | Way::DiesAfter => return,
        };
        self.state.settle(&reading.matter, &recipient(), &by, ended, leaves);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn never_twice_within_the_hour_and_never_not_at_all(steps in steps()) {
        let mut world = World::default();
        let (mut now, mut drawn, mut limit) = (start(), 0, 100);
        for step in &steps {
            now += SignedDuration::from_mins(step.minutes + step.late);
            drawn += step.more;
            limit = step.limit;
            let seen = if step.zero { 0 } else { drawn };
            world.run(&reading(seen, limit, november()), step, now);
        }
        // Runs go on, and nothing goes wrong any more.
        let last = Step { minutes: 0, more: 0, zero: false, limit, way: Way::Fine, late: 0 };
        for _ in 0..3 {
            now += SignedDuration::from_mins(80);
            world.run(&reading(drawn, limit, november()), &last, now);
        }
        for (i, (claim, at)) in world.arrived.iter().enumerate() {
            for (other, then) in &world.arrived[..i] {
                let apart = at.duration_since(*then);
                prop_assert!(claim != other || apart >= SignedDuration::from_hours(1), "{claim:?} after {apart}");
            }
        }
        let share = drawn * 100 / limit;
        let reached = LEVELS.iter().rev().find(|level| share >= **level);
        if let Some(reached) = reached {
            let told = world.arrived.iter().any(|(claim, _)| claim.level >= Threshold::Percent(*reached));
            prop_assert!(told, "{reached} is reached, and arrived is {:?}", world.arrived);
        }
        let verdict = world.state.verdict(&reading(drawn, limit, november()), &recipient(), now);
        prop_assert!(matches!(verdict, Verdict::Heard(_) | Verdict::Below), "{verdict:?}");
    }

    #[test]
    fn the_state_does_not_grow(months in 1_u32..40) {
        let mut state = State::default();
        let mut now = start();
        for _ in 0..months {
            let window = Window::calendar(Period::Monthly, now);
            let reading = reading(100, 100, window);
            state.forget(now);
            if let Verdict::Tell(claim) = state.verdict(&reading, &recipient(), now) {
                state.claim(&reading, &recipient(), &claim, "run", now);
            }
            now += SignedDuration::from_hours(24 * 31);
        }
        let rows = String::from_utf8(state.bytes().unwrap()).unwrap().matches("\"window\"").count();
        prop_assert_eq!(rows, 1);
    }
}

#[test]
fn a_new_period_is_a_new_crossing_and_an_old_one_is_left_alone() {
    let mut world = World::default();
    let fine = Step { minutes: 0, more: 0, zero: false, limit: 100, way: Way::Fine, late: 0 };
    let (last, first) = ("2026-11-30T23:59:59Z".parse().unwrap(), "2026-12-01T00:00:01Z".parse().unwrap());
    let december = Window::calendar(Period::Monthly, first);
    world.run(&reading(90, 100, november()), &fine, last);
    world.run(&reading(85, 100, december), &fine, first);
    assert_eq!(world.arrived.len(), 2);
    // A runner whose center is behind says nothing about the month before.
    let verdict = world.state.verdict(&reading(100, 100, november()), &recipient(), first);
    assert_eq!(verdict, Verdict::Old);
}

#[test]
fn a_drop_is_no_recovery_and_a_raise_is_one() {
    let mut world = World::default();
    let fine = Step { minutes: 0, more: 0, zero: false, limit: 100, way: Way::Fine, late: 0 };
    world.run(&reading(90, 100, november()), &fine, start());
    let later = start() + SignedDuration::from_hours(2);
    assert_eq!(world.state.take_in(&reading(0, 100, november()), &recipient()), None);
    world.run(&reading(90, 100, november()), &fine, later);
    assert_eq!(world.arrived.len(), 1);
    assert_eq!(world.state.take_in(&reading(0, 110, november()), &recipient()), None, "90 of 110 is still 80 %");
    let recovered = world.state.take_in(&reading(0, 200, november()), &recipient());
    assert_eq!(recovered, Some(Threshold::Percent(80)), "what was drawn before counts: 45 % of 200");
    assert_eq!(world.state.take_in(&reading(90, 200, november()), &recipient()), None, "it is said once");
    world.run(&reading(100, 200, november()), &fine, later);
    assert_eq!(world.arrived.len(), 2, "50 % is reached anew");
}

/// A center with one pool and one person, as it was read.
fn center(at: &str, drawn: u32, person: u32, lag: Option<i64>) -> CenterUse {
    let read_at: Timestamp = at.parse().unwrap();
    let bob = PersonUse {
        granted: true,
        cap: Some(Cap::Amount(Amount::whole(10, Unit::Credits))),
        cap_from: None,
        drawn: Some(Amount::whole(person, Unit::Credits)),
        seat: None,
        last: None,
        window: None,
    };
    CenterUse {
        center: CenterId::new("local").unwrap(),
        identity: "acme".to_owned(),
        provider: "embedded".to_owned(),
        read_at,
        lag: lag.map(SignedDuration::from_mins),
        told: true,
        zero_is_unsure: true,
        pools: vec![PoolUse {
            pool: PoolId::new("ai").unwrap(),
            unit: Unit::Credits,
            period: Some(Period::Monthly),
            window: Some(Window::calendar(Period::Monthly, read_at)),
            limit: Some(Limit::Amount(Amount::whole(100, Unit::Credits))),
            when_exhausted: None,
            drawn: Some(Amount::whole(drawn, Unit::Credits)),
            at_least: false,
            seat: None,
            forecast: None,
            exists: true,
            people: BTreeMap::from([(Subject::Stranger("bob".into()), bob)]),
        }],
        notes: Vec::new(),
    }
}

fn watch() -> BTreeMap<PoolId, Watch> {
    let key = |of| AlertKey { of, at: Threshold::Percent(80) };
    let all = BTreeSet::from([recipient(), Recipient::Member]);
    let watch = Watch::from([(key(AlertScope::Budget), all.clone()), (key(AlertScope::Caps), all)]);
    BTreeMap::from([(PoolId::new("ai").unwrap(), watch)])
}

/// What is evaluated, and what is left out and why.
fn seen(of: &CenterUse, began: &str) -> (Vec<String>, Vec<String>) {
    let found = evaluate(of, &watch(), began.parse().unwrap(), &|_| None);
    let readings = found.readings.iter().map(|one| format!("{:?} {}", one.of(), one.drawn)).collect();
    (readings, found.left_out.into_iter().map(|one| one.why).collect())
}

#[test]
fn what_is_not_known_is_not_evaluated_and_said() {
    let now = "2026-11-15T12:00:00Z";
    let good = center(now, 90, 9, None);
    assert_eq!(seen(&good, now).0, ["Budget 90 credits", "Caps 9 credits"]);
    let zero = seen(&center(now, 90, 0, None), now);
    assert_eq!(
        zero,
        (vec!["Budget 90 credits".to_owned()], vec!["the center says 0 also where it does not know".to_owned()])
    );
    let silent = CenterUse { told: false, ..good.clone() };
    assert_eq!(seen(&silent, now), (vec![], vec!["the center does not tell what was drawn".to_owned()]));
    let mut unknown = good.clone();
    unknown.pools[0].drawn = None;
    unknown.pools[0].people.values_mut().for_each(|bob| bob.cap = None);
    assert_eq!(seen(&unknown, now).1, ["what was drawn is not known", "their cap is not known"]);
    let mut free = good;
    free.pools[0].limit = Some(Limit::None);
    assert_eq!(seen(&free, now).1, ["it has no budget that there could be a share of"]);
}

#[test]
fn at_the_months_end_only_numbers_that_are_surely_of_the_month_count() {
    let (before, after) = ("2026-11-30T23:59:59Z", "2026-12-01T00:00:01Z");
    assert_eq!(seen(&center(before, 90, 9, Some(60)), before).0.len(), 2);
    assert_eq!(seen(&center(after, 90, 9, None), after).0.len(), 2, "it counts at once");
    assert_eq!(seen(&center(after, 90, 9, None), before).1, ["a new period began while it was read"]);
    let lagging = seen(&center(after, 90, 9, Some(60)), after).1;
    assert_eq!(lagging.len(), 1, "{lagging:?}");
    assert!(lagging[0].contains("may still be of the one before"), "{lagging:?}");
    let later = "2026-12-01T01:00:00Z";
    assert_eq!(seen(&center(later, 90, 9, Some(60)), later).0.len(), 2);
    let mut stale = center(after, 90, 9, None);
    stale.pools[0].window = Some(november());
    assert_eq!(seen(&stale, after).1, ["its numbers are of the period that ended at 2026-12-01T00:00:00Z"]);
    // A person's own period counts for that person.
    let own = Window { since: jiff::civil::date(2026, 11, 20), until: Some(jiff::civil::date(2026, 12, 20)) };
    stale.pools[0].people.values_mut().for_each(|bob| bob.window = Some(own));
    assert_eq!(seen(&stale, after).0, ["Caps 9 credits"]);
}

/// How many worlds are tried.
fn cases() -> u32 {
    std::env::var("BURSAR_LONG").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}
