//! Claude Enterprise: people's own limits, everybody else's, and what can only be looked at.

use serde_json::json;

use super::fake::{Flavor, State};
use super::start;
use super::world::{apply, everybody, file, findings, plan, pool, shown};

#[tokio::test]
async fn caps_of_every_kind_are_set_and_cleared() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.limit(State::user("cy"), Some("9900"), "monthly");
        state.limit(State::user("dee"), Some("100"), "monthly");
    });
    let text = file(
        &fake,
        &everybody(
            "{ member: ana, cap: 200.50 }, { member: bo, cap: unlimited }, { member: cy, cap: 0 }, { member: dee, cap: \
             inherit }",
            "unmanaged",
        ),
    );
    insta::assert_snapshot!(apply(&text).await.join("\n"), @"
    grant.add ai/grants/bo: – → unlimited
    grant.update ai/grants/dee: 1 USD → inherit
    grant.add ai/grants/ana: – → 200.50 USD
    grant.update ai/grants/cy: 99 USD → 0 USD
    ");
    fake.state(|state| {
        assert_eq!(state.own("ana", "monthly"), Some(Some("20050".to_owned())));
        assert_eq!(state.own("bo", "monthly"), Some(None), "no limit is a row of its own");
        assert_eq!(state.own("cy", "monthly"), Some(Some("0".to_owned())));
        assert_eq!(state.own("dee", "monthly"), None, "to inherit is to have no row");
    });
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn every_period_has_rows_of_its_own() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.limit(State::user("ana"), Some("5000"), "daily"));
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }", "unmanaged"));
    assert_eq!(apply(&text).await, ["grant.add ai/grants/ana: – → 200 USD"]);
    let text =
        file(&fake, &pool("ai", "organization", "unit: USD, period: daily", "{ member: ana, cap: 60 }", "unmanaged"));
    assert_eq!(apply(&text).await, ["grant.update ai/grants/ana: 50 USD → 60 USD"]);
    fake.state(|state| {
        assert_eq!(state.own("ana", "monthly"), Some(Some("20000".to_owned())));
        assert_eq!(state.own("ana", "daily"), Some(Some("6000".to_owned())));
    });
}

#[tokio::test]
async fn others_are_blocked_person_by_person_and_that_is_said() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.limit(State::user("bo"), Some("100"), "monthly");
        state.limit(json!({"type": "organization"}), Some("500000"), "monthly");
    });
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }", "blocked"));
    let planned = plan(&text).await.unwrap();
    insta::assert_snapshot!(planned.notes.join("\n"), @"ai: Claude keeps no rule for others, so `others: blocked` is a limit of 0 for each of 4 people, one call each");
    insta::assert_snapshot!(shown(&planned.changes).join("\n"), @"
    grant.add ai/grants/ana: – → 200 USD
    grant.add ai/grants/cy: – → 0 USD
    grant.add ai/grants/dee: – → 0 USD
    grant.add ai/grants/eve: – → 0 USD
    grant.update ai/grants/bo: 1 USD → 0 USD
    ");
    assert_eq!(planned.cost.writes, 5);
    apply(&text).await;
    for name in ["bo", "cy", "dee", "eve"] {
        assert_eq!(fake.state(|state| state.own(name, "monthly")), Some(Some("0".to_owned())), "{name}");
    }
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn a_rule_that_ended_leaves_nothing_where_others_are_blocked() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.limit(State::user("bo"), Some("100"), "monthly"));
    let rule = "{ member: ana, cap: 200 }, { member: bo, cap: 1, expires: 2026-11-01 }";
    let ended = file(&fake, &everybody(rule, "blocked"));
    apply(&ended).await;
    assert_eq!(fake.state(|state| state.own("bo", "monthly")), Some(Some("0".to_owned())));
    assert_eq!(apply(&ended).await, [""; 0]);
}

#[tokio::test]
async fn the_budget_is_held_against_the_file_and_never_written() {
    let fake = start(Flavor::Enterprise);
    let organization = json!({"type": "organization"});
    fake.state(|state| state.limit(organization.clone(), Some("500000"), "monthly"));
    let with = |limit: &str| {
        let budget = format!("limit: {limit}, unit: USD, period: monthly, when_exhausted: block");
        file(&fake, &pool("ai", "organization", &budget, "{ member: ana, cap: 200 }", "unmanaged"))
    };
    assert_eq!(shown(&plan(&with("5000")).await.unwrap().changes), ["grant.add ai/grants/ana: – → 200 USD"]);
    let planned = plan(&with("4000")).await.unwrap();
    insta::assert_snapshot!(shown(&planned.changes).join("\n"), @"
    pool.update ai: 5,000 USD → 4,000 USD (only said)
    grant.add ai/grants/ana: – → 200 USD
    ");
    super::world::write(&planned).await;
    assert_eq!(fake.state(|state| state.row(&organization, "monthly")), Some(Some("500000".to_owned())));
}

#[tokio::test]
async fn what_people_inherit_is_the_measure_of_what_a_cap_does_to_them() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        state.group("rbac_group_1", "Engineering", "direct", &["ana"]);
        state.limit(json!({"type": "rbac_group", "rbac_group_id": "rbac_group_1"}), Some("30000"), "monthly");
        state.limit(json!({"type": "organization"}), Some("10000"), "monthly");
    });
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }, { member: bo, cap: 200 }", "unmanaged"));
    let planned = plan(&text).await.unwrap();
    let effects: Vec<String> = planned
        .changes
        .iter()
        .map(|change| format!("{} {:?}", change.object(), change.effect))
        .collect();
    assert_eq!(effects, ["ai/grants/bo Raises", "ai/grants/ana Cuts"]);
}

#[tokio::test]
async fn an_account_that_is_not_the_files_own_is_not_looked_at() {
    let fake = start(Flavor::Enterprise);
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }", "unmanaged"));
    fake.state(|state| state.organization = ("11112222-0000-4000-8000-000000000000".to_owned(), "Other".to_owned()));
    let error = plan(&text).await.err().unwrap();
    insta::assert_snapshot!(format!("{error}\n{}", error.help()), @"
    the token is of Other (11112222-0000-4000-8000-000000000000), and the files name 0c4e8f2a-7777-4888-9999-aaaabbbbcccc
    check the token, and the account that the center names; nothing was changed
    ");
    assert_eq!(fake.asked(), ["GET /v1/organizations/me"], "nothing else was asked");
}

#[tokio::test]
async fn an_account_in_another_currency_is_not_converted() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| {
        "EUR".clone_into(&mut state.currency);
        state.limit(State::user("bo"), Some("100"), "monthly");
    });
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }", "unmanaged"));
    let error = plan(&text).await.err().unwrap();
    insta::assert_snapshot!(format!("{error}\n{}", error.help()), @"
    the account bills in EUR, and the pool ai counts USD
    write `unit: EUR`, with amounts in it; nothing was converted
    ");
    let euros = pool("ai", "organization", "unit: EUR, period: monthly", "{ member: ana, cap: 200.01 }", "unmanaged");
    assert_eq!(apply(&file(&fake, &euros)).await, ["grant.add ai/grants/ana: – → 200.01 EUR"]);
    assert_eq!(fake.state(|state| state.own("ana", "monthly")), Some(Some("20001".to_owned())));
}

#[tokio::test]
async fn a_currency_without_cents_has_whole_amounts_only() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| "JPY".clone_into(&mut state.currency));
    let yen = |cap: &str| {
        let access = format!("{{ member: ana, cap: {cap} }}");
        file(&fake, &pool("ai", "organization", "unit: JPY, period: monthly", &access, "unmanaged"))
    };
    insta::assert_snapshot!(findings(&yen("20000.5")).join("\n"), @"BUR093 `claude` cannot hold 20000.5 JPY exactly");
    apply(&yen("20000")).await;
    assert_eq!(fake.state(|state| state.own("ana", "monthly")), Some(Some("20000".to_owned())));
}

#[tokio::test]
async fn people_are_known_by_their_address_in_any_case() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| "Ana@ACME.example".clone_into(&mut state.users[0].email));
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }", "unmanaged"));
    apply(&text).await;
    assert_eq!(fake.state(|state| state.own("ana", "monthly")), Some(Some("20000".to_owned())));
    assert_eq!(apply(&text).await, [""; 0]);
}

#[tokio::test]
async fn somebody_whom_the_organization_does_not_know_is_named() {
    let fake = start(Flavor::Enterprise);
    fake.state(|state| state.users.retain(|user| user.id != "user_eve"));
    let text = file(&fake, &everybody("{ member: ana, cap: 200 }, { member: eve, cap: 200 }", "unmanaged"));
    let planned = plan(&text).await.unwrap();
    let written = super::world::outcomes(&super::world::write(&planned).await);
    insta::assert_snapshot!(written.join("\n"), @"
    Applied
    Failed: nobody of the organization has the e-mail address of eve
    ");
}
