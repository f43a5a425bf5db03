//! What was drawn, in the units of the pools.

use bursar::centers;
use bursar::model::{Amount, Drawn, Period, Unit, Window};
use insta::assert_snapshot;
use jiff::Timestamp;

use super::fake::Budget;
use super::start;
use super::world::{Files, design, others, pool, whole};
use crate::litellm::world::{cap, grant};

fn shown(drawn: &Drawn) -> String {
    let mut lines = Vec::new();
    for (pool, drawn) in &drawn.pools {
        let word = |amount: Option<Amount>| amount.map_or("?".to_owned(), |amount| amount.to_string());
        lines.push(format!("{pool}: {} and {} of seats", word(drawn.total), word(drawn.seat)));
        let month = Window::calendar(Period::Monthly, Timestamp::now());
        assert_eq!(drawn.window, Some(month), "GitHub's month");
        lines.extend(drawn.people.iter().map(|(person, drawn)| format!("  {person}: {}", drawn.pool)));
    }
    lines.extend(drawn.notes.iter().cloned());
    lines.join("\n")
}

#[tokio::test]
async fn what_was_drawn_is_told_by_states_and_reports() {
    let (fake, settings) = start();
    fake.state(|state| {
        state.center("Design", &["alice-Acme", "bob-Acme"]);
        state.budget(Budget::of("multi_user_customer", "", 19));
        state.budget(Budget::user("alice-Acme", 60));
        // Whoever did nothing yet has no state: bob.
        state.consumed.insert("alice-Acme".to_owned(), 45.5);
        state.consumed.insert("zoe".to_owned(), 0.25);
        state.usage.insert(String::new(), (5000.0, 12.25));
        state.usage.insert("Design".to_owned(), (4550.0, 10.0));
    });
    let mut center = design(None);
    center.budget.unit = Unit::Credits;
    grant(&mut center, &["alice", "bob"], Some(cap("inherit")));
    let account = pool(whole(), None, others("19"));
    let labs = pool(super::world::center("Labs"), None, None);
    let files = Files::of(&["alice", "bob"])
        .with("design", center)
        .with("everybody", account)
        .with("labs", labs);
    let reader = centers::reader(&settings).unwrap();
    let read = reader.read(&files.scope()).await.unwrap().reads;
    assert_eq!(fake.asked().len() as u64, read);
    let drawn = reader.usage(&files.scope()).await.unwrap().unwrap();
    let asked = fake.asked();
    assert!(asked.iter().all(|line| line.contains("user-states") || line.contains("ai_credit/usage")), "{asked:?}");
    let again = reader.usage(&files.scope()).await.unwrap().unwrap();
    assert_eq!(again, drawn);
    assert!(fake.asked().iter().any(|line| line.contains("/budgets")), "what was read is good once");
    assert_snapshot!(shown(&drawn), @"
    design: 1,000 credits and 3,550 credits of seats
      alice: 4,550 credits
    everybody: 12.25 USD and 37.75 USD of seats
      alice: 45.50 USD
      zoe: 0.25 USD
    GitHub counts with a lag of which it names no number: what is configured is not what stops people at that moment
    GitHub's budgets count what is paid beyond the licences, and people's caps what the licences include too
    whoever has no budget of their own and drew nothing yet is not told by GitHub
    ");
}

#[tokio::test]
async fn an_organization_tells_of_those_with_a_budget_of_their_own() {
    let (fake, mut settings) = start();
    fake.state(|state| {
        (state.enterprise, state.organization) = (None, Some("acme-labs".to_owned()));
        state.budget(Budget::of("multi_user_customer", "", 19));
        state.budget(Budget::user("alice-Acme", 60));
        state.consumed.insert("alice-Acme".to_owned(), 45.5);
        state.usage.insert(String::new(), (5000.0, 12.25));
    });
    (settings.enterprise, settings.organization) = (None, Some("acme-labs".to_owned()));
    let account = pool(bursar::model::Target::default(), None, others("19"));
    let reader = centers::reader(&settings).unwrap();
    let drawn = reader.usage(&Files::of(&["alice"]).with("labs", account).scope()).await.unwrap().unwrap();
    assert_snapshot!(shown(&drawn), @"
    labs: 12.25 USD and 37.75 USD of seats
      alice: 45.50 USD
    GitHub counts with a lag of which it names no number: what is configured is not what stops people at that moment
    GitHub's budgets count what is paid beyond the licences, and people's caps what the licences include too
    whoever has no budget of their own and drew nothing yet is not told by GitHub
    ");
    assert!(fake.asked().iter().all(|line| !line.contains("user-states")), "organizations have none");
}

#[tokio::test]
async fn a_cost_center_tells_of_its_members_by_their_one_budget() {
    let (fake, settings) = start();
    fake.state(|state| {
        state.center("Design", &["alice-Acme", "bob-Acme"]);
        let id = state.named("Design").unwrap().id.clone();
        state.budget(Budget::of("multi_user_cost_center", &id, 19));
        state.consumed.insert("bob-Acme".to_owned(), 4.5);
        state.consumed.insert("zoe".to_owned(), 3.0);
    });
    let files = Files::of(&["alice", "bob"]).with("design", design(None));
    let reader = centers::reader(&settings).unwrap();
    let drawn = reader.usage(&files.scope()).await.unwrap().unwrap();
    let people: Vec<String> = drawn
        .pools
        .values()
        .flat_map(|pool| &pool.people)
        .map(|(who, one)| format!("{who} {}", one.pool))
        .collect();
    assert_eq!(people, ["bob 4.50 USD"]);
    reader.read(&files.scope()).await.unwrap();
    assert_eq!(reader.usage(&files.scope()).await.unwrap().unwrap(), drawn, "read by itself or after a plan");
}
