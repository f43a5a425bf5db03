//! Files that an older Bursar made, and the audit that newer ones keep.

use bursar::centers::embedded::{audit_of, draw};
use bursar::model::{AlertScope, Others, Threshold};

use super::{Center, alert, amount, cap, desired, limited};

/// The tables of the first version, with one of everything in them.
const FIRST: &str = "
CREATE TABLE pools (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  description TEXT NOT NULL DEFAULT '', unit TEXT NOT NULL, period TEXT NOT NULL, budget TEXT,
  when_exhausted TEXT NOT NULL DEFAULT 'block', default_cap TEXT NOT NULL DEFAULT 'inherit',
  others TEXT NOT NULL DEFAULT 'blocked') STRICT;
CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (name <> '')) STRICT;
CREATE TABLE grants (pool INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
  member INTEGER NOT NULL REFERENCES members, cap TEXT NOT NULL, expires TEXT, PRIMARY KEY (pool, member))
  STRICT, WITHOUT ROWID;
CREATE TABLE alerts (pool INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE, scope TEXT NOT NULL, at TEXT NOT NULL,
  notify TEXT NOT NULL, PRIMARY KEY (pool, scope, at)) STRICT, WITHOUT ROWID;
CREATE TABLE draws (id INTEGER PRIMARY KEY AUTOINCREMENT, pool INTEGER NOT NULL, pool_name TEXT NOT NULL,
  member INTEGER NOT NULL REFERENCES members, amount TEXT NOT NULL, at TEXT NOT NULL) STRICT;
CREATE INDEX draws_of_member ON draws (pool, member, at);
CREATE INDEX draws_of_pool ON draws (pool, at);
CREATE TABLE drawn_by_member (pool INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
  member INTEGER NOT NULL REFERENCES members, start TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (pool, member))
  STRICT, WITHOUT ROWID;
CREATE TABLE drawn_by_pool (pool INTEGER PRIMARY KEY REFERENCES pools ON DELETE CASCADE, start TEXT NOT NULL,
  amount TEXT NOT NULL) STRICT;
INSERT INTO pools (name, unit, period, budget) VALUES ('p', 'credits', 'monthly', '100 credits');
INSERT INTO members (name) VALUES ('alice'), ('bob');
INSERT INTO grants VALUES (1, 1, '10 credits', NULL), (1, 2, 'unlimited', '2030-01-31');
INSERT INTO draws (pool, pool_name, member, amount, at) VALUES (1, 'p', 1, '4 credits', '2026-11-02T00:00:00Z');
PRAGMA application_id = 1114993267;
PRAGMA user_version = 1;
";

/// A center as the first version left it.
fn old() -> Center {
    let center = Center::new();
    std::fs::create_dir(center.file().parent().unwrap()).unwrap();
    center.meddle(FIRST);
    center
}

fn as_it_is() -> bursar::model::Desired {
    desired(&[("p", limited("100", &[("alice", "10"), ("bob", "unlimited until 2030-01-31")]))])
}

#[test]
fn an_older_file_is_read_as_it_is() {
    let center = old();
    assert_eq!(center.plan(&as_it_is()), []);
    assert_eq!(center.sql::<i64>("PRAGMA user_version"), 1, "reading changes nothing");
    assert_eq!(audit_of(&center.settings, "p", "grants/alice").unwrap(), []);
}

#[test]
fn whoever_writes_first_brings_it_up() {
    let center = old();
    let wanted = desired(&[("p", limited("100", &[("alice", "20"), ("bob", "unlimited until 2030-01-31")]))]);
    assert_eq!(center.apply(&wanted).len(), 1);
    assert_eq!(center.sql::<i64>("PRAGMA user_version"), 2);
    assert_eq!(center.sql::<i64>("SELECT length(id) FROM center"), 32);
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM draws"), 1);
    assert_eq!(center.plan(&wanted), []);
    let center = old();
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    assert!(draw(&center.settings, "p", "alice", amount("6"), now).unwrap().is_drawn());
    assert!(!draw(&center.settings, "p", "alice", amount("1"), now).unwrap().is_drawn(), "what was drawn counts");
    assert_eq!(center.sql::<i64>("PRAGMA user_version"), 2);
}

#[test]
fn many_who_write_first_bring_it_up_once() {
    let center = old();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| bursar::centers::embedded::EmbeddedWriter::open(&center.settings).map(|_| ()).unwrap());
        }
    });
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM center"), 1);
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let center = old();
    // The last thing that the step makes is there already, so the step fails at its end.
    center.meddle("ALTER TABLE members ADD COLUMN gone INTEGER");
    let error = bursar::centers::embedded::EmbeddedWriter::open(&center.settings).unwrap_err();
    assert!(error.to_string().contains("duplicate column name: gone"), "{error}");
    assert_eq!(center.sql::<i64>("PRAGMA user_version"), 1);
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM sqlite_schema WHERE name IN ('audit', 'center')"), 0);
}

#[test]
fn the_audit_says_what_an_apply_changed() {
    let center = Center::new();
    assert_eq!(audit_of(&center.settings, "p", "").unwrap(), []);
    let before = jiff::Timestamp::now();
    let mut pool = limited("100", &[("alice", "10"), ("bob", "20")]);
    pool.others = Some(Others::Cap(cap("5")));
    pool.alerts = Some(alert(AlertScope::Caps, Threshold::Amount(amount("4.50")), "ops@acme.example"));
    center.apply(&desired(&[("p", pool.clone())]));
    pool.grants.remove(&super::member("bob"));
    pool.alerts = Some(std::collections::BTreeMap::new());
    pool.others = Some(Others::Blocked);
    center.apply(&desired(&[("p", pool)]));
    let whats = |object: &str| {
        let entries = audit_of(&center.settings, "p", object).unwrap();
        assert!(entries.iter().all(|entry| entry.actor == "apply" && entry.at >= before), "{entries:?}");
        entries.into_iter().map(|entry| entry.what).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(whats(""), "pool.create");
    assert_eq!(whats("others"), "others.update others.update");
    assert_eq!(whats("grants/alice"), "grant.add");
    assert_eq!(whats("grants/BOB"), "grant.revoke grant.add");
    assert_eq!(whats("alerts/caps@4.5credits"), "alert.remove alert.add");
    assert_eq!(whats("grants/nobody"), "");
    assert_eq!(audit_of(&center.settings, "q", "").unwrap(), []);
}

#[test]
fn what_failed_is_in_no_audit() {
    let center = Center::new();
    center.apply(&as_it_is());
    center.meddle(
        "CREATE TRIGGER half BEFORE INSERT ON grants WHEN NEW.cap = '66 credits'
         BEGIN SELECT RAISE(ABORT, 'the disk has a scratch'); END",
    );
    let lines = center.sql::<i64>("SELECT count(*) FROM audit");
    center.write(&[super::grant_change("p", "carol", None, Some("66"))]);
    assert_eq!(center.sql::<i64>("SELECT count(*) FROM audit"), lines);
}
