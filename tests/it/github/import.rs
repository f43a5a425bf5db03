//! An account that somebody else set up, taken over.

use bursar::centers;
use bursar::model::Scope;
use insta::assert_snapshot;

use super::fake::Budget;
use super::start;

#[tokio::test]
async fn what_a_file_cannot_say_is_told_and_left_alone() {
    let (fake, settings) = start();
    fake.state(|state| {
        let design = state.center("Design", &["Alice", "bob"]);
        state.centers[0].pool = Some(true);
        state.centers[0].teams.push("designers".to_owned());
        state.center("Old", &["zoe"]);
        state.centers[1].archived = true;
        let on = Budget { alert: true, ..Budget::of("cost_center", &design, 500) };
        state.budget(on);
        state.budget(Budget::of("multi_user_cost_center", &design, 40));
        state.budget(Budget::of("multi_user_customer", "", 0));
        state.budget(Budget::user("ALICE", 60));
        state.budget(Budget::user("dan", 90));
        state.budget(Budget {
            kind: "SkuPricing".to_owned(),
            sku: "copilot_ai_credits".to_owned(),
            ..Budget::of("enterprise", "", 7)
        });
        state.budget(Budget {
            kind: "ProductPricing".to_owned(),
            sku: "actions".to_owned(),
            ..Budget::of("enterprise", "", 8)
        });
        state.seat(&["Alice", "bob", "dan"]);
        state.seats[0].email = Some("Alice@acme.example".to_owned());
    });
    let reader = centers::reader(&settings).unwrap();
    let inventory = reader.inventory(&Scope::default()).await.unwrap();
    let mut lines = Vec::new();
    for (name, pool) in &inventory.pools {
        lines.push(format!(
            "{name} {:?}: {:?} {:?} others {:?}",
            pool.target.0, pool.budget.limit, pool.default_cap, pool.others
        ));
        lines.push(format!("  alerts {:?}", pool.alerts.as_ref().map(std::collections::BTreeMap::len)));
        lines.extend(pool.grants.iter().map(|(person, grant)| format!("  {person}: {:?}", grant.cap)));
    }
    for person in &inventory.people {
        lines.push(format!("{} {:?}", person.subject, person.email));
    }
    lines.extend(inventory.notes.iter().cloned());
    assert_snapshot!(lines.join("\n"), @r#"
    Design {"cost_center": "Design", "included_usage": "true"}: Some(Amount(500 USD)) Some(Amount(40 USD)) others None
      alerts None
      alice: Some(Amount(60 USD))
      bob: Some(Inherit)
    enterprise {"enterprise": "enterprise"}: Some(None) None others Some(Blocked)
      alerts Some(0)
      dan: Some(Amount(90 USD))
    alice Some("alice@acme.example")
    bob None
    dan None
    there is a budget of 7 for copilot_ai_credits as well, which holds beside the one for ai_credits; Bursar leaves it alone
    cost center Design: the team ent:designers draw on it too, which a file cannot say; Bursar leaves them there
    Design: its alerts are on and nobody hears of them; they are left alone
    "#);
}
