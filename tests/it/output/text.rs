//! Plans and reports for a person at a terminal.

use bursar::apply::Report;
use bursar::output::text::{self, Style};
use bursar::plan::Plan;
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
    text::report(&mut out, report, plan, style).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_empty_plan_says_so_and_what_was_looked_at() {
    assert_snapshot!(show(&World::embedded().plan(), Style::default()), @"");
    let mut world = World::embedded();
    world.foreign("legacy");
    world.want().others = None;
    assert_snapshot!(show(&world.plan(), Style::default()), @"");
}

#[test]
fn something_of_everything() {
    assert_snapshot!(show(&scenes::everything().plan(), Style::default()), @"");
}

#[test]
fn consent_takes_the_refusal_away() {
    let mut world = scenes::everything();
    world.allow("revocations=13");
    assert!(!show(&world.plan(), Style::default()).contains("Refused"));
}

#[test]
fn what_a_person_has_to_do_and_what_can_only_be_seen() {
    assert_snapshot!(show(&scenes::by_hand().plan(), Style::default()), @"");
}

#[test]
fn long_lists_are_counted() {
    let plan = scenes::many(480).plan();
    assert_snapshot!(show(&plan, Style::default()), @"");
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
    assert_snapshot!(show(&world.plan(), Style { verbose: true, ..Style::default() }), @"");
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
    assert_snapshot!(show(&plan, Style::default()), @"");
}

#[test]
fn what_became_of_it() {
    let plan = scenes::everything().plan();
    assert_snapshot!(told(&scenes::report(&plan), &plan, Style::default()), @"");
    let plan = World::embedded().plan();
    let verified = Report { verified: true, ..Report::default() };
    assert_snapshot!(told(&verified, &plan, Style::default()), @"");
    let interrupted = Report { interrupted: true, ..Report::default() };
    assert_snapshot!(told(&interrupted, &plan, Style::default()), @"");
}
