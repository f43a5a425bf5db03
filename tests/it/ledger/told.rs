//! What a ledger tells of somebody, from lines of our own making; and a long one.

use std::fs;

use bursar::ledger::{Filter, Person, Right, Story, standings};
use bursar::model::{MemberId, Subject};

use super::{CONFIG, World};

fn bob() -> Person {
    Person { id: Some(MemberId::new("bob").unwrap()), names: ["bob".to_owned(), "bob@acme.example".to_owned()].into() }
}

#[test]
fn whom_it_is_about() {
    let bob = bob();
    assert!(bob.is(&Subject::Member(MemberId::new("bob").unwrap())));
    // Before the files knew him the center's name for him was in the ledger.
    assert!(bob.is(&Subject::Stranger("Bob@acme.example".into())));
    assert!(!bob.is(&Subject::Stranger("bob@evil.example".into())));
    assert!(!bob.is(&Subject::Member(MemberId::new("bobby").unwrap())));
    let gone = Person { id: None, names: ["bob".to_owned()].into() };
    assert!(gone.is(&Subject::Member(MemberId::new("bob").unwrap())));
}

#[test]
fn drift_that_was_taken_back_is_a_new_beginning() {
    let world = World::new(CONFIG);
    assert_eq!(world.code("apply --yes -q"), 0);
    let center = rusqlite::Connection::open(world.path().join(".bursar/center.db")).unwrap();
    let sql = "UPDATE grants SET cap = '900 credits' WHERE member = (SELECT id FROM members WHERE name LIKE 'bob%')";
    assert_eq!(center.execute(sql, []).unwrap(), 1);
    drop(center);
    assert_eq!(world.code("apply --yes -q --base HEAD --allow drift=1"), 0, "{}", world.terminal("plan --base HEAD"));
    let story = Story::read(&world.bytes(), &Filter { person: Some(bob()), ..Filter::default() });
    let bob = bob();
    let standings = standings(&story.acts, &bob);
    assert_eq!(standings.len(), 1);
    assert_eq!(standings[0].since.seq, 4, "from 900 to 500, by the second run");
    assert!(world.terminal("log --member bob").contains("changed outside review"));
}

#[test]
fn others_and_whole_pools_are_about_people_too() {
    let world = World::new(CONFIG);
    assert_eq!(world.code("apply --yes -q"), 0);
    fs::write(
        world.path().join("bursar.yaml"),
        "version: 1\ncenters:\n  local: { provider: embedded }\nmembers:\n  bob: { email: bob@acme.example }\npools:\n  ai: { center: local, target: { pool: ai }, ensure: absent }\n",
    )
    .unwrap();
    assert_eq!(world.code("apply --yes -q --allow revocations=2"), 0, "{}", world.terminal("plan"));
    let person = bob();
    let story = Story::read(&world.bytes(), &Filter { person: Some(person.clone()), ..Filter::default() });
    let standings = standings(&story.acts, &person);
    assert_eq!(standings[0].right, Right::NoPool);
    assert!(
        world
            .terminal("log --member bob")
            .contains("bob has nothing, as nobody has, of ai in local")
    );
}

#[test]
fn a_long_ledger_is_read_once() {
    let world = super::road::raised();
    let story = Story::read(&world.bytes(), &Filter::default());
    assert_eq!(story.chain.entries(), 4);
    // Lines of others, behind each other without end.
    let folder = world.path().join("long");
    let text = String::from_utf8(world.bytes()).unwrap();
    let ended: bursar::ledger::Entry = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    let lines = || (0..2_000).map(|_| (ended.run.clone(), ended.what.clone())).collect();
    let document = super::document(&folder);
    super::on(bursar::ledger::append(&document, |_| lines())).unwrap();
    let bytes = fs::read(folder.join("ledger.jsonl")).unwrap();
    let story = Story::read(&bytes, &Filter { person: Some(bob()), ..Filter::default() });
    assert_eq!((story.chain.entries(), &story.chain.broken), (2_000, &None));
    assert_eq!(story.acts.len(), 2_000, "one of the three changes of each");
    assert_eq!(story.chain.find(&story.chain.head().unwrap()), Some(2_000));
}
