//! GitHub logins are told in an issue.

use insta::assert_snapshot;

use super::World;
use crate::fakes::post::Answer;

fn world() -> World {
    let world = World::new(&[
        "{ at: 50%, of: budget, notify: [board] }",
        "{ at: 90%, of: budget, notify: [board] }",
        "{ at: 90%, of: caps, notify: [board] }",
    ]);
    world.draw("alice", "599");
    world
}

const LINE: &str = "alerts --issue acme/credits";

#[test]
fn one_issue_for_a_pool_and_a_comment_for_what_comes_later() {
    let world = world();
    assert_snapshot!("issue_told", world.show(LINE));
    let issues = world.hooks.issues();
    assert_eq!((issues.len(), issues[0].1.len()), (1, 0));
    assert_snapshot!(
        "issue",
        format!("{}\n\n{}", issues[0].0["title"].as_str().unwrap(), issues[0].0["body"].as_str().unwrap())
    );
    world.draw("bob", "200");
    world.draw("carol", "150");
    assert!(world.run(LINE).status.success());
    let issues = world.hooks.issues();
    assert_eq!((issues.len(), issues[0].1.len()), (1, 1));
    assert_snapshot!("issue_comment", issues[0].1[0]["body"].as_str().unwrap());
    assert!(world.run(LINE).status.success());
    assert_eq!(world.hooks.received().len(), 2);
}

#[test]
fn what_was_posted_without_an_answer_is_found_and_not_posted_again() {
    let world = world();
    world.hooks.answers([Answer::DoneBut(502)]);
    assert_eq!(world.run(LINE).status.code(), Some(1));
    assert_eq!(world.hooks.issues().len(), 1);
    world.minutes_pass(61);
    assert!(world.run(LINE).status.success());
    assert_eq!((world.hooks.issues().len(), world.hooks.received().len()), (1, 1), "it was found");
    // The same of a comment.
    world.draw("bob", "200");
    world.draw("carol", "150");
    world.hooks.answers([Answer::Drop]);
    assert_eq!(world.run(LINE).status.code(), Some(1));
    world.minutes_pass(61);
    assert!(world.run(LINE).status.success());
    assert_eq!((world.hooks.issues()[0].1.len(), world.hooks.received().len()), (1, 2));
}

#[test]
fn an_issue_of_a_stranger_is_not_taken_for_ours() {
    let world = world();
    assert!(world.run(LINE).status.success());
    let ours = world.hooks.issues()[0].0["body"].as_str().unwrap().to_owned();
    let other = self::world();
    other.hooks.stranger_opens(&ours);
    assert!(other.run(LINE).status.success());
    let issues = other.hooks.issues();
    assert_eq!(issues.len(), 2);
    assert!(issues.iter().all(|(_, comments)| comments.is_empty()));
}

#[test]
fn without_a_repository_logins_cannot_be_told() {
    let world = world();
    assert_snapshot!("issue_missing", world.show("alerts"));
    let out = world.command(LINE).env_remove("GITHUB_TOKEN").output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("cannot be told: GITHUB_TOKEN is not set"));
    assert!(world.hooks.received().is_empty());
    world.hooks.answers([Answer::Status(403, "")]);
    assert_eq!(world.run(LINE).status.code(), Some(1));
    assert!(world.run(LINE).status.success(), "a definite no is no word that was said");
}
