//! What goes wrong on the way: every write, before and after it is carried out.

use super::fake::{Fake, Fault, Flavor, Limiter, State, When};
use super::start;
use super::world::{apply, everybody, file, outcomes, plan, pool, write};
use std::time::Duration;

/// A pool with somebody to add, to change and to clear, and a group with somebody to join and to leave.
fn world() -> (Fake, String) {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Engineering", "direct", &["dee"]);
        state.limit(State::user("bo"), Some("100"), "monthly");
        state.limit(State::user("cy"), Some("100"), "monthly");
    });
    let access = "{ member: ana, cap: 2 }, { member: bo, cap: 3 }, { member: cy, cap: inherit }";
    let group = pool("eng", "{ rbac_group: Engineering }", "unit: USD, period: monthly", "{ member: eve }", "blocked");
    let text = file(&fake, &(everybody(access, "unmanaged") + &group));
    (fake, text)
}

/// What comes of one fault while the file is applied.
async fn with(fault: Fault) -> String {
    let (fake, text) = world();
    let planned = plan(&text).await.unwrap();
    fake.fault(fault);
    let written = outcomes(&write(&planned).await).join("\n").replace(fake.url(), "http://FAKE");
    fake.clear_faults();
    // Whatever came of it: another apply converges.
    apply(&text).await;
    assert_eq!(apply(&text).await, [""; 0]);
    written
}

const POST: &str = "POST /v1/organizations/spend_limits";
const DELETE: &str = "DELETE /v1/organizations/spend_limits";

#[tokio::test]
async fn overload_and_too_much_at_once_are_waited_for() {
    for fault in [
        Fault { times: 2, ..Fault::status("GET /v1/organizations/spend_limits/effective", 529) },
        Fault { times: 2, ..Fault::status(POST, 529) },
        Fault { when: When::After, ..Fault::status(POST, 529) },
        Fault { retry_after: Some(0), times: 2, ..Fault::status(POST, 429) },
        Fault { retry_after: Some(0), ..Fault::status("POST /v1/organizations/rbac_groups", 429) },
    ] {
        assert_eq!(with(fault.clone()).await, ["Applied"; 5].join("\n"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_limit_is_asked_for_again() {
    for when in [When::Before, When::After] {
        assert_eq!(with(Fault::reset(POST, when)).await, ["Applied"; 5].join("\n"), "{when:?}");
    }
    insta::assert_snapshot!(with(Fault::reset(DELETE, When::After)).await, @"
    Applied
    Applied: read back, it is so; before that: DELETE /v1/organizations/spend_limits/spl_000002 answered 404: spend limit not found
    Applied
    Applied
    Applied
    ");
    insta::assert_snapshot!(with(Fault::reset(DELETE, When::Before)).await, @"
    Applied
    Applied
    Applied
    Applied
    Applied
    ");
}

#[tokio::test]
async fn a_limit_that_is_gone_when_it_shall_be_cleared_is_cleared() {
    let fault = Fault { when: When::After, ..Fault::status(DELETE, 404) };
    assert_eq!(with(fault).await, ["Applied", "Already", "Applied", "Applied", "Applied"].join("\n"));
}

#[tokio::test]
async fn a_lost_answer_to_a_membership_is_read_back_and_never_sent_again() {
    insta::assert_snapshot!(with(Fault::reset("POST /v1/organizations/rbac_groups", When::After)).await, @"
    Applied
    Applied
    Applied: read back, it is so; before that: no answer came (connection closed before message completed)
    Applied
    Applied
    ");
    insta::assert_snapshot!(with(Fault::reset("POST /v1/organizations/rbac_groups", When::Before)).await, @"
    Applied
    Applied
    Unknown: no answer came (connection closed before message completed); read back, it is not there
    Applied
    Applied
    ");
    insta::assert_snapshot!(with(Fault::reset("DELETE /v1/organizations/rbac_groups", When::After)).await, @"
    Applied
    Applied
    Applied
    Applied
    Applied: read back, it is so; before that: no answer came (connection closed before message completed)
    ");
}

#[tokio::test]
async fn an_error_of_the_center_is_read_back() {
    insta::assert_snapshot!(with(Fault { when: When::After, ..Fault::status(POST, 500) }).await, @"
    Applied: read back, it is so; before that: POST /v1/organizations/spend_limits answered 500: injected fault
    Applied
    Applied
    Applied
    Applied
    ");
    insta::assert_snapshot!(with(Fault::status(POST, 500)).await, @"
    Unknown: POST /v1/organizations/spend_limits answered 500: injected fault; read back, it is cap 1 USD
    Applied
    Applied
    Applied
    Applied
    ");
}

#[tokio::test]
async fn a_refusal_is_said_once_and_the_rest_is_not_sent() {
    let off = Fault { code: Some("spend_limits_admin_api_writes_not_enabled"), ..Fault::status(POST, 403) };
    insta::assert_snapshot!(with(off).await, @"
    Failed: http://FAKE does not let this token do that: injected fault (spend_limits_admin_api_writes_not_enabled)
    Failed: not sent, since http://FAKE does not let this token do that: injected fault (spend_limits_admin_api_writes_not_enabled)
    Applied
    Applied
    Applied
    ");
}

#[tokio::test]
async fn a_limit_a_minute_slows_an_apply_and_stops_none_of_it() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.spend_limiter = Some(Limiter::new(6, Duration::from_millis(500))));
    let access = ["ana", "bo", "cy", "dee", "eve"]
        .map(|name| format!("{{ member: {name}, cap: 5 }}"))
        .join(", ");
    let text = file(&fake, &everybody(&access, "unmanaged"));
    apply(&text).await;
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn a_kill_at_any_write_converges() {
    for when in [When::Before, When::After] {
        for skip in 0..6 {
            let (fake, text) = world();
            let planned = plan(&text).await.unwrap();
            fake.asked();
            // Everything from one write on is lost, as it is for a process that is dead.
            for on in ["POST", "DELETE"] {
                fake.fault(Fault { skip, times: 100, ..Fault::reset(on, when) });
            }
            tokio::time::timeout(Duration::from_millis(300), write(&planned)).await.ok();
            fake.clear_faults();
            apply(&text).await;
            assert_eq!(apply(&text).await, [""; 0], "{when:?} {skip}");
        }
    }
}
