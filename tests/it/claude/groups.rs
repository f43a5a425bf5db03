//! Groups of Claude Enterprise: membership and caps together, and groups that a directory keeps.

use serde_json::json;

use super::fake::{Fault, Flavor, State, When};
use super::start;
use super::world::{apply, everybody, file, outcomes, plan, pool, shown, write};

const BUDGET: &str = "unit: USD, period: monthly";

fn group(access: &str, others: &str) -> String {
    pool("eng", "{ rbac_group: Engineering }", BUDGET, access, others)
}

#[tokio::test]
async fn people_join_with_their_cap_and_leave_with_it() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Engineering", "direct", &["bo", "cy"]);
        state.limit(State::user("cy"), Some("5000"), "monthly");
    });
    let text = file(&fake, &group("{ member: ana, cap: 200 }, { member: bo, cap: 100 }, { member: dee }", "blocked"));
    fake.asked();
    insta::assert_snapshot!(apply(&text).await.join("\n"), @"
    grant.add eng/grants/ana: – → 200 USD
    grant.add eng/grants/dee: – → granted
    grant.update eng/grants/bo: inherit → 100 USD
    grant.revoke eng/grants/cy: 50 USD → –
    ");
    let writes: Vec<String> = fake.asked().into_iter().filter(|line| !line.starts_with("GET")).collect();
    insta::assert_snapshot!(writes.join("\n"), @"
    POST /v1/organizations/spend_limits
    POST /v1/organizations/rbac_groups/rbac_group_1/members
    POST /v1/organizations/rbac_groups/rbac_group_1/members
    POST /v1/organizations/spend_limits
    DELETE /v1/organizations/rbac_groups/rbac_group_1/members/user_cy
    DELETE /v1/organizations/spend_limits/spl_000001
    ");
    fake.state(|state| {
        assert_eq!(state.groups[0].members, ["user_bo", "user_ana", "user_dee"]);
        assert_eq!(state.own("ana", "monthly"), Some(Some("20000".to_owned())));
        assert_eq!(state.own("cy", "monthly"), None, "a cap that stays would let them draw on");
        assert_eq!(state.own("dee", "monthly"), None);
    });
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn who_leaves_a_group_keeps_the_cap_that_another_pool_gives() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Engineering", "direct", &["cy"]);
        state.limit(State::user("cy"), Some("5000"), "monthly");
    });
    let both = group("{ member: ana, cap: 200 }", "blocked") + &everybody("{ member: cy, cap: 50 }", "unmanaged");
    let text = file(&fake, &both);
    apply(&text).await;
    fake.state(|state| {
        assert_eq!(state.groups[0].members, ["user_ana"]);
        assert_eq!(state.own("cy", "monthly"), Some(Some("5000".to_owned())));
    });
    assert_eq!(apply(&text).await, [""; 0]);
}

/// The pool of everybody sets a limit of 0 for whoever leaves the group: that one stays.
#[tokio::test]
async fn who_leaves_a_group_is_blocked_by_the_pool_of_everybody() {
    for own in [None, Some("5000")] {
        let fake = start(Flavor::Enterprise);
        fake.state(|state| {
            state.group("rbac_group_1", "Engineering", "direct", &["cy"]);
            if let Some(own) = own {
                state.limit(State::user("cy"), Some(own), "monthly");
            }
        });
        let both = everybody("{ member: ana, cap: 200 }", "blocked") + &group("{ member: ana, cap: 200 }", "blocked");
        let text = file(&fake, &both);
        let planned = plan(&text).await.unwrap();
        let written = outcomes(&write(&planned).await);
        assert!(written.iter().all(|outcome| outcome == "Applied" || outcome == "Already"), "{written:#?}");
        fake.state(|state| {
            assert_eq!(state.groups[0].members, ["user_ana"]);
            assert_eq!(state.own("cy", "monthly"), Some(Some("0".to_owned())));
        });
        assert_eq!(apply(&text).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_name_that_two_groups_have_names_neither() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Engineering", "direct", &["ana"]);
        state.group("rbac_group_2", "Engineering", "direct", &["bo"]);
    });
    let error = plan(&file(&fake, &group("{ member: ana, cap: 200 }", "blocked"))).await.err().unwrap();
    insta::assert_snapshot!(format!("{error}\n{}", error.help()), @"
    several objects (`rbac_group`) are called `Engineering`: rbac_group_1, rbac_group_2
    name one of them by its id: `target: { rbac_group_id: … }`
    ");
    let by_id = pool("eng", "{ rbac_group_id: rbac_group_2 }", BUDGET, "{ member: bo, cap: 200 }", "blocked");
    assert_eq!(apply(&file(&fake, &by_id)).await, ["grant.update eng/grants/bo: inherit → 200 USD"]);
}

#[tokio::test]
async fn a_group_that_is_not_there_is_not_made() {
    let fake = start(Flavor::Enterprise);
    let planned = plan(&file(&fake, &group("{ member: ana, cap: 200 }", "blocked"))).await.unwrap();
    insta::assert_snapshot!(shown(&planned.changes).join("\n"), @"
    pool.create eng: – → ? (only said)
    grant.add eng/grants/ana: – → 200 USD
    ");
    insta::assert_snapshot!(outcomes(&write(&planned).await).join("\n"), @"Failed: the organization has no group or workspace of that name");
}

#[tokio::test]
async fn a_group_of_a_directory_has_caps_and_no_other_members() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.group("rbac_group_1", "Engineering", "scim", &["ana", "bo"]));
    let text = file(&fake, &group("{ member: ana, cap: 200 }, { member: cy, cap: 200 }", "blocked"));
    fake.asked();
    let planned = plan(&text).await.unwrap();
    insta::assert_snapshot!(outcomes(&write(&planned).await).join("\n"), @"
    Failed: a directory keeps the members of this group: change them there
    Applied
    Failed: a directory keeps the members of this group: change them there
    ");
    fake.state(|state| {
        assert_eq!(state.groups[0].members, ["user_ana", "user_bo"]);
        assert_eq!(state.own("ana", "monthly"), Some(Some("20000".to_owned())));
        assert_eq!(state.own("cy", "monthly"), None);
    });
}

#[tokio::test]
async fn short_pages_are_read_to_their_end() {
    let fake = start(Flavor::Enterprise);
    let names: Vec<String> = (0..1300).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    fake.state(|state| {
        state.people(&names);
        state.group("rbac_group_1", "Engineering", "direct", &names);
        state.short_pages = true;
    });
    let planned = plan(&file(&fake, &group("", "unmanaged"))).await.unwrap();
    assert_eq!(planned.observed.state.pools.values().next().unwrap().grants.len(), 1300);
    let pages = fake.asked().iter().filter(|line| line.ends_with("/members")).count();
    assert_eq!(pages, 3, "500 people a page, although 1000 were asked for");
}

#[tokio::test]
async fn a_membership_that_is_so_already_is_no_failure() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.group("rbac_group_1", "Engineering", "direct", &["bo"]));
    let text = file(&fake, &group("{ member: ana }", "blocked"));
    // Both are carried out and answered by an error; asked again, they are so.
    fake.fault(Fault { when: When::After, ..Fault::status("POST /v1/organizations/rbac_groups", 400) });
    fake.fault(Fault { when: When::After, ..Fault::status("DELETE /v1/organizations/rbac_groups", 404) });
    let planned = plan(&text).await.unwrap();
    assert_eq!(outcomes(&write(&planned).await), ["Already", "Already"]);
    fake.state(|state| assert_eq!(state.groups[0].members, ["user_ana"]));
}

#[tokio::test]
async fn a_change_of_another_membership_is_waited_for() {
    // The vendor documents this answer, and its description does not have it.
    if crate::terminal::unrecorded("claude::groups::a_change_of_another_membership_is_waited_for") {
        return;
    }
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.group("rbac_group_1", "Engineering", "direct", &["bo"]));
    let busy = Fault {
        code: Some("concurrent_membership_change"),
        ..Fault::status("POST /v1/organizations/rbac_groups", 409)
    };
    fake.fault(Fault { times: 2, ..busy.clone() });
    let text = file(&fake, &group("{ member: ana }, { member: bo }", "blocked"));
    apply(&text).await;
    fake.state(|state| assert_eq!(state.groups[0].members, ["user_bo", "user_ana"]));
    // One that does not end is said.
    fake.fault(Fault { times: 3, ..busy });
    let more = file(&fake, &group("{ member: ana }, { member: bo }, { member: cy }", "blocked"));
    let planned = plan(&more).await.unwrap();
    insta::assert_snapshot!(outcomes(&write(&planned).await).join("\n"), @"Failed: POST /v1/organizations/rbac_groups/rbac_group_1/members answered 409: injected fault (concurrent_membership_change)");
}

#[tokio::test]
async fn a_group_without_limits_is_no_pool_that_anybody_lists() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Engineering", "direct", &["bo"]);
        state.group("rbac_group_2", "Sales", "direct", &[]);
        state.limit(json!({"type": "rbac_group", "rbac_group_id": "rbac_group_2"}), Some("100"), "monthly");
    });
    let planned = plan(&file(&fake, &group("{ member: bo }", "blocked"))).await.unwrap();
    let names: Vec<&str> = planned.observed.unmanaged.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["Sales", "the organization"]);
}
