//! Members' requests for a higher limit, and what was drawn: what a center tells beside its state.

use std::collections::BTreeMap;

use bursar::centers::{self, CapRequest, Requests, Settlement};
use bursar::model::{Amount, CenterId, CenterSettings, MemberId, PoolId, Roster, Scope, SecretSource, Target, Unit};

use super::fake::{Fake, Fault, Limit, Request, State, WORKSPACE};
use crate::fakes::litellm::When;

fn start() -> (Fake, CenterSettings, Scope) {
    let fake = Fake::start();
    fake.state(|state| {
        for name in ["alice", "bob"] {
            state.join(name);
        }
        state.set("alice", Limit::of("10"));
        for (id, user, status, asks) in [
            ("request_1", "alice", "denied", 20),
            ("request_2", "alice", "pending", 30),
            ("request_3", "bob", "pending", 40),
        ] {
            state.requests.insert(id.to_owned(), Request { user: State::id(user), status, asks });
        }
    });
    // The one variable that cargo sets for every test, so that no test has to change the environment.
    let settings = CenterSettings {
        workspace: Some(WORKSPACE.to_owned()),
        base_url: Some(fake.url().to_owned()),
        token: Some(SecretSource::Env("CARGO_PKG_NAME".to_owned())),
        ..CenterSettings::new(CenterId::new("chat").unwrap(), "chatgpt", ".")
    };
    let mut roster = Roster::default();
    roster.insert(MemberId::new("al").unwrap(), "alice@acme.example");
    let pools = BTreeMap::from([(PoolId::new("chat").unwrap(), Target::default())]);
    (fake, settings, Scope { pools, roster, ..Scope::default() })
}

fn shown(asked: &[CapRequest]) -> Vec<String> {
    let text = |request: &CapRequest| {
        let now = request.now.map_or("?".to_owned(), |cap| cap.to_string());
        let asked = request.asked.map_or("?".to_owned(), |amount| amount.to_string());
        format!("{} {}: {now} → {asked}, {:?}", request.id, request.who, request.reason.as_deref().unwrap_or_default())
    };
    asked.iter().map(text).collect()
}

fn of(settings: &CenterSettings, scope: &Scope) -> Box<dyn Requests> {
    centers::requests(settings, scope).unwrap().unwrap()
}

fn credits(amount: u32) -> Amount {
    Amount::whole(amount, Unit::Credits)
}

#[tokio::test]
async fn requests_are_listed_approved_and_denied() {
    let (fake, settings, scope) = start();
    let requests = of(&settings, &scope);
    let waiting = shown(&requests.list().await.unwrap());
    let reason = "\"a launch\\u{1b}[31m\"";
    assert_eq!(
        waiting,
        [
            format!("request_2 al: 10 credits → 30 credits, {reason}"),
            format!("request_3 bob@acme.example: ? → 40 credits, {reason}"),
        ]
    );
    // An approval is of exactly what was decided, and writes the person's own limit.
    assert_eq!(requests.approve("request_2", credits(25)).await.unwrap(), Settlement::Done);
    assert_eq!(requests.deny("request_3").await.unwrap(), Settlement::Done);
    fake.state(|state| assert_eq!((state.own("alice"), state.own("bob")), ("25".into(), "–".into())));
    assert!(requests.list().await.unwrap().is_empty());
    assert!(matches!(requests.deny("request_2").await.unwrap(), Settlement::NotPending(_)));
    assert!(requests.approve("request_9", credits(1)).await.is_err());
    assert!(requests.approve("request_3", Amount::whole(1, Unit::USD)).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_got_lost_is_looked_up_and_not_sent_again() {
    for (when, settled) in [(When::After, true), (When::Before, false)] {
        let (fake, settings, scope) = start();
        let requests = of(&settings, &scope);
        fake.fault(Fault::reset("PATCH /usage_limits/requests", when));
        let settlement = requests.approve("request_2", credits(25)).await.unwrap();
        assert_eq!(settlement == Settlement::Done, settled, "{settlement:?}");
        assert!(settled || matches!(settlement, Settlement::Unknown(_)), "{settlement:?}");
        let sent = fake.asked().iter().filter(|line| line.starts_with("PATCH")).count();
        assert_eq!(sent, 1);
    }
}

#[tokio::test]
async fn what_people_drew_is_read_with_the_list_of_people() {
    let (fake, settings, mut scope) = start();
    fake.state(|state| {
        state.users.get_mut("user-alice").unwrap().used = 12;
        state.group("group_7", "Designers", None, &["bob"]);
    });
    scope.pools.insert(PoolId::new("design").unwrap(), Target::of("group", "Designers"));
    let reader = centers::reader(&settings).unwrap();
    let drawn = reader.usage(&scope).await.unwrap().unwrap();
    let text = |pool: &str| -> Vec<String> {
        let pool = &drawn.pools[&PoolId::new(pool).unwrap()];
        assert_eq!(pool.total, None, "no API tells what everybody drew together");
        pool.people.iter().map(|(who, drawn)| format!("{who} {}", drawn.pool)).collect()
    };
    assert_eq!(text("chat"), ["al 12 credits", "bob@acme.example 0 credits"]);
    assert_eq!(text("design"), ["bob@acme.example 0 credits"]);
    assert!(drawn.pools.values().all(|pool| pool.window.is_none()), "nothing tells the period");
    insta::assert_snapshot!(drawn.notes.join("\n"), @"
    a workspace counts by calendar months or by its billing cycle, and only a limit that ends with the period would tell which: it is taken for the calendar month
    ChatGPT counts in near real time, and names no number
    ");
    fake.asked();
    reader.read(&scope).await.unwrap();
    let read = fake.asked().len();
    assert_eq!(reader.usage(&scope).await.unwrap().unwrap(), drawn);
    assert_eq!(fake.asked(), [""; 0], "what was read is not read again");
    assert_eq!(reader.usage(&scope).await.unwrap().unwrap(), drawn);
    assert_eq!(fake.asked().len(), read, "what was read is good once");
}
