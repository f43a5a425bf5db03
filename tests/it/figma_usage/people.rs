//! Who is there by SCIM, against the export.

use insta::assert_snapshot;

use crate::fakes::figma::{Fake, Paging, User};
use crate::secrets::Folder;

use super::{USAGE, code, drew, run, scim, world};

/// Everybody of the export but Dan, who left; and Eve and Zoe, who came. Alice has two users, and one is old.
fn organisation() -> (Fake, Folder) {
    let fake = Fake::start();
    let user = |name: &str, active| User { name: format!("{name}@Acme.example"), active };
    fake.state(|state| {
        state.users = vec![
            user("alice", false),
            user("alice", true),
            user("bob", true),
            user("carol", true),
            user("dan", false),
            user("eve", true),
            user("zoe", true),
            User { name: "old-hand".to_owned(), active: true },
            user("gone", false),
        ];
    });
    let folder = world(&fake, &scim());
    (fake, folder)
}

#[test]
fn who_came_after_the_export_is_in_the_plan() {
    let (_fake, folder) = organisation();
    assert_snapshot!(run(folder.path(), "plan"));
}

#[test]
fn every_way_of_paging_shows_the_same_people() {
    let (fake, folder) = organisation();
    // More people than a page holds.
    fake.state(|state| {
        state
            .users
            .extend((0..230).map(|i| User { name: format!("p{i}@acme.example"), active: i % 2 == 0 }));
    });
    let mut seen = Vec::new();
    let ways = [Paging::Standard, Paging::Own(7), Paging::Own(1000), Paging::Everybody, Paging::NoTotal];
    for paging in ways {
        fake.state(|state| state.paging = paging);
        seen.push(run(folder.path(), "plan --allow revocations=118"));
        let requests = fake.asked().len();
        assert!(requests < 40, "{paging:?}: {requests}");
    }
    assert!(seen[0].contains("p228@acme.example") && !seen[0].contains("p229@acme.example"), "{}", seen[0]);
    for (paging, other) in ways.iter().zip(&seen) {
        assert_eq!(other, &seen[0], "{paging:?}");
    }
}

#[test]
fn a_list_that_is_not_whole_is_an_error() {
    let (fake, folder) = organisation();
    fake.state(|state| state.paging = Paging::Short);
    assert_snapshot!(run(folder.path(), "plan"));
}

#[test]
fn a_wrong_token_is_an_error_that_names_the_place() {
    let (_fake, folder) = organisation();
    let mut command = crate::terminal::bursar(folder.path());
    command.env("BURSAR_FIGMA_SCIM_TOKEN", super::TOKEN).arg("plan");
    assert_snapshot!(crate::terminal::show("plan", &command.output().unwrap(), folder.path()));
}

#[test]
fn who_came_after_the_export_and_drew_is_known_to_be_there() {
    let (fake, folder) = organisation();
    fake.state(|state| state.rows = vec![drew("eve", 1, 30)]);
    let path = folder.path().join("bursar.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("    scim:", &format!("    {USAGE}\n    scim:"))).unwrap();
    let shown = run(folder.path(), "plan");
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("drew 30 paid credits since [today-8], the last on [today-1], and nothing shows"),
        "{shown}"
    );
    assert!(!words.contains("drew paid credits since"), "she is not missing: {shown}");
    assert_eq!(code(folder.path(), "plan --allow drift=1 --allow revocations=3"), 0);
}
