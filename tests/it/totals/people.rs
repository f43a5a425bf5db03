//! Granted people whom a center does not know are told with whoever may be meant, before anything is written.

use bursar::centers::{embedded, litellm};
use bursar::model::capability::{Ability, Capabilities, Control};
use bursar::model::{Roster, Subject};
use bursar::plan::unknown_people;
use insta::assert_snapshot;

use super::two;
use crate::terminal::terminal;
use crate::world::{World, id, member, stranger};

/// A center whose people come by seat, as most vendors': a grant makes nobody.
static SEATS: Capabilities = {
    let mut capabilities = embedded::CAPABILITIES;
    capabilities.controls.roster =
        Control { read: Ability::Api, write: Ability::Unsupported("people come by seat"), how: "seats" };
    capabilities
};

fn notes(world: &World) -> Vec<String> {
    let mut roster = Roster::default();
    for grant in world.desired.state.pools["ai"].grants.keys() {
        roster.insert(id(grant.name()), &format!("{grant}@acme.example"));
    }
    unknown_people(world.capabilities, &world.desired, &world.observed, &roster)
}

fn without(capabilities: &'static Capabilities, names: &[&str]) -> World {
    let mut world = World::on(capabilities);
    for name in names {
        world.observed.roster.remove(&member(name));
    }
    world
}

#[test]
fn somebody_unknown_is_told_with_whoever_is_like_them() {
    let mut world = without(&SEATS, &["alice", "bob", "carol"]);
    for name in ["alice@acme-corp.example", "Bo.b+figma@acme.example", "dave@acme.example", "b0b@acme.example"] {
        world.observed.roster.insert(stranger(name));
    }
    assert_eq!(
        notes(&world),
        [
            "alice (alice@acme.example) is not in this center; it knows alice@acme-corp.example",
            "bob (bob@acme.example) is not in this center; it knows Bo.b+figma@acme.example, b0b@acme.example",
            "carol (carol@acme.example) is not in this center, and nobody there has a name like that",
        ]
    );
    // Who is a member already is not meant by somebody else's name.
    world.observed.roster.insert(member("carol"));
    assert_eq!(notes(&world).len(), 2);
}

#[test]
fn only_a_center_that_shows_its_people_and_takes_in_nobody_says_so() {
    assert_eq!(notes(&without(&SEATS, &[])), [""; 0]);
    assert_eq!(notes(&without(&SEATS, &["alice"])).len(), 1);
    let everybody = ["alice", "bob", "carol", "dave"];
    assert_eq!(notes(&without(&SEATS, &everybody)), [""; 0], "it told of nobody at all");
    for takes_in in [&embedded::CAPABILITIES, &litellm::CAPABILITIES] {
        assert_eq!(notes(&without(takes_in, &["alice"])), [""; 0], "{}", takes_in.provider);
    }
}

#[test]
fn ten_are_told_and_the_rest_counted() {
    let mut world = World::on(&SEATS);
    world.crowd(12, "5");
    world.observed.roster.retain(|subject| !subject.name().starts_with('m'));
    let notes = notes(&world);
    assert_eq!(notes.len(), 11);
    assert_eq!(notes[10], "2 more granted people are not in this center");
    assert!(!world.observed.roster.contains(&Subject::Member(id("m000"))));
}

/// Figma knows people by their address, and an export lists them all.
#[test]
fn an_export_names_whoever_may_be_meant() {
    let folder = two(false);
    let at = folder.path();
    let people = "Email,Access,Limit\nalice@acme-corp.example,No access,\nbob@acme.example,Full access,\n";
    std::fs::write(at.join("people.csv"), people).unwrap();
    let plan = terminal(at, "plan -q --center design --as-of 2026-11-22");
    assert_snapshot!("people_figma", &plan[plan.find("Notes").unwrap()..]);
}
