//! The Claude apps gateway: what each person may spend, by themselves, by their group, or as everybody.

use serde_json::json;

use super::fake::{Flavor, State};
use super::start;
use super::world::{apply, everybody, file, plan, pool, shown};

#[tokio::test]
async fn people_groups_and_everybody_have_a_row_each() {
    let fake = start(Flavor::Gateway);
    fake.state(|state| state.limit(State::user("cy"), Some("100"), "monthly"));
    let group = "  contractors:\n    center: claude\n    target: { rbac_group: contractors }\n    budget: { unit: USD, period: \
                 monthly }\n    access: []\n    default_cap: 25\n    others: unmanaged\n";
    let pools = everybody("{ member: ana, cap: 200 }, { member: bo, cap: unlimited }", "{ cap: 50 }") + group;
    let text = file(&fake, &pools);
    insta::assert_snapshot!(apply(&text).await.join("\n"), @"
    grant.add ai/grants/bo: – → unlimited
    grant.add ai/grants/ana: – → 200 USD
    others.update ai/others: unlimited → 50 USD
    pool.update contractors: ? each inherit → ? each 25 USD
    grant.revoke ai/grants/cy: 1 USD → –
    ");
    fake.state(|state| {
        assert_eq!(state.row(&json!({"type": "organization"}), "monthly"), Some(Some("5000".to_owned())));
        let contractors = json!({"type": "rbac_group", "rbac_group_id": "contractors"});
        assert_eq!(state.row(&contractors, "monthly"), Some(Some("2500".to_owned())));
        assert_eq!(state.own("ana", "monthly"), Some(Some("20000".to_owned())));
        assert_eq!(state.own("bo", "monthly"), Some(None));
        assert_eq!(state.own("cy", "monthly"), None, "they draw what everybody does");
    });
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn nobody_but_those_who_are_named() {
    let fake = start(Flavor::Gateway);
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }", "blocked"));
    assert_eq!(
        apply(&text).await,
        ["grant.add ai/grants/ana: – → 200 USD", "others.update ai/others: unlimited → blocked"]
    );
    assert_eq!(fake.state(|state| state.row(&json!({"type": "organization"}), "monthly")), Some(Some("0".to_owned())));
    assert_eq!(apply(&text).await, [""; 0]);
    let open = file(&fake, &everybody("{ member: ana, cap: 200 }", "{ cap: inherit }"));
    apply(&open).await;
    assert_eq!(fake.state(|state| state.row(&json!({"type": "organization"}), "monthly")), Some(None));
    assert_eq!(apply(&open).await, [""; 0]);
}

#[tokio::test]
async fn people_who_spent_nothing_yet_are_found_all_the_same() {
    let fake = start(Flavor::Gateway);
    let names: Vec<String> = (0..1100).map(|number| format!("p{number}")).collect();
    fake.state(|state| {
        for name in &names {
            state.limit(State::user(name), Some("700"), "monthly");
        }
        state.limit(State::user("ana"), Some("700"), "monthly");
        state.spent.insert(("user_ana".to_owned(), "monthly".to_owned()), "12.5".to_owned());
    });
    let planned = plan(&file(&fake, &everybody("{ member: ana, cap: 7 }", "unmanaged"))).await.unwrap();
    assert_eq!(shown(&planned.changes), [""; 0]);
    assert_eq!(planned.observed.state.pools.values().next().unwrap().grants.len(), 1101);
    let lists = fake.asked().iter().filter(|line| line.ends_with("/spend_limits")).count();
    assert_eq!(lists, 2, "1000 rows a page");
}

#[tokio::test]
async fn a_gateway_is_asked_for_no_organization_and_no_beta() {
    let fake = start(Flavor::Gateway);
    plan(&file(&fake, &everybody("{ member: ana, cap: 7 }", "unmanaged"))).await.unwrap();
    let asked = fake.asked();
    assert!(asked.iter().all(|line| line.starts_with("GET /v1/organizations/spend_limits")), "{asked:#?}");
}

#[tokio::test]
async fn others_of_a_group_are_the_identity_providers() {
    let fake = start(Flavor::Gateway);
    let pools = pool(
        "contractors",
        "{ rbac_group: contractors }",
        "unit: USD, period: weekly",
        "{ member: ana, cap: 7 }",
        "blocked",
    );
    let planned = plan(&file(&fake, &pools)).await.unwrap();
    insta::assert_snapshot!(planned.notes.join("\n"), @"contractors: who is in a group, the identity provider decides; what others may draw is set for the organization");
    assert_eq!(shown(&planned.changes), ["grant.add contractors/grants/ana: – → 7 USD"]);
    apply(&file(&fake, &pools)).await;
    assert_eq!(fake.state(|state| state.own("ana", "weekly")), Some(Some("700".to_owned())));
}
