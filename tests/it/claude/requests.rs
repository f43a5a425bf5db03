//! Requests for a higher cap.

use bursar::centers::{self, Requests, Settlement};
use bursar::model::{Amount, Unit};

use super::fake::{Fake, Fault, Flavor, IncreaseRequest, State, When};
use super::start;
use super::world::{center, everybody, file};

fn world() -> (Fake, Box<dyn Requests>) {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.limit(State::user("bo"), Some("10000"), "monthly");
        for (id, user, status) in
            [("slir_1", "user_bo", "pending"), ("slir_2", "user_cy", "pending"), ("slir_3", "user_dee", "approved")]
        {
            let (id, user) = (id.to_owned(), user.to_owned());
            state
                .requests
                .push(IncreaseRequest { id, user, period: "monthly".to_owned(), status: status.to_owned() });
        }
    });
    let center = center(&file(&fake, &everybody("{ member: ana, cap: 1 }", "unmanaged")));
    let requests = centers::requests(&center.settings, &center.scope).unwrap().unwrap();
    (fake, requests)
}

fn usd(whole: u32) -> Amount {
    Amount::whole(whole, Unit::USD)
}

#[tokio::test]
async fn those_that_wait_are_listed_with_what_holds_now() {
    let (_fake, requests) = world();
    let list = requests.list().await.unwrap();
    let shown: Vec<String> = list
        .iter()
        .map(|one| format!("{} {} {:?}", one.id, one.who, one.now.map(|cap| cap.to_string())))
        .collect();
    assert_eq!(shown, ["slir_1 bo Some(\"100 USD\")", "slir_2 cy None"]);
    assert!(list[0].since.is_some());
}

#[tokio::test]
async fn an_approval_writes_the_cap_and_a_denial_can_be_repeated() {
    let (fake, requests) = world();
    assert_eq!(requests.approve("slir_1", usd(250)).await.unwrap(), Settlement::Done);
    assert_eq!(fake.state(|state| state.own("bo", "monthly")), Some(Some("25000".to_owned())));
    for _ in 0..2 {
        assert_eq!(requests.deny("slir_2").await.unwrap(), Settlement::Done);
    }
    let denied = requests.deny("slir_3").await.unwrap();
    assert!(matches!(&denied, Settlement::NotPending(why) if why.contains("already approved")), "{denied:?}");
    assert!(matches!(requests.approve("slir_9", usd(1)).await.unwrap(), Settlement::NotPending(_)));
    assert_eq!(requests.list().await.unwrap(), []);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for() {
    let (fake, requests) = world();
    let approve = "POST /v1/organizations/spend_limit_increase_requests/slir_1/approve";
    fake.fault(Fault { when: When::After, ..Fault::status(approve, 500) });
    assert_eq!(requests.approve("slir_1", usd(250)).await.unwrap(), Settlement::Done);
    fake.fault(Fault::status("POST /v1/organizations/spend_limit_increase_requests/slir_2/deny", 500));
    assert!(matches!(requests.deny("slir_2").await.unwrap(), Settlement::Unknown(_)));
}

#[test]
fn only_enterprise_organizations_have_them() {
    let fake = start(Flavor::Gateway);
    let center = center(&file(&fake, &everybody("{ member: ana, cap: 1 }", "unmanaged")));
    assert!(centers::requests(&center.settings, &center.scope).unwrap().is_none());
}
