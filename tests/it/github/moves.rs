//! A person is in one cost center: joining another one takes them out of it, and GitHub asks nobody.

use bursar::centers::Verdict;
use bursar::model::Others;
use insta::assert_snapshot;

use super::start;
use super::world::{Files, apply, center, design, people, plan, pool, write};
use crate::litellm::world::{cap, grant, outcomes, shown};

fn two(first: &[&str], second: &[&str]) -> Files {
    let mut labs = pool(center("Labs"), None, Some(Others::Blocked));
    let mut design = design(None);
    grant(&mut design, first, Some(cap("inherit")));
    grant(&mut labs, second, Some(cap("inherit")));
    Files::of(&["alice", "bob", "carol"]).with("design", design).with("labs", labs)
}

#[tokio::test]
async fn a_move_is_planned_with_both_ends_and_made_in_one_call() {
    let (fake, settings) = start();
    apply(&settings, &two(&["alice", "bob"], &["carol"])).await;
    let files = two(&["alice"], &["bob", "carol"]);
    let planned = plan(&settings, &files).await.unwrap();
    assert_snapshot!(shown(&planned.changes).join("\n"), @"
    grant.add labs/grants/bob: – → inherit
    grant.revoke design/grants/bob: inherit → –
    ");
    let from: Vec<_> = planned.changes.iter().filter_map(|change| change.moves_from.as_ref()).collect();
    assert_eq!(from.len(), 1);
    assert_eq!(
        (from[0].name.as_str(), from[0].pool.as_ref().map(ToString::to_string)),
        ("Design", Some("design".into()))
    );
    let written = write(&settings, &files, &planned.changes).await;
    assert!(written.iter().all(|one| matches!(one.verdict, Verdict::Applied | Verdict::Already)), "{written:?}");
    assert!(people(&fake, "Labs").contains("bob-Acme") && !people(&fake, "Design").contains("bob-Acme"));
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn a_move_out_of_a_cost_center_that_no_file_names_is_one_too() {
    let (fake, settings) = start();
    fake.state(|state| state.center("Sales", &["ALICE-ACME"]));
    let planned = plan(&settings, &two(&["alice"], &[])).await.unwrap();
    let from = planned.changes.iter().find_map(|change| change.moves_from.clone()).unwrap();
    assert_eq!((from.name.as_str(), from.pool), ("Sales", None));
}

#[tokio::test]
async fn who_went_elsewhere_since_the_plan_is_not_moved() {
    let (fake, settings) = start();
    apply(&settings, &two(&[], &[])).await;
    let files = two(&["alice", "bob"], &[]);
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| state.center("Sales", &["alice-acme"]));
    assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"
    Refused: changed since the plan: they were in no cost center, they are in cost center Sales, and joining would take them out of it
    Applied
    ");
    assert_eq!(people(&fake, "Sales").len(), 1, "they stay where they are");
}

#[tokio::test]
async fn who_left_the_other_cost_center_since_the_plan_just_joins() {
    let (fake, settings) = start();
    let sales = fake.state(|state| state.center("Sales", &["alice-acme"]));
    apply(&settings, &two(&[], &[])).await;
    let files = two(&["alice"], &[]);
    let planned = plan(&settings, &files).await.unwrap();
    fake.state(|state| state.centers.iter_mut().find(|center| center.id == sales).unwrap().users.clear());
    assert_eq!(outcomes(&write(&settings, &files, &planned.changes).await), ["Applied"]);
}
