//! A LiteLLM that somebody else set up: taken over into files that plan to no change.

use bursar::centers;
use bursar::model::Inventory;
use bursar::model::{MemberId, Others, PoolId, Roster, Scope, Subject};
use serde_json::json;

use super::fake::{Row, Team};
use super::start;
use super::world::{Files, plan, shown};

fn row(max: Option<f64>, duration: Option<&str>, tpm: Option<u64>) -> Row {
    Row { max, duration: duration.map(str::to_owned), tpm }
}

/// Files that say what an inventory says.
pub(crate) fn files(inventory: &Inventory) -> Files {
    let mut files = Files { roster: Roster::default(), ..Files::default() };
    for (i, person) in inventory.people.iter().enumerate() {
        let member = MemberId::new(&format!("p{i}")).unwrap();
        files
            .roster
            .insert(member.clone(), person.email.as_deref().unwrap_or(person.subject.name()));
        files.roster.alias(member, person.vendor_id.as_deref().unwrap_or(person.subject.name()));
    }
    for (i, (_, pool)) in inventory.pools.iter().enumerate() {
        let mut pool = pool.clone();
        pool.others = Some(Others::Blocked);
        pool.grants = pool
            .grants
            .iter()
            .map(|(subject, grant)| {
                let at = inventory.people.iter().position(|person| person.subject == *subject).unwrap();
                (Subject::Member(MemberId::new(&format!("p{at}")).unwrap()), *grant)
            })
            .collect();
        files.pools.insert(PoolId::new(&format!("pool-{i}")).unwrap(), pool);
    }
    files
}

fn shown_inventory(inventory: &Inventory) -> String {
    let mut lines = Vec::new();
    for (name, pool) in &inventory.pools {
        let word = |cap: Option<bursar::model::Cap>| cap.map_or("?".to_owned(), |cap| cap.to_string());
        lines.push(format!(
            "{name} ({}): {} {} each {}",
            pool.target.get("team").unwrap(),
            pool.budget.limit.map_or("?".to_owned(), |limit| limit.to_string()),
            pool.budget.period.map_or("?".to_owned(), |period| period.to_string()),
            word(pool.default_cap)
        ));
        for (key, alert) in pool.alerts.iter().flatten() {
            lines.push(format!("  alert {key} {:?}", alert.notify));
        }
        for (subject, grant) in &pool.grants {
            let period = grant.period.map_or("?".to_owned(), |period| period.to_string());
            lines.push(format!("  {subject}: {} {period}", word(grant.cap)));
        }
    }
    for person in &inventory.people {
        lines.push(format!("{} {:?} {:?}", person.subject, person.email, person.vendor_id));
    }
    lines.extend(inventory.notes.iter().cloned());
    lines.join("\n")
}

#[tokio::test]
async fn a_litellm_that_somebody_else_set_up() {
    let (fake, settings) = start();
    fake.state(|state| {
        let shared = state.row(row(Some(10.0), Some("30d"), None));
        let never = state.row(row(Some(3.0), None, None));
        let team = |alias: Option<&str>, max, duration: Option<&str>, shared: Option<&String>| Team {
            alias: alias.map(str::to_owned),
            max,
            duration: duration.map(str::to_owned),
            metadata: shared
                .map(|id| serde_json::Map::from_iter([("team_member_budget_id".to_owned(), json!(id))]))
                .unwrap_or_default(),
            ..Team::default()
        };
        state
            .teams
            .insert("0b1-uuid".to_owned(), team(Some("Design"), Some(100.0), Some("30d"), Some(&shared)));
        state.teams.insert("0b2-uuid".to_owned(), team(Some("Data"), None, None, None));
        state
            .teams
            .insert("0b3-uuid".to_owned(), team(Some("Data"), Some(0.0), Some("12h"), None));
        state
            .teams
            .insert("0b4-uuid".to_owned(), team(None, Some(1e15), Some("7d"), Some(&never)));
        state.teams.insert("a/b".to_owned(), team(None, Some(1.0), None, None));
        let design = state.teams.get_mut("0b1-uuid").unwrap();
        design.soft = Some(80.0);
        design
            .metadata
            .insert("soft_budget_alerting_emails".to_owned(), json!(["Fin@acme.example"]));
        design.blocked = true;
        state.seat("0b1-uuid", "default_user_id", None, None);
        state.seat("0b1-uuid", "u-ana", Some("Ana@Acme.example"), None);
        state.seat("0b1-uuid", "u-ben", Some("ben@acme.example"), Some(row(Some(25.5), Some("1mo"), None)));
        state.seat("0b1-uuid", "u-svc", None, Some(row(Some(0.0), Some("30d"), None)));
        state.teams.get_mut("0b1-uuid").unwrap().members[1].2 = "admin".to_owned();
        state.seat("0b2-uuid", "u-ana", Some("Ana@Acme.example"), Some(row(Some(5.0), None, None)));
        state.seat("0b2-uuid", "u-ben", Some("ben@acme.example"), Some(row(None, None, Some(100))));
        state.seat("0b3-uuid", "u-ana", Some("Ana@Acme.example"), Some(row(Some(-4.0), None, None)));
        state.seat("0b3-uuid", "u-ben", Some("ben@acme.example"), Some(row(Some(1.0), Some("12h"), None)));
        state.seat("0b4-uuid", "u-ben", Some("ben@acme.example"), Some(row(Some(1.0), Some("1mo"), None)));
        state.seat("0b4-uuid", "u-cyd", Some("cyd@acme.example"), None);
    });
    let reader = centers::reader(&settings).unwrap();
    let inventory = reader.inventory(&Scope::default()).await.unwrap();
    insta::assert_snapshot!(shown_inventory(&inventory), @r#"
    0b2-uuid (0b2-uuid): no limit lifetime each inherit
      ana@acme.example: 5 USD lifetime
      ben@acme.example: inherit ?
    0b3-uuid (0b3-uuid): 0 USD ? each ?
      ana@acme.example: ? ?
      ben@acme.example: 1 USD ?
    0b4-uuid (0b4-uuid): 1,000,000,000,000,000 USD weekly each ?
      ben@acme.example: ? ?
      cyd@acme.example: inherit ?
    Design (0b1-uuid): 100 USD monthly each 10 USD
      alert 80 USD of budget {Email("Fin@acme.example")}
      ana@acme.example: inherit ?
      ben@acme.example: 25.50 USD monthly
      u-svc: 0 USD monthly
    ana@acme.example Some("ana@acme.example") Some("u-ana")
    ben@acme.example Some("ben@acme.example") Some("u-ben")
    cyd@acme.example Some("cyd@acme.example") Some("u-cyd")
    u-svc None None
    team 0b1-uuid: it is blocked: nobody can draw on it
    team 0b1-uuid: ana@acme.example is an admin of it, which Bursar leaves alone
    team 0b3-uuid: the cap of ana@acme.example: -4 is negative
    team 0b3-uuid: the cap of ben@acme.example: 12h is no period that Bursar knows
    team 0b3-uuid: budget_duration 12h is no period that Bursar knows
    team 0b4-uuid: the default cap starts again never, the budget every 7d
    team 0b4-uuid: the cap of ben@acme.example starts again every 1mo, the budget every 7d; the cap stays unmanaged
    team a/b: its id cannot stand in a URL path, so Bursar could not change it; it is left out
    "#);
    let planned = plan(&settings, &files(&inventory)).await.unwrap();
    assert_eq!(shown(&planned.changes), [""; 0]);
}
