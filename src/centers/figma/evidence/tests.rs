//! Draws against a record, day by day.

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::model::{Budget, CenterId, Export, MemberId, Period, Pool, Roster, Target};

const BOB: &str = "bob@acme.example";
/// The fingerprint of the export that is observed.
const BASIS: &str = "b1";

fn day(day: i8) -> Date {
    date(2026, 11, day)
}

fn credits_of(amount: u32) -> Cap {
    Cap::Amount(Amount::whole(amount, Unit::Credits))
}

/// One pool, in which Bob is at this level.
fn observed(level: Option<Level>) -> (Observed, Scope) {
    let mut roster = Roster::default();
    roster.insert(MemberId::new("bob").unwrap(), BOB);
    let (bob, id) = (roster.subject(BOB), PoolId::new("ai").unwrap());
    let grant = match level {
        None => Some(Grant::default()),
        Some(Level::Blocked) => None,
        Some(Level::Cap(cap)) => Some(Grant { cap: Some(cap), ..Grant::default() }),
    };
    let pool = Pool {
        target: Target::of("plan", "plan"),
        description: None,
        budget: Budget { unit: Unit::Credits, period: Some(Period::Monthly), limit: None, when_exhausted: None },
        default_cap: None,
        others: None,
        alerts: None,
        grants: grant.map(|grant| (bob.clone(), grant)).into_iter().collect(),
    };
    let mut observed = Observed { basis: Some(BASIS.to_owned()), ..Observed::default() };
    observed.roster.insert(bob.clone());
    observed.scopes.insert(id.clone(), [bob].into());
    observed.state.pools.insert(id, pool);
    (observed, Scope { roster, ..Scope::default() })
}

/// An export that shows access or not, and when it was taken.
fn settings(shows: bool, taken: Option<Date>) -> CenterSettings {
    let mut export = Export { taken, ..Export::default() };
    if shows {
        export.columns.insert(Column::Access, "Access".to_owned());
    }
    CenterSettings { export: Some(export), ..CenterSettings::new(CenterId::new("design").unwrap(), "figma", ".") }
}

fn confirmed(value: Level, on: i8, basis: Option<&str>) -> Confirmed<Level> {
    let at = day(on).at(13, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
    Confirmed { value, by: "Ada".to_owned(), at, plan: None, basis: basis.map(str::to_owned) }
}

fn usage(days: &[(i8, u32)]) -> Usage {
    let days = days.iter().map(|(on, drawn)| (day(*on), Decimal::from(*drawn))).collect();
    Usage { since: day(14), people: [(BOB.to_owned(), days)].into(), ..Usage::default() }
}

/// What the draws say of Bob, and whether his level is known after that.
fn weighed(
    settings: &CenterSettings,
    level: Option<Level>,
    record: Option<Confirmed<Level>>,
    days: &[(i8, u32)],
) -> (Option<Evidence>, bool) {
    let (mut observed, mut scope) = observed(level);
    scope.record.people.extend(record.map(|record| (BOB.to_owned(), record)));
    weigh(&usage(days), settings, &scope, &mut observed);
    let bob = scope.roster.subject(BOB);
    let (id, pool) = observed.state.pools.first_key_value().unwrap();
    let known = pool.grants.get(&bob).is_none_or(|grant| grant.cap.is_some());
    (observed.evidence.remove(&(id.clone(), bob)), known)
}

fn said(
    settings: &CenterSettings,
    level: Level,
    record: Option<Confirmed<Level>>,
    days: &[(i8, u32)],
) -> Option<String> {
    let (evidence, known) = weighed(settings, Some(level), record, days);
    assert_eq!(known, evidence.is_none(), "what is contradicted is not known");
    evidence.map(|evidence| {
        assert_eq!(evidence.drawn, None);
        evidence.says
    })
}

#[test]
fn a_draw_after_no_access_was_confirmed() {
    let by_hand = settings(false, None);
    let record = || Some(confirmed(Level::Blocked, 18, None));
    let say = |days: &[(i8, u32)]| said(&by_hand, Level::Blocked, record(), days);
    assert_eq!(
        say(&[(21, 85)]).unwrap(),
        "drew 85 paid credits on 2026-11-21, although No access was confirmed by Ada on 2026-11-18"
    );
    assert_eq!(
        say(&[(17, 1000), (18, 70), (19, 1), (20, 0), (21, 1200)]).unwrap(),
        "drew 1,201 paid credits from 2026-11-19 to 2026-11-21, although No access was confirmed by Ada on 2026-11-18"
    );
    // The day itself had a morning.
    assert_eq!(say(&[(14, 5), (18, 85), (19, 0)]), None);
}

#[test]
fn a_draw_of_more_than_the_limit() {
    let by_hand = settings(false, None);
    let level = Level::Cap(credits_of(500));
    let say = |on: i8, days: &[(i8, u32)]| said(&by_hand, level, Some(confirmed(level, on, None)), days);
    assert_eq!(say(18, &[(19, 300), (20, 200)]), None, "as much as the limit");
    assert_eq!(say(18, &[(17, 900), (18, 100), (19, 300)]), None, "the limit may have been higher then");
    assert_eq!(
        say(10, &[(14, 300), (20, 201)]).unwrap(),
        "drew 501 paid credits from 2026-11-14 to 2026-11-20, although a custom limit of 500 was confirmed by Ada on \
         2026-11-10"
    );
    assert_eq!(said(&by_hand, Level::Cap(Cap::Unlimited), None, &[(20, 9_000_000)]), None);
}

#[test]
fn of_an_export_and_a_record_that_agree_the_later_one_counts() {
    let draws = [(19, 85)];
    let say = |taken: Option<i8>, shows, record| {
        said(&settings(shows, taken.map(day)), Level::Blocked, record, &draws)
            .map(|said| said.split_once("although ").map(|(_, words)| words.to_owned()).unwrap())
    };
    let record = |on, basis| Some(confirmed(Level::Blocked, on, basis));
    assert_eq!(say(Some(18), true, None).unwrap(), "the export of 2026-11-18 shows No access");
    assert_eq!(say(Some(19), true, None), None);
    assert_eq!(say(None, true, None), None);
    // The export came later and shows the same: what was drawn in between is explained by it.
    assert_eq!(say(Some(20), true, record(17, None)), None);
    assert_eq!(say(Some(18), true, record(17, None)).unwrap(), "the export of 2026-11-18 shows No access");
    assert_eq!(say(Some(16), true, record(17, None)).unwrap(), "No access was confirmed by Ada on 2026-11-17");
    assert_eq!(say(None, true, record(17, None)), None, "its age is not known");
    // It was confirmed for a plan from this export, so the export is older, whatever `taken` says.
    assert_eq!(say(Some(20), true, record(17, Some(BASIS))).unwrap(), "No access was confirmed by Ada on 2026-11-17");
    assert_eq!(say(None, true, record(17, Some("b0"))), None);
    // It shows no access at all.
    assert_eq!(say(Some(20), false, record(17, None)).unwrap(), "No access was confirmed by Ada on 2026-11-17");
    let nothing = Some(confirmed(Level::Cap(credits_of(0)), 17, None));
    assert_eq!(say(Some(16), true, nothing).unwrap(), "No access was confirmed by Ada on 2026-11-17");
    // A record of another level is not what was observed.
    let other = Some(confirmed(Level::Cap(credits_of(5)), 17, None));
    assert_eq!(say(Some(18), true, other).unwrap(), "the export of 2026-11-18 shows No access");
}

#[test]
fn a_draw_at_an_unknown_level_says_how_much() {
    let (evidence, known) = weighed(&settings(false, None), None, None, &[(15, 5), (20, 80), (21, 0)]);
    let evidence = evidence.unwrap();
    assert!(!known);
    assert_eq!(evidence.drawn, Some(Amount::whole(85, Unit::Credits)));
    assert_eq!(
        evidence.says,
        "drew 85 paid credits since 2026-11-14, the last on 2026-11-20, and nothing shows which level they are at"
    );
    assert_eq!(weighed(&settings(false, None), None, None, &[(15, 0)]).0, None);
}

#[test]
fn an_address_is_the_same_in_any_case() {
    let (mut observed, scope) = observed(Some(Level::Blocked));
    let (id, zoe) = (PoolId::new("ai").unwrap(), Subject::Stranger("Zoe@Acme.example".into()));
    observed.roster.insert(zoe.clone());
    observed.scopes.get_mut(&id).unwrap().insert(zoe.clone());
    let drawn = usage(&[(21, 85)]).people.remove(BOB).unwrap();
    let usage = Usage { since: day(14), people: [("zoe@acme.example".to_owned(), drawn)].into(), ..Usage::default() };
    weigh(&usage, &settings(true, Some(day(18))), &scope, &mut observed);
    assert!(observed.evidence.contains_key(&(id, zoe)), "{:?}", observed.notes);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// There is evidence exactly where the draws of later days alone are more than the level lets be drawn.
    #[test]
    fn only_later_days_count(
        drawn in proptest::collection::btree_map(14_i8..28, 0_u32..40, 0..14),
        on in 10_i8..29,
        cap in proptest::option::of(0_u32..300),
    ) {
        let level = cap.map_or(Level::Blocked, |cap| Level::Cap(credits_of(cap)));
        let days: Vec<(i8, u32)> = drawn.into_iter().collect();
        let later: u32 = days.iter().filter(|(day, _)| *day > on).map(|(_, drawn)| drawn).sum();
        let found = said(&settings(false, None), level, Some(confirmed(level, on, None)), &days);
        prop_assert_eq!(found.is_some(), later > cap.unwrap_or(0));
    }
}

#[test]
fn days_are_days_of_utc() {
    // The record's last hour of the day is still that day.
    let mut record = confirmed(Level::Blocked, 18, None);
    record.at = record.at.checked_add(10.hours()).unwrap();
    let by_hand = settings(false, None);
    assert_eq!(said(&by_hand, Level::Blocked, Some(record.clone()), &[(18, 9)]), None);
    assert!(said(&by_hand, Level::Blocked, Some(record), &[(19, 9)]).is_some());
}
