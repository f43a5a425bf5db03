//! The whole road: make, converge, drift, repair, change, delete.

use std::collections::BTreeSet;

use bursar::model::{Alert, CenterSettings, Limit, Others, Recipient, Target, Unit, WhenExhausted};
use insta::assert_snapshot;

use super::fake::Budget;
use super::start;
use super::world::{Files, apply, design, others, people, plan, pool, settings, whole};
use crate::litellm::world::{cap, grant, id, shown, usd};

/// Logins that hear of the budget, at all three shares.
pub(super) fn heard(pool: &mut bursar::model::Pool, logins: &[&str]) {
    let notify: BTreeSet<Recipient> = logins
        .iter()
        .map(|login| Recipient::Login { provider: "github".to_owned(), login: (*login).to_owned() })
        .collect();
    for share in [75, 90, 100] {
        let key = bursar::model::AlertKey {
            of: bursar::model::AlertScope::Budget,
            at: bursar::model::Threshold::Percent(share),
        };
        pool.alerts.get_or_insert_default().insert(key, Alert { notify: notify.clone() });
    }
}

fn files() -> Files {
    let mut center = design(Some("500"));
    center.default_cap = Some(cap("40"));
    grant(&mut center, &["alice"], Some(cap("60")));
    grant(&mut center, &["bob", "carol"], None);
    heard(&mut center, &["Ops-Bot"]);
    let mut account = pool(whole(), Some("2000"), others("19"));
    grant(&mut account, &["dan"], Some(cap("100")));
    Files::of(&["alice", "bob", "carol", "dan", "erin"])
        .with("design", center)
        .with("everybody", account)
}

async fn walk(settings: &CenterSettings, files: &mut Files) {
    assert_snapshot!(apply(settings, files).await.join("\n"), @"
    pool.create design: – → 500 USD monthly each 40 USD
    alert.add design/alerts/budget@75%: – → github:ops-bot
    alert.add design/alerts/budget@90%: – → github:ops-bot
    alert.add design/alerts/budget@100%: – → github:ops-bot
    grant.add design/grants/alice: – → 60 USD
    grant.add design/grants/bob: – → inherit
    grant.add design/grants/carol: – → inherit
    pool.update everybody: no limit monthly → 2,000 USD monthly
    grant.add everybody/grants/dan: – → 100 USD
    others.update everybody/others: unlimited → 19 USD
    ");
    assert_eq!(apply(settings, files).await, [""; 0]);
    // Caps both ways, one cleared, one out, one in; the budget stops nobody any more, the alerts go.
    let center = files.pool("design");
    center.budget.limit = Some(Limit::Amount(usd("300")));
    center.budget.when_exhausted = Some(WhenExhausted::Alert);
    center.default_cap = Some(cap("30"));
    center.alerts = Some(std::collections::BTreeMap::new());
    center.grants.clear();
    grant(center, &["alice"], None);
    grant(center, &["bob"], Some(cap("70")));
    grant(center, &["erin"], Some(cap("5")));
    let account = files.pool("everybody");
    account.others = others("39");
    account.grants.clear();
    assert_snapshot!(apply(settings, files).await.join("\n"), @"
    grant.add design/grants/erin: – → 5 USD
    grant.update design/grants/bob: inherit → 70 USD
    others.update everybody/others: 19 USD → 39 USD
    pool.update design: 500 USD monthly each 40 USD → 300 USD monthly each 30 USD
    alert.remove design/alerts/budget@75%: github:ops-bot → –
    alert.remove design/alerts/budget@90%: github:ops-bot → –
    alert.remove design/alerts/budget@100%: github:ops-bot → –
    grant.update design/grants/alice: 60 USD → inherit
    grant.revoke design/grants/carol: inherit → –
    grant.revoke everybody/grants/dan: 100 USD → –
    ");
    let quiet = plan(settings, files).await.unwrap();
    assert_eq!(shown(&quiet.changes), [""; 0]);
    // The cost center goes, with its budgets.
    files.pools.remove(&id("design"));
    files.absent.insert(id("design"), super::world::center("Design"));
    assert_snapshot!(apply(settings, files).await.join("\n"), @"
    grant.revoke everybody/grants/bob: 70 USD → –
    grant.revoke everybody/grants/erin: 5 USD → –
    pool.delete design: 300 USD monthly each 30 USD → –
    ");
    assert_eq!(plan(settings, files).await.unwrap().changes, []);
}

#[tokio::test]
async fn the_road_of_an_enterprise() {
    let (fake, settings) = start();
    let mut files = files();
    walk(&settings, &mut files).await;
    fake.state(|state| {
        assert!(state.centers.iter().all(|center| center.archived));
        let left: Vec<&str> = state.budgets.iter().map(|budget| budget.scope.as_str()).collect();
        assert!(!left.contains(&"cost_center") && !left.contains(&"multi_user_cost_center"), "{left:?}");
    });
    // A cost center of the same name can be made again.
    files.absent.clear();
    files.pools.insert(id("design"), design(Some("5")));
    assert_eq!(apply(&settings, &files).await.len(), 1);
}

#[tokio::test]
async fn what_is_made_is_what_was_asked() {
    let (fake, settings) = start();
    apply(&settings, &files()).await;
    assert_eq!(people(&fake, "Design"), BTreeSet::from(["alice-Acme", "bob-Acme", "carol-Acme"].map(str::to_owned)));
    fake.state(|state| {
        let center = state.named("Design").unwrap().id.clone();
        let budget = state.budgets.iter().find(|budget| budget.is("cost_center", &center)).unwrap();
        assert_eq!((budget.amount, budget.block, budget.alert), (500, true, true));
        assert_eq!(budget.recipients, ["ops-bot"]);
        assert_eq!(state.amount("multi_user_cost_center", &center), Some(40));
        assert_eq!(state.amount("multi_user_customer", ""), Some(19));
        assert_eq!(state.amount("enterprise", ""), Some(2000));
        assert_eq!(
            (state.own("alice-acme"), state.own("bob-acme"), state.own("DAN-ACME")),
            (Some(60), None, Some(100))
        );
    });
}

#[tokio::test]
async fn drift_is_repaired() {
    let (fake, settings) = start();
    let files = files();
    apply(&settings, &files).await;
    fake.state(|state| {
        let center = state.centers.iter_mut().find(|center| center.name == "Design").unwrap();
        center.users.push("Zoe".to_owned());
        center.users.retain(|user| user != "bob-Acme");
        state.budgets.retain(|budget| budget.scope != "multi_user_customer");
        state.budgets.iter_mut().find(|budget| budget.scope == "enterprise").unwrap().amount = 1;
        state.budget(Budget::user("Yan", 500));
    });
    assert_snapshot!(apply(&settings, &files).await.join("\n"), @"
    pool.update everybody: 1 USD monthly → 2,000 USD monthly
    grant.add design/grants/bob: – → inherit
    others.update everybody/others: unlimited → 19 USD
    grant.revoke design/grants/?zoe: inherit → –
    grant.revoke everybody/grants/?yan: 500 USD → –
    ");
    assert_eq!(apply(&settings, &files).await, [""; 0]);
}

#[tokio::test]
async fn the_road_of_an_organization() {
    let (fake, _) = start();
    fake.state(|state| (state.enterprise, state.organization) = (None, Some("acme-labs".to_owned())));
    let mut settings = settings(fake.url());
    (settings.enterprise, settings.organization) = (None, Some("acme-labs".to_owned()));
    let mut account = pool(Target::default(), Some("100"), Some(Others::Blocked));
    account.default_cap = Some(cap("25"));
    grant(&mut account, &["alice"], Some(cap("60")));
    grant(&mut account, &["bob", "carol"], None);
    let mut files = Files::of(&["alice", "bob", "carol"]).with("labs", account);
    assert_snapshot!(apply(&settings, &files).await.join("\n"), @"
    pool.update labs: no limit monthly → 100 USD monthly
    grant.add labs/grants/alice: – → 60 USD
    grant.add labs/grants/bob: – → 25 USD
    grant.add labs/grants/carol: – → 25 USD
    others.update labs/others: unlimited → blocked
    ");
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    fake.state(|state| {
        assert_eq!(state.amount("organization", "acme-labs"), Some(100));
        assert_eq!((state.own("bob-acme"), state.amount("multi_user_customer", "")), (Some(25), Some(0)));
    });
    files.pool("labs").others = None;
    files.pool("labs").grants.clear();
    assert_eq!(apply(&settings, &files).await, [""; 0], "who is left alone keeps what they have");
    files.pool("labs").others = others("19");
    assert_snapshot!(apply(&settings, &files).await.join("\n"), @"
    others.update labs/others: blocked → 19 USD
    grant.revoke labs/grants/alice: 60 USD → –
    grant.revoke labs/grants/bob: 25 USD → –
    grant.revoke labs/grants/carol: 25 USD → –
    ");
    assert!(
        fake.asked()
            .iter()
            .all(|line| !line.contains("/enterprises/") && !line.contains("cost-centers"))
    );
}

#[tokio::test]
async fn credits_are_hundredths_of_a_dollar() {
    let (fake, settings) = start();
    let credits = |number: u32| bursar::model::Amount::whole(number, Unit::Credits);
    let mut center = design(None);
    center.budget.unit = Unit::Credits;
    center.budget.limit = Some(Limit::Amount(credits(50_000)));
    center.budget.when_exhausted = Some(WhenExhausted::Block);
    center.default_cap = Some(bursar::model::Cap::Amount(credits(4000)));
    grant(&mut center, &["alice"], Some(bursar::model::Cap::Amount(credits(6000))));
    let files = Files::of(&["alice"]).with("design", center);
    assert_snapshot!(apply(&settings, &files).await.join("\n"), @"
    pool.create design: – → 50,000 credits monthly each 4,000 credits
    grant.add design/grants/alice: – → 6,000 credits
    ");
    assert_eq!(apply(&settings, &files).await, [""; 0]);
    fake.state(|state| {
        let center = state.named("Design").unwrap().id.clone();
        assert_eq!(state.amount("cost_center", &center), Some(500));
        assert_eq!(state.own("alice-acme"), Some(60));
    });
}
