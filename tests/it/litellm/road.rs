//! The whole road: make, converge, drift, repair, change, delete. Against the fake always; against a real LiteLLM where
//! `LITELLM_URL` and `LITELLM_MASTER_KEY` name one.

use bursar::model::{Alert, CenterSettings, Period};

use serde_json::json;

use super::start;
use super::world::{Files, alert, apply, cap, grant, id, plan, pool, settings, shown};

fn files() -> Files {
    let mut design = pool("500");
    design.default_cap = Some(cap("10"));
    grant(&mut design, &["alice"], Some(cap("25.50")));
    grant(&mut design, &["bob"], Some(cap("0")));
    grant(&mut design, &["carol", "dan"], None);
    alert(&mut design, 80, &["ops@acme.example"]);
    alert(&mut design, 95, &["ops@acme.example"]);
    let mut labs = pool("1234567.89");
    labs.budget.period = Some(Period::Lifetime);
    grant(&mut labs, &["alice", "erin"], Some(cap("0.0003")));
    Files::of(&["alice", "bob", "carol", "dan", "erin"])
        .with("road-design", design)
        .with("road-labs", labs)
}

async fn walk(settings: &CenterSettings) {
    let mut files = files();
    // Make.
    let done = apply(settings, &files).await.join("\n");
    insta::allow_duplicates!(insta::assert_snapshot!(done, @"
    pool.create road-design: – → 500 USD monthly each 10 USD
    alert.add road-design/alerts/budget@400USD: – → ops@acme.example
    pool.create road-labs: – → 1,234,567.89 USD lifetime
    grant.add road-design/grants/alice: – → 25.50 USD monthly
    grant.add road-design/grants/bob: – → 0 USD monthly
    grant.add road-design/grants/carol: – → inherit
    grant.add road-design/grants/dan: – → inherit
    grant.add road-labs/grants/alice: – → 0.0003 USD lifetime
    grant.add road-labs/grants/erin: – → 0.0003 USD lifetime
    "));
    assert_eq!(apply(settings, &files).await, [""; 0]);
    // Change: caps both ways, the default, the period, the alert, one out, one in, a cap cleared.
    let design = files.pools.get_mut(&id("road-design")).unwrap();
    design.budget.limit = Some(bursar::model::Limit::Amount(super::world::usd("300")));
    design.budget.period = Some(Period::Weekly);
    design.default_cap = Some(cap("7.25"));
    design.grants.clear();
    grant(design, &["alice", "dan"], None);
    grant(design, &["bob"], Some(cap("5")));
    grant(design, &["erin"], Some(cap("1")));
    let done = apply(settings, &files).await.join("\n");
    insta::allow_duplicates!(insta::assert_snapshot!(done, @"
    pool.update road-design: 500 USD monthly each 10 USD → 300 USD weekly each 7.25 USD
    alert.add road-design/alerts/budget@240USD: – → ops@acme.example
    alert.remove road-design/alerts/budget@400USD: ops@acme.example → –
    grant.add road-design/grants/erin: – → 1 USD weekly
    grant.update road-design/grants/alice: 25.50 USD monthly → inherit
    grant.update road-design/grants/bob: 0 USD monthly → 5 USD weekly
    grant.revoke road-design/grants/carol: inherit → –
    "));
    let quiet = plan(settings, &files).await.unwrap();
    assert_eq!(shown(&quiet.changes), [""; 0]);
    assert_eq!(quiet.observed.notes, [""; 0]);
    // Take the alert and the default away, and one pool whole.
    let design = files.pools.get_mut(&id("road-design")).unwrap();
    design.default_cap = Some(cap("inherit"));
    design.alerts = Some(std::collections::BTreeMap::<_, Alert>::new());
    files.pools.remove(&id("road-labs"));
    files.absent.insert(id("road-labs"));
    let done = apply(settings, &files).await.join("\n");
    insta::allow_duplicates!(insta::assert_snapshot!(done, @"
    pool.update road-design: 300 USD weekly each 7.25 USD → 300 USD weekly each inherit
    alert.remove road-design/alerts/budget@240USD: ops@acme.example → –
    pool.delete road-labs: 1,234,567.89 USD lifetime each inherit → –
    "));
    assert_eq!(apply(settings, &files).await, [""; 0]);
    files.pools.clear();
    files.absent.insert(id("road-design"));
    assert_eq!(apply(settings, &files).await.len(), 1);
    assert_eq!(apply(settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn the_road_on_the_fake() {
    let (_fake, settings) = start();
    walk(&settings).await;
}

#[tokio::test]
async fn the_road_on_a_real_one() {
    let Ok(url) = std::env::var("LITELLM_URL") else {
        #[allow(clippy::print_stdout)] // a test that did not run must say so
        {
            println!("skipped: LITELLM_URL names no LiteLLM");
        }
        return;
    };
    let settings = settings(&url, "LITELLM_MASTER_KEY");
    // What an earlier run left there.
    let mut left = Files::default();
    left.absent
        .extend(["road-design", "road-labs", "road-crowd", "hand-1", "hand-2", "hand-3"].map(id));
    apply(&settings, &left).await;
    walk(&settings).await;
    many(&settings, 620).await;
    take_over(&settings).await;
}

/// Teams that somebody made by hand, taken over without a change.
async fn take_over(settings: &CenterSettings) {
    let key = std::env::var("LITELLM_MASTER_KEY").unwrap();
    let client = reqwest::Client::new();
    let hand = async |path: &str, body: serde_json::Value| {
        let url = format!("{}{path}", settings.base_url.as_deref().unwrap());
        let answer = client.post(url).bearer_auth(&key).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    };
    let teams = ["hand-1", "hand-2", "hand-3"];
    let emails = json!({ "soft_budget_alerting_emails": ["Fin@acme.example"] });
    let new = json!({
        "team_id": teams[0], "team_alias": "Design", "max_budget": 100, "soft_budget": 80, "budget_duration": "30d",
        "metadata": emails, "team_member_budget": 10,
    });
    hand("/team/new", new).await;
    hand("/team/new", json!({ "team_id": teams[1], "team_alias": "Design" })).await;
    hand("/team/new", json!({ "team_id": teams[2], "max_budget": 7, "budget_duration": "12h" })).await;
    let member =
        json!([{ "role": "user", "user_email": "Hand-Ana@Acme.example" }, { "role": "user", "user_id": "svc-batch" }]);
    hand("/team/member_add", json!({ "team_id": teams[0], "member": member })).await;
    for team in &teams[1..] {
        let members = json!([{ "role": "user", "user_email": "hand-ana@acme.example" }]);
        let body = json!({ "team_id": team, "members": members, "max_budget_in_team": 5 });
        hand("/team/bulk_member_add", body).await;
    }
    let rows = json!({ "members": [{ "user_id": "svc-batch", "max_budget_in_team": -1 }] });
    hand(&format!("/management/v1/teams/{}/members/bulk_update", teams[0]), rows).await;
    let reader = bursar::centers::reader(settings).unwrap();
    let inventory = reader.inventory(&bursar::model::Scope::default()).await.unwrap();
    assert!(inventory.pools.len() >= teams.len());
    let planned = plan(settings, &super::import::files(&inventory)).await.unwrap();
    assert_eq!(shown(&planned.changes), [""; 0], "{:#?}", planned.observed.notes);
    for team in teams {
        hand("/team/delete", json!({ "team_ids": [team] })).await;
    }
}

/// Many people with many caps: in, changed, out.
async fn many(settings: &CenterSettings, count: usize) {
    let names: Vec<String> = (0..count).map(|i| format!("m{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut crowd = pool("9000");
    for (i, name) in names.iter().enumerate() {
        grant(&mut crowd, &[name], Some(cap(&format!("{}.25", 1 + i % 9))));
    }
    let mut files = Files::of(&names).with("road-crowd", crowd);
    assert_eq!(apply(settings, &files).await.len(), count + 1);
    let crowd = files.pools.get_mut(&id("road-crowd")).unwrap();
    for (i, name) in names.iter().enumerate() {
        grant(crowd, &[name], Some(cap(&format!("{}.5", 1 + i % 7))));
    }
    assert_eq!(apply(settings, &files).await.len(), count);
    files.pools.get_mut(&id("road-crowd")).unwrap().grants.clear();
    assert_eq!(apply(settings, &files).await.len(), count);
    files.pools.clear();
    files.absent.insert(id("road-crowd"));
    apply(settings, &files).await;
}

#[tokio::test]
async fn many_people_on_the_fake() {
    let (_fake, settings) = start();
    many(&settings, 620).await;
}
