//! What goes wrong on the way: every write, before and after it is carried out.

use bursar::centers::Verdict;

use super::fake::{Fault, When};
use super::start;
use super::world::{Files, alert, apply, cap, grant, id, outcomes, plan, pool, write};

fn files() -> Files {
    let mut eng = pool("100");
    eng.default_cap = Some(cap("10"));
    grant(&mut eng, &["alice", "bob"], Some(cap("5")));
    grant(&mut eng, &["carol"], None);
    alert(&mut eng, 80, &["ops@acme.example"]);
    Files::of(&["alice", "bob", "carol"]).with("eng", eng)
}

/// What comes of one fault while the files are applied to an empty center.
async fn with(fault: Fault) -> Vec<String> {
    let (fake, settings) = start();
    let files = files();
    let planned = plan(&settings, &files).await.unwrap();
    fake.fault(fault);
    let written = outcomes(&write(&settings, &files, &planned.changes).await);
    // Whatever came of it: another apply converges.
    apply(&settings, &files).await;
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    written.into_iter().map(|words| words.replace(fake.url(), "http://FAKE")).collect()
}

#[tokio::test]
async fn too_many_requests_are_waited_for() {
    for on in ["GET /team/info", "POST /team/new", "POST /team/member_add", "POST /team/member_delete"] {
        let fault = Fault { retry_after: Some(0), times: 2, ..Fault::status(on, 429) };
        assert_eq!(with(fault).await, ["Applied"; 5], "{on}");
    }
}

#[tokio::test]
async fn a_busy_center_is_read_again() {
    assert_eq!(with(Fault { times: 2, ..Fault::status("GET /team/info", 503) }).await, ["Applied"; 5]);
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_reading_back() {
    insta::assert_snapshot!(with(Fault::reset("POST /team/member_add", When::After)).await.join("\n"), @"
    Applied
    Applied
    Applied
    Applied
    Applied: read back, it is so; before that: no answer came (connection closed before message completed)
    ");
    insta::assert_snapshot!(with(Fault::reset("POST /team/new", When::After)).await.join("\n"), @"
    Applied: read back, it is so; before that: no answer came (connection closed before message completed)
    Applied: read back, it is so; before that: no answer came (connection closed before message completed)
    Applied
    Applied
    Applied
    ");
}

#[tokio::test]
async fn a_lost_request_is_unknown_and_not_sent_again_blindly() {
    insta::assert_snapshot!(with(Fault::reset("POST /team/member_add", When::Before)).await.join("\n"), @"
    Applied
    Applied
    Applied
    Applied
    Unknown: no answer came (connection closed before message completed); read back, it is not there
    ");
}

#[tokio::test]
async fn a_refusal_of_the_center_is_a_failure_in_its_own_words() {
    insta::assert_snapshot!(with(Fault::status("POST /team/new", 400)).await.join("\n"), @"
    Failed: POST /team/new answered 400: injected fault
    Failed: POST /team/new answered 400: injected fault
    Failed: there is no such team
    Failed: there is no such team
    Failed: there is no such team
    ");
}

#[tokio::test]
async fn an_error_of_the_center_is_unknown_as_long_as_nothing_is_seen() {
    insta::assert_snapshot!(with(Fault::status("POST /team/new", 500)).await.join("\n"), @"
    Unknown: POST /team/new answered 500: injected fault; read back, it is not there
    Unknown: POST /team/new answered 500: injected fault; read back, it is not there
    Failed: there is no such team
    Failed: there is no such team
    Failed: there is no such team
    ");
}

#[tokio::test]
async fn an_add_that_fails_whole_is_tried_in_halves() {
    assert_eq!(with(Fault { skip: 1, ..Fault::status("POST /team/member_add", 500) }).await, ["Applied"; 5]);
}

/// Everybody was added, and then it said 500: the halves are refused, because all of them are there, and the look back
/// finds them.
#[tokio::test]
async fn an_add_that_only_seemed_to_fail_is_applied() {
    let (fake, settings) = start();
    let mut eng = pool("100");
    grant(&mut eng, &["alice", "bob"], Some(cap("5")));
    let files = Files::of(&["alice", "bob"]).with("eng", eng);
    let planned = plan(&settings, &files).await.unwrap();
    fake.fault(Fault { when: When::After, ..Fault::status("POST /team/member_add", 500) });
    insta::assert_snapshot!(outcomes(&write(&settings, &files, &planned.changes).await).join("\n"), @"
    Applied
    Applied: read back, it is so; before that: POST /team/member_add answered 400: User already in team.; before that: POST /team/member_add answered 500: injected fault
    Applied: read back, it is so; before that: POST /team/member_add answered 400: User already in team.; before that: POST /team/member_add answered 500: injected fault
    ");
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn a_center_that_can_no_longer_be_read_leaves_the_outcome_unknown() {
    let (fake, settings) = start();
    let mut files = files();
    apply(&settings, &files).await;
    // The default cap is the one thing that no answer tells.
    files.pools.get_mut(&id("eng")).unwrap().default_cap = Some(cap("12"));
    let planned = plan(&settings, &files).await.unwrap();
    fake.fault(Fault { skip: 1, ..Fault::status("GET /team/info", 403) });
    let written = write(&settings, &files, &planned.changes).await;
    assert_eq!(written[0].verdict, Verdict::Unknown);
    let words = outcomes(&written).join("\n").replace(fake.url(), "http://FAKE");
    insta::assert_snapshot!(words, @"Unknown: it was accepted and could not be read back: http://FAKE does not let this token do that: injected fault");
}

#[tokio::test]
async fn a_kill_at_any_write_converges() {
    for when in [When::Before, When::After] {
        for skip in 0.. {
            let (fake, settings) = start();
            let mut files = files();
            apply(&settings, &files).await;
            let eng = files.pools.get_mut(&id("eng")).unwrap();
            eng.default_cap = Some(cap("12"));
            grant(eng, &["alice"], None);
            grant(eng, &["bob"], Some(cap("6")));
            eng.grants.remove(&super::world::person("carol"));
            let planned = plan(&settings, &files).await.unwrap();
            fake.asked();
            fake.fault(Fault { skip, ..Fault::reset("PO", when) });
            fake.fault(Fault { skip, ..Fault::reset("PATCH", when) });
            write(&settings, &files, &planned.changes).await;
            let sent = fake.asked().len();
            fake.clear_faults();
            apply(&settings, &files).await;
            assert_eq!(apply(&settings, &files).await, [""; 0], "{when:?} {skip}");
            if skip > sent {
                break;
            }
        }
    }
}
