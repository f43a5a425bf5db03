//! What a plan tells of what GitHub will make of it.

use bursar::model::{Alert, AlertKey, AlertScope, Others, Recipient, Threshold};
use insta::assert_snapshot;

use super::fake::Budget;
use super::start;
use super::world::{Files, apply, design, others, plan, pool, whole};
use crate::litellm::world::{cap, grant};

async fn notes(settings: &bursar::model::CenterSettings, files: &Files) -> String {
    plan(settings, files).await.unwrap().notes.join("\n")
}

#[tokio::test]
async fn a_zero_takes_what_the_seat_includes() {
    let (_fake, settings) = start();
    let mut center = design(None);
    center.default_cap = Some(cap("0"));
    grant(&mut center, &["alice", "bob"], Some(cap("0")));
    let account = pool(whole(), None, Some(Others::Blocked));
    let files = Files::of(&["alice", "bob"]).with("design", center).with("everybody", account);
    assert_snapshot!(notes(&settings, &files).await, @"
    design: a default cap of 0 also blocks what the seats include; 19 USD would leave what a seat of Copilot Business includes, 39 that of Copilot Enterprise
    design: a cap of 0 also blocks what the seat of alice, bob includes; 19 USD would leave what a seat of Copilot Business includes, 39 that of Copilot Enterprise
    everybody: `others: blocked` is a budget of 0 for all users, which also blocks what their seats include; as a cap for others 19 USD would leave what a seat of Copilot Business includes, 39 that of Copilot Enterprise
    granted but without a Copilot seat: alice, bob
    ");
}

#[tokio::test]
async fn a_cap_below_what_was_consumed_stops_at_once() {
    let (fake, settings) = start();
    fake.state(|state| {
        state.seat(&["alice-acme", "bob-acme"]);
        state.budget(Budget::user("alice-Acme", 60));
        state.budget(Budget::user("bob-Acme", 60));
        state.consumed.insert("alice-Acme".to_owned(), 45.5);
        state.consumed.insert("bob-Acme".to_owned(), 12.0);
    });
    let mut account = pool(whole(), None, others("19"));
    grant(&mut account, &["alice", "bob"], Some(cap("40")));
    assert_snapshot!(notes(&settings, &Files::of(&["alice", "bob"]).with("everybody", account)).await, @"everybody: a lower cap stops at once whoever consumed more this month: alice (45.50 USD of 40 USD)");
}

#[tokio::test]
async fn people_without_a_seat_are_told_on_both_sides() {
    let (fake, settings) = start();
    fake.state(|state| {
        // A user is listed once for each organization that grants the seat.
        state.seat(&["bob-acme", "BOB-acme"]);
        state.center("Design", &["Zoe"]);
        state.budget(Budget::user("Yan", 60));
    });
    let mut center = design(None);
    grant(&mut center, &["alice", "bob"], Some(cap("inherit")));
    let files = Files::of(&["alice", "bob"]).with("design", center);
    assert_snapshot!(notes(&settings, &files).await, @"
    granted but without a Copilot seat: alice
    without a Copilot seat and still there: yan (with a budget), zoe (in a cost center)
    ");
    fake.state(|state| state.odd.no_seats = true);
    assert_snapshot!(notes(&settings, &files).await, @"it is not known who has a Copilot seat: GET /enterprises/acme/copilot/billing/seats answered 404: Not Found; GitHub says so also where the token lacks the right, and where AI credits are not enabled");
}

#[tokio::test]
async fn caps_that_come_to_more_than_there_is() {
    let (fake, settings) = start();
    fake.state(|state| state.seat(&["alice-acme", "bob-acme", "carol-acme"]));
    let mut account = pool(whole(), Some("50"), others("19"));
    grant(&mut account, &["alice"], Some(cap("100")));
    let mut files = Files::of(&["alice"]).with("everybody", account);
    assert_snapshot!(notes(&settings, &files).await, @"
    everybody: a new budget counts from the moment it is made, not from the first of the month
    everybody: the caps of 3 seats come to 138 USD, and there are 57 USD included and 50 USD paid: some are stopped below their cap
    ");
    // 3 seats include 57, and the caps come to 100 + 19 + 19.
    files.pool("everybody").budget.limit = Some(bursar::model::Limit::Amount(crate::litellm::world::usd("81")));
    assert!(!notes(&settings, &files).await.contains("some are stopped"));
}

#[tokio::test]
async fn what_else_draws_on_a_cost_center_is_said() {
    let (fake, settings) = start();
    fake.state(|state| {
        state.center("Design", &[]);
        state.centers[0].teams.push("designers".to_owned());
        state.centers[0].repos.push("acme/site".to_owned());
    });
    assert_snapshot!(notes(&settings, &Files::default().with("design", design(None))).await, @"design: the repository acme/site, the team ent:designers draw on the cost center too; Bursar adds and removes single people only, so take them out in GitHub where others are to be blocked");
}

#[tokio::test]
async fn a_budget_that_somebody_brings_along_goes_when_they_join() {
    let (fake, settings) = start();
    fake.state(|state| state.budget(Budget::user("alice-acme", 500)));
    let mut center = design(None);
    center.default_cap = Some(cap("40"));
    grant(&mut center, &["alice"], None);
    let files = Files::of(&["alice"]).with("design", center);
    assert_snapshot!(notes(&settings, &files).await, @"
    design: who joins with a budget of their own loses it, unless another pool gives them one: alice
    granted but without a Copilot seat: alice
    ");
    apply(&settings, &files).await;
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    fake.state(|state| assert_eq!(state.ceiling("alice-acme"), Some(40)));
}

#[tokio::test]
async fn alerts_that_github_does_not_have_stay_bursars_own() {
    let (fake, settings) = start();
    let mut center = design(Some("100"));
    let login = |name: &str| Recipient::Login { provider: "github".to_owned(), login: name.to_owned() };
    let mut alert = |of, at, notify: &[Recipient]| {
        let key = AlertKey { of, at: Threshold::Percent(at) };
        let notify = notify.iter().cloned().collect();
        center.alerts.get_or_insert_default().insert(key, Alert { notify });
    };
    alert(AlertScope::Budget, 90, &[login("Ops-Bot"), Recipient::Email("ops@acme.example".to_owned())]);
    alert(AlertScope::Budget, 80, &[login("ops-bot")]);
    alert(AlertScope::Caps, 75, &[Recipient::Member]);
    let mut files = Files::default().with("design", center);
    assert_snapshot!(notes(&settings, &files).await, @"
    design: GitHub does not watch 80% of budget; bursar alerts does
    design: at 90% of budget GitHub tells GitHub logins only; bursar alerts tells the others
    design: GitHub does not watch 75% of caps; bursar alerts does
    design: GitHub tells at 75, 90 and 100 % of the budget, all three or none; all three are set
    ");
    apply(&settings, &files).await;
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    fake.state(|state| {
        assert_eq!((state.budgets[0].alert, state.budgets[0].recipients.clone()), (true, vec!["ops-bot".to_owned()]));
    });
    // Without a limit there is nothing that GitHub could tell of.
    files.pool("design").budget.limit = None;
    files
        .pool("design")
        .alerts
        .as_mut()
        .unwrap()
        .retain(|key, _| key.at == Threshold::Percent(90));
    assert_snapshot!(notes(&settings, &files).await, @"
    design: without a `limit` there is no budget that could block, so `when_exhausted` is left to GitHub
    design: at 90% of budget GitHub tells GitHub logins only; bursar alerts tells the others
    design: without a `limit` there is no budget of which GitHub could tell
    ");
}
