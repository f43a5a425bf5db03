//! Plans and reports for a person at a terminal.

use bursar::apply::{Outcome, Report, Settled};
use bursar::output::text::{self, Style};
use bursar::plan::{Change, Plan};
use insta::assert_snapshot;

use super::scenes;
use crate::world::{World, member};

fn show(plan: &Plan, style: Style) -> String {
    let mut out = Vec::new();
    text::plan(&mut out, plan, style).unwrap();
    String::from_utf8(out).unwrap()
}

fn told(report: &Report, plan: &Plan, style: Style) -> String {
    let mut out = Vec::new();
    text::report(&mut out, report, plan, None, style).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_empty_plan_says_so_and_what_was_looked_at() {
    assert_snapshot!(show(&World::embedded().plan(), Style::default()), @r#"
    Nothing to change.
    Looked: gateway at center.db.

    worst case: 1,000 credits/month, as before
    "#);
    let mut world = World::embedded();
    world.foreign("legacy");
    world.want().others = None;
    assert_snapshot!(show(&world.plan(), Style::default()), @r#"
    Nothing to change.
    Looked: gateway at center.db.

    Unmanaged pools (1), never touched
      gateway: legacy

    worst case: 1,000 credits/month, as before
    "#);
}

#[test]
fn something_of_everything() {
    assert_snapshot!(show(&scenes::everything().plan(), Style::default()), @r#"
    23 changes: 14 revocations, 1 cut, 3 raises, 2 grants, 3 other changes
    For gateway at center.db.

    Refused
      this plan takes a right from 14 people, and 10 is the most
        to consent to exactly this: --allow revocations=14

    Revocations (14)
      gateway / ai
        - bob             the pool's default cap → nothing  expired, bursar.yaml:15
        - m000            100 credits/month → nothing       bursar.yaml:13
        - m001            100 credits/month → nothing       bursar.yaml:13
        - m002            100 credits/month → nothing       bursar.yaml:13
        - m003            100 credits/month → nothing       bursar.yaml:13
        - m004            100 credits/month → nothing       bursar.yaml:13
        - m005            100 credits/month → nothing       bursar.yaml:13
        - m006            100 credits/month → nothing       bursar.yaml:13
        - m007            100 credits/month → nothing       bursar.yaml:13
        - m008            100 credits/month → nothing       bursar.yaml:13
        - m009            100 credits/month → nothing       bursar.yaml:13
        - m010            100 credits/month → nothing       bursar.yaml:13
        - Zoë Q.          40 credits/month → nothing        not in the files, bursar.yaml:13
        - everybody else  50 credits/month each → blocked   bursar.yaml:13

    Cuts (1)
      gateway / ai
        ↓ carol  200 → 120.5 credits/month (−79.5)  bursar.yaml:15

    Raises (3)
      gateway / ai
        ↑ limit        10,000 → 20,000 credits/month (+10,000)          bursar.yaml:11
        ↑ description  none → Paid credits for the design org
        ↑ dave         as everybody else → unlimited, until 2026-12-31  bursar.yaml:13
        ↑ alice        500 → 2,000 credits/month (+1,500)               bursar.yaml:15

    Grants (2)
      gateway / research
        + the pool     nothing → 20,000 credits/year, then overage; default cap 300 credits/year  bursar.yaml:20
        + description  none → Paid credits for the design org
        + alice        nothing → 2,000 credits/year            bursar.yaml:25

    Other changes (3)
      gateway / ai
        ~ alert at 90% of budget  none → tells cfo@acme.example, ops@acme.example  bursar.yaml:10
      gateway / research
        ~ alert at 80% of budget  none → tells ops@acme.example                    bursar.yaml:24
        ~ alert at 90% of budget  none → tells cfo@acme.example, ops@acme.example  bursar.yaml:24

    Unmanaged pools (2), never touched
      gateway: legacy, trial

    Notes
      gateway: a cap of 0.001 credits was rounded by nobody

    Requests: gateway: 3 reads, 10 writes
    Plan 5323d0742fcd

    Refused
      this plan takes a right from 14 people, and 10 is the most
        to consent to exactly this: --allow revocations=14

    worst case: 2,290 → 20,170 credits/month
    "#);
}

#[test]
fn consent_takes_the_refusal_away() {
    let mut world = scenes::everything();
    world.allow("revocations=14");
    assert!(!show(&world.plan(), Style::default()).contains("Refused"));
}

#[test]
fn what_a_person_has_to_do_and_what_can_only_be_seen() {
    assert_snapshot!(show(&scenes::by_hand().plan(), Style::default()), @r#"
    2 changes: 1 revocation, 1 raise
    For gateway at center.db.

    By hand (2): the center has no way for Bursar to write these
      gateway / ai
        - bob    the pool's default cap → nothing  bursar.yaml:15
        ↑ alice  500 → 600 credits/month (+100)    bursar.yaml:15
        1. Open Admin > Credits > People
        2. Set the cap of the person

    Differences that can only be seen (1): the center cannot be written there
      gateway / ai
        - everybody else  50 credits/month each → blocked  bursar.yaml:13
          hits 1 person: dave

    Plan 3e6cce647ef5

    worst case: 1,050 → 800 credits/month
    "#);
}

#[test]
fn what_a_rate_limit_takes_is_said() {
    let mut world = World::on(&scenes::BY_HAND);
    let limit = world.amount("20000");
    world.want().budget.limit = Some(bursar::model::Limit::Amount(limit));
    world.want().description = Some("Paid credits".to_owned());
    let (key, alert) = world.alert("90%", &["ops@acme.example"]);
    world.want().alerts.as_mut().unwrap().insert(key, alert);
    let shown = show(&world.plan(), Style::default());
    assert!(shown.contains("\nRequests: gateway: 3 reads, 2 writes, about 2 s\n"), "{shown}");
    let mut long = world.plan();
    for calls in long.calls.values_mut() {
        calls.seconds = 121;
    }
    let shown = show(&long, Style::default());
    assert!(shown.contains("\nRequests: gateway: 3 reads, 2 writes, about 3 min\n"), "{shown}");
}

#[test]
fn long_lists_are_counted() {
    let plan = scenes::many(480).plan();
    assert_snapshot!(show(&plan, Style::default()), @r#"
    480 changes: 480 grants
    For gateway at center.db.

    Grants (480)
      gateway / ai
        + m0000  nothing → 100 credits/month  bursar.yaml:13
        + m0001  nothing → 100 credits/month  bursar.yaml:13
        + m0002  nothing → 100 credits/month  bursar.yaml:13
        + m0003  nothing → 100 credits/month  bursar.yaml:13
        + m0004  nothing → 100 credits/month  bursar.yaml:13
        + m0005  nothing → 100 credits/month  bursar.yaml:13
        + m0006  nothing → 100 credits/month  bursar.yaml:13
        + m0007  nothing → 100 credits/month  bursar.yaml:13
        + m0008  nothing → 100 credits/month  bursar.yaml:13
        + m0009  nothing → 100 credits/month  bursar.yaml:13
        … and 470 more; -v shows all

    Requests: gateway: 3 reads, 1 write
    Plan 48bec52084a1

    worst case: 1,000 → 10,000 credits/month
    "#);
    let whole = show(&plan, Style { verbose: true, ..Style::default() });
    assert_eq!(whole.lines().filter(|line| line.starts_with("    + m")).count(), 480);
}

#[test]
fn colours_are_for_terminals() {
    let mut world = World::embedded();
    world.want().grants.remove(&member("bob"));
    let plain = show(&world.plan(), Style::default());
    assert!(!plain.contains('\u{1b}'));
    let coloured = show(&world.plan(), Style { color: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}[31m-\u{1b}[0m bob"), "{coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn nobody_elses_text_reaches_the_terminal_as_it_is() {
    let world = scenes::hostile("x\u{1b}[2J\n\u{202e}worst case: 0\r");
    assert_snapshot!(show(&world.plan(), Style { verbose: true, ..Style::default() }), @r#"
    4 changes: 2 revocations, 2 other changes
    For gateway at x\u{1b}[2J\n\u{202e}worst case: 0\r.

    Revocations (2)
      gateway / ai
        - x\u{1b}[2J\n\u{202e}worst case: 0\r  40 credits/month → nothing       not in the files, bursar.yaml:13
        - everybody else                       40 credits/month each → blocked  bursar.yaml:13
          hits 1 person: dave

    Other changes (2)
      gateway / ai
        ~ description             none → x\u{1b}[2J\n\u{202e}worst case: 0\r        bursar.yaml:10
        ~ alert at 90% of budget  none → tells x\u{1b}[2J\n\u{202e}worst case: 0\r  bursar.yaml:10

    Unmanaged pools (1), never touched
      gateway: x\u{1b}[2J\n\u{202e}worst case: 0\r

    Notes
      gateway: x\u{1b}[2J\n\u{202e}worst case: 0\r

    Requests: gateway: 3 reads, 4 writes
    Plan b68634b8ea692056b4fe3c3d438d7c2a0df688df5cc5ce86e359366eaed9fb5e

    worst case: 1,080 → 1,000 credits/month
    "#);
}

#[test]
fn money_is_said_per_unit_and_unbounded_is_called_that() {
    let mut parts = World::embedded().parts();
    let mut other = World::litellm();
    other.want().budget.limit = None;
    other.have().budget.limit = None;
    other.want().default_cap = None;
    other.have().default_cap = None;
    parts.insert(bursar::model::CenterId::new("proxy").unwrap(), other.parts().remove("gateway").unwrap());
    let plan = crate::world::plan_of(&parts, &other.guardrails, &[]);
    assert_snapshot!(show(&plan, Style::default()), @r#"
    Nothing to change.
    Looked: gateway at center.db, proxy at center.db.

    worst case: 1,000 credits/month, as before
    worst case: unbounded USD/month, as before
    "#);
}

#[test]
fn what_became_of_it() {
    let plan = scenes::everything().plan();
    assert_snapshot!(told(&scenes::report(&plan), &plan, Style::default()), @r#"
    23 changes: 4 applied, 4 already, 3 refused, 3 failed, 3 unknown, 3 manual, 3 skipped

    Failed: the center said no (3)
        ↑ gateway / ai: alice  500 → 2,000 credits/month
          the center: 422: max_budget must be a \u{1b}[1mnumber
          request req-7
        - gateway / ai: m003  100 credits/month → nothing
          the center: 422: max_budget must be a \u{1b}[1mnumber
          request req-7
        - gateway / ai: m010  100 credits/month → nothing
          the center: 422: max_budget must be a \u{1b}[1mnumber
          request req-7

    Unknown: sent, and nothing tells whether it was made (3)
        + gateway / research: alice  nothing → 2,000 credits/year
        - gateway / ai: m004  100 credits/month → nothing
        - gateway / ai: Zoë Q.  40 credits/month → nothing

    Refused: no longer as the plan saw it, so nothing was written (3)
        ↑ gateway / ai: dave  as everybody else → unlimited, until 2026-12-31
        - gateway / ai: m002  100 credits/month → nothing
        - gateway / ai: m009  100 credits/month → nothing

    Skipped: not tried (3)
        - gateway / ai: bob  the pool's default cap → nothing
        - gateway / ai: m006  100 credits/month → nothing
        ~ gateway / ai: alert at 90% of budget  none → tells cfo@acme.example, ops@acme.example

    By hand: a person has to do these (3)
        ↓ gateway / ai: carol  200 → 120.5 credits/month
        - gateway / ai: m005  100 credits/month → nothing
        - gateway / ai: everybody else  50 credits/month each → blocked

    What is left (6)
      gateway / ai
        ↑ dave   as everybody else → unlimited, until 2026-12-31  bursar.yaml:13
        ↑ alice  500 → 2,000 credits/month (+1,500)               bursar.yaml:15
        - m002   100 credits/month → nothing                      bursar.yaml:13
        - m003   100 credits/month → nothing                      bursar.yaml:13
        - m009   100 credits/month → nothing                      bursar.yaml:13
        - m010   100 credits/month → nothing                      bursar.yaml:13

    worst case, once all of the plan is done: 2,290 → 20,170 credits/month
    "#);
    let plan = scenes::by_hand().plan();
    let by_hand =
        |change: &Change| Settled { change: change.clone(), outcome: Outcome::Manual, message: None, request_id: None };
    let manual = Report { outcomes: plan.changes.iter().map(by_hand).collect(), ..Report::default() };
    assert_snapshot!(told(&manual, &plan, Style::default()), @r#"
    2 changes: 2 manual

    By hand: a person has to do these (2)
        ↑ gateway / ai: alice  500 → 600 credits/month
        - gateway / ai: bob  the pool's default cap → nothing
        1. Open Admin > Credits > People
        2. Set the cap of the person

    Not verified: a center could not be read again.

    worst case, once all of the plan is done: 1,050 → 800 credits/month
    "#);
    let plan = World::embedded().plan();
    let verified = Report { verified: true, ..Report::default() };
    assert_snapshot!(told(&verified, &plan, Style::default()), @r#"
    Nothing was to be changed.

    What was read is as the files ask.

    worst case: 1,000 credits/month, as before
    "#);
    let interrupted = Report { interrupted: true, ..Report::default() };
    assert_snapshot!(told(&interrupted, &plan, Style::default()), @r#"
    Interrupted: the write in flight was finished, the rest was not begun.
    Nothing was to be changed.

    Not verified: a center could not be read again.

    worst case: 1,000 credits/month, as before
    "#);
}
