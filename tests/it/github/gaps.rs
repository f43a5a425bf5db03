//! What a budget is of cannot be changed, so one goes and another comes: nobody is without a limit in between.

use super::fake::Budget;
use super::start;
use super::world::{Files, apply, design, others, pool, whole};
use crate::litellm::world::{cap, grant};

/// Everything that these people could draw after each write.
fn seen(fake: &super::fake::Fake, login: &str) -> Vec<i64> {
    fake.ceilings()
        .into_iter()
        .map(|all| all[login].unwrap_or_else(|| panic!("{login} had no limit in between: it came after it went")))
        .collect()
}

#[tokio::test]
async fn the_budget_of_all_users_is_there_before_a_budget_of_a_user_goes() {
    let (fake, settings) = start();
    let mut account = pool(whole(), None, None);
    grant(&mut account, &["alice"], Some(cap("60")));
    let mut files = Files::of(&["alice"]).with("everybody", account);
    apply(&settings, &files).await;
    files.pool("everybody").grants.clear();
    files.pool("everybody").others = others("19");
    fake.watch(&["alice-acme"]);
    assert_eq!(apply(&settings, &files).await.len(), 2);
    let seen = seen(&fake, "alice-acme");
    assert_eq!(seen.last(), Some(&19));
    assert!(seen.iter().all(|usd| *usd <= 60), "{seen:?}");
}

#[tokio::test]
async fn the_default_of_a_cost_center_is_there_before_a_budget_of_a_user_goes() {
    let (fake, settings) = start();
    let mut center = design(None);
    grant(&mut center, &["alice"], Some(cap("60")));
    let mut files = Files::of(&["alice"]).with("design", center);
    apply(&settings, &files).await;
    files.pool("design").grants.clear();
    files.pool("design").default_cap = Some(cap("40"));
    grant(files.pool("design"), &["alice"], None);
    fake.watch(&["alice-acme"]);
    assert_eq!(apply(&settings, &files).await.len(), 2);
    assert_eq!(seen(&fake, "alice-acme"), [60, 40]);
}

#[tokio::test]
async fn who_leaves_a_cost_center_falls_back_on_the_budget_of_all_users() {
    let (fake, settings) = start();
    fake.state(|state| state.budget(Budget::of("multi_user_customer", "", 19)));
    let mut center = design(None);
    grant(&mut center, &["alice"], Some(cap("60")));
    let mut files = Files::of(&["alice"]).with("design", center);
    apply(&settings, &files).await;
    files.pool("design").grants.clear();
    fake.watch(&["alice-acme"]);
    apply(&settings, &files).await;
    assert_eq!(seen(&fake, "alice-acme"), [60, 19]);
}

#[tokio::test]
async fn a_budget_of_a_user_is_changed_in_its_place() {
    let (fake, settings) = start();
    let mut center = design(None);
    grant(&mut center, &["alice"], Some(cap("60")));
    let mut files = Files::of(&["alice"]).with("design", center);
    apply(&settings, &files).await;
    let before = fake.state(|state| state.own_budget("alice-acme").unwrap().id.clone());
    for amount in ["70", "10"] {
        files.pool("design").grants.clear();
        grant(files.pool("design"), &["alice"], Some(cap(amount)));
        fake.asked();
        apply(&settings, &files).await;
        let writes: Vec<String> = fake.asked().into_iter().filter(|line| !line.starts_with("GET")).collect();
        assert_eq!(writes, [format!("PATCH /enterprises/acme/settings/billing/budgets/{before}")]);
        assert_eq!(
            fake.bodies().last().unwrap(),
            &serde_json::json!({ "budget_amount": amount.parse::<i64>().unwrap() })
        );
    }
}
